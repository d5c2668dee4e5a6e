"""Discord's gateway: sessions that outlive connections; must not know REST or members' verbs."""

import asyncio
import json
import zlib
from collections import deque
from collections.abc import Callable, Collection, Mapping
from functools import partial
from itertools import count
from time import monotonic
from typing import Any, cast

import discord
from aiohttp import WSMsgType, web
from simcord.backend import Backend, serializers
from simcord.backend.models import Guild
from simcord.gateway import FakeGateway, FakeWebSocket, ShardRouter
from simcord.intents import missing_privileged_intents

# Discord keeps some minutes of events for a resuming client; a number keeps this one bounded.
REPLAY_EVENTS = 1000
SERVERS_PER_SHARD = 2500  # Discord lets no session have more

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE_STATE = 0, 1, 2, 3, 4
RESUME, RECONNECT, REQUEST_MEMBERS, INVALID_SESSION, HELLO, ACK = 6, 7, 8, 9, 10, 11

UNKNOWN_OPCODE, NOT_AUTHENTICATED, AUTHENTICATION_FAILED = 4001, 4003, 4004
ALREADY_AUTHENTICATED, INVALID_SEQUENCE, DISALLOWED_INTENTS = 4005, 4007, 4014
INVALID_SHARD, SHARDING_REQUIRED = 4010, 4011


class Connection:
    """One websocket of the bot; frames are queued, so that events never wait for the network."""

    def __init__(
        self, request: web.Request, socket: web.WebSocketResponse, *, compressed: bool
    ) -> None:
        self.socket = socket
        self.session: Session | None = None
        self._request = request
        self._zlib = zlib.compressobj() if compressed else None
        self._frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write())

    def send(self, frame: dict[str, Any]) -> None:
        self._frames.put_nowait(frame)

    async def close(self, code: int) -> None:
        """Close with a code of Discord's, after everything that was queued."""
        # A connection that broke meanwhile takes what was queued with it.
        written = asyncio.create_task(self._frames.join())
        await asyncio.wait({written, self._writer}, return_when=asyncio.FIRST_COMPLETED)
        written.cancel()
        await self.stop()
        await self.socket.close(code=code)

    async def abort(self) -> None:
        """Cut the connection without a word."""
        await self.stop()
        if self._request.transport is not None:
            self._request.transport.abort()

    async def stop(self) -> None:
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)

    async def _write(self) -> None:
        while True:
            text = json.dumps(await self._frames.get())
            try:
                if self._zlib is None:
                    await self.socket.send_str(text)
                else:  # one stream per connection, each message ending in a sync flush
                    data = self._zlib.compress(text.encode())
                    await self.socket.send_bytes(data + self._zlib.flush(zlib.Z_SYNC_FLUSH))
            except ConnectionResetError:
                pass  # the event stays in the session for a resuming client
            finally:
                self._frames.task_done()


class _Parsers:
    """Stands where SimCord expects discord.py's parsers and queues the frame instead."""

    def __init__(self, dispatch: Callable[[str, Mapping[str, Any]], None]) -> None:
        self._dispatch = dispatch

    def __getitem__(self, event: str) -> Callable[[Mapping[str, Any]], None]:
        return partial(self._dispatch, event)

    get = __getitem__


