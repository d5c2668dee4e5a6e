"""A migrated database for each test, and the values that the tests put into it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.domain.catalog import Operation
from bot.domain.job import Destination, Job, JobState
from bot.domain.requests.request import ImageRequest
from bot.storage.engine import schema
from bot.storage.engine.database import SqlDatabase
from bot.storage.engine.server_transactions import ServerTransactions

MakeJob = Callable[..., Job]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated, empty database to copy."""
    file = tmp_path_factory.mktemp("migrated") / "easel.db"
    asyncio.run(schema.upgrade(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture
def file(migrated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated, tmp_path / "easel.db"))


@pytest.fixture(params=["compiled", "sqlalchemy"])
def way(request: pytest.FixtureRequest) -> str:
    """Return how statements are executed: compiled once, or by SQLAlchemy as on a server."""
    return request.param


@pytest.fixture
async def database(file: Path, way: str) -> AsyncGenerator[SqlDatabase]:
    database = SqlDatabase(f"sqlite+aiosqlite:///{file}")
    if way == "sqlalchemy":
        database._transactions = ServerTransactions(database.url, connections=4)
    yield database
    await database.close()


@pytest.fixture
def make_job() -> MakeJob:
    """Return a maker of queued jobs, each with an id and origin of its own."""
    made = 0

    def make(**changes: Any) -> Job:
        nonlocal made
        made += 1
        count = changes.pop("count", 1)
        provider = changes.pop("provider", "routescope")
        request = ImageRequest(
            model="doubao-seedream-4-5-251128",
            source="routescope_seedream",
            provider=provider,
            operation=Operation.GENERATE,
            prompt="a lighthouse in fog",
            size="2K",
            count=count,
            options={"watermark": False, "seed": 7},
        )
        values: dict[str, Any] = {
            "job_id": f"JOB{made:010}",
            "origin": f"i:{made}",
            "guild_id": 1,
            "channel_id": 10,
            "user_id": 100,
            "request": request,
            "state": JobState.QUEUED,
            "destination": Destination.CHANNEL,
            "spoiler": False,
            "created_at": 1_000,
            "expires_at": 4_600,
        }
        return Job(**{**values, **changes})

    return make
