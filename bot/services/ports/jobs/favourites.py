"""Results that members keep, by a reaction or a button."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.domain.job import Job
from bot.services.ports.discord import ResultPicture


@dataclass(frozen=True, slots=True, kw_only=True)
class Favourite:
    """What one member decided about one result.

    `kept_at` is when it was kept, None where it was taken back. `message_id` is the message with
    the member's reaction, as far as is known; None without one.
    """

    user_id: int
    job_id: str
    guild_id: int
    kept_at: int | None
    message_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FavouriteEntry:
    """One favourite of a page; `shown` and `thumbnail` as in `HistoryEntry`."""

    job: Job
    kept_at: int
    shown: tuple[ResultPicture, ...] = ()
    thumbnail: Path | str | None = None

    @property
    def picture(self) -> ResultPicture | None:
        """The first picture that was not removed."""
        return next((one for one in self.shown if not one.removed), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FavouritesPage:
    """A page of a member's favourites in one server, the newest first.

    `before` is what it was asked by; `older` is that of the next page, None on the last one. `full`
    is the oldest favourite of all, where no more fit.
    """

    entries: tuple[FavouriteEntry, ...]
    before: str = ""
    older: str | None = None
    full: Job | None = None


class FavouriteStore(Protocol):
    """Favourites. Those of one server change one after the other: their units name its scope."""

    async def get(self, user_id: int, job_id: str) -> Favourite | None: ...

    async def put(self, favourite: Favourite) -> None:
        """Write it over an older one; one that says nothing any more is deleted."""
        ...

    async def reacted_on(self, message_id: int) -> Sequence[Favourite]:
        """Those whose reactions on a message are known."""
        ...

    async def count(self, user_id: int, guild_id: int) -> int:
        """How many results a member keeps in a server."""
        ...

    async def kept_by(self, job_id: str) -> Collection[int]:
        """Who keeps a result."""
        ...

    async def page(
        self, user_id: int, guild_id: int, *, before: tuple[int, str] | None, limit: int
    ) -> Sequence[Favourite]:
        """What a member keeps in a server, the newest first; `before` is a time and a job."""
        ...

    async def oldest(self, user_id: int, guild_id: int) -> Favourite | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stars:
    """Who reacted with a star to a message; not `whole` where there are more than were asked."""

    user_ids: frozenset[int]
    whole: bool


class StarReader(Protocol):
    """Reads reactions of messages."""

    async def stars(self, channel_id: int, message_id: int) -> Stars | None:
        """Who reacted with a star, bots apart; None when Discord does not tell now."""
        ...
