"""A migration comes after a copy that can be restored, and only a few copies are kept."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from bot.domain.errors import SetupError
from bot.storage.engine import schema, upgrade
from bot.storage.engine.database import SqlDatabase

ROOT = Path(__file__).parents[2]


def address(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def old_database(path: Path, revision: str = "0001", *statements: str) -> Path:
    """Make a database of the first release with something in it."""
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.execute(text("INSERT INTO meta (key, value) VALUES ('salt', 'ab')"))
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
    return path


def remove(folder: Path) -> None:
    for path in folder.glob("easel.db*"):
        path.unlink()


async def salt(path: Path) -> str | None:
    database = SqlDatabase(address(path))
    try:
        await database.open()
        async with database.read() as unit:
            return await unit.meta.get("salt")
    finally:
        await database.close()


async def test_what_is_new_or_up_to_date_is_not_copied(tmp_path: Path) -> None:
    url = address(tmp_path / "easel.db")
    for before in (None, schema.head()):
        done = await upgrade.upgrade(url)
        assert (done.before, done.after, done.backup) == (before, schema.head(), None)
    assert not (tmp_path / "backups").exists()


async def test_the_copy_made_before_a_migration_can_be_put_back_and_migrated_again(
    tmp_path: Path,
) -> None:
    file = old_database(tmp_path / "easel.db")
    done = await upgrade.upgrade(address(file))
    assert (done.before, done.after) == ("0001", schema.head())
    assert done.backup is not None
    assert await schema.current(address(done.backup)) == "0001"
    assert await salt(file) == "ab"

    # As docs/operating.md says: the bot is stopped, the file and what lies beside it is replaced.
    remove(tmp_path)
    shutil.copy(done.backup, file)
    assert (await upgrade.upgrade(address(file))).before == "0001"
    assert await salt(file) == "ab"


async def test_only_the_newest_copies_are_kept_and_others_files_are_left_alone(
    tmp_path: Path,
) -> None:
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "easel-mine.db").touch()
    made: list[str] = []
    for _ in range(5):
        file = old_database(tmp_path / "easel.db")
        done = await upgrade.upgrade(address(file))
        assert done.backup is not None
        made.append(done.backup.name)
        remove(tmp_path)
    assert sorted(os.listdir(tmp_path / "backups")) == sorted(["easel-mine.db", *made[-3:]])


async def test_half_a_copy_of_a_process_that_was_killed_does_not_stay(tmp_path: Path) -> None:
    file = old_database(tmp_path / "easel.db")
    (tmp_path / "backups").mkdir()
    stale, others = (
        tmp_path / "backups" / f"easel-0001-20260101T00000{n}000000Z.db.part" for n in (1, 2)
    )
    for path in (stale, others):
        path.touch()
    os.utime(stale, (1, 1))
    done = await upgrade.upgrade(address(file))
    assert done.backup is not None
    assert sorted(os.listdir(tmp_path / "backups")) == sorted([others.name, done.backup.name])


async def test_without_a_copy_nothing_is_migrated(tmp_path: Path) -> None:
    file = old_database(tmp_path / "easel.db")
    (tmp_path / "backups").write_text("a file, not a folder")
    with pytest.raises(SetupError, match="backups"):
        await upgrade.upgrade(address(file))
    assert await schema.current(address(file)) == "0001"


async def test_a_migration_in_a_process_of_its_own_leaves_nothing_of_it_in_this_one(
    tmp_path: Path,
) -> None:
    file = old_database(tmp_path / "easel.db")
    lines = (
        "import asyncio, sys",
        "from bot.storage.engine import upgrade",
        "if __name__ == '__main__':",
        f"    done = asyncio.run(upgrade.upgrade({address(file)!r}, apart=True))",
        "    print(done.before, done.after, 'alembic' in sys.modules)",
    )
    script = tmp_path / "script.py"
    script.write_text("\n".join(lines))
    process = await asyncio.create_subprocess_exec(
        sys.executable, script, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=PIPE
    )
    out, _ = await process.communicate()
    assert out.decode() == f"0001 {schema.head()} False\n"


async def test_what_is_wrong_with_a_database_is_told_by_the_other_process_too(
    tmp_path: Path,
) -> None:
    file = tmp_path / "folder" / "easel.db"
    file.parent.write_bytes(b"a file")
    told: list[tuple[object, str]] = []
    for apart in (False, True):
        with pytest.raises(SetupError) as caught:
            await upgrade.upgrade(address(file), apart=apart)
        told.append((caught.value.problem, str(caught.value)))
    assert told[0] == told[1]


async def test_calls_made_before_a_job_could_move_name_the_provider_of_their_job(
    tmp_path: Path,
) -> None:
    job = {
        "job_id": "'J'",
        "turn": "1",
        "origin": "'i:1'",
        "request": "'{}'",
        "state": "'done'",
        "destination": "'channel'",
        "provider": "'seedream'",
        "operation": "'generate'",
        "model_id": "'m'",
    }
    numbers = ("guild_id", "channel_id", "user_id", "unit_credits", "count", "spoiler")
    job |= dict.fromkeys((*numbers, "cancel_requested", "expires_at", "created_at"), "1")
    path = old_database(
        tmp_path / "easel.db",
        "0005",
        f"INSERT INTO jobs ({', '.join(job)}) VALUES ({', '.join(job.values())})",  # noqa: S608
        "INSERT INTO calls (job_id, seq, try_number, state, images_asked)"
        " VALUES ('J', 0, 1, 'answered', 1)",
    )
    await upgrade.upgrade(address(path))
    database = SqlDatabase(address(path))
    try:
        await database.open()
        async with database.read() as unit:
            (call,) = await unit.calls.of_job("J")
    finally:
        await database.close()
    assert (call.provider, call.charged_micro) == ("seedream", None)
