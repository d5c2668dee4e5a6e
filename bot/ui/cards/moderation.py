"""Cards for moderators: the queue, the history, a member, and requests for more.

Pure: from domain values to Discord components. What a press does stands in `cogs`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import discord
from discord import ui

from bot.domain.job import Job
from bot.domain.message_limits import CHOICES
from bot.domain.text.discord_codes import without_members
from bot.services.ports import AuditEntry, Grant
from bot.ui import buttons
from bot.ui.cards import audit_log
from bot.ui.cards.cards import (
    GOOD,
    WAITING,
    Card,
    with_buttons,
)
from bot.ui.discord_api import discord_limits
from bot.ui.language import Text
from bot.ui.messages.staff import moderation as words
from bot.ui.messages.words import clip
from bot.ui.suggestions import Choice
from bot.ui.text import escaped, plain

# A row with its button is three of Discord's forty components.
QUEUE_ROWS = 8
# Reasons may be long: so many lines surely fit Discord's 4,000 characters.
HISTORY_ROWS = 6
_LINE_CHARACTERS = 600
_PROMPT_CHARACTERS = 60


def queue(jobs: Sequence[Job], number: int) -> Card:
    """Return a page of what waits and runs, from 0, with Cancel beside each request."""
    last = max(len(jobs) - 1, 0) // QUEUE_ROWS
    number = min(number, last)
    shown = jobs[number * QUEUE_ROWS : (number + 1) * QUEUE_ROWS]
    parts: list[ui.Item[Card]] = [
        ui.TextDisplay(words.queue_title(len(jobs)) if jobs else str(words.QUEUE_EMPTY))
    ]
    for job in shown:
        text = words.queue_line(job, escaped(_prompt(job)))
        drop = _button(words.CANCEL_ONE, buttons.queue_drop(number, job.job_id))
        parts.append(ui.TextDisplay(text) if job.cancel_requested else _beside(text, drop))
    row = [_button(words.REFRESH, buttons.queue_page(number))]
    if number:
        row.insert(0, _button(words.EARLIER, buttons.queue_page(number - 1)))
    if number < last:
        row.append(_button(words.LATER, buttons.queue_page(number + 1)))
    return Card(*parts, ui.ActionRow(*row), colour=WAITING)


def history(
    entries: Sequence[AuditEntry],
    *,
    before: int,
    about: int,
    actor_id: int,
    undo: Collection[int],
) -> Card:
    """Return a page of changes, newest first; one entry more than shown says that there are more.

    `undo` are the ids of those that the reader may undo. The others are what the page was asked
    by, 0 where nothing was.
    """
    shown = entries[:HISTORY_ROWS]
    parts: list[ui.Item[Card]] = [
        ui.TextDisplay(str(words.HISTORY_TITLE if shown else words.HISTORY_EMPTY))
    ]
    for entry in shown:
        text = clip(audit_log.line(entry), _LINE_CHARACTERS)
        if entry.undone_by is not None:
            text += f" · *{words.UNDONE}*"
        parts.append(audit_log.beside_undo(text, entry, undo))
    row: list[ui.Button[Card]] = []
    if before:
        row.append(_button(words.NEWEST, buttons.history_page(0, about, actor_id, newest=True)))
    if len(entries) > HISTORY_ROWS:
        older = buttons.history_page(shown[-1].audit_id, about, actor_id)
        row.append(_button(words.OLDER, older))
    if row:
        parts.append(ui.ActionRow(*row))
    return Card(*parts, colour=WAITING)


def member_row(user_id: int, *, blocked: bool) -> list[ui.Button[Card]]:
    """Return what a moderator may do about a member, below the card of their quota."""
    return [
        _button(words.GRANT_BUTTON, buttons.member_button("grant", user_id)),
        _button(words.RESET_BUTTON, buttons.member_button("reset", user_id)),
        _button(words.UNBLOCK_BUTTON, buttons.member_button("unblock", user_id))
        if blocked
        else _button(words.BLOCK_BUTTON, buttons.member_button("block", user_id)),
    ]


def wants_more(user_id: int, left: int | None) -> Card:
    """Return a member's request for more, for the channel of the moderators."""
    row = [
        _button(words.GRANT_BUTTON, buttons.member_button("give", user_id)),
        _button(words.REPORT_DISMISS, buttons.member_button("seen", user_id)),
    ]
    return with_buttons([words.wants_more(user_id, left)], row, WAITING)


def grant_choices(grants: Iterable[Grant], name: Any, typed: str) -> list[Choice]:
    """Return the grants whose member or number has what was typed in it; `name` names members."""
    found = [(words.grant_choice(one, plain(name(one.user_id))), one) for one in grants]
    return _matching(((text, str(one.grant_id)) for text, one in found), typed)


def job_choices(jobs: Iterable[Job], name: Any, typed: str) -> list[Choice]:
    """Return the requests whose member or prompt has what was typed in it."""
    going = (job for job in jobs if not job.cancel_requested)
    found = ((words.queue_choice(j, plain(name(j.user_id)), _prompt(j)), j.job_id) for j in going)
    return _matching(found, typed)


def _matching(choices: Iterable[Choice], typed: str) -> list[Choice]:
    wanted = typed.casefold().strip()
    found = [
        (clip(text, discord_limits.CHOICE_CHARACTERS), value)
        for text, value in choices
        if wanted in text.casefold() or wanted == value.casefold()
    ]
    return found[:CHOICES]


def _prompt(job: Job) -> str:
    if job.secret:
        return str(words.PRIVATE)
    return clip(plain(without_members(job.request.prompt)), _PROMPT_CHARACTERS)


def _button(label: Text, custom_id: str) -> ui.Button[Card]:
    return ui.Button(label=str(label), custom_id=custom_id)


def _beside(text: str, button: ui.Button[Card]) -> ui.Section[Card]:
    return ui.Section(ui.TextDisplay[Card](text), accessory=button)


def exported(file: discord.File) -> Card:
    """Return the card that hands the whole history over as a file."""
    text: ui.TextDisplay[Card] = ui.TextDisplay(str(words.HISTORY_EXPORTED))
    return Card(text, ui.File[Card](file), colour=GOOD)
