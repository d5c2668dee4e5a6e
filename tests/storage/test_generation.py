"""A database that is behind the file beside it is a copy, and nothing else is."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import SetupError
from bot.storage import copies
from bot.storage.engine.database import SqlDatabase
from bot.storage.generation_file import GenerationFile

COPY = "is a copy from an earlier time"
MISSING = "is missing or damaged"


def url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


@asynccontextmanager
async def begun(file: Path) -> AsyncGenerator[SqlDatabase]:
    """Open a database as a start of the bot does."""
    database = SqlDatabase(url(file))
    try:
        await copies.begin(database)
        yield database
    finally:
        await database.close()


async def start(file: Path) -> None:
    """Start and stop."""
    async with begun(file):
        pass


async def mark(database: SqlDatabase) -> None:
    async with database.write() as unit:
        await unit.commit_mark()


def snapshot(file: Path, name: str = "copy.db") -> Path:
    """Copy the database alone."""
    copy = file.with_name(name)
    with closing(sqlite3.connect(file)) as here, closing(sqlite3.connect(copy)) as there:
        here.backup(there)
    return copy


def put_back(copy: Path, file: Path) -> None:
    for name in ("easel.db-wal", "easel.db-shm"):
        file.with_name(name).unlink(missing_ok=True)
    shutil.copy(copy, file)


def content(file: Path) -> bytes:
    return file.read_bytes()


def sidecar(file: Path) -> Path:
    return GenerationFile(file).path


def numbers(file: Path) -> tuple[int, int]:
    """Return the generation of the database and of its file."""
    with closing(sqlite3.connect(file)) as database:
        query = "SELECT value FROM meta WHERE key = 'generation'"
        ((stored,),) = database.execute(query).fetchall()
    written = GenerationFile(file).read()
    assert written is not None
    return int(stored), written.number


@pytest.fixture
async def old(file: Path, make_job: Any) -> Path:
    """Return a database with a request, of a release that knew no generations."""
    database = SqlDatabase(url(file))
    async with database.write() as unit:
        await unit.jobs.add(make_job(), [])
        await unit.commit()
    await database.close()
    return file


async def test_a_database_of_an_older_release_starts_and_gets_its_file(old: Path) -> None:
    await start(old)
    assert numbers(old) == (1, 1)
    assert sidecar(old).stat().st_mode & 0o777 == 0o600
    await start(old)
    assert numbers(old) == (2, 2)


async def test_each_mark_moves_both_and_other_writes_move_none(old: Path) -> None:
    async with begun(old) as database:
        await mark(database)
        async with database.write() as unit:
            await unit.meta.put("a", "b")
            await unit.commit()
        assert numbers(old) == (2, 2)


@pytest.mark.parametrize("later", ["a mark", "a start"])
async def test_a_copy_from_before_is_refused_and_not_changed(old: Path, later: str) -> None:
    async with begun(old) as database:
        copy = snapshot(old)
        if later == "a mark":
            await mark(database)
    if later == "a start":
        await start(old)
    put_back(copy, old)
    before = content(old)
    with pytest.raises(SetupError, match=COPY):
        await start(old)
    assert content(old) == before


async def test_a_copy_of_an_older_release_is_refused_as_well(old: Path) -> None:
    copy = snapshot(old)
    await start(old)
    put_back(copy, old)
    with pytest.raises(SetupError, match=COPY):
        await start(old)


async def test_what_nothing_followed_is_no_copy(old: Path) -> None:
    async with begun(old):
        copy = snapshot(old)
    put_back(copy, old)
    await start(old)


@pytest.mark.parametrize("left", [None, b"", b"nonsense\n"])
async def test_without_its_file_a_database_may_be_a_copy(old: Path, left: bytes | None) -> None:
    await start(old)
    sidecar(old).unlink()
    if left is not None:
        sidecar(old).write_bytes(left)
    with pytest.raises(SetupError, match=MISSING):
        await start(old)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def unwritten(file: Path) -> None:
    """What a kill leaves that comes after the file and before the database."""
    GenerationFile(file).create()


@pytest.mark.parametrize("left", [unwritten, lambda file: empty(sidecar(file))])
async def test_a_first_start_that_was_killed_is_done_again(
    old: Path, left: Callable[[Path], None]
) -> None:
    left(old)
    await start(old)
    assert numbers(old) == (1, 1)


async def test_k29_a_kill_between_database_and_file_is_no_copy(old: Path) -> None:
    await start(old)
    behind = sidecar(old).read_bytes()
    async with begun(old) as database:
        await mark(database)
    sidecar(old).write_bytes(behind)
    assert numbers(old) == (3, 1)
    await start(old)
    assert numbers(old) == (4, 4)


async def test_database_and_file_move_together(old: Path, tmp_path: Path) -> None:
    await start(old)
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for path in old.parent.glob("easel.db*"):
        path.rename(moved / path.name)
    await start(moved / "easel.db")


async def test_a_new_database_where_another_one_was_is_no_copy(old: Path, migrated: Path) -> None:
    await start(old)
    await start(old)
    copy = snapshot(old)
    put_back(migrated, old)
    await start(old)
    assert numbers(old) == (3, 3)
    # But the old one is, from then on.
    put_back(copy, old)
    with pytest.raises(SetupError, match=COPY):
        await start(old)


async def test_a_copy_of_another_lineage_is_refused_however_far_it_went(old: Path) -> None:
    await start(old)
    early = snapshot(old, "early.db")
    for _ in range(5):
        await start(old)
    late = snapshot(old, "late.db")
    put_back(early, old)
    database = SqlDatabase(url(old))
    async with database.write() as unit:
        anew = copies.begin_anew()
        await unit.generations.put(anew)
        await unit.commit()
    GenerationFile(old).replace(anew)
    await database.close()
    await start(old)
    put_back(late, old)
    with pytest.raises(SetupError, match=COPY):
        await start(old)


async def test_several_processes_share_a_database_and_none_may_be_alone(old: Path) -> None:
    async with begun(old) as one, begun(old) as two:
        await mark(one)
        await mark(two)
        await mark(one)
        assert numbers(old) == (5, 5)
        with pytest.raises(SetupError, match="a bot runs"), GenerationFile(old).alone():
            pass
    with GenerationFile(old).alone():
        pass


async def test_a_file_that_cannot_be_used_is_said_in_a_sentence(old: Path) -> None:
    sidecar(old).mkdir()
    with pytest.raises(SetupError, match=r"cannot be used \(Is a directory\)"):
        await start(old)
    assert [name for name in os.listdir(old.parent) if name.endswith(".part")] == []
