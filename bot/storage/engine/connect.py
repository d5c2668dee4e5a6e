"""Opening a database: its address, an engine set up for it, and plain words when that fails.

SQLite's settings are those of docs/spec/data.md section 6.
"""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import secrets
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Table, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError

from bot.domain.errors import SetupError, StorageError
from bot.domain.setup_problems import SetupProblem
from bot.storage.engine.server_errors import server_words

if TYPE_CHECKING:
    import aiosqlite
    from sqlalchemy.engine import ExceptionContext
    from sqlalchemy.ext.asyncio import AsyncEngine

# How long one statement waits for another process before SQLite says "database is locked".
BUSY_MILLISECONDS = 5000
# How long a unit of work waits for a connection to a server that others have.
_POOL_SECONDS = 30
_CONNECT_SECONDS = 10
_PROCESS = secrets.token_hex(8)
_STATEMENTS = itertools.count()


def database_url(text: str | URL) -> URL:
    """Read `storage.url`; raises SetupError."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise SetupError(SetupProblem.NO_ADDRESS) from None
    if url.get_backend_name() != "sqlite":
        return _server_url(url)
    if url.drivername != "sqlite+aiosqlite":
        raise SetupError(SetupProblem.OTHER_DRIVER, driver=url.drivername)
    if not url.database or ":memory:" in url.database:
        raise SetupError(SetupProblem.IN_MEMORY)
    if url.query:
        raise SetupError(SetupProblem.ADDRESS_OPTIONS)
    return url


def _server_url(url: URL) -> URL:
    if url.drivername not in ("postgresql", "postgresql+asyncpg"):
        raise SetupError(SetupProblem.OTHER_DRIVER, driver=url.drivername)
    if importlib.util.find_spec("asyncpg") is None:
        raise SetupError(SetupProblem.NO_SERVER_DRIVER)
    return url.set(drivername="postgresql+asyncpg")


def is_sqlite(url: URL) -> bool:
    """Tell whether the address is a SQLite file."""
    return url.get_backend_name() == "sqlite"


def make_engine(
    url: URL, *, writes: bool, pool_size: int, answer_seconds: float | None = None
) -> AsyncEngine:
    """Make an engine for writing (every SQLite transaction is BEGIN IMMEDIATE) or for reading.

    A server that does not answer for so long is away.
    """
    if not is_sqlite(url):
        return _server_engine(
            url, writes=writes, pool_size=pool_size, answer_seconds=answer_seconds
        )
    # Loaded where it is used, for migrations.
    import aiosqlite
    from sqlalchemy.ext.asyncio import create_async_engine

    async def connect() -> aiosqlite.Connection:
        # Opened before aiosqlite starts a thread for it: where that fails inside, the thread
        # still answers when the event loop may be gone.
        opened = await asyncio.to_thread(open_sqlite, url, writes=writes)
        connection = aiosqlite.Connection(lambda: opened, iter_chunk_size=64)
        connection._thread.daemon = True  # pyright: ignore[reportPrivateUsage]
        return await connection

    engine = create_async_engine(url, pool_size=pool_size, max_overflow=0, async_creator=connect)

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _server_engine(
    url: URL, *, writes: bool, pool_size: int, answer_seconds: float | None
) -> AsyncEngine:
    from sqlalchemy.ext.asyncio import create_async_engine

    # A reader sees one snapshot, as in SQLite. A writer sees what was committed before each of its
    # statements, so what it waited for is in what it reads next.
    isolation: dict[str, Any] = {"isolation_level": "READ COMMITTED"}
    if not writes:
        isolation = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    arguments: dict[str, Any] = {
        "timeout": _CONNECT_SECONDS,
        "command_timeout": answer_seconds,
        # The driver's own names are the same in each process: PgBouncer mixes those up.
        "prepared_statement_name_func": lambda: f"__easel_{_PROCESS}_{next(_STATEMENTS)}__",
    }
    if url.query.get("prepared_statement_cache_size") == "0":
        # That is SQLAlchemy's cache. The driver has another one, for statements with many rows.
        arguments["statement_cache_size"] = 0
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        pool_timeout=_POOL_SECONDS,
        execution_options=isolation,
        connect_args=arguments,
    )

    @event.listens_for(engine.sync_engine, "handle_error")
    def _lost(context: ExceptionContext) -> None:  # pyright: ignore[reportUnusedFunction]
        # Nobody knows what a connection that timed out would answer next.
        if isinstance(context.original_exception, TimeoutError):
            context.is_disconnect = True

    @event.listens_for(engine.sync_engine, "checkout")
    def _look(connection: Any, *_: object) -> None:  # pyright: ignore[reportUnusedFunction]
        # The driver sees at once that a server has gone; asking it costs three round trips.
        if connection.driver_connection.is_closed():
            raise DisconnectionError

    @event.listens_for(engine.sync_engine, "before_cursor_execute", retval=True)
    def _store(  # pyright: ignore[reportUnusedFunction]
        _connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool
    ) -> tuple[str, Any]:
        # A server stores no zero byte in a text, and no reader misses one.
        return statement, [_without_nul(row) for row in values] if many else _without_nul(values)

    return engine


def _without_nul(values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(v.replace("\0", "") if isinstance(v, str) and "\0" in v else v for v in values)


def open_sqlite(
    url: URL, *, writes: bool, busy_milliseconds: int = BUSY_MILLISECONDS
) -> sqlite3.Connection:
    """Open a SQLite file for one task at a time, from any thread."""
    _make_folder(Path(url.database or "").parent)
    # isolation_level None: the driver never begins a transaction on its own.
    connection = sqlite3.connect(
        url.database or "",
        isolation_level=None,
        timeout=busy_milliseconds / 1000,
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        if not writes:
            connection.execute("PRAGMA query_only=ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _make_folder(folder: Path) -> None:
    try:
        # What members asked for is nobody else's to read.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(SetupProblem.DATABASE_FOLDER, folder=folder, why=error.strerror) from error


def insert_for(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Make an INSERT that knows ON CONFLICT, which the dialects spell alike and class apart."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def is_busy(error: DBAPIError) -> bool:
    """Tell whether another process holds the SQLite file at the moment."""
    return _code(error.orig) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_of_place(error: object) -> bool:
    """Tell whether a file cannot be written where it is, independent of its content."""
    return _code(error) in (
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    )


def in_plain_words(error: object, database: object) -> StorageError | None:
    """Return what the operator can do about a driver's error; None if it is not theirs."""
    extended = getattr(error, "sqlite_errorcode", 0)
    problem = _PROBLEMS.get(extended) or _PROBLEMS.get(_code(error))
    return StorageError(problem, database=database) if problem else None


