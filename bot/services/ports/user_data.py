"""What is stored about people and servers that leave, and taking them out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.domain.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedUser:
    """Who asked to be forgotten, and the negative id that takes their place.

    It covers what is older than `asked_at` (UTC seconds): a member who comes back starts again.
    With a `guild_id` it covers only what belongs to that server.
    """

    user_id: int
    tombstone_id: int
    asked_at: int
    guild_id: int | None = None


class UserData(Protocol):
    """One person's data, over all servers."""

    async def remember(self, user_id: int, tombstone_id: int, *, now: int) -> ErasedUser:
        """Note that somebody asked now; an earlier tombstone is kept."""
        ...

    async def erased_users(self) -> list[ErasedUser]: ...

    async def finished(self, erased_user: ErasedUser, *, now: int) -> bool:
        """Forget the request itself, a month later and when nothing is left of the person."""
        ...

    async def under_way(self, user_id: int) -> list[Job]:
        """What waits, runs or is being delivered, oldest first."""
        ...

    async def open_grants(self, user_id: int, *, now: int) -> list[int]: ...

    async def clear_aside(self, user_id: int) -> None:
        """Delete drafts, baskets and favourites."""
        ...

    async def take_messages_away(self, user_id: int, *, now: int) -> int:
        """Mark all standing results removed, and have their messages deleted; return how many."""
        ...

    async def blank(self, erased_user: ErasedUser, *, limit: int) -> list[str]:
        """Empty the prompts and picture facts of some jobs that ended; return their ids."""
        ...

    async def rename(self, erased_user: ErasedUser, *, now: int) -> None:
        """Put the tombstone in the place of the person wherever no window is open any more."""
        ...

    async def export(self, user_id: int) -> Mapping[str, list[dict[str, Any]]]:
        """Everything about one person, by subject; nothing about anybody else."""
        ...

    async def known(self) -> Sequence[int]:
        """Everybody who ever asked for a picture."""
        ...


class RemovedGuilds(Protocol):
    """Servers and channels that are gone."""

    async def queued(
        self,
        *,
        guild_id: int | None = None,
        channel_id: int | None = None,
        user_id: int | None = None,
    ) -> list[str]:
        """Jobs that wait, by where they belong to."""
        ...

    async def parked(self, guild_id: int) -> list[Job]:
        """Jobs of a server that wait for pick-up."""
        ...

    async def channel_gone(self, channel_id: int, *, now: int) -> None:
        """Mark every result in a deleted channel as removed."""
        ...

    async def guilds(self) -> set[int]:
        """Servers that anything is stored about, but those known to be left."""
        ...

    async def left(self) -> Mapping[int, int]:
        """Servers that removed the bot, and when."""
        ...

    async def leave(self, guild_id: int, *, now: int) -> None: ...

    async def come_back(self, guild_id: int) -> None: ...

    async def members(self, guild_id: int, *, limit: int) -> list[int]:
        """Some people in the ledger of a server who are not tombstones yet."""
        ...

    async def purge(self, guild_id: int) -> None:
        """Delete what a server decided, but for the operator's ceiling."""
        ...


class Membership(Protocol):
    """Asks Discord who belongs to a server."""

    async def is_member(self, guild_id: int, user_id: int) -> bool:
        """Whether somebody is there; in doubt, they are."""
        ...
