"""Copies a whole database into an empty one of either kind; no bot runs on either meanwhile.

All of it is one transaction of the target, counted before its commit: killed at any moment, the
target is empty or whole. A SQLite source is refused afterwards like a copy from an earlier time,
for its open requests are the target's now (docs/spec/data.md section 7).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    Select,
    Table,
    bindparam,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import SetupError
from bot.domain.setup_problems import SetupProblem
from bot.services.ports import EVERYTHING
from bot.storage import copies
from bot.storage.engine import schema, upgrade
from bot.storage.engine.connect import is_sqlite, make_engine, plain_words
from bot.storage.engine.database import SqlDatabase
from bot.storage.engine.server_transactions import exclusion
from bot.storage.generation_file import Generation
from bot.storage.tables import instances, job_turns, jobs, meta, metadata

_ROWS = 1000
# A process on a server says so often enough that it is there.
_ALIVE_SECONDS = 60
# What is said of processes and of a file beside the database is not true of another one.
_LEFT_OUT = frozenset({"instances", "leases"})
_OF_THE_FILE = ("lineage", "generation", "heartbeat")


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedTable:
    """A table whose rows were written; not committed yet."""

    name: str
    rows: int


async def copy(
    from_url: str, to_url: str, *, now: int, written: Callable[[CopiedTable], None]
) -> None:
    """Copy every table of one database into another, which is migrated if it is new.

    `written` hears of each table. Raises SetupError where a bot runs on either, where the target
    has rows already, and where one of them cannot be used; then the target has nothing of it.
    """
    source, target = SqlDatabase(from_url), SqlDatabase(to_url)
    if source.url == target.url:
        raise SetupError(SetupProblem.COPY_ONTO_ITSELF)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(source.close)
        stack.push_async_callback(target.close)
        await source.open()
        await copies.refuse_copy(source)
        for one in (source, target):
            if one.generation_file is not None:
                stack.enter_context(one.generation_file.alone())
        if await schema.current(to_url) is None:
            await upgrade.upgrade(to_url)
        await target.open()
        reading = await stack.enter_async_context(_begun(source, writes=False))
        writing = await stack.enter_async_context(_begun(target, writes=True))
        with plain_words(source.url):
            await _refuse_living(source, reading, now=now)
        with plain_words(target.url):
            await _refuse_living(target, writing, now=now)
            await _refuse_used(target, writing)
        tables = [table for table in metadata.sorted_tables if table.name not in _LEFT_OUT]
        for table in tables:
            rows = await _copy_table(source, reading, target, writing, table)
            written(CopiedTable(name=table.name, rows=rows))
        with plain_words(target.url):
            await _go_on_counting(writing)
        begun = copies.begin_anew()
        if target.generation_file is not None:
            await asyncio.to_thread(target.generation_file.replace, begun)
            await _put(writing, begun)
        with plain_words(target.url):
            await writing.commit()
        await _close_off(source, reading)


@asynccontextmanager
async def _begun(database: SqlDatabase, *, writes: bool) -> AsyncGenerator[AsyncConnection]:
    """Begin a transaction that excludes every other writer of a target."""
    engine = make_engine(database.url, writes=writes, pool_size=1)
    try:
        with plain_words(database.url):
            connection = await engine.connect()
        try:
            with plain_words(database.url):
                await connection.begin()
                if writes and not is_sqlite(database.url):
                    await connection.execute(*exclusion([EVERYTHING]))
            yield connection
        finally:
            await connection.close()
    finally:
        await engine.dispose()


async def _refuse_living(database: SqlDatabase, connection: AsyncConnection, *, now: int) -> None:
    """Raise SetupError where a process was seen on a server just now; files have their lock."""
    if is_sqlite(database.url):
        return
    seen_at = (await connection.execute(select(func.max(instances.c.seen_at)))).scalar()
    if seen_at is not None and seen_at > now - _ALIVE_SECONDS:
        raise SetupError(SetupProblem.BOT_SEEN, database=database.url.database)


async def _refuse_used(database: SqlDatabase, connection: AsyncConnection) -> None:
    for table in metadata.sorted_tables:
        if table.name not in _LEFT_OUT and await _count(connection, table):
            raise SetupError(SetupProblem.COPY_TARGET_USED, database=database.url.database)


async def _copy_table(
    source: SqlDatabase,
    reading: AsyncConnection,
    target: SqlDatabase,
    writing: AsyncConnection,
    table: Table,
) -> int:
    """Copy the rows in the order of their keys; return how many, as both sides count them."""
    # A job may name one whose id comes later, so jobs name each other once all are there.
    own = [c for c in table.columns if any(key.column.table is table for key in c.foreign_keys)]
    page = select(table)
    if table is meta:
        page = page.where(meta.c.key.not_in(_OF_THE_FILE))
    rows = 0
    async for found in _pages(source, reading, page, table):
        with plain_words(target.url):
            unnamed = dict.fromkeys(column.name for column in own)
            await writing.execute(insert(table), [row | unnamed for row in found])
        rows += len(found)
    if own:
        naming = select(table).where(or_(*(column.is_not(None) for column in own)))
        named = update(table).where(*(key == bindparam(f"of_{key.name}") for key in _keys(table)))
        named = named.values({column.name: bindparam(column.name) for column in own})
        async for found in _pages(source, reading, naming, table):
            values = [
                {column.name: row[column.name] for column in own}
                | {f"of_{key.name}": row[key.name] for key in _keys(table)}
                for row in found
            ]
            with plain_words(target.url):
                await writing.execute(named, values)
    with plain_words(target.url):
        arrived = await _count(writing, table)
    with plain_words(source.url):
        wanted = await _count(reading, table)
    if not rows == arrived == wanted:
        raise SetupError(
            SetupProblem.COPY_MISCOUNTED, table=table.name, wanted=wanted, arrived=arrived
        )
    return rows


async def _pages(
    source: SqlDatabase, reading: AsyncConnection, select_rows: Select[Any], table: Table
) -> AsyncGenerator[list[dict[str, Any]]]:
    """Read rows of a table a page at a time, in the order of its keys."""
    keys = _keys(table)
    page = select_rows.order_by(*keys).limit(_ROWS)
    after = page
    while True:
        with plain_words(source.url):
            found = [dict(row) for row in (await reading.execute(after)).mappings()]
        if not found:
            return
        yield found
        after = page.where(tuple_(*keys) > tuple_(*(found[-1][key.name] for key in keys)))


def _keys(table: Table) -> list[Column[Any]]:
    return list(table.primary_key)


async def _count(connection: AsyncConnection, table: Table) -> int:
    count = select(func.count()).select_from(table)
    if table is meta:
        count = count.where(meta.c.key.not_in(_OF_THE_FILE))
    return (await connection.execute(count)).scalar_one()


async def _go_on_counting(connection: AsyncConnection) -> None:
    """Let a server's own numbers go on behind those that were copied; SQLite does so on its own."""
    if connection.dialect.name == "sqlite":
        return
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None and await _numbers_itself(connection, table.name, column.name):
            newest = (await connection.execute(select(func.max(column)))).scalar()
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            await _set(connection, sequence, newest)
    newest = (await connection.execute(select(func.max(jobs.c.turn)))).scalar()
    await _set(connection, job_turns.name, newest)


async def _numbers_itself(connection: AsyncConnection, table: str, column: str) -> bool:
    found = await connection.execute(select(func.pg_get_serial_sequence(table, column)))
    return found.scalar() is not None


async def _set(connection: AsyncConnection, sequence: object, newest: int | None) -> None:
    await connection.execute(select(func.setval(sequence, (newest or 0) + 1, False)))


async def _put(connection: AsyncConnection, generation: Generation) -> None:
    values = {"lineage": generation.lineage, "generation": str(generation.number)}
    rows = [{"key": key, "value": value} for key, value in values.items()]
    await connection.execute(insert(meta), rows)


async def _close_off(source: SqlDatabase, reading: AsyncConnection) -> None:
    """Put the file beside a SQLite source ahead of it, so that no bot starts on it by mistake."""
    file = source.generation_file
    if file is None:
        return
    found = await reading.execute(select(meta))
    known: dict[str, str] = {row.key: row.value for row in found}
    if "lineage" in known:
        number = int(known["generation"]) + 1
        await asyncio.to_thread(file.replace, Generation(lineage=known["lineage"], number=number))
