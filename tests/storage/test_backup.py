"""A backup is a whole database of its own, and never takes anything's place."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import SetupError
from bot.storage.engine import schema
from bot.storage.engine.backup import backup
from bot.storage.engine.database import SqlDatabase


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
        assert await unit.job_queries.of_origin("i:before")
        assert not await unit.job_queries.of_origin("i:open")
    await copy.close()


async def test_a_backup_overwrites_nothing(file: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.db").write_text("mine")
    with pytest.raises(SetupError, match="already exists; choose another"):
        await backup(address(file), tmp_path / "mine.db")
    assert (tmp_path / "mine.db").read_text() == "mine"


@pytest.mark.parametrize("place", ["no/copy.db", "file/copy.db", "/proc/copy.db"])
async def test_a_place_that_takes_no_backup_is_told(file: Path, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match=r"the backup .* cannot be written .*another place"):
        await backup(address(file), tmp_path / place)


def test_a_full_place_is_told_and_keeps_nothing(file: Path, tmp_path: Path) -> None:
    small = os.path.getsize(file) // 2
    # A process of its own: the limit is of whole processes.
    program = (
        "import asyncio, resource, sys; from pathlib import Path;"
        "from bot.storage.engine.backup import backup;"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({small}, {small}));"
        "asyncio.run(backup(sys.argv[1], Path(sys.argv[2])))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, address(file), tmp_path / "copy.db"],
        capture_output=True,
        text=True,
    )
    assert "SetupError: the backup" in ended.stderr.splitlines()[-1]
    assert not [name for name in os.listdir(tmp_path) if name.startswith("copy")]


async def test_a_backup_is_for_the_operator_alone(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await backup(address(file), tmp_path / "copy.db")

    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    await backup(address(file), tmp_path / "second.db")
    with pytest.raises(SetupError, match="already exists"):
        await backup(address(file), tmp_path / "second.db")
    for name in ("copy.db", "second.db"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
        assert await schema.current(address(tmp_path / name)) == schema.head()


async def test_a_missing_database_is_not_made_by_its_backup(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="there is no database"):
        await backup(address(tmp_path / "none.db"), tmp_path / "copy.db")
    assert os.listdir(tmp_path) == []


async def test_a_file_that_is_no_database_is_not_backed_up(tmp_path: Path) -> None:
    (tmp_path / "list.db").write_text("a shopping list\n" * 100)
    with pytest.raises(SetupError, match="is not a database"):
        await backup(address(tmp_path / "list.db"), tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
