"""Where SQLite works: statements on the event loop, what may wait or search in a thread."""

from __future__ import annotations

import asyncio
import threading

import pytest

from bot.storage.engine.database import SqlDatabase
from bot.storage.engine.inline_sqlite import InlineConnection


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
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []
    in_thread = InlineConnection.in_thread

    async def watched(self: InlineConnection, work: object) -> object:
        def named() -> object:
            threads.append(threading.current_thread().name)
            return work()  # pyright: ignore[reportCallIssue]

        return await in_thread(self, named)

    monkeypatch.setattr(InlineConnection, "in_thread", watched)
    async with database.write() as uow:
        await uow.meta.put("x", "y")
    # BEGIN alone; what was not committed was rolled back by the connection's own method.
    assert len(threads) == 1
    assert threads[0] != threading.main_thread().name
    async with database.read() as uow:
        assert await uow.meta.get("x") is None
