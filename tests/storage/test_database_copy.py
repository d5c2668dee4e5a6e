"""A whole database is copied from SQLite to PostgreSQL and back: all of it, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.errors import SetupError
from bot.domain.job import JobState
from bot.domain.setup_problems import SetupProblem
from bot.storage import copies, database_copy
from bot.storage.database_copy import CopiedTable
from bot.storage.engine.connect import database_url, make_engine
from bot.storage.engine.database import SqlDatabase
from bot.storage.ledger import ledger_check
from bot.storage.tables import metadata
from tests import postgres
from tests.services.house import House
from tests.storage import every_table

# Long after every process of the tests was seen.
NOW = 2_000_000_000


def nothing(_: CopiedTable) -> None:
    """Hear of a table, and do not mind."""


async def copy(source: str, target: str, *, now: int = NOW) -> None:
    await database_copy.copy(source, target, now=now, written=nothing)


async def rows(url: str) -> dict[str, list[Any]]:
    """Return all rows of a database by table, without those that say what runs on it."""
    engine = make_engine(database_url(url), writes=False, pool_size=1)
    found: dict[str, list[Any]] = {}
    async with engine.connect() as connection:
        for table in metadata.sorted_tables:
            if table.name in ("instances", "leases"):
                continue
            read = (await connection.execute(select(table))).mappings()
            found[table.name] = sorted(
                (dict(row) for row in read if row.get("key") not in ("lineage", "generation")),
                key=str,
            )
    await engine.dispose()
    return found


async def lived_in(url: str, folder: Path) -> House:
    """Let a bot have worked on a database: requests that ended, waited and failed, and a grant."""
    database = SqlDatabase(url)
    await copies.begin(database)
    house = House(database, folder, member="20/day")
    await house.grant(5)
    await house.finish(await house.ask(count=2, prompt="zero \0 byte and 猫"))
    await house.ask()
    await house.ask(count=4)
    await every_table.fill(url)
    return house


@pytest.fixture
def file_url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


@pytest.fixture
async def server_url(server: postgres.Databases) -> AsyncIterator[str]:
    made = await server.make()
    yield made
    await server.drop(made)


async def test_all_rows_arrive_and_come_back(
    file_url: str, server_url: str, tmp_path: Path
) -> None:
    house = await lived_in(file_url, tmp_path)
    await house.database.close()
    before = await rows(file_url)
    assert [name for name, found in before.items() if not found] == []
    await copy(file_url, server_url)
    there = await rows(server_url)
    assert {name: len(found) for name, found in there.items()} == {
        name: len(found) for name, found in before.items()
    }
    back = f"sqlite+aiosqlite:///{tmp_path / 'back' / 'easel.db'}"
    await copy(server_url, back)
    assert await rows(back) == there
    for url in (server_url, back):
        database = SqlDatabase(url)
        assert await ledger_check.problems(database, now=house.clock.at) == []
        await database.close()


@pytest.mark.parametrize("to", ["postgresql", "sqlite"])
async def test_work_goes_on_where_it_was_copied_to(
    file_url: str, tmp_path: Path, to: str, request: pytest.FixtureRequest
) -> None:
    house = await lived_in(file_url, tmp_path)
    await house.database.close()
    target = f"sqlite+aiosqlite:///{tmp_path / 'new.db'}"
    if to == "postgresql":
        server: postgres.Databases = request.getfixturevalue("server")
        target = await server.make()
    await copy(file_url, target)
    database = SqlDatabase(target)
    await copies.begin(database)
    heir = House(database, tmp_path, member="20/day", clock=house.clock, me="heir")
    heir._asked = house._asked
    # Discord gives no message the number of another one.
    heir.publisher.last_id = house.publisher.last_id
    await heir.grant(1)
    new = await heir.ask()
    async with heir.at_work():
        ended = await heir.finish(new)
    assert ended.state is JobState.DONE
    assert len(heir.publisher.posted) == 3
    assert await heir.problems() == []
    await database.close()


async def test_a_file_that_was_copied_is_not_started_on_any_more(
    file_url: str, tmp_path: Path
) -> None:
    house = await lived_in(file_url, tmp_path)
    await house.database.close()
    await copy(file_url, f"sqlite+aiosqlite:///{tmp_path / 'new.db'}")
    database = SqlDatabase(file_url)
    with pytest.raises(SetupError) as caught:
        await copies.begin(database)
    await database.close()
    assert caught.value.problem is SetupProblem.RESTORED_COPY


async def test_a_copy_that_is_interrupted_leaves_nothing_and_can_be_made_again(
    file_url: str, server_url: str, tmp_path: Path
) -> None:
    house = await lived_in(file_url, tmp_path)
    await house.database.close()

    def interrupted(table: CopiedTable) -> None:
        if table.name == "ledger":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await database_copy.copy(file_url, server_url, now=NOW, written=interrupted)
    assert not any((await rows(server_url)).values())
    await copy(file_url, server_url)
    assert (await rows(server_url))["ledger"]


async def test_large_tables_come_in_pages(
    file_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await lived_in(file_url, tmp_path)
    await house.database.close()
    before = await rows(file_url)
    monkeypatch.setattr(database_copy, "_ROWS", 2)
    target = f"sqlite+aiosqlite:///{tmp_path / 'new.db'}"
    await copy(file_url, target)
    assert await rows(target) == before


async def test_nothing_is_copied_while_a_bot_runs_on_the_file(
    file_url: str, tmp_path: Path
) -> None:
    house = await lived_in(file_url, tmp_path)
    with pytest.raises(SetupError) as caught:
        await copy(file_url, f"sqlite+aiosqlite:///{tmp_path / 'new.db'}")
    await house.database.close()
    assert caught.value.problem is SetupProblem.BOT_RUNS


@pytest.mark.parametrize("way", ["from", "to"])
async def test_nothing_is_copied_while_a_bot_runs_on_the_server(
    file_url: str, server_url: str, way: str
) -> None:
    database = SqlDatabase(server_url)
    async with database.write() as uow:
        await uow.claims.register("one", host="elsewhere", pid=1, now=NOW - 30)
        await uow.commit()
    await database.close()
    places = (server_url, file_url) if way == "from" else (file_url, server_url)
    with pytest.raises(SetupError) as caught:
        await copy(*places)
    assert caught.value.problem is SetupProblem.BOT_SEEN
    await copy(*places, now=NOW + 60)


async def test_a_target_that_has_data_is_refused(
    file_url: str, server_url: str, tmp_path: Path
) -> None:
    house = await lived_in(file_url, tmp_path)
    await house.database.close()
    await copy(file_url, server_url)
    new = f"sqlite+aiosqlite:///{tmp_path / 'new.db'}"
    await copy(server_url, new)
    with pytest.raises(SetupError) as caught:
        await copy(server_url, new)
    assert caught.value.problem is SetupProblem.COPY_TARGET_USED


async def test_a_database_is_not_copied_onto_itself(file_url: str) -> None:
    with pytest.raises(SetupError) as caught:
        await copy(file_url, file_url)
    assert caught.value.problem is SetupProblem.COPY_ONTO_ITSELF


async def test_a_source_that_is_not_there_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    target = tmp_path / "new.db"
    with pytest.raises(SetupError) as caught:
        await copy(f"sqlite+aiosqlite:///{tmp_path / 'none.db'}", f"sqlite+aiosqlite:///{target}")
    assert caught.value.problem is SetupProblem.NO_DATABASE
    assert not await asyncio.to_thread(target.exists)
