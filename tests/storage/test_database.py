"""Units of work: what is kept, what is rolled back, and what happens when the file is not well."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InvalidRequestError, OperationalError

from bot.domain.errors import SetupError
from bot.services.ports import transaction_open
from bot.storage.engine import schema
from bot.storage.engine.database import SqlDatabase, SqlUnit


@pytest.fixture
def way() -> str:
    return "compiled"


async def setting(unit: SqlUnit, name: str) -> Any:
    return (await unit.connection.execute(text(f"PRAGMA {name}"))).scalar_one()


async def stored(database: SqlDatabase, origin: str) -> bool:
    async with database.read() as unit:
        return await unit.job_queries.of_origin(origin) is not None


async def test_every_connection_has_the_settings_that_survive_a_power_cut(
    database: SqlDatabase,
) -> None:
    for opening in (database.write, database.read):
        async with opening() as unit:
            assert await setting(unit, "journal_mode") == "wal"
            assert await setting(unit, "synchronous") == 2  # FULL
            assert await setting(unit, "foreign_keys") == 1
            assert await setting(unit, "busy_timeout") == 5000


async def test_what_is_committed_is_there(database: SqlDatabase, make_job: Any) -> None:
    async with database.write() as unit:
        await unit.jobs.add(make_job(origin="i:kept"), [])
        await unit.commit()
    assert await stored(database, "i:kept")


async def test_leaving_without_commit_rolls_back(database: SqlDatabase, make_job: Any) -> None:
    async with database.write() as unit:
        await unit.jobs.add(make_job(origin="i:left"), [])
    assert not await stored(database, "i:left")


async def test_an_exception_rolls_back_and_passes_through(
    database: SqlDatabase, make_job: Any
) -> None:
    async def add_and_raise() -> None:
        async with database.write() as unit:
            await unit.jobs.add(make_job(origin="i:raised"), [])
            raise KeyError("mine")

    with pytest.raises(KeyError):
        await add_and_raise()
    assert not await stored(database, "i:raised")


async def test_a_committed_unit_takes_nothing_more(database: SqlDatabase, make_job: Any) -> None:
    async with database.write() as unit:
        await unit.commit()
        with pytest.raises(InvalidRequestError):
            await unit.jobs.add(make_job(origin="i:late"), [])
    assert not await stored(database, "i:late")


async def test_a_reading_unit_cannot_write(database: SqlDatabase, make_job: Any) -> None:
    with pytest.raises((SetupError, OperationalError)):
        async with database.read() as unit:
            await unit.jobs.add(make_job(), [])


async def test_a_reading_unit_sees_one_snapshot(database: SqlDatabase, make_job: Any) -> None:
    reading = asyncio.Event()

    async def add() -> None:
        await reading.wait()
        async with database.write() as unit:
            await unit.jobs.add(make_job(origin="i:during"), [])
            await unit.commit()

    adding = asyncio.create_task(add())
    async with database.read() as unit:
        assert await unit.job_queries.of_origin("i:none") is None
        reading.set()
        await adding
        assert await unit.job_queries.of_origin("i:during") is None
    assert await stored(database, "i:during")


async def test_transaction_open_is_set_inside_and_reset_outside(database: SqlDatabase) -> None:
    for opening in (database.write, database.read):
        assert not transaction_open.get()
        async with opening():
            assert transaction_open.get()
        assert not transaction_open.get()


async def test_transaction_open_is_reset_after_an_error(database: SqlDatabase) -> None:
    with pytest.raises(KeyError):
        async with database.write():
            raise KeyError
    assert not transaction_open.get()


async def test_transaction_open_is_reset_after_a_cancellation(database: SqlDatabase) -> None:
    inside = asyncio.Event()
    after: list[bool] = []

    async def wait() -> None:
        try:
            async with database.write():
                inside.set()
                await asyncio.Event().wait()
        finally:
            after.append(transaction_open.get())

    task = asyncio.create_task(wait())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert after == [False]


async def test_a_transaction_inside_a_transaction_is_refused(database: SqlDatabase) -> None:
    async with database.write():
        with pytest.raises(RuntimeError, match="inside a transaction"):
            async with database.write():
                pass
        with pytest.raises(RuntimeError, match="inside a transaction"):
            async with database.read():
                pass


async def test_writers_cancelled_at_any_moment_leave_nothing_behind(
    database: SqlDatabase, make_job: Any
) -> None:
    async def add(number: int) -> None:
        async with database.write() as unit:
            await unit.jobs.add(make_job(origin=f"i:half{number}"), [])
            # The second half is a job that must never be there without the first.
            await unit.jobs.add(make_job(origin=f"i:whole{number}"), [])
            await unit.commit()

    dice = random.Random(4)
    tasks = [asyncio.create_task(add(number)) for number in range(60)]
    for task in tasks:
        for _ in range(dice.randrange(40)):
            await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert not all(task.done() and not task.cancelled() for task in tasks)
    async with database.write() as unit:
        assert await unit.jobs.add(make_job(origin="i:afterwards"), [])
        await unit.commit()
    for number in range(60):
        assert await stored(database, f"i:half{number}") == await stored(
            database, f"i:whole{number}"
        )


async def test_a_lock_that_passes_is_waited_for(file: Path, make_job: Any) -> None:
    database = SqlDatabase(f"sqlite+aiosqlite:///{file}", busy_milliseconds=20)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        async def write() -> None:
            async with database.write() as unit:
                await unit.jobs.add(make_job(origin="i:patient"), [])
                await unit.commit()

        writing = asyncio.create_task(write())
        # Longer than one busy timeout: only the repeated BEGIN gets through.
        done, _ = await asyncio.wait([writing], timeout=0.04)
        assert not done
        other.execute("COMMIT")
        await writing
    assert await stored(database, "i:patient")
    await database.close()


async def test_a_lock_that_stays_is_told_in_one_sentence(file: Path) -> None:
    database = SqlDatabase(f"sqlite+aiosqlite:///{file}", busy_milliseconds=1)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SetupError, match="is locked by another process; stop that"):
            async with database.write():
                pass
    await database.close()


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("sqlite+aiosqlite:///:memory:", "in memory"),
        ("sqlite+aiosqlite://", "in memory"),
        ("sqlite+aiosqlite:///file::memory:?cache=shared&uri=true", "in memory"),
        ("sqlite:///easel.db", "sqlite\\+aiosqlite"),
        ("easel.db", "not a database address"),
    ],
)
def test_an_address_that_cannot_work_is_refused_with_the_remedy(url: str, word: str) -> None:
    with pytest.raises(SetupError, match=word):
        SqlDatabase(url)


async def test_a_missing_folder_is_made_for_the_bot_alone(tmp_path: Path) -> None:
    await schema.upgrade(f"sqlite+aiosqlite:///{tmp_path}/deep/down/easel.db")
    assert stat.S_IMODE((tmp_path / "deep/down").stat().st_mode) == 0o700


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match="cannot be created"):
        await schema.upgrade(f"sqlite+aiosqlite:///{tmp_path}/file/easel.db")


async def test_what_only_looks_does_not_make_a_database(tmp_path: Path) -> None:
    await refused(tmp_path / "data" / "easel.db", "there is no database")
    assert os.listdir(tmp_path) == []


async def refused(path: Path, word: str) -> None:
    database = SqlDatabase(f"sqlite+aiosqlite:///{path}")
    with pytest.raises(SetupError, match=word):
        await database.open()
    await database.close()


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "easel.db"
    path.write_text("a shopping list, and quite a long one at that\n" * 100)
    await refused(path, "is not a database")


async def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    await refused(tmp_path, "cannot be opened")


@pytest.fixture
def damaged(file: Path) -> Path:
    pages = bytearray(file.read_bytes())
    pages[100:] = b"\xff" * (len(pages) - 100)
    file.write_bytes(pages)
    return file


async def test_a_damaged_database_is_told(damaged: Path) -> None:
    await refused(damaged, "is damaged; restore a backup")


async def test_an_empty_database_is_told_to_be_upgraded(tmp_path: Path) -> None:
    await refused(tmp_path / "easel.db", "easel db upgrade")


async def test_a_database_of_a_newer_easel_is_refused(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()
    await refused(file, r"made by a newer Easel \(revision 9999\); update Easel or restore a")


async def test_a_good_database_opens(database: SqlDatabase) -> None:
    await database.open()


def test_a_closed_database_lets_the_process_end(file: Path) -> None:
    program = f"""
import asyncio
from bot.storage.engine.database import SqlDatabase
async def main():
    database = SqlDatabase("sqlite+aiosqlite:///{file}")
    async with database.write(): pass
    async with database.read(): pass
    await database.close()
asyncio.run(main())
"""
    command = [sys.executable, "-W", "error", "-c", program]
    ended = subprocess.run(command, timeout=30, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
