"""Changes of a server as people see them: a card with Undo, a line of the history."""

from __future__ import annotations

from collections.abc import Collection, Sequence

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
_UNDOABLE = ("rule", "block", "channel", "role", "model", "word", "setting", "grant", "spoiler")


def change_card(
    entry: AuditEntry, notes: Sequence[Text] = (), *, undo: Collection[int] | None = None
) -> Card:
    """Return one change: old and new, what else there is to know of it, and Undo.

    `undo` are the ids of the changes that the reader may undo; None: any that can be.
    """
    texts = [f"**{words.what(entry, escaped)}**"]
    if compared := words.change(entry, escaped):
        texts.append(compared)
    if entry.reason:
        texts.append(words.because(escaped(reason_said(entry.reason))))
    texts += [f"-# {note}" for note in notes]
    return with_buttons(texts, undo_button(entry, undo), GOOD)


def undo_button(entry: AuditEntry, offered: Collection[int] | None = None) -> list[ui.Button[Card]]:
    """Return Undo for what can be undone from Discord by who reads it, else nothing."""
    if not undoable(entry) or (offered is not None and entry.audit_id not in offered):
        return []
    custom_id = buttons.undo_button(entry.audit_id, entry.at)
    return [ui.Button(label=str(words.UNDO), custom_id=custom_id)]


def beside_undo(text: str, entry: AuditEntry, offered: Collection[int]) -> ui.Item[Card]:
    """Return a line about a change with Undo beside it, where it is offered."""
    shown: ui.TextDisplay[Card] = ui.TextDisplay(text)
    undo = undo_button(entry, offered)
    return ui.Section(shown, accessory=undo[0]) if undo else shown


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
