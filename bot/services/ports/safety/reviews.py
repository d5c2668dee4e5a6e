"""Results that wait for a review by staff (docs/spec/states.md, T15 to T17)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.domain.job import Job, Post, Reason
from bot.domain.safety.reviews import Review, ReviewOutcome
from bot.domain.server import ServerSettings


class ReviewStore(Protocol):
    """Held jobs belong to no process; their reviews stay until their cards show the outcome."""

    async def hold(self, job: Job, review: Review, *, until: int) -> Job | None:
        """T15, fenced: running to held; None when another process moved the job."""
        ...

    async def approve(self, job_id: str, posts: Sequence[Post], *, by: int) -> bool:
        """T16: held to delivering, by any process; False when it does not wait any more."""
        ...

    async def end_held(
        self,
        job_id: str,
        reason: Reason,
        outcome: ReviewOutcome,
        *,
        by: int,
        told_at: int | None,
        now: int,
    ) -> Job | None:
        """T17: held to failed, its pictures named nowhere any more; None when it does not wait."""
        ...

    async def minors(self, job: Job, *, now: int) -> None:
        """Remember that the files of a job are to be deleted."""
        ...

    async def get(self, job_id: str) -> Review | None: ...

    async def due(self) -> list[Review]:
        """Reviews whose card is not posted, or does not show the outcome, oldest first."""
        ...

    async def held(
        self, *, guild_id: int | None = None, channel_id: int | None = None
    ) -> list[str]:
        """Jobs that are held in a server, or whose cards are in a channel."""
        ...

    async def over(self, *, now: int) -> list[str]:
        """Jobs that have been held long enough."""
        ...

    async def mark_card_try(self, job_id: str, *, now: int) -> int | None:
        """The write-ahead mark of a card; returns when it was set before, None the first time."""
        ...

    async def card_posted(self, job_id: str, message_id: int) -> None:
        """Remember the message of a card; the first one counts."""
        ...

    async def forget(self, job_id: str) -> None:
        """The card shows the outcome, or the files are deleted: nothing is left to do."""
        ...

    async def restored(self) -> None:
        """T13: what a restored copy held is decided by nobody any more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCard:
    """What a card shows: the pictures while it waits, and how it ended from then on."""

    review: Review
    job: Job
    settings: ServerSettings
    files: tuple[Path, ...] = ()


class ReviewCards(Protocol):
    """Cards in channels that only staff reads.

    Refusals for good raise DeliveryError; anything else may be tried again.
    """

    async def post(self, card: ReviewCard) -> int:
        """Post a card and return its message id."""
        ...

    async def find(self, card: ReviewCard) -> int | None:
        """Look for a card that may have been posted before the process died."""
        ...

    async def show(self, card: ReviewCard) -> None:
        """Show on a card how its review ended, without the pictures."""
        ...
