"""The wire without a bot: plain HTTP requests and websocket frames against it."""

import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
import pytest

from tests.loopback_discord import WireDiscord
from tests.loopback_discord.gateway import REPLAY_EVENTS

Socket = aiohttp.ClientWebSocketResponse
HEARTBEAT, IDENTIFY, RESUME, INVALID_SESSION, HELLO, ACK = 1, 2, 6, 9, 10, 11


@asynccontextmanager
async def connect(wire: WireDiscord) -> AsyncIterator[Socket]:
    """Open a gateway connection and read its HELLO."""
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{wire.gateway_url}?v=10&encoding=json") as socket,
    ):
        assert (await socket.receive_json())["op"] == HELLO
        yield socket


async def identify(socket: Socket, wire: WireDiscord, **options: Any) -> None:
    intents = discord.Intents.default().value
    data = {"token": wire.token, "intents": intents, "properties": {}} | options
    await socket.send_json({"op": IDENTIFY, "d": data})


async def closing_code(socket: Socket) -> int | None:
    assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
    return socket.close_code


async def events(socket: Socket, count: int) -> list[str]:
    return [(await socket.receive_json())["t"] for _ in range(count)]


async def test_answers_are_plain_json_with_rate_limit_headers() -> None:
    async with WireDiscord() as wire, aiohttp.ClientSession() as http:
        headers = {"Authorization": f"Bot {wire.token}"}
        async with http.get(f"{wire.api_base}/users/@me", headers=headers) as answer:
            assert answer.headers["Content-Type"] == "application/json"
            assert int(answer.headers["X-RateLimit-Remaining"]) > 0
            assert answer.headers["X-RateLimit-Bucket"]
            assert (await answer.json())["id"] == str(wire.backend.bot_user.id)
        async with http.get(f"{wire.api_base}/gateway") as answer:
            assert await answer.json() == {"url": wire.gateway_url}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bot wrong"}], ids=["none", "wrong"])
async def test_a_missing_or_wrong_token_is_refused(headers: dict[str, str]) -> None:
    async with WireDiscord() as wire, aiohttp.ClientSession() as http:
        async with http.get(f"{wire.api_base}/users/@me", headers=headers) as answer:
            assert answer.status == 401
        assert wire.requests[0].answer == {"message": "401: Unauthorized", "code": 0}


async def test_a_route_that_simcord_lacks_is_loud_on_leaving() -> None:
    async def ask() -> None:
        async with WireDiscord() as wire, aiohttp.ClientSession() as http:
            headers = {"Authorization": f"Bot {wire.token}"}
            async with http.get(f"{wire.api_base}/nothing/here", headers=headers) as answer:
                assert answer.status == 501

    with pytest.raises(ExceptionGroup, match="does not serve"):
        await ask()


async def test_a_rate_limit_is_discords_own_and_lasts_for_whoever_does_not_wait() -> None:
    async with WireDiscord() as wire, aiohttp.ClientSession() as http:
        wire.rate_limit("GET", "/users/@me", retry_after=60, scope="global")
        headers = {"Authorization": f"Bot {wire.token}"}
        for _ in range(2):
            async with http.get(f"{wire.api_base}/users/@me", headers=headers) as answer:
                assert answer.status == 429
                assert answer.headers["Via"]
                body = await answer.json()
                assert (body["retry_after"], body["global"]) == (60, True)


async def test_identifying_gives_ready_and_the_guilds_of_the_shard() -> None:
    async with WireDiscord(shard_count=2) as wire:
        guilds = [wire.create_guild(shard_id=shard) for shard in (0, 1)]
        async with connect(wire) as socket:
            await identify(socket, wire, shard=[1, 2])
            ready = (await socket.receive_json())["d"]
            assert ready["resume_gateway_url"] == wire.gateway_url
            created = await socket.receive_json()
            assert created["t"] == "GUILD_CREATE"
            assert created["d"]["id"] == str(guilds[1].id)
            guilds[0].create_text_channel("elsewhere")
            guilds[1].create_text_channel("here")
            assert (await socket.receive_json())["d"]["name"] == "here"
            await socket.send_json({"op": HEARTBEAT, "d": 3})
            assert await socket.receive_json() == {"op": ACK}


@pytest.mark.parametrize("shard", [[2, 2], [-1, 2], [0, 0], [0], ["0", "1"], None])
async def test_a_shard_that_cannot_be_closes_the_connection(shard: Any) -> None:
    async with WireDiscord() as wire, connect(wire) as socket:
        await identify(socket, wire, shard=shard)
        assert await closing_code(socket) == 4010
        assert wire.begun == []


async def test_too_many_servers_for_one_shard_close_the_connection() -> None:
    async with WireDiscord(shard_count=2, servers_per_shard=1) as wire:
        for shard_id in (0, 1):
            wire.create_guild(shard_id=shard_id)
        async with connect(wire) as socket:
            await identify(socket, wire)
            assert await closing_code(socket) == 4011
        async with connect(wire) as socket:
            await identify(socket, wire, shard=[0, 2])
            assert await events(socket, 2) == ["READY", "GUILD_CREATE"]


