"""Results: ordinary messages with attachments, or the pictures inside a private ticket.

Classic messages, because starboards, searches, other bots and replies read attachments and
content, which Components V2 hides.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import discord
from discord import ui

from bot.domain.file_types import HEAD_BYTES, extension, picture_type
from bot.domain.job import Job
from bot.domain.message_limits import MESSAGE_BYTES, MESSAGE_FILES
from bot.domain.requests.request import NoteKind
from bot.services.ports import ComparisonPost, ResultPart, ResultPicture
from bot.ui import buttons, messages
from bot.ui.cards.cards import GOOD, Card
from bot.ui.discord_api import discord_limits
from bot.ui.messages import tickets as words
from bot.ui.messages.alt_text import alt_text
from bot.ui.messages.requests import comparisons
from bot.ui.text import escaped, shown_prompt

_SMALL_BYTES = 1_000_000


def caption(part: ResultPart, label: str) -> str:
    """Return the text of a result's message: the whole story first, then only the numbers."""
    job, places = part.job, _places(part)
    lines: list[str] = []
    if part.post.part == 0:
        pictures = part.pictures
        sizes = [(p.width, p.height) for p in pictures if p.width and p.height]
        lines += [shown_prompt(part.prompt)] if part.prompt is not None else []
        lines += [
            f"-# {words.caption(escaped(label), sizes, job.user_id)}",
        ]
        if len(part.outcome.delivered_positions) > 1:
            several = words.several(len(part.outcome.delivered_positions), replies=part.replies)
            lines.append(f"-# {several}")
    notes = [messages.missing(part.outcome)] if part.post.part == part.parts - 1 else []
    if part.parts > 1:
        of = len(part.outcome.delivered_positions)
        notes.insert(0, words.numbered(places[0], places[-1], of))
    notes += [words.FITTED] if part.fitted else []
    if part.alone_of and part.post.part == 0:
        notes.append(comparisons.alone(part.alone_of))
    if job.reply_to_message_id is not None and part.post.part == 0:
        # Who asks by a reply has no private ticket that tells.
        inherited = NoteKind.SPOILER_INHERITED
        notes += [messages.note(one) for one in job.request.notes if one.kind is inherited]
    notes += [words.SENT_AGAIN] if part.again else []
    return "\n".join([*lines, *(f"-# {note}" for note in notes if note)])


def files(part: ResultPart) -> list[discord.File]:
    """Open the pictures for one try of an upload: a File is single use."""
    of = len(part.outcome.delivered_positions)
    return [
        discord.File(
            _opened(path),
            filename=file_name(part.job.job_id, place, _extension(path)),
            spoiler=part.job.spoiler,
            description=alt_text(place, of, part.prompt),
        )
        for path, place in zip(part.files, _places(part), strict=True)
    ]


def compared_files(shown: ComparisonPost) -> list[discord.File]:
    """Open the pictures of a comparison: each file has the name of its own result."""
    return [
        discord.File(
            _opened(one.path),
            filename=file_name(one.job.job_id, 1, _extension(one.path)),
            spoiler=one.job.spoiler,
            description=alt_text(number, len(shown.pictures), shown.prompt),
        )
        for number, one in enumerate(shown.pictures, start=1)
        if one.path is not None
    ]


def _opened(path: Path) -> Path | io.BytesIO:
    """Read what is small at once: aiohttp hands each step of an open file to a thread."""
    small = path.stat().st_size <= _SMALL_BYTES
    return io.BytesIO(path.read_bytes()) if small else path


def private_card(part: ResultPart, label: str, opened: list[discord.File]) -> Card:
    """Return the layout that shows a private result in its ticket, which cannot turn classic."""
    text: ui.TextDisplay[Card] = ui.TextDisplay(caption(part, label))
    row: ui.ActionRow[Card] = ui.ActionRow(*_row(part))
    return Card(text, _gallery(opened), row, colour=GOOD)


def _gallery(opened: Sequence[discord.File]) -> ui.MediaGallery[Card]:
    items = [
        discord.MediaGalleryItem(file, description=file.description, spoiler=file.spoiler)
        for file in opened[: discord_limits.GALLERY_PICTURES]
    ]
    return ui.MediaGallery(*items)


def reopened(pictures: Sequence[tuple[ResultPicture, Path]]) -> list[discord.File]:
    """Open pictures of an earlier result for its requester, as many as one message takes."""
    room, files = MESSAGE_BYTES, list[discord.File]()
    for shown, path in pictures[:MESSAGE_FILES]:
        room -= path.stat().st_size
        if room >= 0:
            file = discord.File(
                path,
                filename=file_name(shown.job.job_id, shown.number, _extension(path)),
                spoiler=shown.job.spoiler,
                description=alt_text(shown.number, shown.of, shown.job.request.prompt),
            )
            files.append(file)
    return files


def shown_again(job: Job, opened: list[discord.File]) -> Card:
    """Return the card that shows an earlier result to its member once more."""
    text: ui.TextDisplay[Card] = ui.TextDisplay(shown_prompt(job.request.prompt))
    return Card(text, _gallery(opened), colour=GOOD)


class Buttons(ui.View):
    """The row below a result, for as long as the message stands.

    Finished from the start, like a card: the client's DynamicItems answer, in any process.
    """

    def __init__(self, part: ResultPart) -> None:
        super().__init__(timeout=None)
        for button in _row(part):
            self.add_item(button)
        self.stop()


def _row(part: ResultPart) -> list[ui.Button[Any]]:
    job_id = part.job.job_id
    row: list[ui.Button[Any]] = [
        ui.Button(label=str(label), emoji=emoji, custom_id=buttons.job_button(action, job_id))
        for action, emoji, label in words.RESULT_BUTTONS
    ]
    if part.parent:
        url = words.jump(part.job.guild_id, *part.parent)
        row.append(ui.Button(label=str(words.PARENT), emoji=words.PARENT_EMOJI, url=url))
    return row


def file_name(job_id: str, place: int, extension: str) -> str:
    """Return an attachment's name, by which a result is recognised later."""
    return f"easel-{job_id}-{place}.{extension}"


def file_names(job_id: str, place: int | None = None) -> re.Pattern[str]:
    """Return what the attachments of a result are called: of one of its pictures, or of any."""
    number = r"\d+" if place is None else str(place)
    return re.compile(rf"(?:SPOILER_)?easel-{job_id}-{number}\.\w+")


def is_part(message: discord.Message, part: ResultPart) -> bool:
    """Tell whether a message is this part of the result, by the names of its files."""
    name = file_names(part.job.job_id, _places(part)[0])
    return any(name.fullmatch(file.filename) for file in message.attachments)


def _places(part: ResultPart) -> list[int]:
    """Return the numbers of the part's pictures as people count them, from 1 over all parts."""
    delivered = part.outcome.delivered_positions
    return [delivered.index(picture.position) + 1 for picture in part.pictures]


def _extension(path: Path) -> str:
    """Return the extension that fits the bytes: a fitted picture may have another format."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return extension(picture_type(head)) or "png"
