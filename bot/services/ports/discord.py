"""What Discord is told: results, tickets, bad news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from bot.domain.job import Job, Picture, Post
from bot.domain.job_outcome import Outcome
from bot.domain.server import ServerSettings
from bot.services.ports.decisions import AuditEntry
from bot.services.ports.jobs.comparisons import ComparisonPost
from bot.services.ports.jobs.spoilers import ReportCard


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a job stands, for its ticket. Seconds and times in UTC seconds.

    `message_id` is the first message of its result; `posted_in` its channel, None where it asked.
    `left` are the credits that its member has left once it is done, None where nobody knows.
    """

    job: Job
    position: int = 0
    ready_at: int | None = None
    message_id: int | None = None
    posted_in: int | None = None
    outcome: Outcome | None = None
    last_word: bool = False
    left: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPart:
    """One message of a result, ready to be posted: pictures with the files to upload.

    `prompt` is what those who see it may read of it, None where the server hides prompts.
    `parent` is the message of the picture that was edited: channel, message. `ping` mentions
    the requester, who waited long. `replies`: a reply to it can ask for a change. `alone_of` counts
    the models that it was to be compared with, of which nothing came.
    """

    job: Job
    post: Post
    parts: int
    pictures: tuple[Picture, ...]
    files: tuple[Path, ...]
    outcome: Outcome
    fitted: bool
    prompt: str | None
    again: bool = False
    parent: tuple[int, int] | None = None
    ping: bool = False
    replies: bool = True
    alone_of: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPicture:
    """One picture of a posted result.

    `number` counts from 1 over all messages of the result, as members write it ("2: darker"),
    and ends with `of`; `place` counts from 0 among the attachments of its message. In a message
    that several results share, `number` counts over them all, and `own` over its own result.
    """

    job: Job
    number: int
    of: int
    picture: Picture
    channel_id: int
    message_id: int
    place: int
    removed: bool
    own: int = 0

    @property
    def own_number(self) -> int:
        """Its number among the pictures of its own result."""
        return self.own or self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """One picture of a member's results as a suggestion names it, small enough for memory.

    `prompt` is only the beginning of it; `at` is when it was made, in UTC seconds.
    """

    job_id: str
    number: int
    message_id: int
    prompt: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReference:
    """A member's message that asks for a picture."""

    guild_id: int
    channel_id: int
    message_id: int
    user_id: int


class Messages(Protocol):
    """Reads and deletes messages of results."""

    async def pictures(self, channel_id: int, message_id: int) -> list[str] | None:
        """Fresh addresses of a message's attachments in order; None: the message is gone.

        Empty when Discord does not show it now.
        """
        ...

    async def delete(self, channel_id: int, message_id: int) -> bool:
        """Delete a message of our own; False when Discord does not let us."""
        ...


class SpoilerMessages(Protocol):
    """Puts pictures of messages behind a spoiler, and takes them out of it.

    Permanent refusals raise DeliveryError; anything else may be tried again.
    """

    async def cover(self, channel_id: int, message_id: int, *, spoiler: bool) -> bool | None:
        """Edit a message; False when Discord does not edit that, None: the message is gone."""
        ...

    async def post_again(
        self, channel_id: int, message_id: int, *, spoiler: bool, tried_at: int | None
    ) -> int | None:
        """Post the same message once more, and return its id; None: the old one is gone.

        After an earlier try, at `tried_at`, what came of that is looked for first.
        """
        ...


class Reaction(StrEnum):
    """What a reaction to a member's message says: its emoji."""

    WORKING = "⏳"
    PENCIL = "✏️"
    REFUSED = "🚫"


class ReplyPublisher(Protocol):
    """Answers members' messages, where nothing is private.

    Permanent refusals are False or None; anything else is raised and may be tried again.
    """

    async def sign(self, channel_id: int, message_id: int, sign: Reaction, *, on: bool) -> bool:
        """Add a reaction to a message, or remove it."""
        ...

    async def post_ticket(self, progress: Progress) -> int | None:
        """Post the public ticket of a job and return its message id."""
        ...

    async def find_ticket(self, job: Job) -> int | None:
        """Look for a job's public ticket, whose message id was lost."""
        ...

    async def show_ticket(self, progress: Progress) -> bool:
        """Bring the public ticket up to date."""
        ...

    async def bad_news(self, job: Job) -> int | None:
        """Say below the member's message that the request failed; return the line's id."""
        ...

    async def refuse(self, channel_id: int, message_id: int, why_id: str) -> int | None:
        """Say below a message that it was refused; `why_id` is the draft that holds the words."""
        ...

    async def whisper(self, asked: MessageReference, about: Sequence[str] | Job) -> bool:
        """Send a member a direct message: these words, or that a job failed."""
        ...


class Publisher(Protocol):
    """Sends to Discord. Permanent refusals raise DeliveryError; anything else may be retried."""

    def upload_limit(self, job: Job) -> int:
        """Bytes per file by what is known of the server's boosts."""
        ...

    def may_move(self, channel_id: int, to: int) -> bool:
        """Whether pictures of a channel may be shown in another one: adults' stay with adults."""
        ...

    async def may_post_in(self, channel_id: int, to: int) -> bool:
        """The same, asked of Discord where this process does not know; False in doubt."""
        ...

    async def post(self, part: ResultPart) -> int:
        """Post one part and return its message id."""
        ...

    async def find(self, part: ResultPart) -> int | None:
        """Look for a part that may have been posted before the process died."""
        ...

    def may_look(self, part: ResultPart) -> bool:
        """Whether `find` can see what is there."""
        ...

    async def show(self, progress: Progress) -> bool:
        """Bring the private ticket up to date; False when it cannot be reached any more."""
        ...

    async def announce(self, job: Job) -> bool:
        """Say in the channel that a job ended without pictures; False when that is impossible."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultSummary:
    """A result for the log: `message` is its first, channel and id; None for a private one."""

    job: Job
    pictures: int
    message: tuple[int, int] | None


class LogChannel(Protocol):
    """Where a server's staff read what happened.

    Refusals for good raise DeliveryError; anything else may be tried again.
    """

    async def changes(
        self, guild_id: int, settings: ServerSettings, entries: Sequence[AuditEntry]
    ) -> int:
        """Post the first of these changes as one message; return how many it holds."""
        ...

    async def result(self, settings: ServerSettings, made: ResultSummary) -> None:
        """Post one line about a result."""
        ...

    async def vote(self, settings: ServerSettings, shown: ComparisonPost, message_id: int) -> None:
        """Post one line about the end of a vote: which model made which picture."""
        ...

    async def take_pictures(self, settings: ServerSettings, card: ReportCard) -> None:
        """Take the copy of the pictures off a report's card: they were removed."""
        ...
