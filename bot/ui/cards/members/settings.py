"""The card of /settings: a list for each default, with what holds now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import discord
from discord import ui

from bot.domain.catalog import ASPECTS
from bot.domain.message_limits import CHOICES
from bot.domain.requests.request import OptionValue
from bot.domain.styles.defaults import COUNTS, LANGUAGES, NAMES, SIZES, MemberDefaults
from bot.ui import buttons
from bot.ui.cards.cards import WAITING, Card
from bot.ui.discord_api import discord_limits
from bot.ui.language import Text
from bot.ui.messages.requests import defaults as words
from bot.ui.messages.words import clip
from bot.ui.suggestions import Choice

# What a list sends for no default.
NOTHING = "none"
_YES = "yes"
_FIXED: Mapping[str, Sequence[OptionValue]] = {
    "aspect": ASPECTS,
    "size": SIZES,
    "count": COUNTS,
    "private": (True,),
    "spoiler": (True,),
    "language": LANGUAGES,
}


def card(
    now: MemberDefaults,
    *,
    models: Sequence[Choice],
    styles: Sequence[Choice],
    limits: Sequence[str],
) -> Card:
    """Return the card; `models` and `styles` are those of here, `limits` what goes before."""
    texts: list[Text] = [words.TITLE, *limits, f"-# {words.ABOUT}"]
    parts: list[ui.Item[Card]] = [ui.TextDisplay(str(text)) for text in texts]
    named = {"model": models, "style": styles}
    for name in NAMES:
        found = named[name] if name in named else _fixed(name)
        parts.append(ui.ActionRow(_select(name, found, getattr(now, name))))
    return Card(*parts, colour=WAITING)


def chosen(name: str, value: str) -> OptionValue | None:
    """Return what a list of the card sent, None for no default."""
    if value == NOTHING:
        return None
    return next((one for one in _FIXED.get(name, ()) if _value(one) == value), value)


def _fixed(name: str) -> list[Choice]:
    return [(str(words.said(name, one)), _value(one)) for one in _FIXED[name]]


def _value(one: OptionValue) -> str:
    return _YES if one is True else str(one)


def _select(name: str, found: Sequence[Choice], now: OptionValue | None) -> ui.Select[Card]:
    current = NOTHING if now is None else _value(now)
    nothing: Choice = (str(words.nothing(name)), NOTHING)
    there = [nothing, *found]
    if all(value != current for _, value in there):
        # Of another server, or gone by now: it is still what they decided.
        there.insert(1, (current, current))
    options = [
        discord.SelectOption(
            label=clip(words.choice(name, label), discord_limits.CHOICE_CHARACTERS),
            value=value,
            default=value == current,
        )
        for label, value in there[:CHOICES]
    ]
    return ui.Select(custom_id=buttons.default(name), options=options)
