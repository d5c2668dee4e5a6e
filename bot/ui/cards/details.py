"""Private cards about a result: what made it, where it comes from, and what can be done with it.

Clients without menus reach here what the message menus do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import discord
from discord import ui

from bot.domain.errors import ErrorClass
from bot.domain.file_types import extension
from bot.domain.job import Call, Job, Picture, PictureState
from bot.domain.provenance import Marks, marks_stored
from bot.domain.text.wordlist import MASK
from bot.services.ports import PictureFile, Progress, ResultPicture
from bot.ui import buttons, messages
from bot.ui.cards.cards import (
    BAD,
    WAITING,
    Card,
    after_failure,
    noted,
    page,
    with_buttons,
)
from bot.ui.cards.history import use_prompt
from bot.ui.messages import results as words
from bot.ui.messages.requests import favourites as favourite_words
from bot.ui.messages.requests import provenance as origin_words
from bot.ui.messages.requests import variations as variation_words
from bot.ui.messages.requests.styles import SAVE_BUTTON, used
from bot.ui.messages.staff import audit_log
from bot.ui.messages.staff import moderation as staff_words
from bot.ui.messages.tickets import headline, jump
from bot.ui.text import escaped, short_prompt, shown_prompt

CHAIN_PROMPT_CHARACTERS = 60
# One row of five: what a result usually has. All of them come by the message menu.
USE_BUTTONS = 4
# Image services keep their files for a day (docs/spec/image-apis.md section 9).
ORIGINAL_SECONDS = 24 * 3600


def details(
    job: Job,
    shown: Sequence[ResultPicture],
    chain: Sequence[ResultPicture | Job],
    *,
    label: str,
    now: int,
    prompt_of: Callable[[Job], str | None] = lambda job: job.request.prompt,
    lost: Sequence[Picture] = (),
    kept: bool | None = None,
    origin: Sequence[str] = (),
    menu: ui.Select[Card] | None = None,
) -> Card:
    """Return everything about a result; `chain` begins with the result itself.

    `lost` are its pictures that did not arrive. `kept` says whether it is a favourite of the
    reader, None where there are no favourites. `prompt_of` says what may be read of a job's
    prompt, None for nothing. `origin` is what one of its files says of itself. `menu` lists what
    can be made of it.
    """
    sizes = [f"{p.width}×{p.height}" for p in (one.picture for one in shown) if p.width]
    prompt = prompt_of(job)
    # Which marks a file has differs by image service.
    hidden = job.model_hidden
    texts = [
        *([] if hidden else origin),
        words.PROMPT_HIDDEN if prompt is None else shown_prompt(prompt),
        words.facts(job, escaped(label), list(dict.fromkeys(sizes))),
        *_variation(job),
        *_style(job, shown=prompt == job.request.prompt),
        # They name what was typed: not for a reader from whom a part of it is kept.
        *_parts(job, shown=prompt is not None),
        *_notes(job, shown=prompt == job.request.prompt),
        *([] if hidden else _marks(shown)),
        *_chain(chain, prompt_of),
        *_missing(lost),
        *([] if hidden else _originals(job, shown, now)),
        f"-# {words.request_id(job)}",
    ]
    variation = job.request.variation
    # An order to change a picture is no use without the picture.
    # A style would name the model, which nobody is told yet.
    own = [use_prompt(job), *([] if hidden else [_save_style(job)])]
    row = [
        *(own if prompt and not (variation and variation.of_picture) else ()),
        *_row(job, shown),
        *_star(job, shown, kept),
    ]
    return with_buttons(texts, row, WAITING, menu=menu)


def _notes(job: Job, *, shown: bool) -> list[str]:
    """Return what its member was told; some of it is so with one model only."""
    return noted(job.request.notes) if shown and not job.model_hidden else []


def _marks(shown: Sequence[ResultPicture]) -> Iterator[str]:
    """Yield which marks of its origin went out with a picture, the same ones once."""
    found = (marks_stored(one.picture.marks) for one in shown)
    lines = [words.marks(marks) for marks in found if marks is not None]
    if lines:
        yield "\n".join(dict.fromkeys(lines))


def _parts(job: Job, *, shown: bool) -> Iterator[str]:
    """Yield what the server added to the prompt, to those who may read that."""
    if job.request.parts and shown:
        yield words.parts_added(audit_log.parts(job.request.parts, escaped))


def _variation(job: Job) -> Iterator[str]:
    """Yield what was made of an earlier result."""
    if job.request.variation:
        yield variation_words.name(job.request.variation)


def _style(job: Job, *, shown: bool) -> Iterator[str]:
    """Yield which style it was made with; its words are for who keeps it."""
    if job.request.style and shown:
        yield used(job.request.style)


def _save_style(job: Job) -> ui.Button[Any]:
    custom_id = buttons.job_button("style", job.job_id)
    return ui.Button(label=str(SAVE_BUTTON), custom_id=custom_id)


def origin(file: PictureFile, marks: Marks, *, ours: bool) -> list[str]:
    """Return what somebody's picture says of itself, and whether it is one of ours."""
    kind = (extension(file.mime) or "").upper()
    return [
        origin_words.facts(kind, (file.width, file.height), file.bytes, animated=file.frames > 1),
        "\n".join(origin_words.marks(marks)),
        str(origin_words.ONE_OF_MINE if ours else origin_words.NOT_KNOWN),
    ]


