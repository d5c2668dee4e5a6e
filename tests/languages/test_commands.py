"""Commands as Discord shows them in other languages, by what the bot tells Discord at its start."""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.ui import language
from bot.ui.discord_api import command_translator
from bot.ui.language import CATALOGS
from bot.ui.messages.commands import FORMATS
from tests.cogs.member_actions import restart
from tests.world import World


def told(world: World) -> list[dict[str, Any]]:
    """Return the commands as the bot sent them; SimCord refused what Discord would."""
    (sync,) = syncs(world)
    return sync


def syncs(world: World) -> list[list[dict[str, Any]]]:
    """Return the commands each time that the bot sent them."""
    sent = [r for r in world.env.http_requests if r.path.endswith("/commands")]
    return [one.json or [] for one in sent]


def options(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for option in node.get("options") or ():
        yield option
        yield from options(option)


def plain(text: str) -> bool:
    """Tell whether there is nothing to translate: 16:9, JPEG, WebP."""
    return text in FORMATS.values() or not any(letter.isalpha() for letter in text)


async def test_everything_that_is_shown_is_translated_but_the_names_to_type(world: World) -> None:
    missing: list[str] = []
    for command in told(world):
        menu = command.get("type", 1) != 1
        for node in (command, *options(command)):
            typed = not menu and (node is command or node["type"] in (1, 2))
            names, about = (
                node.get(f"{key}_localizations") or {} for key in ("name", "description")
            )
            if typed:
                assert names == {}, f"{node['name']} is called differently"
            elif names.keys() != CATALOGS.keys():
                missing.append(node["name"])
            if not menu and about.keys() != CATALOGS.keys():
                missing.append(node["description"])
            for choice in node.get("choices") or ():
                shown = choice.get("name_localizations") or {}
                if not plain(choice["name"]) and shown.keys() != CATALOGS.keys():
                    missing.append(choice["name"])
    assert missing == []


async def test_a_member_reads_commands_in_chinese(world: World) -> None:
    commands = {command["name"]: command for command in told(world)}
    imagine = commands["imagine"]
    assert imagine["description_localizations"] == {"zh-CN": "用文字画图"}
    prompt = imagine["options"][0]
    assert prompt["name_localizations"] == {"zh-CN": "提示词"}
    assert commands["Edit picture"]["name_localizations"] == {"zh-CN": "修改图片"}


class Loud(gettext.NullTranslations):
    """A language of capital letters; its options are called as in English."""

    def gettext(self, message: str) -> str:
        return message.upper()


async def test_commands_are_told_again_once_for_a_language_that_came_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await restart(world)
    assert len(syncs(world)) == 1, "nothing changed"
    loud, spoken = Loud(), language._catalog
    monkeypatch.setattr(command_translator, "CATALOGS", {**CATALOGS, "de": "de"})
    monkeypatch.setattr(language, "LANGUAGES", (*language.LANGUAGES, "de"))
    monkeypatch.setattr(language, "_catalog", lambda one: loud if one == "de" else spoken(one))
    await restart(world)
    await restart(world)
    _, again = syncs(world)
    imagine = next(one for one in again if one["name"] == "imagine")
    assert imagine["description_localizations"]["de"] == "MAKE A PICTURE FROM TEXT"
    assert imagine["description_localizations"]["zh-CN"] == "用文字画图"


async def test_a_language_without_a_catalog_is_left_to_discord() -> None:
    context = app_commands.TranslationContext(app_commands.TranslationContextLocation.other, None)
    text = app_commands.locale_str("Make a picture from text")
    said = {
        str(locale): await command_translator.CatalogTranslator().translate(text, locale, context)
        for locale in discord.Locale
    }
    assert {locale: words for locale, words in said.items() if words} == {"zh-CN": "用文字画图"}
