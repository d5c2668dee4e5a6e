"""The schema's version, and bringing a database up to it; Alembic is loaded only for that."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, NullPool, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from bot.domain.errors import SetupError
from bot.domain.setup_problems import SetupProblem
from bot.services.ports import Scope
from bot.storage.engine.connect import (
    database_url,
    is_busy,
    is_sqlite,
    make_engine,
    open_sqlite,
    plain_words,
)
from bot.storage.engine.server_transactions import exclusion

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

# The newest file in migrations/versions; revisions are numbered, so that a newer one is larger.
HEAD = "0017"

# Another process may be migrating the same new file: seconds between the tries.
_BUSY_WAITS = (0.2, 0.5, 1.0, 2.0)

_MIGRATION = Scope("migration")

MIGRATIONS = Path(__file__).parents[1] / "migrations"


def head() -> str:
    """Return the revision that this Easel works with."""
    return HEAD


async def current(url: str | URL) -> str | None:
    """Return a database's revision, None for an empty one; raises SetupError."""
    address = database_url(url)
    if is_sqlite(address) and not await asyncio.to_thread(os.path.exists, address.database or ""):
        return None  # connecting would make the file
    if is_sqlite(address):
        with plain_words(address):
            return await asyncio.to_thread(_sqlite_revision, address)
    engine = make_engine(address, writes=False, pool_size=1)
    try:
        with plain_words(address):
            async with engine.connect() as connection:
                return await revision_of(connection)
    finally:
        await engine.dispose()


async def revision_of(connection: AsyncConnection) -> str | None:
    """Return the revision of an open database, None for an empty one."""
    return await connection.run_sync(_revision)


def demand_current(revision: str | None) -> None:
    """Refuse a database of another revision than this Easel's; raises SetupError."""
    _refuse_newer(revision)
    if revision is None:
        raise SetupError(SetupProblem.EMPTY, head=HEAD)
    if revision != HEAD:
        raise SetupError(SetupProblem.OLDER, revision=revision, head=HEAD)


async def upgrade(url: str) -> tuple[str | None, str]:
    """Migrate to the newest revision in one transaction; return (from, to).

    Raises SetupError for a newer database, another program's, or one that cannot be used.
    """
    address = database_url(url)
    engine = make_engine(address, writes=True, pool_size=1)
    try:
        with plain_words(address):
            for wait_seconds in _BUSY_WAITS:
                try:
                    return await _upgrade(engine)
                except DBAPIError as error:
                    if not is_busy(error):
                        raise
                # Changing a new file to WAL does not wait for another process that does.
                await asyncio.sleep(wait_seconds)
            return await _upgrade(engine)
    finally:
        await engine.dispose()


async def _upgrade(engine: AsyncEngine) -> tuple[str | None, str]:
    async with engine.begin() as connection:
        if connection.dialect.name != "sqlite":
            # Of several that migrate at once, one does, and the others find it done.
            await connection.execute(*exclusion([_MIGRATION]))
        before = await revision_of(connection)
        _refuse_newer(before)
        if before != HEAD:
            await connection.run_sync(_migrate)
        return before, HEAD


def _refuse_newer(revision: str | None) -> None:
    if revision is not None and revision > HEAD:
        raise SetupError(SetupProblem.NEWER, revision=revision)


def _revision(connection: Connection) -> str | None:
    names = inspect(connection).get_table_names()
    if "alembic_version" in names:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if names:
        raise SetupError(SetupProblem.OTHER_PROGRAM)
    return None


def _sqlite_revision(url: URL) -> str | None:
    # SQLAlchemy's asyncio takes 9 MB, which a bot on SQLite needs for nothing else.
    engine = create_engine(
        "sqlite://", creator=lambda: open_sqlite(url, writes=False), poolclass=NullPool
    )
    with engine.connect() as connection:
        return _revision(connection)


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    # A percent sign in the installation's path would be read as an interpolation.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
