"""Two image services: the bot dies around a move (K34 to K36), or a service in a crowd of requests.

Real processes over real sockets; a service that dies is a process of its own, ended by SIGKILL.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.place import ROOT, Place, new_place
from tests.e2e.rounds import FAULTS, survive
from tests.e2e.verdict import opened, rows, until_ended, verdict
from tests.torture.test_crash_points import APART, ask, death, dying, ended

pytestmark = pytest.mark.timeout(600)

REQUESTS = 64
ROUNDS = 40
# A service that answers slowly enough to be killed while it works, and tells its address.
_SERVICE = """
import asyncio
from bot.sandbox.image_apis import ImageApis

async def serve():
    async with ImageApis(delay_seconds=0.3) as apis:
        print(apis.url, flush=True)
        await asyncio.Event().wait()

asyncio.run(serve())
"""


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with new_place(tmp_path) as place:
        place.settings |= {
            "EASEL_QUOTA__DEFAULT": "100/day",
            "EASEL_QUEUE__PER_MEMBER": "100",
            "EASEL_PROVIDERS__BACKUP__KIND": "routescope",
            "EASEL_PROVIDERS__BACKUP__BASE_URL": f"{place.apis.url}/routescope",
            "EASEL_PROVIDERS__BACKUP__API_KEY": "local",
            # Nobody listens there.
            "EASEL_PROVIDERS__ROUTESCOPE__BASE_URL": "http://127.0.0.1:9",
        }
        yield place


@asynccontextmanager
async def service(place: Place) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the first service as a process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SERVICE, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        place.settings["EASEL_PROVIDERS__ROUTESCOPE__BASE_URL"] = f"{url}/routescope"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("point", ["after:end_call:2", "before:move", "after:move"])
async def test_k34_k35_k36_a_job_that_moves_is_drawn_once_by_the_other_service(
    place: Place, point: str
) -> None:
    process = await dying(place, point)
    await ask(place, count=2, **APART)
    await death(place, process)
    books = await ended(place, done=1)
    assert (books["member"], books["everywhere"]) == (2, 2)
    assert len(place.apis.requests) == 2


async def test_a_service_that_dies_in_a_crowd_of_requests_is_replaced_by_the_other(
    place: Place,
) -> None:
    async with service(place) as first:
        await place.start()
        for number in range(REQUESTS):
            await ask(place, f"fox number {number}")
        await _until_made(place, 8)
        first.send_signal(signal.SIGKILL)
        await first.wait()
        await until_ended(place, jobs=REQUESTS, seconds=120)
    assert await verdict(place) == []
    async with opened(place) as database:
        jobs = await rows(database, "SELECT job_id, state, reason, provider, request FROM jobs")
        calls = await rows(database, "SELECT job_id, state, provider FROM calls")
    # What was being drawn is unknown, and asked of nobody else; everything else was drawn.
    lost = {job.job_id for job in jobs if job.state != "done"}
    assert all(job.reason == "unknown_outcome" for job in jobs if job.job_id in lost)
    assert len(jobs) == REQUESTS
    assert len(lost) <= 4
    assert sum(job.provider == "backup" for job in jobs) >= REQUESTS // 2
    paid = [call for call in calls if call.state in ("answered", "unknown")]
    assert sorted(call.job_id for call in paid) == sorted(job.job_id for job in jobs)
    of_backup = [json.loads(j.request)["prompt"] for j in jobs if j.provider == "backup"]
    assert sorted(str((r.body or {})["prompt"]) for r in place.apis.requests) == sorted(of_backup)
    assert sum(len(message.attachments) for message in place.results()) == REQUESTS - len(lost)


async def test_no_moment_to_die_is_paid_twice_where_another_service_takes_over(
    place: Place,
) -> None:
    place.settings["EASEL_PROVIDERS__ROUTESCOPE__BASE_URL"] = f"{place.apis.url}/routescope"
    moving = ("credit-once", "401-once", "404-once", "no-channel-once", "500-other-once")
    seed = random.randrange(10**6)
    await survive(place, seed=seed, rounds=ROUNDS, faults=(*FAULTS, *moving, *moving))
    async with opened(place) as database:
        query = "SELECT count(*) FROM jobs WHERE provider = 'backup' AND state = 'done'"
        assert (await rows(database, query))[0][0] > 0


async def _until_made(place: Place, pictures: int) -> None:
    async with opened(place) as database, asyncio.timeout(60):
        query = "SELECT count(*) FROM calls WHERE state = 'answered'"
        while (await rows(database, query))[0][0] < pictures:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)