class Session:
    """What one IDENTIFY began: intents, shard, sequence, and the events not yet forgotten."""

    def __init__(
        self, session_id: str, backend: Backend, intents: discord.Intents, shard: tuple[int, int]
    ) -> None:
        self.id = session_id
        self.intents = intents
        self.shard_id, self.shard_count = shard
        self.sequence = 0
        self.connection: Connection | None = None
        self.parsers = _Parsers(self._dispatch)
        self._sent: deque[dict[str, Any]] = deque(maxlen=REPLAY_EVENTS)
        self._backend = backend
        self._gateway = FakeGateway(backend, self)

    def feed(self, event: str, payload: Mapping[str, Any]) -> None:
        """Send what this session's shard and intents let through, censored as on Discord."""
        shard_id = ShardRouter._event_shard_id(cast("ShardRouter", self), event, payload)
        if shard_id == self.shard_id:
            self._gateway.feed(event, payload)

    @property
    def guilds(self) -> list[Guild]:
        """The servers of this shard."""
        return [
            guild
            for guild in self._backend.guilds.values()
            if (guild.id >> 22) % self.shard_count == self.shard_id
        ]

    def start(self, resume_url: str, away: Collection[int]) -> None:
        """Send READY and every server of this shard that is not away by an outage."""
        guilds = self.guilds
        ready = {
            "v": 10,
            "user": dict(serializers.user_payload(self._backend.bot_user)),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": self.id,
            "resume_gateway_url": resume_url,
            "shard": [self.shard_id, self.shard_count],
            "application": {"id": str(self._backend.application_id), "flags": 0},
        }
        self._dispatch("READY", ready)
        for guild in guilds:
            if guild.id not in away:
                self.introduce(guild)

    def introduce(self, guild: Guild) -> None:
        """Send a server whole, as after an outage."""
        self._gateway.feed("GUILD_CREATE", serializers.guild_create_payload(self._backend, guild))

    def remembers(self, sequence: int) -> bool:
        """Whether everything after that sequence can still be sent again."""
        return sequence >= self.sequence - len(self._sent)

    def replay(self, connection: Connection, sequence: int) -> None:
        """Send the events after that sequence again, then RESUMED."""
        for frame in self._sent:
            if frame["s"] > sequence:
                connection.send(frame)
        self._dispatch("RESUMED", {})

    async def send_members(self, request: Mapping[str, Any]) -> None:
        users = request.get("user_ids") or []
        await FakeWebSocket(self._backend, self._gateway).request_chunks(
            int(request["guild_id"]),
            request.get("query"),
            limit=int(request.get("limit", 0)),
            user_ids=[int(user) for user in (users if isinstance(users, list) else [users])],
            presences=bool(request.get("presences")),
            nonce=request.get("nonce"),
        )

    def _dispatch(self, event: str, payload: Mapping[str, Any]) -> None:
        self.sequence += 1
        frame = {"op": DISPATCH, "t": event, "s": self.sequence, "d": payload}
        self._sent.append(frame)
        if self.connection is not None:
            self.connection.send(frame)


