"""A process of the bot over a real database and a real spool, with everything else played."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import bot.services.delivery.posting
from bot.storage.engine import schema
from bot.storage.engine.database import SqlDatabase
from tests.services.house import House


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated, empty database to copy."""
    file = tmp_path_factory.mktemp("migrated") / "easel.db"
    asyncio.run(schema.upgrade(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture
async def database(migrated: Path, tmp_path: Path) -> AsyncIterator[SqlDatabase]:
    file = shutil.copy(migrated, tmp_path / "easel.db")
    database = SqlDatabase(f"sqlite+aiosqlite:///{file}")
    yield database
    await database.close()


@pytest.fixture
async def house(
    database: SqlDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """A process; after the test ledger, holds, counters and grants must agree."""
    monkeypatch.setattr(bot.services.delivery.posting, "FIRST_WAIT_SECONDS", 0.0)
    house = House(database, tmp_path)
    yield house
    assert await house.problems() == []
