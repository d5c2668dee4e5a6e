"""Several shards in one process over real sockets: as Discord advises, each by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.place import Place, new_place
from tests.e2e.shards import AT_ONCE, draws, server_on
from tests.e2e.verdict import opened

SHARDS = 2
# The address that discord.py has built in; a mistake must not lead there.
NOWHERE = """
from discord.gateway import DiscordWebSocket
from yarl import URL
DiscordWebSocket.DEFAULT_GATEWAY = URL("ws://127.0.0.1:9")
"""


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with new_place(tmp_path, shard_count=SHARDS) as place:
        place.settings["EASEL_ACCESS__OPEN"] = "true"
        yield place


async def start(place: Place, **settings: str | None) -> asyncio.subprocess.Process:
    process = await place.start(program=("-c", AT_ONCE), **settings)
    await place.wire.until(lambda: place.wire.shards == set(range(SHARDS)), timeout=20)
    return process


@pytest.mark.long
async def test_a_shard_that_loses_its_connection_resumes_and_the_other_goes_on(
    place: Place,
) -> None:
    wire = place.wire
    servers = [server_on(place, shard_id) for shard_id in range(SHARDS)]
    process = await start(place)
    assert wire.begun == [(0, SHARDS), (1, SHARDS)]
    assert len(wire.sent("PUT", "/applications/*/commands")) == 1
    await draws(place, *servers)

    calm, lost = servers
    (result,) = lost.results()
    await wire.drop_gateway(shard_id=1, keep_closed=True)
    with wire.unsettled():
        text = f"<@{wire.backend.bot_user.id}> make it night"
        await lost.member.send(lost.art, text, reply_to=result)
    await draws(place, calm)
    assert wire.shards == {0}
    wire.open_gateway()
    # The reply came while the shard was away: the resumed session brings it.
    await wire.until(lambda: len(lost.results()) == 2, timeout=20)
    assert (wire.resumed, len(wire.begun)) == ([1], SHARDS)

    # Its session is over; it begins another, and nobody else does.
    wire.invalidate(1)
    await wire.until(lambda: len(wire.begun) == SHARDS + 1, timeout=20)
    assert wire.begun[-1] == (1, SHARDS)
    await draws(place, *servers)
    assert wire.resumed == [1]
    assert await place.stop(process) == 0
    assert (await place.states()) == {"done": 6}


async def left(place: Place) -> list[int]:
    """Return the servers that the bot knows to have left."""
    async with opened(place) as database, database.read() as uow:
        return sorted(await uow.removed_guilds.left())


async def until_left(place: Place, guild_ids: list[int]) -> None:
    async with asyncio.timeout(20):
        while await left(place) != guild_ids:  # noqa: ASYNC110 - another process's database
            await asyncio.sleep(0.02)


@pytest.mark.long
async def test_servers_that_leave_return_or_fall_out_are_told_apart_on_every_shard(
    place: Place,
) -> None:
    wire = place.wire
    calm, gone, away = (server_on(place, shard_id) for shard_id in (0, 1, 1))
    wire.set_away(away.guild, away=True)
    await start(place)
    await draws(place, calm, gone)
    wire.set_away(away.guild, away=False)
    await draws(place, away)
    joined = server_on(place, 1)
    await draws(place, joined)

    # Without a session nobody hears who leaves; the next READY names the others.
    await wire.drop_gateway(shard_id=1, keep_closed=True, forget=True)
    wire.backend.remove_guild(gone.guild.id)
    wire.set_away(away.guild, away=True)
    wire.open_gateway()
    await until_left(place, [gone.guild.id])
    wire.set_away(away.guild, away=False)
    await draws(place, calm, away, joined)
    assert await left(place) == [gone.guild.id]


async def test_too_few_shards_are_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    async with new_place(tmp_path, shard_count=SHARDS, servers_per_shard=1) as place:
        for shard_id in range(SHARDS):
            server_on(place, shard_id)
        process = await place.launch(EASEL_DISCORD__SHARDS="1")
        assert await process.wait() == 2
        assert "discord.shards" in place.log().splitlines()[-1]


@pytest.mark.long
async def test_the_gateway_is_where_discord_says_with_more_shards_than_it_advises(
    place: Place,
) -> None:
    servers = [server_on(place, shard_id) for shard_id in range(SHARDS)]
    settings = {"EASEL_DISCORD__SHARDS": "3", "EASEL_DISCORD__GATEWAY_URL": None}
    await place.launch(program=("-c", NOWHERE + AT_ONCE), **settings)
    await place.wire.until(lambda: place.wire.shards == {0, 1, 2}, timeout=20)
    await draws(place, *servers)
    place.wire.invalidate()
    # Whose session is over asks anew, and not at the address that discord.py knows.
    await place.wire.until(lambda: len(place.wire.begun) == 6, timeout=20)
    await draws(place, *servers)
