"""Results in the gallery of their server."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.domain.job import Job
from bot.domain.server import ServerSettings


class GalleryState(StrEnum):
    """Where a result is on its way into the gallery and out of it."""

    DECIDED = "decided"  # enough members keep it: to be posted
    POSTED = "posted"
    LEAVING = "leaving"  # its message is to be deleted, if there is one
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryPost:
    """A result in the gallery. Times are UTC seconds.

    `tried_at` is the write-ahead mark of the newest try to post it. `place_id` is where the
    message is: the gallery's channel, in a forum the thread of the message.
    """

    job_id: str
    guild_id: int
    channel_id: int
    state: GalleryState
    decided_at: int
    tried_at: int | None = None
    place_id: int | None = None
    message_id: int | None = None


class GalleryStore(Protocol):
    """Gallery posts, one for each result; what left does not come back."""

    async def get(self, job_id: str) -> GalleryPost | None: ...

    async def let_in(self, job_id: str, guild_id: int, channel_id: int, *, now: int) -> bool:
        """Let a result come into the gallery; False when it was there or is on its way."""
        ...

    async def of_message(self, message_id: int) -> Job | None:
        """The request of the result that a message of a gallery shows."""
        ...

    async def in_state(self, *states: GalleryState) -> Sequence[GalleryPost]: ...

    async def mark_gallery_try(self, post: GalleryPost, *, now: int) -> bool:
        """The write-ahead mark of posting it, once for each state that was read.

        False when another process has set it, or the post is not wanted any more.
        """
        ...

    async def in_gallery(
        self, job_id: str, *, place_id: int, message_id: int, spoiler: bool
    ) -> bool:
        """It is posted; False when it has to leave again already."""
        ...

    async def withdraw(self, job_id: str) -> None:
        """Forget a decision that was not carried out: it may be made anew."""
        ...

    async def unwelcome(self, opt_out: str) -> Collection[str]:
        """Results in the gallery that were removed, or whose makers have this setting."""
        ...

    async def uncovered(self) -> Sequence[GalleryPost]:
        """Posts that are not behind the spoiler that their results are behind by now."""
        ...

    async def covered(self, job_id: str) -> None: ...

    async def leave(self, job_id: str) -> None:
        """Have it deleted, or not posted."""
        ...

    async def gone(self, job_id: str) -> None: ...

    async def deleted(self, message_id: int) -> None:
        """A message was deleted on Discord."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryPicture:
    """What a gallery shows of a result: the message of it to copy, and the words below.

    `prompt` is what everybody may read, None where the server hides prompts.
    """

    job: Job
    source: tuple[int, int]
    prompt: str | None


class GalleryChannel(Protocol):
    """Shows results in a channel, forum or media channel.

    Permanent refusals raise DeliveryError; anything else may be tried again.
    """

    def may_move(self, channel_id: int, to: int) -> bool:
        """Whether pictures of a channel may be shown in another one: adults' stay with adults."""
        ...

    async def post(
        self,
        settings: ServerSettings,
        shown: GalleryPicture,
        channel_id: int,
        *,
        tried_at: int | None,
    ) -> tuple[int, int] | None:
        """Post it; place and id of the message. None: it may not, or cannot, be shown there.

        After an earlier try, at `tried_at`, what came of that is looked for first.
        """
        ...

    async def find(
        self, shown: GalleryPicture, channel_id: int, *, tried_at: int
    ) -> tuple[int, int] | None:
        """Look for what came of a try, whose message id was lost."""
        ...

    async def cover(self, place_id: int, message_id: int) -> bool:
        """Put the pictures of a post behind a spoiler; False when Discord does not do that."""
        ...

    async def delete(self, channel_id: int, place_id: int, message_id: int) -> bool:
        """Delete a post; False when Discord does not let us now."""
        ...
