"""Discord's codes in prompts: names instead, and no member's name leaves."""

from __future__ import annotations

from bot.domain.text.discord_codes import named, without_members
from tests.cases import every_case


@every_case(
    ("typed", "read"),
    [
        ("a <:blob_fox:123456789012345678>", "a blob fox"),
        ("<a:dance:123456789012345678>!", "dance!"),
        ("for <@&7> in <#8>", "for Painters in art"),
        ("for <@&1> in <#2>", "for a role in a channel"),
        ("see </imagine:9> at <t:86400:R>", "see /imagine at 1970-01-02 00:00"),
        ("<@5> and <@!6> stay", "<@5> and <@!6> stay"),
        ("1 < 2 > 0, <b>, <@x>", "1 < 2 > 0, <b>, <@x>"),
    ],
)
def test_a_code_is_read_by_its_name(typed: str, read: str) -> None:
    assert named(typed, role={7: "Painters"}.get, channel={8: "art"}.get) == read


def test_members_are_someone_to_the_service() -> None:
    assert without_members("<@5> hugs <@!6>") == "someone hugs someone"
