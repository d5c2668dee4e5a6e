"""The forbidden words of a server, for managers."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from typing import Any

import discord
from discord import ui

from bot.domain.text.wordlist import WordError
from bot.services.ports import AuditEntry
from bot.ui.cards import audit_log
from bot.ui.cards.cards import (
    BAD,
    GOOD,
    WAITING,
    Card,
    page,
)
from bot.ui.discord_api import discord_limits
from bot.ui.messages.staff import audit_log as record_words
from bot.ui.messages.staff import server as words
from bot.ui.messages.words import clip, commas, quoted
from bot.ui.text import escaped

_NAMED = 10
# Words that have an Undo of their own: each takes three of a layout's forty components.
NAMED = 6


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
    entries: Sequence[AuditEntry],
    known: Sequence[str],
    wrong: Sequence[tuple[str, WordError]],
    undo: Collection[int],
) -> Card:
    """Return what became of several words that were to be forbidden at once.

    `undo` are the ids of the changes that the reader may undo.
    """
    parts: list[ui.Item[Card]] = []
    if entries or not wrong:
        parts.append(ui.TextDisplay(words.words_added(len(entries))))
    parts += [
        audit_log.beside_undo(record_words.told(entry, escaped), entry, undo)
        for entry in entries[:NAMED]
    ]
    texts: list[str] = []
    if more := max(len(entries) - NAMED, 0):
        texts.append(words.words_undone_later(more))
    if known:
        texts.append(words.words_known([escaped(quoted(word)) for word in known[:_NAMED]]))
    texts += [words.word_problem(escaped(quoted(text)), error) for text, error in wrong[:_NAMED]]
    if more := max(len(known) - _NAMED, 0) + max(len(wrong) - _NAMED, 0):
        texts.append(words.words_more(more))
    # Bounded, so that all of it fits one layout: its forty components and 4,000 characters.
    parts += [ui.TextDisplay(clip(text, discord_limits.LAYOUT_CHARACTERS // 8)) for text in texts]
    return Card(*parts, colour=GOOD if entries else BAD)
