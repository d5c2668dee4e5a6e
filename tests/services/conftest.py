"""A process of the bot over a real database and a real spool, with everything else played."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import bot.services.delivery.posting
from bot.storage.engine.database import SqlDatabase
from tests.databases import address, database, file, migrated
from tests.services.house import House

__all__ = ["address", "database", "file", "migrated"]


@pytest.fixture(params=["compiled", "postgresql"])
def way(request: pytest.FixtureRequest) -> str:
    """Return how statements are executed: as the bot does on its file, or on a server."""
    return request.param


@pytest.fixture
async def house(
    database: SqlDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """A process; after the test ledger, holds, counters and grants must agree."""
    monkeypatch.setattr(bot.services.delivery.posting, "FIRST_WAIT_SECONDS", 0.0)
    house = House(database, tmp_path)
    yield house
    assert await house.problems() == []
