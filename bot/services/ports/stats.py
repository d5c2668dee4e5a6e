"""What was made in a server, summed up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from bot.services.ports.jobs.comparisons import Wins

# Every time zone of today differs from UTC by a multiple of this, so a day of any zone is made of
# whole slices.
SLICE_SECONDS = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What was made from the day `first` to `last`, both included.

    Days are the server's own. `models` and `members` are ids with their pictures, `services` names
    of image services, the busiest first; `money` is in
    micro-units, surely and perhaps paid. `refused` and `failed` count requests without pictures:
    over their words or pictures, and for every other reason. `wins` are those of models that
    members compared, the most first.
    """

    first: date
    last: date
    pictures: dict[date, int]
    credits: dict[date, int]
    models: list[tuple[str, int]]
    members: list[tuple[int, int]]
    money: dict[date, tuple[int, int]]
    refused: int = 0
    failed: int = 0
    services: Sequence[tuple[str, int]] = ()
    wins: Sequence[Wins] = ()


class Stats(Protocol):
    """Sums over posted results from `since` until before `until`, in UTC seconds."""

    async def made(self, guild_id: int, *, since: int, until: int) -> list[tuple[int, int, int]]:
        """Begin of a slice of time, pictures, credits."""
        ...

    async def by_model(self, guild_id: int, *, since: int, until: int) -> list[tuple[str, int]]:
        """Model id and pictures."""
        ...

    async def by_provider(self, guild_id: int, *, since: int, until: int) -> list[tuple[str, int]]:
        """Image service and pictures, the busiest first."""
        ...

    async def by_member(self, guild_id: int, *, since: int, until: int) -> list[tuple[int, int]]:
        """Member and pictures, the most active first."""
        ...

    async def without_pictures(self, guild_id: int, *, since: int, until: int) -> tuple[int, int]:
        """Requests that were refused over their words or pictures, and that failed otherwise."""
        ...

    async def spent(self, guild_id: int, *, since: int, until: int) -> list[tuple[int, int, int]]:
        """Begin of a slice, micro-units surely paid, and perhaps paid: the outcome is unknown."""
        ...
