"""What this process holds among several: chores, places at image services, shards.

A process that cannot renew what it holds stops before the others take it: it counts from before it
asked, and they from after.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from bot.services.ports import GUARDED, Clock, Database, Scope
from bot.services.tasks.wake_event import WakeEvent

log = logging.getLogger(__name__)

LEASE_SECONDS = 60
RENEW_SECONDS = 15
# Of what ran out, no clock of another process thinks that it is still held.
KEPT_SECONDS = 3600
# The chores that one process does for all: expiry, telling, clean-up, log channels.
CHORES = "chores"


class Held(Protocol):
    """Tells what this process may do, and whether others share the work with it."""

    @property
    def alone(self) -> bool: ...

    def holds(self, name: str) -> bool: ...


class HoldsAll:
    """The only process there is."""

    alone = True

    def holds(self, name: str) -> bool:
        return True


class LeaseHolder:
    """Takes, renews and gives back leases; `me` names this process."""

    alone = False

    def __init__(self, *, me: str, database: Database, clock: Clock) -> None:
        self._me = me
        self._database = database
        self._clock = clock
        self._until: dict[str, int] = {}
        # Rung when another process gave something back.
        self.freed = WakeEvent()

    def holds(self, name: str) -> bool:
        """Tell whether a name is this process's, by what it knows."""
        return self._until.get(name, 0) > self._clock.now()

    async def take_one(self, group: str, names: Sequence[str]) -> str | None:
        """Take the first name of a group that nobody holds."""
        now = self._clock.now()
        async with self._database.write(Scope("leases", group)) as uow:
            free = await uow.leases.free(names, now=now)
            until = now + LEASE_SECONDS
            if not free or not await uow.leases.take(free[0], me=self._me, until=until, now=now):
                return None
            await uow.commit()
        self._until[free[0]] = until
        return free[0]

    async def release(self, name: str) -> None:
        """Give a name back."""
        self._until.pop(name, None)
        async with self._database.write(GUARDED) as uow:
            await uow.leases.release(self._me, [name])
            await uow.commit()

    async def run(self, *wanted: str) -> None:
        """Renew what is held, and take each of these names when it is free, until cancelled."""
        try:
            while True:
                try:
                    await self._renew(wanted)
                except Exception as error:
                    log.warning("leases could not be renewed yet: %r", error)
                await asyncio.sleep(RENEW_SECONDS)
        finally:
            await self._leave()

    async def _renew(self, wanted: Sequence[str]) -> None:
        # What another task takes or gives back meanwhile is not judged by what is read here. And
        # what a commit left here that nobody heard of, or could not take away, runs out.
        before = list(self._until)
        now = self._clock.now()
        until = now + LEASE_SECONDS
        async with self._database.write(GUARDED) as uow:
            mine = await uow.leases.renew(self._me, before, until=until, now=now)
            if self.holds(CHORES):
                await uow.leases.sweep(before=now - KEPT_SECONDS)
            await uow.commit()
        for name in before:
            if name in self._until and name in mine:
                self._until[name] = until
            elif self._until.pop(name, None) is not None:
                log.warning("%s is no longer this process's", name)
        for name in wanted:
            if name not in self._until and await self.take_one(name, [name]):
                log.info("%s: this process does that now", name)

    async def _leave(self) -> None:
        self._until.clear()
        try:
            async with self._database.write(GUARDED) as uow:
                await uow.leases.release(self._me)
                await uow.commit()
        except Exception as error:
            log.warning("leases could not be given back, they run out: %r", error)
