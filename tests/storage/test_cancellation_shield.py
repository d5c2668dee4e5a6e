"""Work that is cancelled in the middle of a statement leaves no lock behind."""

from __future__ import annotations

import asyncio

import pytest

from bot.storage.engine.database import SqlDatabase


@pytest.fixture
def way() -> str:
    return "compiled"


async def test_a_write_that_is_cancelled_anywhere_holds_nobody_up(database: SqlDatabase) -> None:
    async def write(key: str) -> None:
        async with database.write() as unit:
            await unit.meta.put(key, "1")
            await unit.meta.get(key)
            await unit.commit()

    for number in range(200):
        task = asyncio.create_task(write(f"lost {number}"))
        # Statements run in a thread: a little later each time, until the last one has ended.
        await asyncio.wait([task], timeout=number * 25e-6)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(3):
            await write("kept")
    async with database.read() as unit:
        assert await unit.meta.get("kept") == "1"
