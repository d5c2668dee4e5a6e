"""PostgreSQL under a crowd; the server stops, or the network fails, under requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import make_url

from tests import pgbouncer, postgres
from tests.e2e.place import Place, new_place
from tests.e2e.verdict import until_ended, verdict
from tests.network_line import Line
from tests.services.crowding import crowd

pytestmark = pytest.mark.timeout(600)

SMALL = {"model": "doubao-seedream-3-0-t2i-250415", "size": "512x512"}
# What was paid is stored again soon after the server is back, and silence is not waited for long.
# That a job waits is not in the log of a bot, which says once that the database is away.
QUICK = """
import logging
logging.getLogger("bot.services.jobs.job_run").addHandler(logging.StreamHandler())
logging.getLogger("bot.services.tasks.backoff").addHandler(logging.StreamHandler())
from bot.services.tasks import backoff
from bot.storage.engine import connect, server_transactions
server_transactions.ANSWER_SECONDS = connect._CONNECT_SECONDS = 3
backoff.FIRST_WAIT_SECONDS, backoff.LONGEST_WAIT_SECONDS = 0.2, 1.0
from bot.cli import main
main()
"""


@pytest.mark.timeout(1800)
async def test_a_crowd_with_shared_limits_takes_exactly_what_the_rules_let_through(
    server: postgres.Databases, tmp_path: Path
) -> None:
    address = await server.make()
    await crowd(
        address,
        tmp_path,
        processes=8,
        requests=500,
        member=200,
        budget=1590,
        shared="1000000/day",
    )
    await server.drop(address)


@pytest.fixture(scope="module")
def own_server() -> Iterator[postgres.Server]:
    if why := postgres.missing(own=True):
        pytest.skip(why)
    with postgres.running_server() as started:
        yield started


@pytest_asyncio.fixture
async def place(own_server: postgres.Server, tmp_path: Path) -> AsyncIterator[Place]:
    databases = postgres.Databases(own_server.url)
    address = await databases.make(empty=True)
    async with new_place(tmp_path) as place:
        place.settings["EASEL_STORAGE__URL"] = address
        place.settings["EASEL_QUOTA__DEFAULT"] = "50/day"
        yield place
    await databases.drop(address)


@pytest.mark.parametrize("mode", ["fast", "immediate", "kill"])
async def test_requests_under_way_come_to_one_outcome_when_the_server_stops(
    own_server: postgres.Server, place: Place, mode: str
) -> None:
    await under_way(place)
    await asyncio.to_thread(own_server.kill if mode == "kill" else lambda: own_server.stop(mode))
    await answered_meanwhile(place)
    await asyncio.to_thread(own_server.start)
    await all_are_done(place)


@pytest.mark.parametrize("lost", ["cut", "silent"])
async def test_requests_under_way_come_to_one_outcome_when_the_network_fails(
    own_server: postgres.Server, place: Place, lost: str
) -> None:
    line = Line(own_server.port)
    await line.mend()
    try:
        url = make_url(place.database_url).set(port=line.port)
        await under_way(place, EASEL_STORAGE__URL=url.render_as_string(hide_password=False))
        if lost == "cut":
            await line.cut()
        else:
            line.silence()
        await answered_meanwhile(place)
        await line.mend()
        await all_are_done(place)
    finally:
        await line.cut()


@pytest.mark.skipif(pgbouncer.PROGRAM is None, reason="pgbouncer is not installed")
async def test_requests_share_the_few_connections_of_pgbouncer(
    place: Place, tmp_path: Path
) -> None:
    server = place.database_url
    async with pgbouncer.running(
        tmp_path, make_url(server), mode="transaction", connections=3
    ) as address:
        await under_way(place, EASEL_STORAGE__URL=address, EASEL_STORAGE__LISTEN_URL=server)
        place.apis.gate.set()
        await all_are_done(place)
        assert "the database" not in place.log().partition("ready: Easel")[2]


async def under_way(place: Place, **settings: str) -> None:
    """Let twelve ask: some wait in the queue, and some for their picture."""
    await place.start(program=("-c", QUICK), **settings)
    place.apis.gate.clear()
    await place.wire.burst(
        who.slash(place.art, "imagine", prompt=f"fox {number} of {who.id}", **SMALL)
        for who in (place.alice, place.bob)
        for number in range(6)
    )
    await place.apis.until(lambda: place.apis.waiting == 4)
    async with asyncio.timeout(30):
        while sum((await place.states()).values()) < 12:  # noqa: ASYNC110 - another process's
            await asyncio.sleep(0.05)


async def answered_meanwhile(place: Place) -> None:
    """Let the service answer, and wait until an answer cannot be stored."""
    place.apis.gate.set()
    waiting = (" is waiting for the database", "a step of a job has to wait")
    async with asyncio.timeout(60):
        while not any(words in place.log() for words in waiting):  # noqa: ASYNC110 - its log
            await asyncio.sleep(0.05)


async def all_are_done(place: Place) -> None:
    """See that what was paid is posted: an answer that came meanwhile is not lost."""
    await until_ended(place, jobs=12, seconds=120)
    assert await verdict(place) == []
    assert await place.states() == {"done": 12}
    assert len(place.apis.requests) == 12
