"""A Discord on loopback that does next to nothing for each request, so that the bot is measured.

The Discord of `tests/loopback_discord/` keeps a true world, at some milliseconds a request; this
one keeps times. It serves what a bot needs to log in, answer `/imagine` and post, and must not know
which bot it is.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from aiohttp import WSMsgType, web
from aiohttp.typedefs import Handler

from tests.bench import lean_servers

TOKEN = "bench.bot.token"
GUILD_ID, BOT_ID, FIRST_CHANNEL_ID, FIRST_MEMBER_ID = 1000, 2000, 3000, 100_000
PATIENCE_SECONDS = 120
# About as many as Discord advises; it refuses more than 2,500.
SERVERS_PER_SHARD = 1000
# Everything a picture's message is larger than this; every other message is smaller.
_PICTURE_BYTES = 100_000
_EVERYTHING = str((1 << 50) - 1)
_DISCORD_EPOCH_MILLISECONDS = 1_420_070_400_000
# As generous as the rate limits can be: it is not them that is measured.
_LIMITS = {
    "X-RateLimit-Limit": "1000",
    "X-RateLimit-Remaining": "999",
    "X-RateLimit-Reset-After": "1.000",
}

_BOT: dict[str, Any] = {
    "id": str(BOT_ID),
    "username": "bench",
    "discriminator": "0",
    "avatar": None,
    "global_name": None,
    "bot": True,
}
_MESSAGE: dict[str, Any] = {
    "author": _BOT,
    "channel_id": str(FIRST_CHANNEL_ID),
    "content": "",
    "timestamp": "2024-05-15T10:00:00+00:00",
    "edited_timestamp": None,
    "tts": False,
    "mention_everyone": False,
    "mentions": [],
    "mention_roles": [],
    "attachments": [],
    "embeds": [],
    "components": [],
    "pinned": False,
    "type": 0,
}
_APPLICATION: dict[str, Any] = {
    "id": str(BOT_ID),
    "name": "bench",
    "icon": None,
    "description": "",
    "bot_public": True,
    "bot_require_code_grant": False,
    "owner": _BOT,
    "verify_key": "",
    "flags": 0,
}


class LeanDiscord:
    """One server with some channels, and one bot; enter it, then start the bot.

    With `servers` there are so many more, and the bot is advised a shard for every thousand.
    `sent` and `answered` hold the times of interactions by their tokens, `posted` the times at
    which messages with a picture had arrived whole (`time.perf_counter`), `calls` the number of
    requests since the last `forget`.
    """

    def __init__(self, *, channels: int = 64, boosted: bool = False, servers: int = 0) -> None:
        self.sent: dict[str, float] = {}
        self.answered: dict[str, float] = {}
        self.posted: list[float] = []
        self.calls = 0
        self.identified: list[float] = []
        self.introduced = 0
        self.origin = ""
        self._channels = channels
        self._boosted = boosted
        self._servers = servers
        self._socket: web.WebSocketResponse | None = None
        self._changed = asyncio.Event()
        self._numbers = 0

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 2**20, middlewares=[self._counted])
        api = "/api/v10"
        app.router.add_get("/gateway", self._gateway)
        app.router.add_get(f"{api}/users/@me", self._me)
        app.router.add_get(f"{api}/oauth2/applications/@me", self._application)
        app.router.add_get(f"{api}/gateway/bot", self._gateway_advice)
        app.router.add_put(f"{api}/applications/{{id}}/commands", self._commands)
        app.router.add_post(f"{api}/interactions/{{id}}/{{token}}/callback", self._callback)
        app.router.add_patch(f"{api}/webhooks/{{id}}/{{token}}/messages/@original", self._edit)
        app.router.add_post(f"{api}/channels/{{id}}/messages", self._post)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024).start()
        self.origin = f"127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._socket is not None:
            await self._socket.close(code=1001)
        await self._runner.cleanup()

    @property
    def api_base(self) -> str:
        return f"http://{self.origin}/api/v10"

    @property
    def gateway_url(self) -> str:
        return f"ws://{self.origin}/gateway"

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something about the times holds; TimeoutError when it never does."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError as error:
            so_far = f"{len(self.answered)} of {len(self.sent)} answered, {len(self.posted)} posted"
            error.add_note(so_far)
            raise

    def forget(self) -> None:
        """Begin a new round."""
        self.sent.clear()
        self.answered.clear()
        self.posted.clear()
        self.calls = 0

    async def ask(self, count: int, **options: str) -> None:
        """Let so many members use `/imagine` at once, spread over the channels."""
        if self._socket is None:
            raise RuntimeError("no bot is connected")
        frames = [self._interaction(number, options) for number in range(count)]
        for token, frame in frames:
            self.sent[token] = time.perf_counter()
            await self._socket.send_str(frame)

    def waits(self) -> list[float]:
        """Return how long each interaction waited for its answer, in seconds, shortest first."""
        return sorted(self.answered[token] - sent for token, sent in self.sent.items())

    # --- gateway ----------------------------------------------------------------------------

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False, max_msg_size=0)
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41_250}})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            frame = json.loads(message.data)
            if frame["op"] == 1:
                await socket.send_json({"op": 11})
            elif frame["op"] == 2:
                self.identified.append(time.perf_counter())
                shard_id, shard_count = frame["d"].get("shard", (0, 1))
                if not shard_id:
                    self._socket = socket
                await self._introduce(socket, shard_id, shard_count)
                self._changed.set()
        return socket

    async def _introduce(
        self, socket: web.WebSocketResponse, shard_id: int, shard_count: int
    ) -> None:
        """Send READY and the servers of a shard, that of the members first."""
        guilds = {GUILD_ID: -1} | {lean_servers.guild_id(n): n for n in range(self._servers)}
        own = {
            guild_id: number
            for guild_id, number in guilds.items()
            if (guild_id >> 22) % shard_count == shard_id
        }
        ready = {
            "v": 10,
            "user": _BOT,
            "guilds": [{"id": str(guild_id), "unavailable": True} for guild_id in own],
            "session_id": f"bench-{shard_id}",
            "resume_gateway_url": self.gateway_url,
            "shard": [shard_id, shard_count],
            "application": {"id": str(BOT_ID), "flags": 0},
        }
        await socket.send_json({"op": 0, "t": "READY", "s": 1, "d": ready})
        for sequence, number in enumerate(own.values(), start=2):
            guild = json.dumps(self._guild()) if number < 0 else lean_servers.guild(number, _BOT)
            frame = f'{{"op":0,"t":"GUILD_CREATE","s":{sequence},"d":{guild}}}'
            await socket.send_str(frame)
        self.introduced += 1

    def _guild(self) -> dict[str, Any]:
        everyone = {
            "id": str(GUILD_ID),
            "name": "@everyone",
            "permissions": _EVERYTHING,
            "position": 0,
            "color": 0,
            "hoist": False,
            "managed": False,
            "mentionable": False,
        }
        return {
            "id": str(GUILD_ID),
            "name": "Bench",
            "owner_id": "1",
            # The third level takes files of 100 MB, so that none has to be made smaller.
            "premium_tier": 3 if self._boosted else 0,
            "roles": [everyone],
            "channels": [self._channel(number) for number in range(self._channels)],
            "members": [{"user": _BOT, "roles": [], "joined_at": None, "flags": 0}],
            "member_count": 1000,
            "emojis": [],
            "features": [],
            "threads": [],
            "voice_states": [],
            "presences": [],
        }

    def _channel(self, number: int) -> dict[str, Any]:
        return {
            "id": str(FIRST_CHANNEL_ID + number),
            "guild_id": str(GUILD_ID),
            "type": 0,
            "name": f"art-{number}",
            "position": number,
            "permission_overwrites": [],
        }

    def _interaction(self, number: int, options: dict[str, str]) -> tuple[str, str]:
        interaction_id, token = self._new_id(), f"token{self._numbers}"
        member = {
            "user": {**_BOT, "id": str(FIRST_MEMBER_ID + number), "bot": False},
            "roles": [],
            "joined_at": "2020-01-01T00:00:00+00:00",
            "permissions": _EVERYTHING,
            "flags": 0,
        }
        given = {"prompt": f"a lighthouse at dusk, number {number}", **options}
        data = {
            "id": "1",
            "name": "imagine",
            "type": 1,
            "options": [{"name": name, "type": 3, "value": text} for name, text in given.items()],
        }
        interaction = {
            "id": interaction_id,
            "application_id": str(BOT_ID),
            "type": 2,
            "token": token,
            "version": 1,
            "data": data,
            "guild_id": str(GUILD_ID),
            "channel_id": str(FIRST_CHANNEL_ID + number % self._channels),
            "channel": self._channel(number % self._channels),
            "member": member,
            "app_permissions": _EVERYTHING,
            "locale": "en-US",
            "guild_locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {"0": str(GUILD_ID)},
            "context": 0,
            "attachment_size_limit": 10_485_760,
        }
        frame = {"op": 0, "t": "INTERACTION_CREATE", "s": 10_000 + self._numbers, "d": interaction}
        return token, json.dumps(frame)

    def _new_id(self) -> str:
        """Return a new id of Discord's form: its time is what an interaction's life counts from."""
        self._numbers += 1
        milliseconds = int(time.time() * 1000) - _DISCORD_EPOCH_MILLISECONDS
        return str((milliseconds << 22) + (self._numbers & 0x3FFFFF))

    # --- REST -------------------------------------------------------------------------------

    @web.middleware
    async def _counted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.calls += 1
        return await handler(request)

    async def _me(self, _: web.Request) -> web.Response:
        return _reply(_BOT)

    async def _application(self, _: web.Request) -> web.Response:
        return _reply(_APPLICATION)

    async def _gateway_advice(self, _: web.Request) -> web.Response:
        starts = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        shards = max(-(-self._servers // SERVERS_PER_SHARD), 1)
        return _reply({"url": self.gateway_url, "shards": shards, "session_start_limit": starts})

    async def _commands(self, request: web.Request) -> web.Response:
        own = {"application_id": str(BOT_ID), "version": "1"}
        named = [
            {"description": "", **command, **own, "id": self._new_id()}
            for command in await request.json()
        ]
        return _reply(named)

    async def _callback(self, request: web.Request) -> web.Response:
        self.answered.setdefault(request.match_info["token"], time.perf_counter())
        self._changed.set()
        await request.read()
        interaction = {"id": request.match_info["id"], "type": 2}
        resource = {"type": 4, "message": self._message()}
        return _reply({"interaction": interaction, "resource": resource})

    async def _edit(self, request: web.Request) -> web.Response:
        await request.read()
        return _reply(self._message())

    async def _post(self, request: web.Request) -> web.Response:
        size = 0
        async for chunk in request.content.iter_any():
            size += len(chunk)
        if size > _PICTURE_BYTES:
            self.posted.append(time.perf_counter())
            self._changed.set()
        return _reply(self._message() | {"channel_id": request.match_info["id"]})

    def _message(self) -> dict[str, Any]:
        return {**_MESSAGE, "id": self._new_id()}


def _reply(answer: object) -> web.Response:
    return web.Response(
        body=json.dumps(answer).encode(), content_type="application/json", headers=_LIMITS
    )
