"""Changes of a server as people see them: cards with Undo, lines of the history."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.services.ports import AuditEntry
from bot.ui.cards import audit_log
from tests.cases import every_case
from tests.ui.test_cards import assert_within_limits, texts


def entry(kind: str, name: str, old: Any = None, new: Any = None, **values: Any) -> AuditEntry:
    fields: dict[str, Any] = {
        "audit_id": 7,
        "at": 1_800_000_000,
        "guild_id": 1,
        "actor_id": 42,
        "action": "limit",
        "subject_kind": kind,
        "subject_id": name,
        "old": old,
        "new": new,
        "reason": None,
    }
    return AuditEntry(**(fields | values))


SOME = {"credits": 5, "until": None}
WARNED = {"percent": 80, "used": 400, "limit": 500, "window": "day"}
PAUSED = {"until": None, "reason": "a_b"}


@every_case(
    ("one", "words"),
    [
        (entry("rule", "everyone:0:day", None, SOME), "Limit for everyone, per day: not set → **5"),
        (entry("rule", "role:9:hour", SOME, None), "Limit for <@&9>, per hour: 5 credits → "),
        (entry("rule", "member:9:week", SOME, {"credits": None}), "per week: 5 credits → **no"),
        (entry("rule", "budget:0:month", None, SOME), "Server budget, per month"),
        (entry("rule", "ceiling:0:day", None, SOME, actor_id=0), "Easel · Operator's ceiling"),
        (entry("block", "9", None, {"until": 5, "reason": "x"}), "not blocked → **blocked, "),
        (entry("channel", "9", None, "deny"), "Channel <#9>: no rule → **denied**"),
        (entry("role", "9", "allow", None), "Role <@&9>: allowed → **no rule**"),
        (entry("model", "gpt|9", None, "allow"), "Model gpt for <@&9>: no rule → **allowed**"),
        (entry("word", "*gore", None, True), "Word “\\*gore”: allowed → **forbidden**"),
        (entry("setting", "log_channel", 8, 9), "Log channel: <#8> → **<#9>**"),
        (entry("setting", "staff_role", None, 9), "Staff role: none → **<@&9>**"),
        (entry("setting", "cooldown_seconds", 0, 7200), "between requests: none → **2 hours**"),
        (entry("setting", "prompts_shown", True, False), "Show prompts: on → **off**"),
        (entry("setting", "paused", None, PAUSED), "running → **paused**"),
        (entry("setting", "time_zone", None, "Asia/Tokyo"), "Time zone: UTC → **Asia/Tokyo**"),
        # The sign of its name is the other way round.
        (entry("setting", "time_zone", None, "Etc/GMT+8"), "**Etc/GMT+8 (UTC-8)**"),
        (entry("grant", "3:9", None, {"credits": 5, "expires_at": 6}), "credits of <@9>: none → "),
        (entry("member", "9", 4, 0, action="reset"), "Reset: Quota of <@9>"),
        (
            entry("budget", "ceiling", new=WARNED, action="budget_warning"),
            "80 % used: 400 of 500 today",
        ),
    ],
)
def test_a_line_says_who_what_old_and_new(one: AuditEntry, words: str) -> None:
    line = audit_log.line(one)
    assert words in line
    assert line.endswith(" · <t:1800000000:R>")
    assert "None" not in line


@every_case(
    "one",
    [
        entry("comet", "", action="explode"),
        entry("comet", "@everyone **x**", [1, {"a": 2}], {"b": [3]}, action=""),
        entry("rule", "nonsense", SOME, 7),
        entry("rule", "planet:1:day", 1.5, "x"),
        entry("block", "not an id", True, False),
        entry("channel", "9", {"a": 1}, []),
        entry("setting", "unheard_of", "y" * 5000, {"until": "late"}),
        entry("grant", "", 1, 2),
        entry("budget", "?", new="?", action="budget_warning"),
        entry("member", "9", reason="@everyone `" * 36),
    ],
)
def test_what_nobody_knows_is_shown_as_it_is_and_harmless(one: AuditEntry) -> None:
    line = audit_log.line(one)
    assert "@everyone" not in line
    assert len(line) < 700
    assert_within_limits(audit_log.change_card(one, ["a note."]))


def test_a_card_has_the_whole_reason_and_undo() -> None:
    card = audit_log.change_card(entry("rule", "everyone:0:day", None, SOME, reason="x" * 400))
    assert_within_limits(card)
    assert f"Reason: {'x' * 400}" in texts(card)
    buttons = [one for one in card.walk_children() if isinstance(one, discord.ui.Button)]
    assert [one.custom_id for one in buttons] == ["a1:undo:7:1800000000"]


@pytest.mark.parametrize(
    "one",
    [
        entry("rule", "ceiling:0:day", None, SOME),
        entry("block", "9", None, {"until": None}, actor_id=0),
        entry("rule", "everyone:0:day", None, SOME, undone_by=8),
        entry("member", "9", 4, 0, action="reset"),
        entry("comet", "9"),
    ],
)
def test_what_cannot_be_undone_from_discord_has_no_button(one: AuditEntry) -> None:
    assert audit_log.undo_button(one) == []
