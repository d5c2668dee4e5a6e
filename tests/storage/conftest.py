"""A migrated database for each test, and the values that the tests put into it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.domain.catalog import Operation
from bot.domain.job import Destination, Job, JobState
from bot.domain.requests.request import ImageRequest
from tests.databases import address, database, file, migrated, way

__all__ = ["address", "database", "file", "migrated", "way"]

MakeJob = Callable[..., Job]


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
