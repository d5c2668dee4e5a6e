"""Private cards in Components V2: tickets, refusals, notices, and pages of text.

Pure: from domain values to Discord components. What a press does stands in `cogs/actions.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import discord
from discord import ui

from bot.domain.job import JobState
from bot.domain.request import Note, Refusal, Violation
from bot.services.ports import Progress
from bot.ui import buttons, limits, messages
from bot.ui.messages import tickets as words
from bot.ui.text import escaped, shown_prompt

WAITING, GOOD, BAD = discord.Colour(0x5865F2), discord.Colour(0x3BA55D), discord.Colour(0xE0A030)

_FIELDS = {"reference": "pictures", "operation": "model"}


class Card(ui.LayoutView):
    """A layout that is sent once and then forgotten.

    It is finished from the start, so discord.py keeps no copy of it: presses are answered by the
    DynamicItems that the client knows, whichever process sent the card. A view kept for an
    ephemeral message would end after 15 minutes and could take a button's class with it
    (discord-platform.md section 2.3).
    """

    def __init__(self, *parts: ui.Item[Card], colour: discord.Colour | None = None) -> None:
        super().__init__(timeout=None)
        self.add_item(ui.Container(*parts, accent_colour=colour))
        self.stop()


def page(texts: Iterable[str], colour: discord.Colour | None = None) -> Card:
    """Return texts below each other, as many as Discord takes; the rest is left out."""
    fitting = _fitting(texts)
    return Card(*(ui.TextDisplay[Card](text) for text in fitting), colour=colour)


def notice(text: str) -> Card:
    """Return one sentence."""
    return page([text], BAD)


def refusal(item: Refusal, *, other_label: str | None = None) -> Card:
    """Return every problem of a request at once; `other_label` names a model that would do."""
    problems = [_problem(violation) for violation in item.violations]
    label = item.offer.label if item.offer else None
    heading = (
        f"**{escaped(label)} cannot do this yet.**" if label else "**This cannot be done yet.**"
    )
    texts = [heading, *problems]
    if other_label:
        texts.append(f"**{escaped(other_label)}** could do it as it is.")
    texts.append(f"-# {messages.NOTHING_CHARGED}")
    return page(texts, BAD)


def ticket(
    progress: Progress,
    *,
    label: str,
    notes: Sequence[Note] = (),
    left: int | None = None,
    ready_at: int | None = None,
) -> Card:
    """Return a request's ticket in whatever state it is.

    `left` is what the member has left beside this request. `ready_at` (UTC seconds) serves
    where the progress itself has no newer estimate.
    """
    job = progress.job
    prompt = shown_prompt(job.request.prompt)
    order = words.order(escaped(label), job.request)
    if job.state is JobState.DONE:
        return page([_done(progress), prompt, f"-# {order}"], GOOD)
    head = words.headline(progress, progress.ready_at or ready_at)
    if job.state.final:
        return page([head, prompt, f"-# {order}"], BAD)
    small = [f"{order} · {words.held(job.request, left)}"]
    small += [escaped(messages.note(note)) for note in notes]
    if not progress.last_word:
        small.append(words.where(job))
    texts = _fitting([head, prompt, *(f"-# {line}" for line in small)])
    parts: list[ui.Item[Card]] = [ui.TextDisplay(text) for text in texts]
    if button := _button(progress):
        parts.append(ui.ActionRow(button))
    return Card(*parts, colour=WAITING)


def _button(progress: Progress) -> ui.Button[Card] | None:
    """Return Cancel while it waits, Stop while further calls may still be sent."""
    job = progress.job
    custom_id = buttons.cancel_id(job.job_id)
    if job.state is JobState.QUEUED:
        return ui.Button(label=words.CANCEL, custom_id=custom_id)
    several = len(job.request.calls()) > 1
    if job.state is JobState.RUNNING and several and not job.cancel_requested:
        return ui.Button(label=words.STOP, custom_id=custom_id)
    return None


def _done(progress: Progress) -> str:
    job, outcome = progress.job, progress.outcome
    delivered = len(outcome.delivered_positions) if outcome else job.request.count
    jump = f"https://discord.com/channels/{job.guild_id}/{job.channel_id}/{progress.message_id}"
    head = words.done(delivered, job.request.unit_credits, jump)
    absent = messages.missing(outcome) if outcome else None
    return f"{head}\n{absent}" if absent else head


def _problem(violation: Violation) -> str:
    field = _FIELDS.get(violation.field, violation.field)
    return f"**{field}** · {escaped(messages.violation(violation))}"


def _fitting(texts: Iterable[str]) -> list[str]:
    """Return the texts that fit one message; a last one too long is cut."""
    fitting: list[str] = []
    characters, room = limits.LAYOUT_CHARACTERS, limits.LAYOUT_BYTES
    # The container counts as a component; a row with a button may follow.
    for text in list(texts)[: limits.LAYOUT_COMPONENTS - 3]:
        size = len(text.encode()) + _BYTES_PER_TEXT
        if len(text) > characters or size > room:
            break
        fitting.append(text)
        characters -= len(text)
        room -= size
    return fitting


# Discord counts a dozen bytes for each text besides its own.
_BYTES_PER_TEXT = 12
