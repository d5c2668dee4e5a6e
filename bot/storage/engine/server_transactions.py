"""Transactions of a database server, through SQLAlchemy's own engines."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from sqlalchemy import URL, BigInteger, CursorResult, Dialect, Executable, bindparam, func, select

from bot.services.ports import EVERYTHING, GUARDED, Scope
from bot.storage.engine.cancellation_shield import steadily
from bot.storage.engine.connect import make_engine, plain_words

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncTransaction

# How long a statement may take, and wait for others. A network that swallows what is sent tells
# nobody; without this a unit would wait forever.
ANSWER_SECONDS = 60


class ServerConnection:
    """A connection in one transaction, which `commit` or leaving it ends."""

    def __init__(
        self, url: URL, connection: AsyncConnection, transaction: AsyncTransaction
    ) -> None:
        self._url = url
        self._connection = connection
        self._transaction = transaction

    @property
    def dialect(self) -> Dialect:
        return self._connection.dialect

    async def execute(self, statement: Executable, parameters: Any = None, /) -> CursorResult[Any]:
        """Execute a statement; its rows are all read when this returns."""
        with plain_words(self._url):
            return await self._connection.execute(statement, parameters)

    async def exec_driver_sql(self, statement: str, /) -> CursorResult[Any]:
        """Execute SQL that is written out."""
        with plain_words(self._url):
            return await self._connection.exec_driver_sql(statement)

    async def commit(self) -> None:
        """Return when the server has it."""
        with plain_words(self._url):
            await steadily(self._transaction.commit())


class ScopeTurns:
    """Lets a process's units of one scope take turns before each takes a connection.

    Who waits for a scope on the server holds a connection meanwhile: the crowd of one server would
    take all of them from the others.
    """

    def __init__(self) -> None:
        # A scope is forgotten with the last one who waits for it.
        self._locks: WeakValueDictionary[Scope, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, scopes: Iterable[Scope], *, seconds: float | None) -> AsyncGenerator[None]:
        """Wait for the turn in each scope, in one order; TimeoutError after so long."""
        async with AsyncExitStack() as turns:
            async with asyncio.timeout(seconds):
                for scope in sorted({*scopes}):
                    lock = self._locks.get(scope)
                    if lock is None:
                        lock = self._locks[scope] = asyncio.Lock()
                    await turns.enter_async_context(lock)
            yield


class ServerTransactions:
    """Begins transactions on a database server."""

    def __init__(self, url: URL, *, connections: int) -> None:
        self._url = url
        self._turns = ScopeTurns()
        # Engines connect when they are asked to: few need one for what takes long.
        self._engines = {
            (writes, long): make_engine(
                url,
                writes=writes,
                pool_size=connections,
                answer_seconds=None if long else ANSWER_SECONDS,
            )
            for writes in (True, False)
            for long in (True, False)
        }

    @asynccontextmanager
    async def begin(
        self, *, writes: bool, long: bool, scopes: Sequence[Scope] = ()
    ) -> AsyncGenerator[ServerConnection]:
        """Begin a transaction; leaving it without a commit rolls it back.

        Waits for every transaction of one of the scopes, in any process, to end.
        """
        named = [scope for scope in scopes if scope != GUARDED]
        async with AsyncExitStack() as stack:
            with plain_words(self._url):
                turns = self._turns.of(named, seconds=None if long else ANSWER_SECONDS)
                await stack.enter_async_context(turns)
                connection = await self._engines[writes, long].connect()
            stack.push_async_callback(lambda: steadily(connection.close()))
            # The server hears of it with the first statement.
            transaction = await connection.begin()
            try:
                opened = ServerConnection(self._url, connection, transaction)
                if named and connection.dialect.name == "postgresql":
                    await opened.execute(*exclusion(named))
                yield opened
            finally:
                # Leaving it open would commit.
                if transaction.is_active:
                    with plain_words(self._url):
                        await steadily(transaction.rollback())

    async def close(self) -> None:
        """Close every connection that no transaction has."""
        for engine in self._engines.values():
            await engine.dispose()


def exclusion(scopes: Sequence[Scope]) -> tuple[Executable, dict[str, int]]:
    """Return the statement that locks scopes for a transaction, always in the same order."""
    everything = {"everything": lock_number(EVERYTHING)}
    if EVERYTHING in scopes:
        return _LOCK_EVERYTHING, everything
    numbers = {f"scope{n}": lock_number(scope) for n, scope in enumerate(sorted(scopes))}
    return _lock(len(numbers)), everything | numbers


@cache
def _lock(count: int) -> Executable:
    locks = [
        func.pg_advisory_xact_lock(bindparam(f"scope{n}", type_=BigInteger)) for n in range(count)
    ]
    return select(func.pg_advisory_xact_lock_shared(_everything), *locks)


_everything = bindparam("everything", type_=BigInteger)
_LOCK_EVERYTHING = select(func.pg_advisory_xact_lock(_everything))


@lru_cache(maxsize=1000)
def lock_number(scope: Scope) -> int:
    """Return the server's number for a scope; two that share one only wait for each other."""
    name = f"easel {scope.kind} {scope.subject}".encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big", signed=True)
