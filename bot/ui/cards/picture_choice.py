"""The private card that shows the pictures of a message, to choose which one is meant.

A form shows no pictures, so this comes before it where there are several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import discord
from discord import ui

from bot.domain.message_limits import CHOICES
from bot.ui.cards.cards import WAITING, Card, thumbnail
from bot.ui.language import Phrase
from bot.ui.messages import forms as words
from bot.ui.messages.requests import provenance

# A section with a thumbnail is three of the 40 components of a message, the rest of the card four.
MOST_SHOWN = 12
ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A picture to choose, by its number, and the small picture beside it where there is one."""

    number: int
    alt: str
    spoiler: bool
    thumbnail: Path | str | None = None


def meant(values: Sequence[str], every: Sequence[int]) -> list[int]:
    """Return the numbers that were chosen out of `every` one; none of what is not among them."""
    return [number for number in every if ALL in values or str(number) in values]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the choice is for; `several`: whether all may be chosen."""

    text: Phrase
    placeholder: Phrase
    several: bool


TO_CHANGE = Question(text=words.EDIT_PICK, placeholder=words.EDIT_PICK_PLACEHOLDER, several=True)
TO_LOOK_AT = Question(
    text=provenance.WHICH, placeholder=provenance.WHICH_PLACEHOLDER, several=False
)


def card(
    custom_id: str,
    choices: Sequence[Choice],
    *,
    thumbnails: bool = True,
    question: Question = TO_CHANGE,
) -> tuple[Card, list[discord.File]]:
    """Return the card with its list, and the files of its thumbnails, which are for one answer."""
    parts: list[ui.Item[Card]] = [ui.TextDisplay(str(question.text))]
    files: list[discord.File] = []
    for one in choices[:MOST_SHOWN]:
        text: ui.TextDisplay[Card] = ui.TextDisplay(f"**{words.picture(one.number)}**")
        if one.thumbnail is None or not thumbnails:
            parts.append(text)
            continue
        beside = thumbnail(one.thumbnail, one.number, files, alt=one.alt, spoiler=one.spoiler)
        parts.append(ui.Section(text, accessory=beside))
    options = [
        discord.SelectOption(label=words.picture(one.number), value=str(one.number))
        for one in choices[: CHOICES - 1]
    ]
    if question.several:
        options.append(discord.SelectOption(label=str(words.ALL_PICTURES), value=ALL))
    parts.append(
        ui.ActionRow(
            ui.Select[Card](
                custom_id=custom_id, options=options, placeholder=str(question.placeholder)
            )
        )
    )
    return Card(*parts, colour=WAITING), files