async def test_who_identifies_too_soon_has_no_session() -> None:
    async with (
        WireDiscord(shard_count=3, identify_seconds=60, max_concurrency=2) as wire,
        connect(wire) as first,
        connect(wire) as second,
        connect(wire) as third,
    ):
        for number, socket in enumerate((first, second, third)):
            await identify(socket, wire, shard=[number, 3])
        assert await events(first, 1) == await events(second, 1) == ["READY"]
        assert await third.receive_json() == {"op": INVALID_SESSION, "d": False}
        assert wire.begun == [(0, 3), (1, 3)]


async def test_one_shard_is_dropped_and_resumes_what_it_missed_alone() -> None:
    async with WireDiscord(shard_count=2) as wire:
        guilds = [wire.create_guild(shard_id=shard_id) for shard_id in (0, 1)]
        async with connect(wire) as calm, connect(wire) as dropped:
            for number, socket in enumerate((calm, dropped)):
                await identify(socket, wire, shard=[number, 2])
            ready = await dropped.receive_json()
            assert await events(dropped, 1) == ["GUILD_CREATE"]
            assert await events(calm, 2) == ["READY", "GUILD_CREATE"]
            await wire.drop_gateway(shard_id=1)
            assert await closing_code(dropped) == 4000
            assert wire.shards == {0}
            for guild in guilds:
                guild.create_text_channel("made meanwhile")
            resume = {"token": wire.token, "session_id": ready["d"]["session_id"], "seq": 2}
            async with connect(wire) as again:
                await again.send_json({"op": RESUME, "d": resume})
                assert await events(again, 2) == ["CHANNEL_CREATE", "RESUMED"]
                assert (wire.shards, wire.resumed) == ({0, 1}, [1])
            assert await events(calm, 1) == ["CHANNEL_CREATE"]


async def test_a_server_in_an_outage_is_named_and_comes_when_it_is_back() -> None:
    async with WireDiscord() as wire:
        guild = wire.create_guild()
        wire.set_away(guild, away=True)
        async with connect(wire) as socket:
            await identify(socket, wire)
            ready = await socket.receive_json()
            assert ready["d"]["guilds"] == [{"id": str(guild.id), "unavailable": True}]
            wire.set_away(guild, away=False)
            assert await events(socket, 1) == ["GUILD_CREATE"]


async def test_a_compressed_connection_is_one_zlib_stream() -> None:
    async with (
        WireDiscord() as wire,
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{wire.gateway_url}?compress=zlib-stream") as socket,
    ):
        await identify(socket, wire)
        stream = zlib.decompressobj()
        frames = [json.loads(stream.decompress(await socket.receive_bytes())) for _ in range(2)]
        assert [frame["op"] for frame in frames] == [HELLO, 0]
        assert frames[1]["t"] == "READY"


async def test_a_session_is_resumed_with_exactly_what_was_missed() -> None:
    async with WireDiscord() as wire:
        guild = wire.create_guild()
        async with connect(wire) as socket:
            await identify(socket, wire)
            ready = await socket.receive_json()
            assert await events(socket, 1) == ["GUILD_CREATE"]
            await socket.close(code=4000)
        guild.create_text_channel("missed")
        resume = {"token": wire.token, "session_id": ready["d"]["session_id"], "seq": 2}
        async with connect(wire) as socket:
            await socket.send_json({"op": RESUME, "d": resume})
            assert await events(socket, 2) == ["CHANNEL_CREATE", "RESUMED"]
        guild.create_text_channel("closed with 1000 before, so the session is over")
        async with connect(wire) as socket:
            await socket.send_json({"op": RESUME, "d": resume})
            assert await socket.receive_json() == {"op": INVALID_SESSION, "d": False}


async def test_more_missed_events_than_are_kept_end_the_session() -> None:
    async with WireDiscord() as wire:
        async with connect(wire) as socket:
            await identify(socket, wire)
            ready = await socket.receive_json()
            await socket.close(code=4000)
        await wire.until(lambda: not wire.connected)
        for _ in range(REPLAY_EVENTS + 1):
            wire.backend.emit("USER_UPDATE", {})
        resume = {"token": wire.token, "session_id": ready["d"]["session_id"], "seq": 1}
        async with connect(wire) as socket:
            await socket.send_json({"op": RESUME, "d": resume})
            assert await socket.receive_json() == {"op": INVALID_SESSION, "d": False}


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"op": IDENTIFY, "d": {"token": "wrong", "intents": 0}}, 4004),
        ({"op": RESUME, "d": {"token": "wrong", "session_id": "x", "seq": 1}}, 4004),
        ({"op": 8, "d": {}}, 4003),
    ],
    ids=["token", "resume", "unidentified"],
)
async def test_a_bad_frame_closes_the_connection(frame: dict[str, Any], code: int) -> None:
    async with WireDiscord() as wire, connect(wire) as socket:
        await socket.send_json(frame)
        assert await closing_code(socket) == code


async def test_an_intent_that_the_portal_has_not_approved_closes_the_connection() -> None:
    async with WireDiscord() as wire, connect(wire) as socket:
        await identify(socket, wire, intents=discord.Intents.all().value)
        assert await closing_code(socket) == 4014
