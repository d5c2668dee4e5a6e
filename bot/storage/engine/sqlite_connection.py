"""A SQLite connection in a transaction, as the stores use it.

The statements of a unit of work are look-ups by key and take microseconds, less than a hop to a
thread: they are executed on the event loop. What may wait for another process or for the disk, or
searches long, goes to a thread.
"""

from __future__ import annotations

import sqlite3
from concurrent.futures import Executor
from typing import Any

from sqlalchemy import Dialect, Executable, text
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from bot.storage.engine.cancellation_shield import in_thread
from bot.storage.engine.compiled_statements import DIALECT, CompiledRows, execute


class SqliteConnection:
    """A connection that one task has for itself; its statements run in `threads`, if any."""

    def __init__(self, raw: sqlite3.Connection, threads: Executor | None) -> None:
        self.raw = raw
        self.open = True
        self.failure: sqlite3.Error | None = None
        self._threads = threads

    @property
    def dialect(self) -> Dialect:
        return DIALECT

    async def execute(self, statement: Executable, parameters: Any = None, /) -> CompiledRows:
        """Execute a statement; its rows are all read when this returns."""
        self.demand_open()
        try:
            if self._threads is not None:
                return await in_thread(self._threads, execute, self.raw, statement, parameters)
            return execute(self.raw, statement, parameters)
        except DBAPIError as error:
            if isinstance(error.orig, sqlite3.Error):
                self.failure = error.orig
            raise

    async def exec_driver_sql(self, statement: str, /) -> CompiledRows:
        """Execute SQL that is written out."""
        return await self.execute(text(statement))

    async def commit(self) -> None:
        """End a transaction that only read."""
        self.demand_open()
        self.open = False

    def demand_open(self) -> None:
        """Raise InvalidRequestError after the end, by SQLite itself too."""
        # A statement after it would be committed alone.
        if not (self.open and self.raw.in_transaction):
            raise InvalidRequestError("this transaction has ended")
