"""Shards at Discord's real pace, and shards that lose their connections all the time."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.place import Place, new_place
from tests.e2e.shards import AT_ONCE, SMALL, Server, draws, server_on
from tests.e2e.verdict import until_ended, verdict
from tests.loopback_discord import WireDiscord

SHARDS = 3
IDENTIFY = 2
ROUNDS = 100

pytestmark = pytest.mark.timeout(300)


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    # Discord's own figure: one shard in five seconds.
    async with new_place(tmp_path, shard_count=SHARDS, identify_seconds=5) as place:
        place.settings["EASEL_ACCESS__OPEN"] = "true"
        yield place


def servers_of(place: Place) -> list[Server]:
    return [server_on(place, shard_id) for shard_id in range(SHARDS)]


async def all_here(wire: WireDiscord) -> None:
    await wire.until(lambda: wire.shards == set(range(SHARDS)), timeout=60)


async def test_shards_identify_one_by_one_and_none_is_refused(place: Place) -> None:
    wire, servers = place.wire, servers_of(place)
    await place.start()
    await all_here(wire)
    assert [shard_id for shard_id, _ in wire.begun] == [0, 1, 2]
    assert wire.opcodes.count(IDENTIFY) == SHARDS
    await draws(place, *servers)

    await wire.drop_gateway(forget=True)
    await wire.until(lambda: len(wire.begun) == 2 * SHARDS, timeout=60)
    assert wire.opcodes.count(IDENTIFY) == 2 * SHARDS
    await draws(place, *servers)


async def test_a_start_right_after_another_gets_all_its_shards(place: Place) -> None:
    wire, servers = place.wire, servers_of(place)
    process = await place.start()
    await all_here(wire)
    await place.kill(process)
    # The first IDENTIFY comes too soon and gets no session; the shard tries again.
    await place.launch()
    await all_here(wire)
    assert wire.opcodes.count(IDENTIFY) > len(wire.begun) == 2 * SHARDS
    await draws(place, *servers)


async def test_a_token_that_was_reset_ends_the_bot(place: Place) -> None:
    process = await place.start()
    await place.wire.drop_gateway(4004)
    assert await process.wait() == 2
    assert "Discord refused the token" in place.log().splitlines()[-1]


async def test_whatever_shards_lose_each_request_has_one_outcome(tmp_path: Path) -> None:
    luck = random.Random(seed := random.randrange(10**6))
    async with new_place(tmp_path, shard_count=SHARDS) as place:
        place.settings |= {
            "EASEL_ACCESS__OPEN": "true",
            "EASEL_QUOTA__DEFAULT": "1000/day",
            "EASEL_QUOTA__SERVER_BUDGET": "1000/day",
        }
        wire, servers = place.wire, servers_of(place)
        await place.start(program=("-c", AT_ONCE))
        await all_here(wire)
        for number in range(ROUNDS):
            await _lose(wire, luck)
            for server in luck.sample(servers, luck.randint(1, SHARDS)):
                with wire.unsettled():
                    prompt = f"fox {number} {server.art.id}"
                    await server.member.slash(server.art, "imagine", prompt=prompt, **SMALL)
            wire.open_gateway()
            if luck.random() < 0.5:
                await all_here(wire)
        await all_here(wire)
        # Those are lost on the way whose shard had no session; who has one gets them later.
        await until_ended(place, jobs=ROUNDS // 2, seconds=120)
        assert await verdict(place) == [], f"seed {seed}"
        await draws(place, *servers)


async def _lose(wire: WireDiscord, luck: random.Random) -> None:
    shard_id = luck.choice([None, *range(SHARDS)])
    if luck.random() < 0.3:
        wire.invalidate(shard_id, resumable=luck.random() < 0.5)
        return
    await wire.drop_gateway(
        luck.choice([None, 4000, 4009, 1001]),
        shard_id=shard_id,
        keep_closed=luck.random() < 0.3,
        forget=luck.random() < 0.3,
    )
