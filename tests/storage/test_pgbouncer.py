"""Units of work through PgBouncer, which nobody here wrote, as docs/operating.md says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert, make_url

from bot.services.ports import of_server
from bot.storage.engine.database import SqlDatabase
from bot.storage.tables import meta
from tests import pgbouncer, postgres

pytestmark = pytest.mark.skipif(pgbouncer.PROGRAM is None, reason="pgbouncer is not installed")


@pytest.fixture(params=["transaction", "session"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlDatabase]:
    if why := postgres.missing(own=True):
        pytest.skip(why)
    mode: str = request.param
    # Fewer connections to the server than units at once, so that they take turns.
    connections = 3 if mode == "transaction" else 30
    with postgres.running_server() as server:
        made = make_url(await postgres.Databases(server.url).make())
        async with pgbouncer.running(tmp_path, made, mode=mode, connections=connections) as address:
            opened = SqlDatabase(address)
            yield opened
            await opened.close()


async def test_units_take_turns_on_few_connections(database: SqlDatabase) -> None:
    async def unit(number: int) -> str | None:
        async with database.write(of_server(number % 3)) as uow:
            await uow.meta.put(f"key{number}", str(number))
            # Several rows at once: the driver prepares that statement by itself.
            rows = [{"key": f"key{number}.{part}", "value": ""} for part in range(2)]
            await uow.connection.execute(insert(meta), rows)
            await uow.commit()
        async with database.read() as uow:
            return await uow.meta.get(f"key{number}")

    for first in range(0, 40, 10):
        numbers = range(first, first + 10)
        got = await asyncio.gather(*(unit(number) for number in numbers))
        assert got == [str(number) for number in numbers]
