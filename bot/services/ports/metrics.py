"""What monitoring reads from the database: active jobs, and jobs that ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.errors import ErrorClass
from bot.domain.job import JobState, Reason
from bot.domain.provenance import Credentials
from bot.domain.quotas.quota import Used
from bot.domain.quotas.windows import Window
from bot.domain.server import Pause
from bot.services.ports.circuits import Circuit
from bot.services.ports.decisions import Block
from bot.services.ports.ledger import CounterKind


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


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenJob:
    """A job under way, or one that ended (`finished_at`) and was not told. UTC seconds.

    `lease_until`: its process says that it is worked on until then. `collected`: it waits for those
    that it is compared with.
    """

    job_id: str
    guild_id: int
    user_id: int
    provider: str
    model_id: str
    state: JobState
    parked: bool
    created_at: int
    expires_at: int
    lease_until: int | None
    finished_at: int | None
    collected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCounters:
    """How many counters of a kind have a window that is open; `ends_at` is the last end."""

    window: Window
    kind: CounterKind
    counters: int
    ends_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerPause:
    """A pause of a server, 0 for all of them, by the operator or else by its staff."""

    guild_id: int
    by_operator: bool
    pause: Pause


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorStatus:
    """What is paused, blocked and under way now, and what ended since `day_began` (UTC seconds).

    `credits` and `money` are the shared ceilings of all servers.
    """

    now: int
    pauses: Sequence[ServerPause]
    circuits: Sequence[Circuit]
    blocks: Sequence[Block]
    under_way: Sequence[UnderWay]
    day_began: int
    ended: Sequence[Ended]
    credits: Sequence[Used]
    money: Sequence[Used]


class MetricsQueries(Protocol):
    """What is true of all servers together."""

    async def under_way(self) -> list[UnderWay]: ...

    async def ended(self, *, since: int) -> list[Ended]:
        """Jobs that ended at or after a time, in UTC seconds."""
        ...

    async def open(self) -> list[OpenJob]:
        """Jobs that are not over, and those whose bad end was not told, oldest first."""
        ...

    async def newest(self) -> int | None:
        """When the last credit was moved, in UTC seconds; None if none ever was."""
        ...

    async def open_counters(self, *, now: int) -> list[OpenCounters]:
        """Counters in use whose window is open, by window and kind."""
        ...

    async def pauses(self) -> list[tuple[int, bool, Pause]]:
        """Server (0: all), whether by the operator, and the pause, also one that is over."""
        ...

    async def blocks(self, *, now: int) -> list[Block]:
        """Blocks in force of all servers, the newest first."""
        ...


class Measures(Protocol):
    """Counts and durations as they happen; none of these waits or fails."""

    def called(self, provider: str, seconds: float, error: ErrorClass | None) -> None:
        """An upstream call was answered, or failed, so long after it left."""
        ...

    def moved(self, provider: str, to: str) -> None:
        """A request was taken over by another provider."""
        ...

    def judged(self, judge: str, seconds: float, verdict: str) -> None:
        """A judge answered with a verdict, or is "away", so long after it was asked."""
        ...

    def credentials(self, provider: str, found: Credentials) -> None:
        """The content credentials of a result were checked."""
        ...

    def acknowledged(self, seconds: float) -> None:
        """Discord has the first answer to an interaction, so long after it was made."""
        ...