class Gateway:
    """All sessions and connections of the bot."""

    def __init__(
        self,
        backend: Backend,
        token: str,
        *,
        approved_intents: discord.Intents,
        heartbeat_seconds: float,
        identify_seconds: float,
        max_concurrency: int,
        servers_per_shard: int,
    ) -> None:
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.opcodes: list[int] = []
        self.begun: list[tuple[int, int]] = []
        self.resumed: list[int] = []
        self.away: set[int] = set()
        self._backend = backend
        self._token = token
        self._approved = approved_intents
        self._heartbeat_seconds = heartbeat_seconds
        self._identify_seconds = identify_seconds
        self._max_concurrency = max_concurrency
        self._servers_per_shard = servers_per_shard
        self._identified_at: dict[int, float] = {}
        self._connections: set[Connection] = set()
        self._open = asyncio.Event()
        self._open.set()
        self._numbers = count(1)

    @property
    def connected(self) -> bool:
        """Whether some session of the bot has a connection."""
        return any(connection.session is not None for connection in self._connections)

    @property
    def shards(self) -> set[int]:
        """The numbers of the shards that have a session and a connection."""
        return {c.session.shard_id for c in self._connections if c.session is not None}

    def feed(self, event: str, payload: Mapping[str, Any]) -> None:
        """Give an event of the world to every session, connected or not."""
        for session in tuple(self.sessions.values()):
            session.feed(event, payload)

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket, compressed as the query asks."""
        compression = request.query.get("compress")
        if compression not in (None, "zlib-stream"):
            raise web.HTTPBadRequest(text="this gateway speaks zlib-stream or plain JSON")
        await self._open.wait()
        socket = web.WebSocketResponse(compress=False, max_msg_size=0)
        await socket.prepare(request)
        connection = Connection(request, socket, compressed=compression is not None)
        self._connections.add(connection)
        interval = int(self._heartbeat_seconds * 1000)
        connection.send({"op": HELLO, "d": {"heartbeat_interval": interval}})
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._receive(connection, json.loads(message.data))
        finally:
            self._connections.discard(connection)
            self._detach(connection)
            await connection.stop()
        return socket

    async def drop(
        self, code: int | None, *, keep_closed: bool, forget: bool, shard_id: int | None = None
    ) -> None:
        """End connections; see ``WireDiscord.drop_gateway``."""
        if keep_closed:
            self._open.clear()
        for connection in self._of(shard_id):
            self._detach(connection)
            if code is None:
                await connection.abort()
            else:
                await connection.close(code)
        if forget:
            self._forget(shard_id)

    def invalidate(self, shard_id: int | None, *, resumable: bool) -> None:
        """End sessions by opcode 9; their connections are the client's to close."""
        connections = self._of(shard_id)
        if not resumable:
            self._forget(shard_id)
        for connection in connections:
            connection.send({"op": INVALID_SESSION, "d": resumable})

    def set_away(self, guild: Guild, *, away: bool) -> None:
        """Begin or end a server's outage."""
        if away:
            self.away.add(guild.id)
            self.feed("GUILD_DELETE", {"id": str(guild.id), "unavailable": True})
            return
        self.away.discard(guild.id)
        for session in self.sessions.values():
            if guild in session.guilds:
                session.introduce(guild)

    def _of(self, shard_id: int | None) -> list[Connection]:
        return [
            connection
            for connection in self._connections
            if shard_id is None
            or (connection.session is not None and connection.session.shard_id == shard_id)
        ]

    def _forget(self, shard_id: int | None) -> None:
        for session in tuple(self.sessions.values()):
            if shard_id in (None, session.shard_id):
                del self.sessions[session.id]

    def open(self) -> None:
        """Let connections in again."""
        self._open.set()

    def ask_to_reconnect(self) -> None:
        for connection in self._connections:
            connection.send({"op": RECONNECT, "d": None})

    def _detach(self, connection: Connection) -> None:
        session, connection.session = connection.session, None
        if session is None or session.connection is not connection:
            return
        session.connection = None
        if connection.socket.close_code in (1000, 1001):  # the client is done with it
            self.sessions.pop(session.id, None)

    async def _receive(self, connection: Connection, message: dict[str, Any]) -> None:
        op: int = message["op"]
        data: Any = message.get("d")
        self.opcodes.append(op)
        if op == HEARTBEAT:
            connection.send({"op": ACK})
        elif op == IDENTIFY:
            await self._identify(connection, data)
        elif op == RESUME:
            await self._resume(connection, data)
        elif connection.session is None:
            await connection.close(NOT_AUTHENTICATED)
        elif op == REQUEST_MEMBERS:
            await connection.session.send_members(data)
        elif op not in (PRESENCE, VOICE_STATE):
            await connection.close(UNKNOWN_OPCODE)

    async def _identify(self, connection: Connection, data: Mapping[str, Any]) -> None:
        intents = discord.Intents._from_value(int(data["intents"]))
        if connection.session is not None:
            await connection.close(ALREADY_AUTHENTICATED)
        elif data["token"] != self._token:
            await connection.close(AUTHENTICATION_FAILED)
        elif missing_privileged_intents(intents, self._approved):
            await connection.close(DISALLOWED_INTENTS)
        elif (shard := _shard(data.get("shard", [0, 1]))) is None:
            await connection.close(INVALID_SHARD)
        elif not self._admits(shard[0]):
            connection.send({"op": INVALID_SESSION, "d": False})
        else:
            session = Session(f"{next(self._numbers):032x}", self._backend, intents, shard)
            if len(session.guilds) > self._servers_per_shard:
                await connection.close(SHARDING_REQUIRED)
                return
            self.begun.append(shard)
            self.sessions[session.id] = session
            self._attach(connection, session)
            session.start(self.url, self.away)

    def _admits(self, shard_id: int) -> bool:
        """Tell whether a shard may identify now: so many at once, each by its rest of division."""
        key, now = shard_id % self._max_concurrency, monotonic()
        if now - self._identified_at.get(key, float("-inf")) < self._identify_seconds:
            return False
        self._identified_at[key] = now
        return True

    async def _resume(self, connection: Connection, data: Mapping[str, Any]) -> None:
        session = self.sessions.get(data["session_id"])
        sequence = int(data["seq"] or 0)
        if data["token"] != self._token:
            await connection.close(AUTHENTICATION_FAILED)
        elif session is None or not session.remembers(sequence):
            connection.send({"op": INVALID_SESSION, "d": False})
        elif sequence > session.sequence:
            await connection.close(INVALID_SEQUENCE)
        else:
            self._attach(connection, session)
            self.resumed.append(session.shard_id)
            session.replay(connection, sequence)

    def _attach(self, connection: Connection, session: Session) -> None:
        session.connection = connection
        connection.session = session


def _shard(given: Any) -> tuple[int, int] | None:
    """Return a shard's number and the number of shards; None where they are not that."""
    match given:
        case [int(shard_id), int(shard_count)] if 0 <= shard_id < shard_count:
            return shard_id, shard_count
        case _:
            return None
