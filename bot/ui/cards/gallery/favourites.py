"""The private pages of `/favourites`: kept results with thumbnails, and one that was chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import discord
from discord import ui

from bot.domain.job import Job
from bot.domain.text.discord_codes import without_members
from bot.services.ports import FavouriteEntry, FavouritesPage
from bot.ui import buttons
from bot.ui.cards.cards import GOOD, WAITING, Card, fits, thumbnail, with_buttons
from bot.ui.discord_api import discord_limits
from bot.ui.messages import history as history_words
from bot.ui.messages.alt_text import alt_text
from bot.ui.messages.requests import favourites as words
from bot.ui.messages.tickets import RESULT_BUTTONS, order
from bot.ui.messages.words import clip
from bot.ui.text import escaped, plain, shown_prompt

# The longest prompts that fit, of all on the page alike: one line on a phone, or two.
_PROMPT_CHARACTERS = (80, 50, 25, 10)
_LABEL_CHARACTERS = 40

LabelOf = Callable[[Job], str]
PromptOf = Callable[[Job], str | None]


def page(
    shown: FavouritesPage, label_of: LabelOf, prompt_of: PromptOf, *, most: int, thumbnails: bool
) -> tuple[Card, list[discord.File]]:
    """Return a page of favourites, and the files of its thumbnails, which are for one answer.

    `prompt_of` says what may be read of a prompt, None for nothing; `most` is how many fit.
    """
    head, *lines = _texts(shown, label_of, prompt_of, most)
    parts: list[ui.Item[Card]] = [ui.TextDisplay(head)]
    files: list[discord.File] = []
    for number, (entry, line) in enumerate(zip(shown.entries, lines, strict=True), start=1):
        beside = _thumbnail(entry, number, files, prompt_of) if thumbnails else None
        text: ui.TextDisplay[Card] = ui.TextDisplay(line)
        parts.append(ui.Section(text, accessory=beside) if beside else text)
    if shown.entries:
        parts.append(ui.ActionRow(_choices(shown, prompt_of)))
    if row := _row(shown):
        parts.append(ui.ActionRow(*row))
    return Card(*parts, colour=WAITING), files


def chosen(entry: FavouriteEntry, label: str, prompt: str | None, *, before: str) -> Card:
    """Return one favourite with everything that can be done with it, and the way back."""
    job = entry.job
    facts = [order(escaped(label), job), words.maker(job)]
    texts = [
        " · ".join(filter(None, (words.state(entry), words.pictures(entry)))),
        str(words.HIDDEN) if prompt is None else shown_prompt(prompt),
        f"-# {' · '.join(filter(None, facts))}",
    ]
    row: list[ui.Button[Any]] = []
    # What is made again would tell the model.
    offered = ("edit", "details") if job.model_hidden else ("edit", "again", "details")
    if entry.picture is not None:
        row += [
            ui.Button(label=str(text), custom_id=buttons.job_button(action, job.job_id))
            for action, _, text in RESULT_BUTTONS
            if action in offered
        ]
    row.append(_button(words.DROP, buttons.favourite_drop(job.job_id, before)))
    row.append(_button(history_words.BACK, buttons.favourites_page(before)))
    return with_buttons(texts, row, GOOD)


def _texts(shown: FavouritesPage, label_of: LabelOf, prompt_of: PromptOf, most: int) -> list[str]:
    """Return the head and a text for each favourite, their prompts as long as there is room."""
    texts: list[str] = []
    for characters in _PROMPT_CHARACTERS:
        texts = [_head(shown, prompt_of, most)]
        for number, entry in enumerate(shown.entries, start=1):
            label = escaped(clip(label_of(entry.job), _LABEL_CHARACTERS))
            facts = [words.state(entry), label, words.maker(entry.job), words.pictures(entry)]
            small = " · ".join(fact for fact in facts if fact)
            prompt = escaped(_prompt(entry.job, prompt_of, characters))
            texts.append(f"**{number}** · {prompt}\n-# {small}")
        if fits(texts):
            break
    return texts


def _head(shown: FavouritesPage, prompt_of: PromptOf, most: int) -> str:
    if not shown.entries:
        return str(words.NONE_OLDER if shown.before else words.NONE)
    lines = [str(words.TITLE)]
    if shown.full is not None:
        lines.append(f"-# {full(shown.full, prompt_of, most)}")
    return "\n".join(lines)


def full(oldest: Job, prompt_of: PromptOf, most: int) -> str:
    """Return that no more favourites fit, and which is the oldest."""
    return words.full(most, escaped(_prompt(oldest, prompt_of, _PROMPT_CHARACTERS[1])))


def _prompt(job: Job, prompt_of: PromptOf, characters: int) -> str:
    prompt = prompt_of(job)
    return clip(plain(without_members(prompt)), characters) if prompt else str(words.HIDDEN)


def _thumbnail(
    entry: FavouriteEntry, number: int, files: list[discord.File], prompt_of: PromptOf
) -> ui.Thumbnail[Card] | None:
    picture = entry.picture
    if entry.thumbnail is None or picture is None:
        return None
    alt = alt_text(picture.number, picture.of, prompt_of(entry.job))
    return thumbnail(entry.thumbnail, number, files, alt=alt, spoiler=entry.job.spoiler)


def _choices(shown: FavouritesPage, prompt_of: PromptOf) -> ui.Select[Card]:
    limit = discord_limits.CHOICE_CHARACTERS
    options = [
        discord.SelectOption(
            label=clip(f"{number} · {_prompt(entry.job, prompt_of, limit)}", limit),
            value=entry.job.job_id,
        )
        for number, entry in enumerate(shown.entries, start=1)
    ]
    return ui.Select(
        custom_id=buttons.favourite(shown.before),
        options=options,
        placeholder=str(words.CHOOSE),
    )


def _row(shown: FavouritesPage) -> list[ui.Button[Any]]:
    row: list[ui.Button[Any]] = []
    if shown.older:
        row.append(_button(history_words.OLDER, buttons.favourites_page(shown.older)))
    if shown.before:
        row.append(_button(history_words.NEWEST, buttons.favourites_page("", newest=True)))
    return row


def _button(label: object, custom_id: str) -> ui.Button[Any]:
    return ui.Button(label=str(label), custom_id=custom_id)
