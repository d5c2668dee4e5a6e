"""What somebody who watches the bot reads from the database: what is under way, what ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.domain.errors import ErrorClass
from bot.domain.job import JobState, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """How many jobs of a provider are in a state, and when the oldest was accepted (UTC seconds).

    `parked`: they are finished and wait to be picked up.
    """

    provider: str
    state: JobState
    parked: bool
    jobs: int
    oldest_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A job that ended: pictures posted, credits charged for them, and micro-units of money.

    What a lost call may have cost is `perhaps_micro`.
    """

    job_id: str
    provider: str
    state: JobState
    reason: Reason | None
    finished_at: int
    pictures: int
    credits: int
    known_micro: int
    perhaps_micro: int


class Readings(Protocol):
    """Sums over all servers; nothing here names a server or a member."""

    async def under_way(self) -> list[UnderWay]: ...

    async def ended(self, *, since: int) -> list[Ended]:
        """Jobs that ended at or after a time, in UTC seconds."""
        ...


class Measures(Protocol):
    """Counts and durations as they happen; none of these waits or fails."""

    def called(self, provider: str, seconds: float, error: ErrorClass | None) -> None:
        """An upstream call was answered, or failed, so long after it left."""
        ...

    def acknowledged(self, seconds: float) -> None:
        """Discord has the first answer to an interaction, so long after it was made."""
        ...
