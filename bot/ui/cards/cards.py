"""Private cards in Components V2: tickets, refusals, notices, and pages of text.

Pure: from domain values to Discord components. What a press does stands in `cogs`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
from discord import ui

from bot.domain.errors import QuotaError
from bot.domain.job import REFUSALS, Destination, Job, JobState, Reason
from bot.domain.requests.request import SERVER_RULES, Note, NoteKind, Refusal, Violation
from bot.services.ports import NO_REMEDIES, Progress, Remedies
from bot.ui import buttons, messages
from bot.ui.discord_api import discord_limits
from bot.ui.language import Text
from bot.ui.messages import tickets as words
from bot.ui.messages.commands import field_name
from bot.ui.messages.requests import comparisons as comparison_words
from bot.ui.messages.staff.moderation import MORE
from bot.ui.text import escaped, shown_prompt

WAITING, GOOD, BAD = discord.Colour(0x5865F2), discord.Colour(0x3BA55D), discord.Colour(0xE0A030)

# A section holds no more (docs/spec/discord.md section 1.4).
_BESIDE_A_PICTURE = 3
_BUTTONS_IN_A_ROW = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The picture that a request starts from though its member did not name it.

    It is shown by its address, or by a `file` that goes along with one answer and no other.
    """

    text: str
    alt: str
    spoiler: bool
    url: str | None = None
    file: discord.File | None = None


class Card(ui.LayoutView):
    """A layout that is sent once and then forgotten.

    It is finished from the start, so discord.py keeps no copy of it: presses are answered by the
    DynamicItems that the client knows, whichever process sent the card. A view kept for an
    ephemeral message would end after 15 minutes and could take a button's class with it
    (docs/spec/discord.md section 2.3).
    """

    def __init__(self, *parts: ui.Item[Card], colour: discord.Colour | None = None) -> None:
        super().__init__(timeout=None)
        self._container = ui.Container(*parts, accent_colour=colour)
        self.add_item(self._container)
        self.stop()

    def add_row(self, row: Sequence[ui.Item[Card]]) -> None:
        """Add buttons below everything else."""
        self._container.add_item(ui.ActionRow(*row))


def thumbnail(
    media: Path | str, number: int, files: list[discord.File], *, alt: str, spoiler: bool
) -> ui.Thumbnail[Card]:
    """Return a small picture by its address, or by its file, which is added to `files`.

    `number` keeps the files of one card apart.
    """
    if isinstance(media, Path):
        files.append(discord.File(io.BytesIO(media.read_bytes()), f"thumbnail-{number}.jpg"))
        return ui.Thumbnail(files[-1], description=alt, spoiler=spoiler)
    return ui.Thumbnail(media, description=alt, spoiler=spoiler)


def page(texts: Iterable[Text], colour: discord.Colour | None = None) -> Card:
    """Return texts below each other, as many as Discord takes; the rest is left out."""
    fitting = _fitting(texts)
    return Card(*(ui.TextDisplay[Card](text) for text in fitting), colour=colour)


