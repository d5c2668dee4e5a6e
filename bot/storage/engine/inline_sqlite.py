"""SQLite statements without a detour: executed where they are asked for, on the event loop.

aiosqlite sends every step of every statement to a thread and waits for it, four times each. The
statements of a unit of work are look-ups by key and take microseconds, a hundredth of that
detour. What may wait or write to the disk still goes to the thread: BEGIN, COMMIT and ROLLBACK.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast

import aiosqlite

T = TypeVar("T")


class InlineConnection(aiosqlite.Connection):
    """A connection whose cursors work inline; its thread opens, begins, commits and closes.

    A transaction has the connection for itself, so thread and event loop never use it at once.
    While `long` is set, statements go to the thread as well.
    """

    long = False

    def cursor(self) -> Any:
        """Return a cursor as SQLAlchemy's adapter for aiosqlite uses it."""
        return _InlineCursor(self)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run something in the connection's own thread."""
        return cast("T", await self._execute(work))  # pyright: ignore[reportUnknownMemberType]


class _InlineCursor:
    """Executes and fetches in one step; holds the rows until they are asked for."""

    def __init__(self, connection: InlineConnection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.arraysize = 1
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> _InlineCursor:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> _InlineCursor:
        """Execute a statement; one that begins a transaction may wait, so it does in the thread."""
        await self._run(lambda: self._raw.execute(sql, parameters), wait=sql.startswith("BEGIN"))
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> _InlineCursor:
        """Execute a statement for each row of parameters."""
        await self._run(lambda: self._raw.executemany(sql, parameters))
        return self

    async def fetchall(self) -> list[Any]:
        """Return the rows, once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Forget the rows: the cursor itself was closed when it had them."""
        self._rows = []

    @property
    def _raw(self) -> sqlite3.Connection:
        return self._connection._conn  # pyright: ignore[reportPrivateUsage]

    async def _run(self, execute: Callable[[], sqlite3.Cursor], *, wait: bool = False) -> None:
        def work() -> None:
            self._take(execute())

        if wait or self._connection.long:
            await self._connection.in_thread(work)
        else:
            work()

    def _take(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else []
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()