@contextmanager
def plain_words(url: URL) -> Generator[None]:
    """Turn what only the operator can fix into a StorageError; let other errors pass."""
    if not is_sqlite(url):
        with server_words(url):
            yield
        return
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        driver_error = error.orig if isinstance(error, DBAPIError) else error
        plain = in_plain_words(driver_error, url.database)
        if plain is None:
            raise
        raise plain from error


def _code(error: object) -> int:
    """Return SQLite's primary result code; the extended ones carry it in their low byte."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


_PROBLEMS = {
    sqlite3.SQLITE_BUSY: SetupProblem.LOCKED,
    sqlite3.SQLITE_LOCKED: SetupProblem.LOCKED,
    sqlite3.SQLITE_CANTOPEN: SetupProblem.NOT_OPENED,
    sqlite3.SQLITE_PERM: SetupProblem.NOT_READ,
    sqlite3.SQLITE_AUTH: SetupProblem.NOT_READ,
    sqlite3.SQLITE_READONLY: SetupProblem.NOT_WRITTEN,
    sqlite3.SQLITE_NOTADB: SetupProblem.NOT_A_DATABASE,
    sqlite3.SQLITE_CORRUPT: SetupProblem.DAMAGED,
    sqlite3.SQLITE_IOERR: SetupProblem.DISK_FAILS,
    # A quota or a limit of the file's size, where a full disk is SQLITE_FULL.
    sqlite3.SQLITE_IOERR_WRITE: SetupProblem.DISK_TAKES_NO_MORE,
    sqlite3.SQLITE_FULL: SetupProblem.DISK_FULL,
}
