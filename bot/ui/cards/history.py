"""The private pages of `/jobs`: requests with thumbnails, and one request that was chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import discord
from discord import ui

from bot.domain.job import Job, JobState
from bot.domain.message_limits import CHOICES
from bot.domain.text.discord_codes import without_members
from bot.services.ports import HistoryEntry, HistoryPage
from bot.ui import buttons
from bot.ui.cards.cards import GOOD, WAITING, Card, fits, thumbnail, with_buttons
from bot.ui.discord_api import discord_limits
from bot.ui.messages import history as words
from bot.ui.messages.alt_text import alt_text
from bot.ui.messages.requests import variations as variation_words
from bot.ui.messages.tickets import order
from bot.ui.messages.words import clip
from bot.ui.text import escaped, plain, shown_prompt

# The longest prompts that fit, of all on the page alike: one line on a phone, or two.
_PROMPT_CHARACTERS = (80, 50, 25, 10)
_LABEL_CHARACTERS = 40

LabelOf = Callable[[Job], str]


def page(
    shown: HistoryPage, label_of: LabelOf, *, thumbnails: bool = True
) -> tuple[Card, list[discord.File]]:
    """Return a page of requests, and the files of its thumbnails, which are for one answer."""
    texts = _texts(shown, label_of)
    head, lines = texts[0], texts[1:]
    parts: list[ui.Item[Card]] = [ui.TextDisplay(head)]
    files: list[discord.File] = []
    for number, (entry, line) in enumerate(zip(shown.entries, lines, strict=True), start=1):
        beside = _thumbnail(entry, number, files) if thumbnails else None
        text: ui.TextDisplay[Card] = ui.TextDisplay(line)
        parts.append(ui.Section(text, accessory=beside) if beside else text)
    if shown.entries:
        parts.append(ui.ActionRow(_choices(shown)))
    if row := _row(shown):
        parts.append(ui.ActionRow(*row))
    return Card(*parts, colour=WAITING), files


def chosen(entry: HistoryEntry, ticket: Card, label: str, *, before: str, search: str) -> Card:
    """Return one request with everything that can be done about it, and the way back."""
    job = entry.progress.job
    row: list[ui.Button[Any]] = []
    if job.state.final:
        row.append(use_prompt(job))
        if job.state is JobState.DONE and not entry.removed:
            if not job.model_hidden:
                row.append(_button(words.AGAIN, buttons.job_button("again", job.job_id)))
            row.append(_button(words.DETAILS, buttons.job_button("details", job.job_id)))
    row.append(_button(words.BACK, buttons.jobs_page(before, search)))
    if entry.removed:
        facts = f"-# {order(escaped(label), job)}"
        return with_buttons(
            [words.state(entry), shown_prompt(job.request.prompt), facts], row, GOOD
        )
    ticket.add_row(row)
    return ticket


def with_way_back(card: Card, pressed: discord.Message | None) -> Card:
    """Return a ticket with the way back to /jobs, where the message that it replaces had one."""
    for part in pressed.components if pressed else ():
        for custom_id in _custom_ids(part):
            if buttons.JOBS_PAGE.fullmatch(custom_id):
                card.add_row([_button(words.BACK, custom_id)])
    return card


def _custom_ids(part: object) -> Iterator[str]:
    if isinstance(part, discord.Button) and part.custom_id:
        yield part.custom_id
    for inner in getattr(part, "children", ()):
        yield from _custom_ids(inner)


def use_prompt(job: Job) -> ui.Button[Any]:
    """Return the button that opens the form of /imagine with a job's words in it."""
    return _button(words.USE_PROMPT, buttons.job_button("prompt", job.job_id))


def _texts(shown: HistoryPage, label_of: LabelOf) -> list[str]:
    """Return the head and a text for each request, their prompts as long as there is room."""
    texts: list[str] = []
    for characters in _PROMPT_CHARACTERS:
        texts = [_head(shown)]
        texts += [
            _line(number, entry, label_of(entry.progress.job), characters)
            for number, entry in enumerate(shown.entries, start=1)
        ]
        if fits(texts):
            break
    return texts


def _head(shown: HistoryPage) -> str:
    search = escaped(shown.search)
    if not shown.entries and not shown.searched_to:
        if shown.before:
            return str(words.NONE_OLDER)
        return words.none_found(search) if search else str(words.NONE)
    lines = [words.found(search) if search else str(words.TITLE)]
    if shown.searched_to:
        lines.append(f"-# {words.searched_to(shown.searched_to)}")
    if shown.more_open:
        lines.append(f"-# {words.more_open(shown.more_open)}")
    return "\n".join(lines)


def _line(number: int, entry: HistoryEntry, label: str, characters: int) -> str:
    variation = entry.progress.job.request.variation
    facts = [
        words.state(entry),
        variation_words.name(variation) if variation else "",
        escaped(clip(label, _LABEL_CHARACTERS)),
        words.pictures(entry),
        words.price(entry),
    ]
    small = " · ".join(fact for fact in facts if fact)
    return f"**{number}** · {escaped(_prompt(entry, characters))}\n-# {small}"


def _prompt(entry: HistoryEntry, characters: int) -> str:
    return clip(plain(without_members(entry.progress.job.request.prompt)), characters)


def _thumbnail(
    entry: HistoryEntry, number: int, files: list[discord.File]
) -> ui.Thumbnail[Card] | None:
    picture, job = entry.picture, entry.progress.job
    if entry.thumbnail is None or picture is None:
        return None
    alt = alt_text(picture.number, picture.of, job.request.prompt)
    return thumbnail(entry.thumbnail, number, files, alt=alt, spoiler=job.spoiler)


def _choices(shown: HistoryPage) -> ui.Select[Card]:
    options = [
        discord.SelectOption(
            label=clip(
                f"{number} · {_prompt(entry, discord_limits.CHOICE_CHARACTERS)}",
                discord_limits.CHOICE_CHARACTERS,
            ),
            value=entry.progress.job.job_id,
        )
        for number, entry in enumerate(shown.entries, start=1)
    ]
    return ui.Select(
        custom_id=buttons.choose(shown.before, shown.search),
        options=options[:CHOICES],
        placeholder=str(words.CHOOSE),
    )


def _row(shown: HistoryPage) -> list[ui.Button[Any]]:
    row: list[ui.Button[Any]] = []
    if shown.older:
        row.append(_button(words.OLDER, buttons.jobs_page(shown.older, shown.search)))
    if shown.before:
        row.append(_button(words.NEWEST, buttons.jobs_page("", shown.search)))
    if shown.entries or shown.before or shown.search:
        row.append(_button(words.SEARCH, buttons.FIND_ID))
    if shown.search:
        row.append(_button(words.ALL, buttons.jobs_page("", "")))
    return row


def _button(label: object, custom_id: str) -> ui.Button[Any]:
    return ui.Button(label=str(label), custom_id=custom_id)
