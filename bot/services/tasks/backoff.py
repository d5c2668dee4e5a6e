"""Outlasts a database that is locked, full or read-only, and a store of pictures that is away.

What was paid must not be lost to them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.domain.errors import StorageError
from bot.services.ports import Database, Scope, UnitOfWork

T = TypeVar("T")

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
    database: Database, act: Callable[[UnitOfWork], Awaitable[bool]], scope: Scope
) -> bool:
    """Do something in a transaction, however long the database is away; False rolls it back."""

    async def once() -> bool:
        async with database.write(scope) as uow:
            done = await act(uow)
            if done:
                await uow.commit()
            return done

    return await outlast(once)


async def outlast(act: Callable[[], Awaitable[T]]) -> T:
    """Do what may be done twice, until database and store of pictures let it happen."""
    patience = Backoff()
    while True:
        try:
            return await act()
        except StorageError as error:
            log.warning("a step of a job has to wait: %s", error)
        await patience.wait()
