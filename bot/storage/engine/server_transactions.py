"""Transactions of a database server, through SQLAlchemy's own engines."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import URL, CursorResult, Dialect, Executable
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncTransaction

from bot.storage.engine.cancellation_shield import steadily
from bot.storage.engine.connect import make_engine


class ServerConnection:
    """A connection in one transaction, which `commit` or leaving it ends."""

    def __init__(self, connection: AsyncConnection, transaction: AsyncTransaction) -> None:
        self._connection = connection
        self._transaction = transaction

    @property
    def dialect(self) -> Dialect:
        return self._connection.dialect

    async def execute(self, statement: Executable, parameters: Any = None, /) -> CursorResult[Any]:
        """Execute a statement; its rows are all read when this returns."""
        return await self._connection.execute(statement, parameters)

    async def exec_driver_sql(self, statement: str, /) -> CursorResult[Any]:
        """Execute SQL that is written out."""
        return await self._connection.exec_driver_sql(statement)

    async def commit(self) -> None:
        """Return when the server has it."""
        await steadily(self._transaction.commit())


class ServerTransactions:
    """Begins transactions on a database server."""

    def __init__(self, url: URL, *, connections: int) -> None:
        self._engines = {
            writes: make_engine(url, writes=writes, pool_size=connections)
            for writes in (True, False)
        }

    @asynccontextmanager
    async def begin(self, *, writes: bool, long: bool) -> AsyncGenerator[ServerConnection]:
        """Begin a transaction; leaving it without a commit rolls it back."""
        async with (
            self._engines[writes].connect() as connection,
            connection.begin() as transaction,
        ):
            try:
                yield ServerConnection(connection, transaction)
            finally:
                # Leaving it open would commit.
                if transaction.is_active:
                    await steadily(transaction.rollback())

    async def close(self) -> None:
        """Close every connection that no transaction has."""
        for engine in self._engines.values():
            await engine.dispose()
