"""Cards in the channel of the moderators, from a report to what became of it.

Their pictures are copies behind a spoiler, which leave the card with the result.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import discord
from discord import ui

from bot.domain.job import Destination, Job
from bot.services.ports import ResultPicture
from bot.ui import buttons
from bot.ui.cards.cards import BAD, GOOD, Card
from bot.ui.language import Text
from bot.ui.messages import results as result_words
from bot.ui.messages.staff import moderation as words
from bot.ui.messages.tickets import jump
from bot.ui.text import escaped, short_prompt

# As much of a prompt as leaves room for the report itself.
_PROMPT_CHARACTERS = 1000
# The text that names the reporter has this id, by which it is found later.
_REPORTER = 7001


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What moderators read; `prompt` and `reporter_id` are None where others read it too.

    `note` says why there are no pictures.
    """

    shown: ResultPicture
    label: str
    reason: Text
    text: str
    prompt: str | None
    reporter_id: int | None
    files: Sequence[discord.File] = ()
    note: Text | None = None


def report(item: Report) -> Card:
    """Return a report for the channel of the moderators."""
    job = item.shown.job
    url = jump(job.guild_id, item.shown.channel_id, item.shown.message_id)
    texts: list[Text] = [
        result_words.report(item.reason, escaped(item.text), url),
        words.report_subject(job.user_id, escaped(item.label)),
    ]
    if item.prompt is not None:
        texts.append(f"> {short_prompt(item.prompt, _PROMPT_CHARACTERS)}")
    if item.note is not None:
        texts.append(item.note)
    parts: list[ui.Item[Card]] = [ui.TextDisplay(str(text)) for text in texts]
    if item.files:
        parts.append(
            ui.MediaGallery(
                *(
                    discord.MediaGalleryItem(file, description=file.description, spoiler=True)
                    for file in item.files
                )
            )
        )
    if item.reporter_id is not None:
        parts.append(ui.TextDisplay(words.report_by(item.reporter_id), id=_REPORTER))
    return Card(*parts, ui.ActionRow(*_row(job)), colour=BAD)


def _row(job: Job) -> list[ui.Button[Card]]:
    """Return the buttons that can do something about a result."""
    public = job.destination is Destination.CHANNEL
    actions = [("remove", words.REPORT_REMOVE)] if public else []
    if public and not job.spoiler:
        actions.append(("hide", words.REPORT_HIDE))
    actions += [("block", words.REPORT_BLOCK)] if job.user_id > 0 else []
    actions.append(("dismiss", words.REPORT_DISMISS))
    return [
        ui.Button(label=str(label), custom_id=buttons.report_button(action, job.job_id))
        for action, label in actions
    ]


def settled(
    message: discord.Message,
    line: str,
    keep: Collection[re.Pattern[str]] = (),
    *,
    pictures: bool = False,
    reporter: bool = False,
) -> Card:
    """Return a card of the moderators' channel with what became of it.

    Of its buttons those stay whose custom ids are like one of `keep`; its pictures and the name of
    its reporter only where that is said.
    """
    kept = list(_kept(message, keep, pictures=pictures, reporter=reporter))
    row = [part for part in kept if isinstance(part, ui.Button)]
    parts: list[ui.Item[Card]] = [part for part in kept if not isinstance(part, ui.Button)]
    parts.append(ui.TextDisplay(line))
    if row:
        parts.append(ui.ActionRow(*row))
    return Card(*parts, colour=GOOD)


def has_pictures(message: discord.Message) -> bool:
    """Tell whether a card shows pictures."""
    return any(isinstance(part, discord.MediaGalleryComponent) for part in _parts(message))


def _kept(
    message: discord.Message, keep: Collection[re.Pattern[str]], *, pictures: bool, reporter: bool
) -> Iterator[ui.Item[Card]]:
    for part in _parts(message):
        match part:
            case discord.TextDisplay():
                if reporter or part.id != _REPORTER:
                    yield ui.TextDisplay(part.content, id=part.id if part.id == _REPORTER else None)
            case discord.MediaGalleryComponent() if pictures:
                yield ui.MediaGallery(*map(_same_item, part.items))
            case discord.Button():
                if any(template.fullmatch(part.custom_id or "") for template in keep):
                    yield ui.Button(label=part.label, custom_id=part.custom_id)
            case _:
                pass


def _same_item(item: discord.MediaGalleryItem) -> discord.MediaGalleryItem:
    """Return an item that shows the same file, which stays with the message."""
    name = unquote(urlsplit(item.media.url).path.rpartition("/")[2])
    return discord.MediaGalleryItem(
        f"attachment://{name}", description=item.description, spoiler=True
    )


def _parts(message: discord.Message) -> Iterator[Any]:
    yield from _walk(message.components)


def _walk(components: Iterable[Any]) -> Iterator[Any]:
    for part in components:
        yield part
        yield from _walk(getattr(part, "children", ()))
