"""Places among the upstream calls that a provider takes at once."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from bot.domain.errors import StorageError
from bot.services.tasks.leases import LeaseHolder

log = logging.getLogger(__name__)

# Another process may have given a place back unheard.
_LOOK_SECONDS = 1.0


class Places(Protocol):
    """So many at once, as `asyncio.Semaphore` counts them."""

    async def acquire(self) -> object: ...

    def locked(self) -> bool:
        """Whether a place would have to be waited for."""
        ...

    def release(self) -> None: ...


class LeasedPlaces:
    """The places of one provider for all processes together: each is a lease."""

    def __init__(self, provider: str, count: int, leases: LeaseHolder) -> None:
        self._group = f"slot/{provider}"
        self._names = [f"{self._group}/{number}" for number in range(1, count + 1)]
        self._leases = leases
        self._held: list[str] = []
        self._giving_back: set[asyncio.Task[None]] = set()

    async def acquire(self) -> None:
        """Wait for a place, and take it."""
        while True:
            try:
                name = await self._leases.take_one(self._group, self._names)
            except StorageError as error:
                log.warning("%s: no place could be taken yet: %s", self._group, error)
                name = None
            if name is not None:
                self._held.append(name)
                return
            await self._leases.freed.wait(_LOOK_SECONDS)

    def locked(self) -> bool:
        """Say yes: it takes a transaction to find out."""
        return True

    def release(self) -> None:
        """Give a place back; where that fails, its lease runs out."""
        task = asyncio.create_task(self._give_back(self._held.pop()))
        self._giving_back.add(task)
        task.add_done_callback(self._giving_back.discard)

    async def _give_back(self, name: str) -> None:
        try:
            await self._leases.release(name)
        except StorageError as error:
            log.warning("%s could not be given back: %s", name, error)


class Slot:
    """One place that was acquired, given back once however often that is said."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._held = True

    def release(self, *_: object) -> None:
        """Give the place back."""
        if self._held:
            self._held = False
            self._places.release()