def with_buttons(
    texts: Iterable[Text],
    row: Sequence[ui.Item[Card]],
    colour: discord.Colour | None = None,
    *,
    beside: ui.Thumbnail[Card] | None = None,
    menu: ui.Select[Card] | None = None,
) -> Card:
    """Return texts with rows of buttons, or one list, below; `beside` is next to the first.

    `menu` is a list above the buttons.
    """
    rows = -(-len(row) // _BUTTONS_IN_A_ROW)
    further = len(row) + rows + (beside is not None) + 2 * (menu is not None)
    parts: list[ui.Item[Card]] = [ui.TextDisplay(text) for text in _fitting(texts, further)]
    if beside is not None:
        first = parts[:_BESIDE_A_PICTURE]
        parts[: len(first)] = [ui.Section(*first, accessory=beside)]
    if menu is not None:
        parts.append(ui.ActionRow(menu))
    parts += [
        ui.ActionRow(*row[first : first + _BUTTONS_IN_A_ROW])
        for first in range(0, len(row), _BUTTONS_IN_A_ROW)
    ]
    return Card(*parts, colour=colour)


def texts_of(card: Card) -> list[str]:
    """Return the texts of a card, to be shown again later."""
    return [part.content for part in card.walk_children() if isinstance(part, ui.TextDisplay)]


def notice(text: Text) -> Card:
    """Return one sentence."""
    return page([text], BAD)


def refusal(
    item: Refusal, *, other_label: str | None = None, remedies: Remedies = NO_REMEDIES
) -> Card:
    """Return every problem of a request at once; `other_label` names a model that would do."""
    texts = [_heading(item), *(_problem(violation) for violation in item.violations)]
    if other_label:
        texts.append(words.other_model(escaped(other_label), item.other_credits))
    if item.obstacles:
        lines = [words.obstacle(one) for one in item.obstacles]
        texts.append("\n".join([str(words.NO_MODEL_CAN), *lines]))
    texts += noted(item.notes)
    texts.append(f"-# {messages.NOTHING_CHARGED}")
    return with_buttons(texts, remedy_buttons(remedies), BAD)


def over_quota(error: QuotaError, remedies: Remedies = NO_REMEDIES) -> Card:
    """Return which allowance is used up, and what helps."""
    text = messages.quota_refusal(error, messages.relative_time)
    return with_buttons([text], remedy_buttons(remedies), BAD)


def remedy_buttons(remedies: Remedies) -> list[ui.Button[Card]]:
    """Return what a member can do about a refused request, the nearest first."""
    drafts = (
        ("fix", remedies.fix, words.FIX),
        ("rephrase", remedies.rephrase, words.REPHRASE),
        ("fewer", remedies.fewer, words.fewer(remedies.count)),
    )
    row: list[ui.Button[Card]] = [
        ui.Button(label=str(label), custom_id=buttons.draft_button(action, draft_id))
        for action, draft_id, label in drafts
        if draft_id
    ]
    if remedies.use:
        custom_id = buttons.draft_button("model", remedies.use)
        label = words.use_model(remedies.other_label, remedies.other_credits)
        row.insert(0, ui.Button(label=label, custom_id=custom_id))
    return [*row, *(more_row() if remedies.ask else [])]


def more_row() -> list[ui.Button[Card]]:
    """Return the button that asks the moderators for more."""
    return [ui.Button(label=str(MORE), custom_id=buttons.MORE_ID)]


def _heading(item: Refusal) -> str:
    """Return who refuses: the model, the server's rules, or both and others together."""
    kinds = {violation.kind for violation in item.violations}
    if kinds <= SERVER_RULES:
        return words.refused_here()
    if item.offer is None or kinds & SERVER_RULES:
        return words.refused(None)
    return words.refused(escaped(item.offer.label))


def ticket(
    progress: Progress,
    *,
    label: str,
    left: int | None = None,
    ready_at: int | None = None,
    named: Named | None = None,
) -> Card:
    """Return a request's ticket in whatever state it is.

    `left` is what the member has left beside this request. `ready_at` (UTC seconds) serves
    where the progress itself has no newer estimate. `named` says what the request starts from.
    """
    job = progress.job
    prompt = shown_prompt(job.request.prompt)
    order = words.order(escaped(label), job)
    notes = [] if job.model_hidden else noted(job.request.notes)
    if job.state is JobState.DONE:
        texts = [_done(progress), prompt, f"-# {order}", *notes]
        return with_buttons(texts, _to_result(progress), GOOD)
    if job.waits_for_pickup:
        texts = [words.waiting(job), prompt, f"-# {order}", *notes]
        return with_buttons(texts, _pickup(job), GOOD)
    head = words.headline(progress, progress.ready_at or ready_at)
    if job.held:
        texts = [head, prompt, f"-# {order}", *notes]
        return with_buttons(texts, while_under_way(job), WAITING)
    if job.state.final:
        # Who or what cancelled it stands in the first line: there is nothing behind it.
        failed = job.state is JobState.FAILED
        why = [_job_button("why", words.WHY, job)] if failed else []
        return with_buttons([head, prompt, f"-# {order}"], [*why, *after_failure(job)], BAD)
    small = [named.text] if named else []
    price = "" if job.model_hidden else words.credits_and_left(job.request.credits, left)
    small += [" · ".join(filter(None, (order, price)))]
    where = [] if progress.last_word else [f"-# {words.where(job)}"]
    unasked = any(one.kind is NoteKind.SET_WITHOUT_COUNT for one in job.request.notes)
    head = f"{words.related_set(job.request)}\n{head}" if unasked else head
    texts = [head, prompt, *(f"-# {line}" for line in small), *notes, *where]
    return with_buttons(texts, while_under_way(job), WAITING, beside=_thumbnail(named))


def noted(notes: Sequence[Note]) -> list[str]:
    """Return what the requester should know about a request, a small line for each note."""
    return [f"-# {escaped(messages.note(note))}" for note in notes]


def trouble(job: Job) -> ui.View:
    """Return the buttons below a public word of trouble: a classic message's row.

    Everybody reads it, and nobody is to see from it that a request was refused.
    """
    view = ui.View(timeout=None)
    quiet = job.waits_for_pickup or job.held or job.reason in REFUSALS
    further = [] if quiet else after_failure(job)
    for button in (_job_button("why", words.WHY, job), *further):
        view.add_item(button)
    view.stop()
    return view


def while_under_way(job: Job) -> list[ui.Button[Any]]:
    """Return Cancel while it waits, Stop while further calls may still be sent; and Refresh."""
    row: list[ui.Button[Any]] = []
    several = len(job.request.calls()) > 1
    if job.state in (JobState.QUEUED, JobState.HELD):
        row.append(_job_button("cancel", words.CANCEL, job))
    elif job.state is JobState.RUNNING and several and not job.cancel_requested:
        row.append(_job_button("cancel", words.STOP, job))
    return [*row, _job_button("refresh", words.REFRESH, job)]


def _to_result(progress: Progress) -> list[ui.Button[Any]]:
    """Return what shows a private result once more; the first line links to a public one."""
    job = progress.job
    private = job.destination is not Destination.CHANNEL
    return [_job_button("show", words.SHOW, job)] if private else []


def _pickup(job: Job) -> list[ui.Button[Any]]:
    return [
        _job_button("show", words.SHOW, job),
        _job_button("share", words.SHARE, job),
        _job_button("discard", words.DISCARD, job),
    ]


def after_failure(job: Job) -> list[ui.Button[Any]]:
    """Return Retry, unless it was pressed before.

    The same words or pictures would be refused again, until their member has to wait: after a
    refusal it is a form for others.
    """
    if job.reason in REFUSALS:
        pictures = job.reason is Reason.REFUSED_REFERENCE
        label = words.OTHER_PICTURES if pictures else words.REPHRASE
        return [_job_button("rephrase", label, job)]
    return [] if job.retried_by else [_job_button("retry", words.RETRY, job)]


def _job_button(action: str, label: Text, job: Job) -> ui.Button[Any]:
    return ui.Button(label=str(label), custom_id=buttons.job_button(action, job.job_id))


def _thumbnail(named: Named | None) -> ui.Thumbnail[Card] | None:
    media = (named.file or named.url) if named else None
    if named is None or media is None:
        return None
    return ui.Thumbnail(media, description=named.alt, spoiler=named.spoiler)


def _done(progress: Progress) -> str:
    job, outcome = progress.job, progress.outcome
    if job.model_hidden:
        return comparison_words.posted(_jump(progress))
    delivered = len(outcome.delivered_positions) if outcome else job.request.count
    jump = _jump(progress) if job.destination is Destination.CHANNEL else None
    head = words.done(delivered, job.request.unit_credits, jump, progress.left)
    absent = messages.missing(outcome) if outcome else None
    return f"{head}\n{absent}" if absent else head


def _jump(progress: Progress) -> str:
    job = progress.job
    channel_id = progress.posted_in or job.channel_id
    return words.jump(job.guild_id, channel_id, progress.message_id)


def _problem(violation: Violation) -> str:
    return f"**{field_name(violation.field)}** · {escaped(messages.violation(violation))}"


def fits(texts: Sequence[str]) -> bool:
    """Tell whether all of these texts fit one message."""
    size = sum(len(text.encode()) + _BYTES_PER_TEXT for text in texts)
    characters = sum(map(len, texts))
    return characters <= discord_limits.LAYOUT_CHARACTERS and size <= discord_limits.LAYOUT_BYTES


def _fitting(texts: Iterable[Text], further: int = 0) -> list[str]:
    """Return the texts that fit one message beside so many further components."""
    fitting: list[str] = []
    characters, room = discord_limits.LAYOUT_CHARACTERS, discord_limits.LAYOUT_BYTES
    # The container counts as a component, and so does a section.
    for text in map(str, list(texts)[: discord_limits.LAYOUT_COMPONENTS - 2 - further]):
        size = len(text.encode()) + _BYTES_PER_TEXT
        if len(text) > characters or size > room:
            break
        fitting.append(text)
        characters -= len(text)
        room -= size
    return fitting


# Discord counts a dozen bytes for each text besides its own.
_BYTES_PER_TEXT = 12
