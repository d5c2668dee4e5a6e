"""Everything that the bot says comes from the catalogs: heard in a language made of brackets.

A sentence that was never marked stands outside them, whatever it looks like in English.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from typing import Any

import pytest

from bot.ui import language
from tests.cogs.member_actions import manager, mention, press
from tests.world import World

CHINESE = "zh-CN"
SHOWN = ("content", "label", "placeholder", "description", "title", "text")


class Brackets(gettext.NullTranslations):
    """A language in which each text stands in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return f"⟦{message}⟧"


@pytest.fixture(autouse=True)
def brackets(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken = Brackets()
    monkeypatch.setattr(language, "_catalog", lambda _: spoken)
    for member in (world.alice, world.bob, world.mora):
        world.rules.locales[member.id] = CHINESE


# What no catalog has: addresses, mentions, times, what members typed, names of models and files.
NAMES = re.compile(
    "|".join(
        (
            r"https?://\S+",
            r"<[^>]+>",
            r"`[^`]*`",
            r"\ba (?:fox|hen)\b",
            "make it night",
            "spams?",
            "--frog",
            r"(?:Seed|GPT)\w*[ \w.-]*",
            r"\(gateway\)",
            r"(?:doubao|gpt-image|seedream|seededit)[\w.-]*",
            "English",
            "简体中文",
            r"easel-\S+",
            r"[A-Z]\w+/[A-Z]\w+",
            "UTC",
            "[0-9A-Z]{13}",
            r"\d[\dxK×.,:–% ]*(?:px|MP|MB)?",
        )
    )
)


def outside(text: str) -> str:
    """Return the words of a text that stand in no brackets, and are no names."""
    before = None
    while before != text:
        before, text = text, re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
    return " ".join(re.findall(r"[^\W\d_]{2,}", NAMES.sub("", text)))


def texts(part: Any) -> Iterator[str]:
    """Yield everything that somebody reads of what was sent to Discord."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name in SHOWN and isinstance(value, str):
                yield value
            else:
                yield from texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from texts(value)


def unmarked(world: World) -> set[str]:
    said = [
        text
        for request in world.env.http_requests
        if not request.path.endswith("/commands")
        for text in texts(request.json)
    ]
    assert len(said) > 3
    return {f"{found}: {text}" for text in said if (found := outside(text))}


async def test_what_members_read_is_in_the_catalogs(world: World) -> None:
    alice, art = world.alice, world.art
    await world.decide("replies", "instant")
    await alice.slash(art, "help")
    await alice.slash(art, "models")
    for model in ("doubao-seedream-4-0-250828", "gpt-image-2", "seedream-4.5"):
        await alice.slash(art, "models", model=model)
    await alice.slash(art, "privacy")
    await alice.slash(art, "imagine", prompt="a fox", count=2, size="10x10", guidance=3)
    await alice.slash(art, "imagine", prompt="a fox", count=2)
    await world.finished()
    world.apis.fail_next("moderation")
    failed = await alice.slash(art, "imagine", prompt="a hen")
    await world.finished()
    await press(alice, failed, label="⟦Why?⟧")
    result = world.results()[-1]
    details = await press(alice, result, label="⟦Details⟧")
    assert details
    await press(alice, result, label="⟦Edit⟧")
    await press(world.bob, result, label="⟦Remove⟧")
    await press(alice, result, label="⟦Remove⟧")
    await alice.send(art, "make it night --size 10x10 --private", reply_to=result)
    await alice.send(art, "make it night", reply_to=result)
    await world.bob.send(art, f"{mention(world)} a hen --frog 3")
    await world.finished()
    await alice.slash(art, "edit", prompt="make it night")
    await alice.slash(art, "blend")
    await alice.slash(art, "imagine", prompt="a fox", private=True)
    await world.finished()
    await alice.slash(art, "jobs")
    await alice.slash(art, "quota")
    assert unmarked(world) == set()


async def test_what_staff_reads_is_in_the_catalogs(world: World) -> None:
    log = world.guild.create_text_channel("staff-log")
    await world.decide("log_channel", log.id)
    await world.decide("log_results", True)
    maya, mora, art, alice = manager(world), world.mora, world.art, world.alice
    world.rules.locales[maya.id] = CHINESE
    await alice.slash(art, "imagine", prompt="a fox")
    await world.finished()
    result = world.results()[-1]
    form = await world.bob.context_menu(art, "Report picture", result)
    await world.bob.submit_modal(form, {"reason": "other", "text": "a hen"})
    await press(mora, log.history()[-1], label="⟦Block 1 day⟧")
    await alice.slash(art, "imagine", prompt="a fox")
    await mora.slash(art, "moderate unblock", member=alice.user)
    await mora.slash(art, "moderate grant", member=alice.user, credits=5, expires="1 day")
    await mora.slash(art, "moderate grant", member=alice.user, credits=5, expires="a fox")
    await mora.slash(art, "moderate reset", member=alice.user)
    await mora.slash(art, "moderate queue")
    await mora.slash(art, "moderate history")
    await mora.context_menu(art, "Image quota", alice)
    await maya.slash(art, "limits show")
    await maya.slash(art, "limits show", member=alice.user)
    await maya.slash(art, "limits everyone", credits=5, window="hour")
    await maya.slash(art, "limits role", role=world.guild.default_role, credits=0, window="day")
    await maya.slash(art, "limits member", member=alice.user, credits=7, window="week", until="1 h")
    await maya.slash(art, "limits budget", credits=9, window="month")
    await maya.slash(art, "limits budget", credits=100000, window="month")
    await maya.slash(art, "easel words add", word="spam, spams")
    await maya.slash(art, "easel words list")
    await alice.slash(art, "imagine", prompt="a fox")
    await maya.slash(art, "easel channel", channel=art, rule="deny")
    await maya.slash(art, "easel model", model="gpt-image-2", rule="deny")
    shown = await maya.slash(art, "easel setup")
    from bot.ui.cards.setup import menu_id
    from bot.ui.messages.staff.setup import ABOUT, PAGES

    for page in (*ABOUT, *PAGES):
        menu = "s1:setup:pages" if page in PAGES else menu_id(page)
        await maya.select(shown.response, [page], custom_id=menu)
        await press(maya, shown, label="⟦Back⟧")
    await alice.slash(art, "imagine", prompt="a hen")
    await mora.slash(art, "moderate pause", reason="a hen")
    await alice.slash(art, "imagine", prompt="a hen", private=True)
    world.app.delivery.log_channel_feed.wake_event.wake()
    await world.until(lambda: len(log.history()) > 2)
    assert unmarked(world) == set()
