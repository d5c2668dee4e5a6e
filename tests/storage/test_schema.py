"""The migrations build the tables that the code knows, once, and leave other databases alone."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import tomllib
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from bot.domain.errors import SetupError
from bot.storage.engine import schema
from bot.storage.tables import metadata

_ROOT = Path(__file__).parents[2]


def address(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def definitions(path: Path) -> dict[str, str]:
    """Return what a database says of its tables and indexes, in its own words."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master"
            " WHERE type IN ('table', 'index') AND sql NOT NULL AND name <> 'alembic_version'"
        )
        # A table that a migration made anew has its name in quotation marks.
        return {name: " ".join(sql.split()).replace(f'"{name}"', name) for name, sql in rows}


def parts(definition: str) -> list[str]:
    """Split a definition, where columns and constraints may come in another order."""
    return sorted(part.strip(" ()") for part in definition.split(","))


def test_the_migrations_end_where_the_code_believes() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [schema.head()]


def test_the_migrated_schema_is_the_tables_schema(migrated: Path) -> None:
    engine = create_engine(f"sqlite:///{migrated}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_checks_and_defaults_and_partial_indexes_are_the_same_too(
    migrated: Path, tmp_path: Path
) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/made.db")
    metadata.create_all(engine)
    engine.dispose()
    made, found = definitions(tmp_path / "made.db"), definitions(migrated)
    assert made.keys() == found.keys()
    for name, definition in made.items():
        assert parts(definition) == parts(found[name]), name


async def test_an_upgrade_says_from_where_to_where(tmp_path: Path) -> None:
    url = address(tmp_path / "new" / "easel.db")
    assert await schema.current(url) is None
    assert not (tmp_path / "new" / "easel.db").exists()
    assert await schema.upgrade(url) == (None, schema.head())
    assert await schema.current(url) == schema.head()
    assert await schema.upgrade(url) == (schema.head(), schema.head())


async def test_two_upgrades_at_once_do_it_once(tmp_path: Path) -> None:
    url = address(tmp_path / "easel.db")
    both = await asyncio.gather(schema.upgrade(url), schema.upgrade(url))
    assert {before for before, _ in both} == {None, schema.head()}


async def test_an_upgrade_refuses_a_newer_database(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()
    with pytest.raises(SetupError, match=r"newer Easel \(revision 9999\)"):
        await schema.upgrade(address(file))
    assert await schema.current(address(file)) == "9999"


async def test_an_upgrade_refuses_another_programs_database(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE recipes (name)")
    with pytest.raises(SetupError, match="belongs to another program"):
        await schema.upgrade(address(tmp_path / "other.db"))


async def test_a_failed_upgrade_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate = schema._migrate  # pyright: ignore[reportPrivateUsage]

    def migrate_and_fail(connection: Connection) -> None:
        migrate(connection)
        raise KeyError

    monkeypatch.setattr(schema, "_migrate", migrate_and_fail)
    with pytest.raises(KeyError):
        await schema.upgrade(address(tmp_path / "easel.db"))
    assert definitions(tmp_path / "easel.db") == {}


def test_alembic_is_not_loaded_by_a_database_in_use(file: Path) -> None:
    program = f"""
import asyncio, sys
from bot.storage import spool
from bot.storage.engine import backup, database, schema
from bot.storage.ledger import ledger_check
async def main():
    await schema.upgrade("{address(file)}")
    assert not [name for name in sys.modules if name.partition(".")[0] == "alembic"]
asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)


def test_the_migrations_are_in_the_package() -> None:
    """Modules are packed by themselves, other files only where pyproject.toml says so."""
    settings = tomllib.loads((_ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert "bot*" in settings["packages"]["find"]["include"]
    patterns = settings["package-data"]["bot"]
    packed = {path for pattern in patterns for path in (_ROOT / "bot").glob(pattern)}
    others = {
        path
        for path in schema.MIGRATIONS.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert schema.MIGRATIONS / "script.py.mako" in others
    assert others <= packed


def test_a_database_of_the_first_release_keeps_its_requests(tmp_path: Path) -> None:
    path = tmp_path / "easel.db"
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text(
                "INSERT INTO jobs (job_id, turn, origin, guild_id, channel_id, user_id, operation,"
                " model_id, provider, unit_credits, request, count, state, destination, expires_at,"
                " created_at) VALUES ('J', 1, 'i:1', 1, 2, 3, 'generate', 'm', 'p', 1, '{}', 1,"
                " 'done', 'channel', 9, 8)"
            )
        )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        row = connection.execute(text("SELECT origin, reply_to_message_id FROM jobs")).one()
    engine.dispose()
    assert tuple(row) == ("i:1", None)


def test_a_file_is_opened_without_what_only_migrations_and_servers_need(tmp_path: Path) -> None:
    url = address(tmp_path / "easel.db")
    asyncio.run(schema.upgrade(url))
    program = f"""
import asyncio, sys
import bot.app
from bot.storage.engine.database import SqlDatabase

async def main():
    database = SqlDatabase({url!r})
    await database.open()
    async with database.write() as unit:
        await unit.meta.put("key", "1")
        await unit.commit()
    await database.close()

asyncio.run(main())
print([name for name in ("alembic", "aiosqlite", "sqlalchemy.ext.asyncio") if name in sys.modules])
"""
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert shown.stdout == "[]\n", shown.stderr
