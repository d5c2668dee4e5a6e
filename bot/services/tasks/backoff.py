"""Outlasts a database that is locked, full or read-only: what was paid must not be lost to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.domain.errors import StorageError
from bot.services.ports import Database, Scope, UnitOfWork

log = logging.getLogger(__name__)

# The waits between two tries grow from the first to the longest.
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0


class Backoff:
    """Waits longer each time."""

    def __init__(self) -> None:
        self._seconds = FIRST_WAIT_SECONDS

    async def wait(self) -> None:
        """Sleep for the next wait."""
        await asyncio.sleep(self._seconds)
        self._seconds = min(self._seconds * 2, LONGEST_WAIT_SECONDS)


async def commit(
    database: Database, act: Callable[[UnitOfWork], Awaitable[bool]], *scopes: Scope
) -> bool:
    """Do something in a transaction, however long the database is away; False rolls it back."""
    patience = Backoff()
    while True:
        try:
            async with database.write(*scopes) as uow:
                done = await act(uow)
                if done:
                    await uow.commit()
                return done
        except StorageError as error:
            log.warning("the outcome of a call cannot be stored yet: %s", error)
        await patience.wait()
