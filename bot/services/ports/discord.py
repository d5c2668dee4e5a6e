"""What Discord is told: results, tickets, bad news."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.domain.job import Job, Outcome, Picture, Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a job stands, for its ticket. Seconds and times in UTC seconds."""

    job: Job
    position: int = 0
    ready_at: int | None = None
    message_id: int | None = None
    outcome: Outcome | None = None
    last_word: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPart:
    """One message of a result, ready to be posted: pictures with the files to upload."""

    job: Job
    post: Post
    parts: int
    pictures: tuple[Picture, ...]
    files: tuple[Path, ...]
    outcome: Outcome
    fitted: bool
    again: bool = False


class Publisher(Protocol):
    """Sends to Discord. Permanent refusals raise DeliveryError; anything else may be retried."""

    def upload_limit(self, job: Job) -> int:
        """Bytes per file that the place takes."""
        ...

    async def post(self, part: ResultPart) -> int:
        """Post one part and return its message id."""
        ...

    async def find(self, part: ResultPart) -> int | None:
        """Look for a part that may have been posted before the process died."""
        ...

    async def show(self, progress: Progress) -> bool:
        """Bring the private ticket up to date; False when it cannot be reached any more."""
        ...

    async def announce(self, job: Job) -> bool:
        """Say in the channel that a job ended without pictures; False when that is impossible."""
        ...
