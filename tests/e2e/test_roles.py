"""Several processes: gateways that hear Discord, workers that make and post the pictures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.ui.cards.reports import has_pictures
from tests import postgres
from tests.e2e.place import Place, new_place
from tests.e2e.shards import SMALL, draws, server_on
from tests.world import labels_of

SHARDS = 2
COMPARED = {"model-a": "doubao-seedream-4-0-250828", "model-b": "doubao-seedream-4-5-251128"}
# Leases are renewed and run out in seconds here, and nobody waits five of them for an IDENTIFY.
QUICK = """
from bot import shards
from bot.services.jobs import worker
from bot.services.tasks import leases
leases.LEASE_SECONDS, leases.RENEW_SECONDS = 4, 1
worker.LEASE_SECONDS, worker.RENEW_SECONDS = 4, 1
shards.LOOK_SECONDS, shards.IDENTIFY_SECONDS = 0.5, -1
from bot.cli import main
main()
"""


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with new_place(tmp_path, shard_count=SHARDS) as place:
        place.settings["EASEL_ACCESS__OPEN"] = "true"
        if request.param == "sqlite":
            yield place
            return
        databases: postgres.Databases = request.getfixturevalue("server")
        made = await databases.make(empty=True)
        place.settings["EASEL_STORAGE__URL"] = made
        yield place
    await databases.drop(made)


async def gateway(place: Place, **settings: str | None) -> asyncio.subprocess.Process:
    return await place.launch("--role", "gateway", program=("-c", QUICK), **settings)


async def worker(place: Place, **settings: str | None) -> asyncio.subprocess.Process:
    return await place.launch("--role", "worker", program=("-c", QUICK), **settings)


async def until_shards(place: Place, *shards: int) -> None:
    await place.wire.until(lambda: place.wire.shards == set(shards), timeout=30)


async def until_states(place: Place, **states: int) -> None:
    async with asyncio.timeout(30):
        while await place.states() != states:  # noqa: ASYNC110 - another process's database
            await asyncio.sleep(0.1)


@pytest.mark.long
async def test_a_gateway_and_two_workers_are_one_bot(place: Place) -> None:
    servers = [server_on(place, shard_id) for shard_id in range(SHARDS)]
    processes = [await gateway(place), await worker(place), await worker(place)]
    await until_shards(place, 0, 1)
    for _ in range(3):
        await draws(place, *servers)
    await until_states(place, done=6)
    for process in processes:
        assert await place.stop(process) == 0
    await place.books()


@pytest.mark.long
async def test_a_worker_that_is_killed_has_its_jobs_taken_over(place: Place) -> None:
    servers = [server_on(place, shard_id) for shard_id in range(SHARDS)]
    await gateway(place)
    first = await worker(place)
    await until_shards(place, 0, 1)
    await draws(place, *servers)
    place.apis.gate.clear()
    await place.wire.burst(
        one.member.slash(one.art, "imagine", prompt="a fox", **SMALL) for one in servers
    )
    await place.apis.until(lambda: place.apis.waiting == 2)
    first.kill()
    await first.wait()
    await worker(place)
    place.apis.gate.set()
    # What was sent and never answered is unknown, refunded and not sent again.
    await until_states(place, done=2, failed=2)
    assert len(place.apis.requests) == 4
    await draws(place, *servers)
    await place.books()


@pytest.mark.long
async def test_shards_of_a_gateway_that_is_killed_are_taken_over(place: Place) -> None:
    servers = [server_on(place, shard_id) for shard_id in range(SHARDS)]
    await worker(place)
    first = await gateway(place, EASEL_DISCORD__SHARDS_PER_PROCESS="1")
    await until_shards(place, 0)
    second = await gateway(place)
    await until_shards(place, 0, 1)
    await draws(place, *servers)
    first.kill()
    await first.wait()
    await place.wire.until(lambda: place.wire.shards == {1})
    await until_shards(place, 0, 1)
    assert [shard for shard, _ in place.wire.begun] == [0, 1, 0]
    await draws(place, *servers)
    await until_states(place, done=4)
    assert await place.stop(second) == 0
    await place.books()


@pytest.mark.long
async def test_all_workers_together_call_a_service_as_often_as_it_takes(place: Place) -> None:
    one, other = (server_on(place, shard_id) for shard_id in range(SHARDS))
    settings = {"EASEL_PROVIDERS__ROUTESCOPE__CONCURRENCY": "2"}
    await gateway(place, **settings)
    for _ in range(3):
        await worker(place, **settings)
    await until_shards(place, 0, 1)
    place.apis.gate.clear()
    await place.wire.burst(
        at.member.slash(at.art, "imagine", prompt="a fox", count=3, **SMALL) for at in (one, other)
    )
    await place.apis.until(lambda: place.apis.waiting == 2)
    await asyncio.sleep(1)
    assert place.apis.waiting == 2
    place.apis.gate.set()
    await place.wire.until(lambda: len(one.results()) + len(other.results()) == 2, timeout=30)
    await place.books()


@pytest.mark.long
async def test_no_press_takes_the_place_of_a_private_result_of_a_worker(place: Place) -> None:
    """Its pictures are nowhere else: the gateway answers presses, the worker posts."""
    asker = server_on(place, 0)
    await gateway(place)
    await worker(place)
    await until_shards(place, 0, 1)
    for number in range(1, 4):
        place.apis.gate.clear()
        (asked,) = await place.wire.burst(
            [asker.member.slash(asker.art, "imagine", prompt="a fox", private=True, **SMALL)]
        )
        assert asked.response
        await place.apis.until(lambda: place.apis.waiting == 1)
        place.apis.gate.set()
        async with asyncio.timeout(30):
            while await place.states() != {"done": number}:
                if "Refresh" in labels_of(asked.response):
                    ticket = asked.response.message
                    await place.wire.burst([asker.member.click(ticket, label="Refresh")])
        assert has_pictures(asked.response.message)
    await place.books()


@pytest.mark.long
async def test_what_workers_made_is_compared_and_voted_on_at_the_gateway(place: Place) -> None:
    server = server_on(place, 0)
    await gateway(place)
    await worker(place)
    await worker(place)
    await until_shards(place, 0, 1)
    asked = await server.member.slash(server.art, "compare", prompt="a fox", **COMPARED)
    assert asked.response is not None
    (label,) = labels_of(asked.response)
    await server.member.click(asked.response.message, label=label)
    await place.wire.until(lambda: bool(server.results()), timeout=20)
    await until_states(place, done=2)
    (post,) = server.results()
    assert len(post.attachments) == 2
    await server.member.select(post, ["B"])
    await server.member.click(post, label="End the vote")
    await place.wire.until(lambda: "won with 1 vote." in server.results()[0].content, timeout=20)
    assert (await place.books())["member"] == 2
