"""The world behind the wire: SimCord's builders and actors driving a bot in another process.

Knows SimCord's environment and puts HTTP, gateway and faults together; must not know the bot.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic
from types import TracebackType
from typing import Any, Literal, NoReturn, Self, TypeVar

import discord
import simcord
from aiohttp import web
from simcord._clock import Clock
from simcord._dpy_internals import get_state
from simcord.backend.models import Interaction

from bot.sandbox.discord_rules import FILE_LIMIT_BYTES, shape
from tests.loopback_discord import faults
from tests.loopback_discord.faults import (
    Fault,
    Faults,
    Hold,
    Point,
)
from tests.loopback_discord.gateway import SERVERS_PER_SHARD, Gateway
from tests.loopback_discord.rest_api import Rest
from tests.loopback_discord.traffic import API_PREFIX, WireRequest

ANSWER_SECONDS = 3.0  # Discord gives an interaction up after that
TOKEN = "wire.bot.token"
_POLL_SECONDS = 0.01

_Result = TypeVar("_Result")


class WallClock(Clock):
    """Real time, plus whatever a test has advanced."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.elapsed)


class WireDiscord(simcord.Env):
    """A Discord on loopback. Enter it, start the bot with its addresses, then use the actors.

    A verb returns when the bot has answered every open interaction (or 3 s have passed), no
    request is in flight and ``quiet_seconds`` were silent; for later work there is ``until``.
    ``approved_intents`` are those of the developer portal; without ``message_content`` the bot
    reads no texts of others, neither by gateway nor by REST. ``shard_count`` is what
    ``/gateway/bot`` advises. Discord lets ``max_concurrency`` shards identify in 5 s, this one in
    ``identify_seconds``: 0 lets a test start one bot after the other.
    """

    def __init__(
        self,
        token: str = TOKEN,
        *,
        shard_count: int = 1,
        approved_intents: discord.Intents | None = None,
        port: int = 0,
        settle_timeout: float = 5.0,
        quiet_seconds: float = 0.08,
        heartbeat_seconds: float = 41.25,
        identify_seconds: float = 0,
        max_concurrency: int = 1,
        servers_per_shard: int = SERVERS_PER_SHARD,
        limit_bytes: int = FILE_LIMIT_BYTES,
    ) -> None:
        approved = approved_intents or discord.Intents.default()
        client = discord.Client(intents=discord.Intents.default())  # never connects
        super().__init__(client, settle_timeout=settle_timeout, approved_intents=approved)
        self.token = token
        self.backend.clock = WallClock()  # else the bot finds every interaction expired
        self.rules = shape(self, limit_bytes=limit_bytes, in_process=False)
        self.rules.reads_content = lambda: approved.message_content
        self._shard_count = shard_count
        self._port = port
        self._quiet_seconds = quiet_seconds
        self._faults = Faults()
        self._rest = Rest(self.backend, self.rules.cdn, token, self._faults)
        self._max_concurrency = max_concurrency
        self._gateway = Gateway(
            self.backend,
            token,
            approved_intents=approved,
            heartbeat_seconds=heartbeat_seconds,
            identify_seconds=identify_seconds,
            max_concurrency=max_concurrency,
            servers_per_shard=servers_per_shard,
        )
        self._unsettled = 0
        self._pending: list[tuple[float, Interaction]] = []

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._message_states.add(get_state(self.bot))
        app = self._rest.app()
        app.router.add_get("/gateway", self._gateway.connect)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        self.rules.cdn.base = self.cdn_base
        self._gateway.url = self.gateway_url
        self._rest.gateway = {
            "url": self.gateway_url,
            "shards": self._shard_count,
            "session_start_limit": {
                "total": 1000,
                "remaining": 1000,
                "reset_after": 14_400_000,
                "max_concurrency": self._max_concurrency,
            },
        }
        self.backend.subscribers.append(self._feed)
        self._register_dispatch_observer(self._observe)
        self._started, self._generation = True, 1
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.shutdown()
        if error is None and self.gaps:
            raise ExceptionGroup("the bot asked for what SimCord does not serve", self.gaps)

    async def shutdown(self) -> None:
        """Close every connection and the port."""
        await self._run_pre_shutdown()
        self._faults.release_all()
        self._gateway.open()
        await self._gateway.drop(1001, keep_closed=False, forget=True)
        await self._runner.cleanup()
        self._started = False

    # ------------------------------------------------------------ what the bot needs

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_base(self) -> str:
        return self.origin + API_PREFIX

    @property
    def cdn_base(self) -> str:
        return f"{self.origin}/cdn"

    @property
    def gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/gateway"

    # ------------------------------------------------------------ what the bot did

    @property
    def requests(self) -> list[WireRequest]:
        """Every request of the bot in the order of arrival, answered or not."""
        return self._rest.requests

    @property
    def gaps(self) -> list[Exception]:
        """Requests that SimCord could not serve; raised on leaving the world."""
        return self._rest.gaps

    @property
    def connected(self) -> bool:
        """Whether a bot has a session and a connection."""
        return self._gateway.connected

    @property
    def shards(self) -> set[int]:
        """The numbers of the shards that have a session and a connection."""
        return self._gateway.shards

    @property
    def begun(self) -> list[tuple[int, int]]:
        """The sessions that bots have begun: the shard's number, and of how many."""
        return self._gateway.begun

    @property
    def resumed(self) -> list[int]:
        """The numbers of the shards whose sessions were resumed, in the order of it."""
        return self._gateway.resumed

    @property
    def busy(self) -> bool:
        """Whether some request is unanswered."""
        return self._rest.in_flight > 0

    @property
    def opcodes(self) -> list[int]:
        """The opcodes of everything that bots sent over the gateway."""
        return self._gateway.opcodes

    def sent(self, method: str, path: str) -> list[WireRequest]:
        """Return the requests with this method and path (a pattern with ``*``)."""
        return [request for request in self.requests if request.matches(method, path)]

    # ------------------------------------------------------------ waiting

    async def until(self, condition: Callable[[], _Result], timeout: float = 5.0) -> _Result:  # noqa: ASYNC109 - the verbs of SimCord say timeout too
        """Wait until the condition is true; return what it returned."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    if result := condition():
                        return result
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError as error:
            error.add_note("\n".join(self.transcript().splitlines()[-15:]))
            raise

    @contextmanager
    def unsettled(self) -> Iterator[None]:
        """Let the verbs inside return at once, without waiting for the bot."""
        self._unsettled += 1
        try:
            yield
        finally:
            self._unsettled -= 1

    async def burst(self, verbs: Iterable[Coroutine[Any, Any, _Result]]) -> list[_Result]:
        """Dispatch many verbs at once, then wait until each interaction is answered or given up.

        SimCord's results are live: each shows the answer to its own interaction.
        """
        waiting = list(verbs)
        try:
            with self.unsettled():
                results = [await verb for verb in waiting]
        finally:
            for verb in waiting:
                verb.close()
        await self.until(lambda: not self._unanswered(), timeout=ANSWER_SECONDS + 1)
        return results

    async def _settle_internal(
        self,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - SimCord's signature
        idle: float = _POLL_SECONDS,
        dispatch: str | None = None,
        _deadline: float | None = None,
    ) -> None:
        if self._unsettled:
            return
        try:
            await self.until(self._quiet, self.settle_timeout if timeout is None else timeout)
        except TimeoutError as error:
            raise TimeoutError(f"the bot is still busy after {dispatch}") from error

    def _quiet(self) -> bool:
        if self._faults.holding:
            return True
        if self.busy or (self.connected and self._unanswered()):
            return False
        return monotonic() - self._rest.last_at >= self._quiet_seconds

    def _feed(self, event: str, payload: Mapping[str, Any]) -> None:
        self._rest.last_at = monotonic()
        self._gateway.feed(event, payload)

    def _observe(self, interaction: Interaction) -> None:
        if self.connected:  # else nobody will ever answer it
            self._pending.append((monotonic() + ANSWER_SECONDS, interaction))

    def _unanswered(self) -> bool:
        now = monotonic()
        self._pending = [
            (deadline, interaction)
            for deadline, interaction in self._pending
            if deadline > now and not interaction.responded
        ]
        return bool(self._pending)

    # ------------------------------------------------------------ what goes wrong

    def inject_error(
        self,
        method: str,
        path: str,
        *,
        status: int = 500,
        code: int = 0,
        message: str = "Internal Server Error (injected by test)",
        times: int | None = 1,
        applied: bool = False,
    ) -> None:
        """Answer matching requests with an error; with ``applied`` after doing what they ask."""
        self._faults.add(
            Fault(
                method=method,
                path=path,
                status=status,
                body={"code": code, "message": message},
                times=times,
                applied=applied,
            )
        )

    def rate_limit(
        self,
        method: str,
        path: str,
        *,
        retry_after: float,
        times: int | None = 1,
        scope: Literal["user", "global", "shared"] = "user",
    ) -> None:
        """Answer matching requests with a real 429."""
        fault = faults.rate_limit(method, path, retry_after=retry_after, times=times, scope=scope)
        self._faults.add(fault)

    def hold(
        self, method: str, path: str, *, at: Point = "before", times: int | None = None
    ) -> Hold:
        """Keep matching requests waiting until the handle's ``release`` or ``drop``."""
        return self._faults.hold(method, path, at, times)

    async def drop_gateway(
        self,
        code: int | None = 4000,
        *,
        shard_id: int | None = None,
        keep_closed: bool = False,
        forget: bool = False,
    ) -> None:
        """End all connections, or one shard's, with a code or without a word when it is None.

        ``keep_closed`` lets nobody in until ``open_gateway``, so that events are missed;
        ``forget`` drops the sessions, so that a RESUME is refused.
        """
        await self._gateway.drop(code, keep_closed=keep_closed, forget=forget, shard_id=shard_id)

    def invalidate(self, shard_id: int | None = None, *, resumable: bool = False) -> None:
        """Send opcode 9 to all connections or one shard's."""
        self._gateway.invalidate(shard_id, resumable=resumable)

    def set_away(self, guild: simcord.GuildHandle, *, away: bool) -> None:
        """Begin or end an outage that takes a server away; a bot that starts meanwhile waits."""
        self._gateway.set_away(self.backend.guilds[guild.id], away=away)

    def open_gateway(self) -> None:
        """Let bots connect again after ``drop_gateway(keep_closed=True)``."""
        self._gateway.open()

    def ask_to_reconnect(self) -> None:
        """Send opcode 7 to every connection, as Discord does before maintenance."""
        self._gateway.ask_to_reconnect()

    # ------------------------------------------------------------ what a process cannot do

    async def advance_time(self, seconds: float) -> None:
        """Move this world's clock only: tokens expire, the bot's own time goes on as it was."""
        self.backend.advance_clock(seconds)

    async def start(self) -> NoReturn:
        raise simcord.SetupError("enter WireDiscord with `async with`")

    async def restart_bot(self, bot: discord.Client | None = None) -> NoReturn:
        raise simcord.SetupError("the bot is a process: end it and start it again")
