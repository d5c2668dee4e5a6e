"""What moderators choose from while they type, in memory: open grants and active requests.

A suggestion waits for nothing. Names are the last ones that this process saw: Discord tells no
others without a call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cachetools import LRUCache

from bot.domain.job import Job
from bot.services.ports import Clock, Grant
from bot.services.tasks.refreshing_cache import RefreshingCache

SERVERS = 200
NAMES = 5000
# Another process may change them too: an older list is still used, and read again.
FRESH_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffChoices:
    """What is known of a server."""

    grants: tuple[Grant, ...] = ()
    jobs: tuple[Job, ...] = ()


class Reader(Protocol):
    """Reads them from the database."""

    async def open_grants(self, guild_id: int) -> list[Grant]: ...

    async def queue(self, guild_id: int) -> list[Job]: ...


class StaffSuggestions:
    """Lists of servers whose moderators are at work; only `run` waits for anything."""

    def __init__(self, clock: Clock) -> None:
        self._lists: RefreshingCache[int, StaffChoices] = RefreshingCache(
            clock=clock,
            about="what a server's moderators choose from",
            most=SERVERS,
            fresh_seconds=FRESH_SECONDS,
        )
        self._names: LRUCache[int, str] = LRUCache(NAMES)

    def of(self, guild_id: int) -> StaffChoices:
        """Return what is known of a server, and have it read again if it is old."""
        return self._lists.get(guild_id) or StaffChoices()

    def expect(self, guild_id: int) -> None:
        """Have the lists of a server ready and fresh: a moderator is at work there."""
        self._lists.get(guild_id)

    def changed(self, guild_id: int) -> None:
        """Read a server's lists again: something in them changed."""
        self._lists.refresh(guild_id)

    def heard(self, user_id: int, name: str) -> None:
        """Remember a user's name."""
        self._names[user_id] = name

    def name(self, user_id: int) -> str:
        """Return a user's name, or their id if no name was seen."""
        return self._names.get(user_id, str(user_id))

    async def run(self, reader: Reader) -> None:
        """Read what is wanted, until cancelled."""

        async def read(guild_id: int) -> StaffChoices:
            return StaffChoices(
                grants=tuple(await reader.open_grants(guild_id)),
                jobs=tuple(await reader.queue(guild_id)),
            )

        await self._lists.run(read)
