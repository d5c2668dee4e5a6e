"""Where SQLite works: statements on the event loop, what may wait or search in a thread."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.storage.engine.database import SqlDatabase

pytestmark = pytest.mark.sqlite


@pytest.fixture
def way() -> str:
    return "compiled"


async def turns(work: object) -> int:
    """Return how often other tasks had their turn while something was awaited."""
    count = 0

    def turn() -> None:
        nonlocal count
        count += 1
        asyncio.get_running_loop().call_soon(turn)

    asyncio.get_running_loop().call_soon(turn)
    await work  # pyright: ignore[reportGeneralTypeIssues]
    return count


@pytest.mark.parametrize("writes", [True, False])
async def test_a_statement_of_a_unit_never_leaves_the_event_loop(
    database: SqlDatabase, writes: bool
) -> None:
    async with database.write() if writes else database.read() as uow:
        await uow.meta.get("x")  # the first one compiles, and may connect
        assert await turns(uow.meta.get("x")) == 0


async def test_what_searches_leaves_the_loop_to_others(database: SqlDatabase) -> None:
    async with database.read(long=True) as uow:
        assert await turns(uow.meta.get("x")) > 0
    async with database.read() as uow:
        assert await turns(uow.meta.get("x")) == 0


async def test_waiting_for_the_writer_of_another_process_leaves_the_loop_to_others(
    database: SqlDatabase, file: Path
) -> None:
    async def write() -> None:
        async with database.write() as uow:
            await uow.meta.put("x", "y")

    await write()
    assert await turns(write()) == 0
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(turns(write()))
        await asyncio.wait([writing], timeout=0.01)
        other.execute("COMMIT")
    assert await writing > 0
    async with database.read() as uow:
        assert await uow.meta.get("x") is None
