"""Three shards in one process, with a server on each: all of them are served alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
import pytest
import pytest_asyncio
import simcord
from simcord.gateway import FakeWebSocket

from bot.health import serve
from tests.conftest import Settings
from tests.test_health import Page
from tests.world import World

SHARDS = 3


@pytest.fixture
def shard_count() -> int:
    return SHARDS


@pytest.fixture
def settings() -> Settings:
    return {"access": {"direct": True}, "health": {"port": 0}}


@dataclass(slots=True, kw_only=True)
class Server:
    """A server on a shard, with a channel and a member."""

    guild: simcord.GuildHandle
    art: simcord.ChannelHandle
    member: simcord.MemberActor

    def results(self) -> list[discord.Message]:
        return [message for message in self.art.history() if message.attachments]


@pytest.fixture
def servers(world: World) -> list[Server]:
    made: list[Server] = []
    for shard_id in range(SHARDS):
        guild = world.env.create_guild(f"On {shard_id}", shard_id=shard_id)
        member = guild.add_member(world.env.create_user(f"member{shard_id}"))
        made.append(Server(guild=guild, art=guild.create_text_channel("art"), member=member))
    return made


@pytest_asyncio.fixture
async def page(world: World) -> AsyncIterator[Page]:
    async with serve(world.app) as port, aiohttp.ClientSession() as session:
        yield Page(session=session, base=f"http://127.0.0.1:{port}")


async def used(world: World, server: Server) -> int:
    """Return how many credits the member of a server has used up."""
    quota_status = await world.app.requests.intake.quota_status(
        guild_id=server.guild.id, user_id=server.member.id
    )
    return 10 - (quota_status.left or 0)


async def ask(server: Server) -> Any:
    return await server.member.slash(server.art, "imagine", prompt="a fox", count=1)


async def test_each_shard_s_members_get_their_own_results_and_pay_once(
    world: World, servers: list[Server]
) -> None:
    world.apis.gate.clear()
    for server in servers:
        assert (await ask(server)).ephemeral
    await world.apis.until(lambda: world.apis.waiting == SHARDS)
    world.apis.gate.set()
    await world.finished()

    bot = world.app.client
    for shard_id, server in enumerate(servers):
        known = bot.get_guild(server.guild.id)
        assert known
        assert known.shard_id == shard_id
        (result,) = server.results()
        assert f"<@{server.member.id}>" in result.content
        assert await used(world, server) == 1


async def test_replies_and_presses_reach_their_shard(world: World, servers: list[Server]) -> None:
    *_, elsewhere, last = servers
    for server in (elsewhere, last):
        await ask(server)
    await world.finished()
    for server in (elsewhere, last):
        me = world.env.backend.bot_user.id
        text = f"<@{me}> make it night"
        await server.member.send(server.art, text, reply_to=server.results()[0])
    await world.finished()
    for server in (elsewhere, last):
        edited = server.results()[1]
        await server.member.click(edited, label="Again")
    await world.finished()
    assert [len(server.results()) for server in servers] == [0, 3, 3]
    assert [await used(world, server) for server in servers] == [0, 3, 3]


async def test_a_lost_shard_is_told_by_its_number_and_the_others_go_on(
    world: World, servers: list[Server], page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    latency = property(lambda socket: (socket.shard_id + 1) / 8)
    monkeypatch.setattr(FakeWebSocket, "latency", latency)
    shard = world.app.client.shards[1]
    world.apis.gate.clear()
    for _ in range(5):
        await ask(servers[1])
    await world.apis.until(lambda: world.apis.waiting == 4)

    await shard.disconnect()
    assert await page.get("/readyz") == (
        503,
        "Discord: 1 of 3 shards are not connected (number 1)\n",
    )
    said = await page.samples()
    connected = {key[1]: said[key] for key in said if key[0] == "easel_gateway_connected"}
    latencies = {key[1]: said[key] for key in said if key[0] == "easel_gateway_latency_seconds"}
    assert connected == {"0": 1, "1": 0, "2": 1}
    assert latencies == {"0": 0.125, "2": 0.375}
    for server in (servers[0], servers[2]):
        await ask(server)

    # Its new session names no server, as one may that knows little yet; none of them has left.
    await shard.reconnect()
    await world.env.settle()
    assert await page.get("/readyz") == (200, "ready\n")
    said = await page.samples()
    assert said["easel_gateway_connected", "1"] == 1
    assert said["easel_gateway_latency_seconds", "1"] == 0.25
    world.apis.gate.set()
    await world.finished()
    assert [len(server.results()) for server in servers] == [1, 5, 1]
    assert [await used(world, server) for server in servers] == [1, 5, 1]


async def test_direct_messages_come_by_the_first_shard_whatever_the_others_do(
    world: World, servers: list[Server]
) -> None:
    shards = world.app.client.shards
    for number in (1, 2):
        await shards[number].disconnect()
    asker = servers[2].member.user
    assert (await asker.slash("imagine", prompt="a fox")).ephemeral
    await world.finished()
    assert [m for m in asker.dm_channel.history() if m.attachments]
    assert await used(world, servers[2]) == 0
    for number in (1, 2):
        await shards[number].reconnect()
    await world.env.settle()


async def test_commands_are_synced_once_for_all_shards(world: World) -> None:
    def syncs() -> int:
        return sum(r.method == "PUT" and "commands" in r.path for r in world.env.http_requests)

    assert syncs() == 1
    again = world.app.new_client(SHARDS)
    await world.env.restart_bot(again)
    assert sorted(again.shards) == [0, 1, 2]
    assert syncs() == 1
