"""The databases of the tests: a file, and a server where there is one.

Tests that ask for `database` run on every way of executing statements; on a server only those that
are marked `on_server`, unless pytest is told `--on-server` (`make torture-postgres`).
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.storage.engine import schema
from bot.storage.engine.database import SqlDatabase
from bot.storage.engine.server_transactions import ServerTransactions
from tests import postgres


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated, empty database to copy."""
    file = tmp_path_factory.mktemp("migrated") / "easel.db"
    asyncio.run(schema.upgrade(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture
def file(migrated: Path, tmp_path: Path) -> Path:
    """Return the file of the test's database, which a test that asks for it has on SQLite."""
    return Path(shutil.copy(migrated, tmp_path / "easel.db"))


@asynccontextmanager
async def chosen(request: pytest.FixtureRequest, settings: dict[str, str]) -> AsyncIterator[None]:
    """Let the bot of a place use a server's database where pytest was told `--on-server`."""
    if not request.config.getoption("--on-server"):
        yield
        return
    server: postgres.Databases = request.getfixturevalue("server")
    settings["EASEL_STORAGE__URL"] = made = await server.make()
    yield
    await server.drop(made)


@pytest.fixture(params=["compiled", "sqlalchemy", "postgresql"])
def way(request: pytest.FixtureRequest) -> str:
    """Return how statements are executed: compiled once, by SQLAlchemy, or on a server."""
    return request.param


@pytest.fixture
async def address(request: pytest.FixtureRequest, migrated: Path, way: str) -> AsyncGenerator[str]:
    """Return the address of a migrated, empty database."""
    if way != "postgresql":
        yield f"sqlite+aiosqlite:///{request.getfixturevalue('file')}"
        return
    server: postgres.Databases = request.getfixturevalue("server")
    made = await server.make()
    yield made
    await server.drop(made)


@pytest.fixture
async def database(address: str, way: str) -> AsyncGenerator[SqlDatabase]:
    """Return the database of the test."""
    database = SqlDatabase(address)
    if way == "sqlalchemy":
        database._transactions = ServerTransactions(database.url, connections=4)
    yield database
    await database.close()


def of_sqlite(item: pytest.Item, *, every: bool) -> bool:
    """Tell whether a test is not to be run on a server: it is about a file, or left out."""
    if every and item.get_closest_marker("sqlite") is not None:
        return True
    callspec = getattr(item, "callspec", None)
    if callspec is None or callspec.params.get("way") != "postgresql":
        return False
    names: list[str] = getattr(item, "fixturenames", [])
    chosen = every or item.get_closest_marker("on_server") is not None
    return "file" in names or item.get_closest_marker("sqlite") is not None or not chosen
