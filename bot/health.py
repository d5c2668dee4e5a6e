"""A port for supervisors and Prometheus: /healthz, /readyz and /metrics.

Answers from what the running bot knows, and in time even if something is stuck; changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from bot.app import App, Role
from bot.domain.errors import EaselError, SetupError
from bot.domain.setup_problems import SetupProblem
from bot.metrics import Metrics, Moment
from bot.services.operations.database_health import PATIENCE_SECONDS
from bot.services.operations.ended_jobs import EndedJobs
from bot.services.operations.operator_actions import EVERYWHERE
from bot.services.ports import Ended, UnderWay

log = logging.getLogger(__name__)

T = TypeVar("T")

_SERVERS_SHOWN = 10


class Health:
    """What a running bot says of itself; `begin` comes first."""

    def __init__(self, app: App, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._ended_jobs = EndedJobs(database=app.database, clock=app.clock)
        self._reading: set[asyncio.Task[Any]] = set()

    async def begin(self) -> None:
        """Leave out what ended before: counters count from the start of the process."""
        await self._ended_jobs.news()

    async def look(self) -> tuple[list[str], list[str]]:
        """Return what keeps the bot from serving requests, and what is paused besides."""
        app, found = self._app, list[str]()
        shards = app.client.shards
        lost = [str(number) for number, shard in shards.items() if shard.is_closed()]
        if app.role is Role.WORKER:
            pass  # it has no connection to lose
        elif app.client.is_closed() or not app.client.is_ready():
            found.append("Discord: not connected")
        elif lost:
            which = f"{len(lost)} of {len(shards)} shards are not connected"
            found.append(f"Discord: {which} (number {', '.join(lost)})")
        servers = set[int]()
        if problem := await app.operations.database_health.look():
            found.append(f"database: {problem}")
        else:
            servers = await self._read(self._paused_servers()) or servers
        if problem := app.operations.picture_store_health.trouble:
            found.append(f"pictures: {problem}")
        if EVERYWHERE in servers:
            found.append("requests: the operator paused all of them")
        names = list(app.adapters.image_services)
        if not names:
            found.append("image services: none has a key")
        elif app.jobs.circuits.all_paused(names):
            found.append("image services: all are paused")
        paused = [
            f"image service {name}: paused ({circuit.reason})"
            for name in names
            if (circuit := app.jobs.circuits.paused(name)) is not None
        ]
        paused += [f"judge {name}: away" for name in app.judging.away()]
        if ids := sorted(servers - {EVERYWHERE}):
            shown = ", ".join(map(str, ids[:_SERVERS_SHOWN]))
            more = ", …" if len(ids) > _SERVERS_SHOWN else ""
            paused.append(f"servers: the operator paused {len(ids)} ({shown}{more})")
        return found, paused

    async def exposition(self) -> bytes:
        """Return all metrics; without the database those are missing that come from it."""
        app = self._app
        problems, _ = await self.look()
        for job in await self._read(self._ended_jobs.news()) or list[Ended]():
            self._metrics.ended(job)
        shards = app.client.shards
        moment = Moment(
            now=app.clock.now(),
            under_way=await self._read(self._under_way()) or (),
            paused={
                name: app.jobs.circuits.paused(name) is not None
                for name in app.adapters.image_services
            },
            connected={number: not shard.is_closed() for number, shard in shards.items()},
            latencies={
                number: shard.latency
                for number, shard in shards.items()
                if not shard.is_closed() and math.isfinite(shard.latency)
            },
            spool_bytes=await asyncio.to_thread(app.spool.used_bytes),
            ready=not problems,
        )
        return self._metrics.exposition(moment)

    async def _paused_servers(self) -> set[int]:
        """Return the servers that the operator paused; 0 stands for all."""
        async with self._app.database.read() as uow:
            return set(await uow.settings.by_guild("operator_paused"))

    async def _under_way(self) -> list[UnderWay]:
        async with self._app.database.read() as uow:
            return await uow.metrics.under_way()

    async def _read(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Read from the database in time; None where that is not possible."""
        # A statement ends before it is cancelled, so it is left to end on its own.
        task = asyncio.create_task(work)
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)
        await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
        if not task.done():
            log.warning("the database could not be read in time for /readyz or /metrics")
            return None
        try:
            return task.result()
        except EaselError:
            return None


@asynccontextmanager
async def serve(app: App) -> AsyncGenerator[int]:
    """Serve as configured while entered, and yield the port; beside running services.

    Raises SetupError when the port cannot be used.
    """
    settings = app.configuration.health
    if not isinstance(app.adapters.measures, Metrics):
        raise SetupError(SetupProblem.NOT_MEASURED)
    health = Health(app, app.adapters.measures)
    await health.begin()

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def readyz(_: web.Request) -> web.Response:
        problems, paused = await health.look()
        lines = "\n".join([*(problems or ["ready"]), *paused])
        return web.Response(text=f"{lines}\n", status=503 if problems else 200)

    async def metrics(_: web.Request) -> web.Response:
        body = await health.exposition()
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    pages = web.Application()
    pages.router.add_get("/healthz", healthz)
    pages.router.add_get("/readyz", readyz)
    pages.router.add_get("/metrics", metrics)
    # Who asks has three seconds' patience already; a stop must not wait for them.
    runner = web.AppRunner(pages, access_log=None, shutdown_timeout=PATIENCE_SECONDS)
    await runner.setup()
    try:
        await _listen(runner, settings.host, settings.port or 0)
        port = int(runner.addresses[0][1])
        log.info("health and metrics: http://%s:%d", settings.host, port)
        yield port
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise SetupError(SetupProblem.PORT, port=port, host=host, why=error.strerror) from error
