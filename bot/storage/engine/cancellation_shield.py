"""Steps of a transaction that end before a cancellation of their task takes effect.

aiosqlite works in a thread, which a cancellation does not reach; SQLAlchemy then drops the
connection, and the transaction that it had begun keeps SQLite's lock until the object is
collected. Such steps are short, so waiting for them is the smaller evil.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Dialect, Executable
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")


async def steadily(work: Awaitable[T]) -> T:
    """Await work to its end, even when this task is cancelled meanwhile; then be cancelled."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError:
                continue  # cancelled once more; the statement ends all the same
        raise


class ShieldedConnection:
    """A connection of one transaction, as the stores use it."""

    def __init__(self, connection: AsyncConnection, *, inline: bool) -> None:
        self.inner = connection
        # A statement that never leaves the event loop cannot be cancelled in its middle.
        self._inline = inline

    @property
    def dialect(self) -> Dialect:
        return self.inner.dialect

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Execute a statement and return its buffered result."""
        work = self.inner.execute(statement, parameters)
        return await (work if self._inline else steadily(work))

    async def exec_driver_sql(self, statement: str, parameters: Any = None) -> CursorResult[Any]:
        """Execute SQL as the driver takes it."""
        work = self.inner.exec_driver_sql(statement, parameters)
        return await (work if self._inline else steadily(work))
