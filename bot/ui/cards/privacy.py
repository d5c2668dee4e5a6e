"""The cards of /privacy."""

from __future__ import annotations

from collections.abc import Iterable

import discord
from discord import ui

from bot.ui import buttons
from bot.ui.cards.cards import (
    BAD,
    GOOD,
    WAITING,
    Card,
    page,
    with_buttons,
)
from bot.ui.messages import privacy as words


def card(
    *,
    file_hours: int,
    others_may_edit: bool,
    in_galleries: bool,
    services: Iterable[str],
    done: str | None = None,
) -> Card:
    """Return what is stored, with what can be done about it; `done` is what was done just now."""
    texts = words.card(
        file_hours=file_hours,
        others_may_edit=others_may_edit,
        in_galleries=in_galleries,
        services=services,
    )
    shown = "closed" if in_galleries else "open"
    gallery = words.KEEP_OUT_OF_GALLERIES if in_galleries else words.LET_INTO_GALLERIES
    choice = "closed" if others_may_edit else "open"
    label = words.KEEP_OTHERS_OUT if others_may_edit else words.LET_OTHERS_IN
    row: list[ui.Button[Card]] = [
        ui.Button(label=str(words.EXPORT), custom_id=buttons.EXPORT_ID),
        ui.Button(label=str(label), custom_id=buttons.others(choice)),
        ui.Button(label=str(gallery), custom_id=buttons.galleries(shown)),
        ui.Button(
            label=str(words.DELETE), custom_id=buttons.FORGET_ID, style=discord.ButtonStyle.danger
        ),
    ]
    return with_buttons([*([done] if done else []), *texts], row, WAITING)


def sure() -> Card:
    """Return the question before everything is deleted."""
    row: list[ui.Button[Card]] = [
        ui.Button(
            label=str(label), custom_id=buttons.forget_sure(what), style=discord.ButtonStyle.danger
        )
        for what, label in (("data", words.DELETE), ("all", words.DELETE_ALL))
    ]
    return with_buttons(words.SURE, row, BAD)


def deleted(texts: Iterable[str]) -> Card:
    """Return what was deleted."""
    return page(texts, GOOD)


def exported(file: discord.File, *, whole: bool) -> Card:
    """Return the card that holds an export; the file goes along with it."""
    text = words.EXPORTED if whole else words.EXPORTED_PART
    return Card(ui.TextDisplay[Card](str(text)), ui.File[Card](file), colour=GOOD)
