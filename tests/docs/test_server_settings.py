"""The page for moderators has a row for everything on the panel of `/easel setup`."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from bot.domain.server import ServerSettings
from bot.domain.text import wordlist
from tests.cogs.member_actions import manager
from tests.docs import pages
from tests.world import World, text_of

# Set with commands of their own: /moderate pause, and the operator's shell.
NOT_ON_THE_PANEL = {"paused", "operator_paused"}
BY_NAME = {"channel", "role", "model"}
_LINE = re.compile(r"^(?P<name>[^:*\n]+): \*\*(?P<value>.+)\*\*$", re.M)


def described() -> dict[str, str]:
    """Return the settings of the page, and what they are at first."""
    found = pages.rows(pages.section(pages.MODERATORS, "Settings"))
    return {name: value for name, value, _ in found}


async def panel(world: World) -> Any:
    shown: Any = await manager(world).slash(world.art, "easel setup")
    return shown.response


async def test_every_line_of_a_fresh_panel_is_described_as_it_is(world: World) -> None:
    lines = {one["name"]: one["value"] for one in _LINE.finditer(text_of(await panel(world)))}
    assert lines.pop("Forbidden words") == "none"
    assert lines.pop("Limit for everyone") == "10 credits per day"
    assert lines.pop("Server budget") == "none"
    assert described() == lines


async def test_panel_list_and_page_name_the_settings_in_one_order(world: World) -> None:
    shown = await panel(world)
    menu = [one for menu in reversed(_menus(shown)) for one in menu]
    lines = [one["name"] for one in _LINE.finditer(text_of(shown))]
    assert lines[: len(menu)] == [one["label"] for one in menu] == list(described())


def test_the_rules_of_forbidden_words_are_those_of_the_code() -> None:
    text = " ".join(pages.section(pages.MODERATORS, "Forbidden words").split())
    numbers = {2: "two", 3: "three", 60: "sixty", 500: "500"}
    assert f"at least {numbers[wordlist.SHORTEST]} characters" in text
    assert f"at most {numbers[wordlist.LONGEST]}" in text
    assert f"needs {numbers[wordlist.SHORTEST_STEM]} letters next to it" in text
    assert f"or {numbers[wordlist.SHORTEST_STEM_UNSPACED]} in languages" in text
    assert f"at most {numbers[wordlist.MOST_WORDS]} words" in text


async def test_every_setting_is_on_the_panel_or_has_a_command_of_its_own(world: World) -> None:
    menu = [one for menu in _menus(await panel(world)) for one in menu]
    fields = {one.name for one in dataclasses.fields(ServerSettings)}
    assert {one["value"] for one in menu} == fields - NOT_ON_THE_PANEL | BY_NAME
    assert {one["label"] for one in menu} == set(described())


def test_pauses_are_described_with_who_ends_them() -> None:
    told = pages.section(pages.MODERATORS, "Blocks and pause")
    assert "`/moderate pause`" in told
    assert "`/moderate resume`" in told
    assert "`--guild ID`" in pages.section(pages.COMMAND_LINE, "easel pause")


def _menus(message: Any) -> list[list[dict[str, str]]]:
    waiting = [part if isinstance(part, dict) else part.to_dict() for part in message.components]
    found: list[list[dict[str, str]]] = []
    while waiting:
        part = waiting.pop()
        found += [part["options"]] if part.get("options") else []
        waiting += part.get("components", [])
    return found
