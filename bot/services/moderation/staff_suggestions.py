"""What moderators choose from while they type, in memory: open grants, requests under way.

A list that is missing or old is read anew behind the answer, by a loop of its own, so the next
key has it. Names are those that this process heard last: Discord tells no others for free.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from bot.domain.job import Job
from bot.services.ports import Clock, Grant

log = logging.getLogger(__name__)

SERVERS = 200
NAMES = 5000
# Another process may change them too: an older list is used, and read anew.
FRESH_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffChoices:
    """What is known of a server, as it was at a time (UTC seconds)."""

    grants: tuple[Grant, ...] = ()
    jobs: tuple[Job, ...] = ()
    read_at: int = 0


class Reader(Protocol):
    """Reads them from the database."""

    async def open_grants(self, guild_id: int) -> list[Grant]: ...

    async def queue(self, guild_id: int) -> list[Job]: ...


class StaffLists:
    """Lists of servers whose moderators are at work; nothing here waits but `run`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lists: OrderedDict[int, StaffChoices] = OrderedDict()
        self._names: OrderedDict[int, str] = OrderedDict()
        self._wanted: OrderedDict[int, None] = OrderedDict()
        self._news = asyncio.Event()

    def of(self, guild_id: int) -> StaffChoices:
        """Return what is known of a server, and have it read anew where it is old."""
        self.expect(guild_id)
        return self._lists.get(guild_id, StaffChoices())

    def expect(self, guild_id: int) -> None:
        """A moderator is at work in a server: have its lists ready."""
        known = self._lists.get(guild_id)
        if known is None or self._clock.now() >= known.read_at + FRESH_SECONDS:
            self.changed(guild_id)

    def changed(self, guild_id: int) -> None:
        """Something of a server's lists changed: read them anew."""
        self._wanted[guild_id] = None
        if len(self._wanted) > SERVERS:
            self._wanted.popitem(last=False)
        self._news.set()

    def heard(self, user_id: int, name: str) -> None:
        """Remember what somebody is called."""
        self._names[user_id] = name
        self._names.move_to_end(user_id)
        if len(self._names) > NAMES:
            self._names.popitem(last=False)

    def name(self, user_id: int) -> str:
        """Return what somebody is called, their id where nobody said."""
        return self._names.get(user_id, str(user_id))

    async def run(self, reader: Reader) -> None:
        """Read what is wanted, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._wanted:
                guild_id, _ = self._wanted.popitem(last=False)
                try:
                    await self._read(reader, guild_id)
                except Exception:
                    log.exception("lists of server %d could not be read", guild_id)

    async def _read(self, reader: Reader, guild_id: int) -> None:
        self._lists[guild_id] = StaffChoices(
            grants=tuple(await reader.open_grants(guild_id)),
            jobs=tuple(await reader.queue(guild_id)),
            read_at=self._clock.now(),
        )
        self._lists.move_to_end(guild_id)
        if len(self._lists) > SERVERS:
            self._lists.popitem(last=False)
