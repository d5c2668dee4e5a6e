"""The forbidden words of a server, for managers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.domain.text.wordlist import WordError
from bot.services.ports import AuditEntry
from bot.ui.cards.cards import (
    BAD,
    GOOD,
    WAITING,
    Card,
    page,
)
from bot.ui.discord_api import discord_limits
from bot.ui.messages.staff import server as words
from bot.ui.messages.words import clip, commas, quoted
from bot.ui.text import escaped

_NAMED = 10


def listed(known: Sequence[str]) -> tuple[Card, list[discord.File]]:
    """Return the list, and the file that holds it where it is long."""
    if not known:
        return page([words.WORDS_EMPTY], WAITING), []
    title = words.words_title(len(known))
    text = commas(map(escaped, known))
    # A longer list is a file: nobody scrolls through it, but it can be searched and copied.
    if len(text) <= discord_limits.LIST_CHARACTERS:
        return page([title, text], WAITING), []
    file = discord.File(io.BytesIO("\n".join(known).encode()), words.WORDS_FILE)
    shown = ui.File[Any](file)
    return Card(ui.TextDisplay(title), shown, colour=WAITING), [file]


def added(
    entries: Sequence[AuditEntry], known: Sequence[str], wrong: Sequence[tuple[str, WordError]]
) -> Card:
    """Return what became of several words that were to be forbidden at once."""
    texts: list[str] = []
    if entries or not wrong:
        texts.append(words.words_added(len(entries)))
    if known:
        texts.append(words.words_known([escaped(quoted(word)) for word in known[:_NAMED]]))
    texts += [words.word_problem(escaped(quoted(text)), error) for text, error in wrong[:_NAMED]]
    if more := max(len(known) - _NAMED, 0) + max(len(wrong) - _NAMED, 0):
        texts.append(words.words_more(more))
    return page(
        [clip(text, discord_limits.LAYOUT_CHARACTERS // 4) for text in texts],
        GOOD if entries else BAD,
    )
