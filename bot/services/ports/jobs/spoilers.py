"""Messages that moderation changes after they were posted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class SpoilerChanges(Protocol):
    """Results that are covered by a spoiler, or uncovered, once their messages show it."""

    async def set(self, job_id: str, *, spoiler: bool, now: int) -> None:
        """Decide it, and remember that the messages do not show it yet."""
        ...

    async def due(self) -> Sequence[tuple[str, int]]:
        """Job and time of every decision that the messages do not show yet, oldest first."""
        ...

    async def shown(self, job_id: str, *, spoiler: bool) -> None:
        """The messages show it; what was decided anew meanwhile stays due."""
        ...

    async def mark_again_try(self, job_id: str, part: int, *, now: int) -> int | None:
        """The write-ahead mark of posting a message again; returns when it was set before."""
        ...

    async def posted_again(self, *, old_message_id: int, message_id: int) -> bool:
        """Put a new message in the place of an old one; False when that one no longer stands."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCard:
    """A card for moderators with a copy of the pictures of one message of a result."""

    message_id: int
    guild_id: int
    channel_id: int
    job_id: str
    part: int


class ReportCards(Protocol):
    """Report cards that still show pictures."""

    async def put(self, card: ReportCard) -> None: ...

    async def outdated(self) -> Sequence[ReportCard]:
        """Cards that show pictures whose message was removed."""
        ...

    async def gone(self, message_id: int) -> None:
        """Forget a card: it shows no picture any more."""
        ...
