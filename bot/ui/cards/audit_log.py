"""Changes of a server as people see them: a card with Undo, a line of the history."""

from __future__ import annotations

from collections.abc import Sequence

from discord import ui

from bot.services.ports import AuditEntry
from bot.ui import buttons
from bot.ui.cards.cards import GOOD, Card, with_buttons
from bot.ui.language import Text
from bot.ui.messages.staff import audit_log as words
from bot.ui.messages.words import clip, in_quotes, reason_said, relative_time
from bot.ui.text import escaped

# A line shows as much of a reason; the card of the change shows all of it.
_REASON_CHARACTERS = 120
_UNDOABLE = ("rule", "block", "channel", "role", "model", "word", "setting", "grant")


def change_card(entry: AuditEntry, notes: Sequence[Text] = ()) -> Card:
    """Return one change: old and new, what else there is to know of it, and Undo."""
    texts = [f"**{words.what(entry, escaped)}**"]
    if compared := words.change(entry, escaped):
        texts.append(compared)
    if entry.reason:
        texts.append(words.because(escaped(reason_said(entry.reason))))
    texts += [f"-# {note}" for note in notes]
    return with_buttons(texts, undo_button(entry), GOOD)


def undo_button(entry: AuditEntry) -> list[ui.Button[Card]]:
    """Return Undo for what can be undone from Discord, else nothing."""
    if not undoable(entry):
        return []
    custom_id = buttons.entry_button("undo", entry.audit_id)
    return [ui.Button(label=str(words.UNDO), custom_id=custom_id)]


def undoable(entry: AuditEntry) -> bool:
    """Tell whether staff may undo a change; what the operator did (actor 0) is the operator's."""
    ours = entry.actor_id != 0 and not entry.subject_id.startswith("ceiling:")
    return ours and entry.undone_by is None and entry.subject_kind in _UNDOABLE


def line(entry: AuditEntry) -> str:
    """Return one line: who, what, old and new, when, why."""
    parts = [words.who(entry.actor_id), words.told(entry, escaped), relative_time(entry.at)]
    if entry.reason:
        parts.append(in_quotes(escaped(clip(reason_said(entry.reason), _REASON_CHARACTERS))))
    return " · ".join(parts)
