"""A backup is a whole database of its own, and never takes anything's place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import SetupError
from bot.storage.backup import backup
from bot.storage.database import SqlDatabase


def address(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def test_a_backup_of_a_database_in_use_holds_what_was_committed(
    database: SqlDatabase, file: Path, tmp_path: Path, make_job: Any
) -> None:
    async with database.write() as unit:
        await unit.jobs.add(make_job(origin="i:before"), [])
        await unit.commit()
    async with database.write() as unit:
        await unit.jobs.add(make_job(origin="i:open"), [])
        await backup(address(file), tmp_path / "copy.db")
    assert [name for name in os.listdir(tmp_path) if "copy" in name] == ["copy.db"]
    copy = SqlDatabase(address(tmp_path / "copy.db"))
    await copy.open()
    async with copy.read() as unit:
        assert await unit.jobs.of_origin("i:before")
        assert not await unit.jobs.of_origin("i:open")
    await copy.close()


async def test_a_backup_overwrites_nothing(file: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.db").write_text("mine")
    with pytest.raises(SetupError, match="exists already; name another"):
        await backup(address(file), tmp_path / "mine.db")
    assert (tmp_path / "mine.db").read_text() == "mine"


async def test_a_backup_into_a_folder_that_is_not_there_is_told(file: Path, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be opened"):
        await backup(address(file), tmp_path / "no" / "copy.db")


async def test_a_missing_database_is_not_made_by_its_backup(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="there is no database"):
        await backup(address(tmp_path / "none.db"), tmp_path / "copy.db")
    assert os.listdir(tmp_path) == []


async def test_a_file_that_is_no_database_is_not_backed_up(tmp_path: Path) -> None:
    (tmp_path / "list.db").write_text("a shopping list\n" * 100)
    with pytest.raises(SetupError, match="is not a database"):
        await backup(address(tmp_path / "list.db"), tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