def unknown_picture(file: PictureFile, marks: Marks) -> Card:
    """Return what is known of a picture that is not ours, as far as its reader may know."""
    return page(origin(file, marks, ours=False), WAITING)


def failure(
    progress: Progress, calls: Sequence[Call], *, label: str, lost: Sequence[Picture] = ()
) -> Card:
    """Return what is known of a request that ended without pictures."""
    job = progress.job
    texts = [
        headline(progress, None),
        shown_prompt(job.request.prompt),
        *_parts(job, shown=True),
        words.facts(job, escaped(label), []),
        *_answers(calls),
        *_missing(lost),
        words.given_back(job),
        f"-# {words.request_id(job)}",
    ]
    return with_buttons(texts, after_failure(job), BAD)


def _answers(calls: Sequence[Call]) -> Iterator[str]:
    """Yield what went wrong with the calls, each kind once.

    What a lost call cost is the operator's business: its words would speak of money.
    """
    found = [call.error_class for call in calls if call.error_class]
    kinds = [kind for kind in dict.fromkeys(found) if kind is not ErrorClass.UNKNOWN_OUTCOME]
    lines = [words.call_failed(messages.error_class(kind), found.count(kind)) for kind in kinds]
    if lines:
        yield "\n".join([str(words.CALLS_FAILED), *lines])


def _missing(lost: Sequence[Picture]) -> Iterator[str]:
    """Yield why pictures did not arrive, each reason once."""
    lines = [
        words.picture_missing(picture.error_code, withheld=picture.state is PictureState.WITHHELD)
        for picture in lost
    ]
    if lines:
        yield "\n".join([str(words.PICTURES_MISSING), *dict.fromkeys(lines)])


def remove_sure(job: Job, *, hide: bool = False) -> Card:
    """Return the question before a removal; with `hide` a spoiler is offered instead."""
    remove: ui.Button[Card] = ui.Button(
        label=str(words.REMOVE),
        style=discord.ButtonStyle.danger,
        custom_id=buttons.job_button("gone", job.job_id),
    )
    row = [remove]
    if hide:
        custom_id = buttons.job_button("hide", job.job_id)
        row.append(ui.Button(label=str(staff_words.REPORT_HIDE), custom_id=custom_id))
    return with_buttons([words.REMOVE_SURE], row, BAD)


def basket(count: int) -> Card:
    """Return how full a member's basket is."""
    if not count:
        return page([words.BASKET_EMPTY], WAITING)
    clear: ui.Button[Card] = ui.Button(label=str(words.CLEAR), custom_id=buttons.CLEAR_ID)
    return with_buttons([words.basket(count), f"-# {words.BASKET_HOW}"], [clear], WAITING)


def _row(job: Job, shown: Sequence[ResultPicture]) -> list[ui.Button[Any]]:
    standing = [one for one in shown if not one.removed]
    row: list[ui.Button[Any]] = [
        ui.Button(
            label=str(words.USE) if len(standing) == 1 else words.use(one.number),
            custom_id=buttons.job_button("use", job.job_id, one.number),
        )
        for one in standing[:USE_BUTTONS]
    ]
    if standing:
        custom_id = buttons.job_button("report", job.job_id)
        row.append(ui.Button(label=str(words.REPORT), custom_id=custom_id))
    return row


def _star(job: Job, shown: Sequence[ResultPicture], kept: bool | None) -> list[ui.Button[Any]]:
    """Return what keeps a result, or takes it out of the favourites."""
    if kept is None or (not kept and all(one.removed for one in shown)):
        return []
    action, label = ("unstar", favourite_words.DROP) if kept else ("star", favourite_words.KEEP)
    custom_id = buttons.job_button(action, job.job_id)
    return [ui.Button(label=str(label), emoji=favourite_words.STAR, custom_id=custom_id)]


def _chain(
    chain: Sequence[ResultPicture | Job], prompt_of: Callable[[Job], str | None]
) -> Iterator[str]:
    lines: list[str] = []
    for step, link in enumerate(chain[1:], start=1):
        job, number, url = (link, None, None) if isinstance(link, Job) else _link(link)
        prompt = short_prompt(prompt_of(job) or MASK, CHAIN_PROMPT_CHARACTERS)
        lines.append(words.ancestor(step, prompt, number, url))
    if lines:
        yield "\n".join([str(words.CHAIN), *lines])


def _link(shown: ResultPicture) -> tuple[Job, int | None, str | None]:
    url = jump(shown.job.guild_id, shown.channel_id, shown.message_id)
    return shown.job, shown.number, None if shown.removed else url


def _originals(job: Job, shown: Sequence[ResultPicture], now: int) -> Iterator[str]:
    """Yield links to the services' own files, which live about a day."""
    if now < (job.finished_at or 0) + ORIGINAL_SECONDS:
        for one in shown:
            if one.picture.source_url and not one.removed:
                yield words.original(one.number, one.picture.source_url)
