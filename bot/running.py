"""Runs the bot until it is told to stop: signals, log-in, and an end in order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
from collections.abc import AsyncGenerator, Coroutine
from typing import Any

import aiohttp
import discord
import discord.http
from discord.gateway import DiscordWebSocket
from yarl import URL

from bot.app import App, Role
from bot.client import EaselClient
from bot.config import Configuration, ConfigurationError
from bot.domain.errors import SetupError
from bot.domain.setup_problems import SetupProblem
from bot.shards import Shards

log = logging.getLogger(__name__)

# What runs may end within this time after SIGTERM; supervisors usually wait 90 s.
DRAIN_SECONDS = 60


async def run(configuration: Configuration, *, role: Role = Role.ALL) -> None:
    """Run the bot until SIGTERM or Ctrl-C: the first lets running jobs end, a second stops.

    Raises ConfigurationError when Discord refuses the token, SetupError when it cannot be reached
    at the start.
    """
    # Warnings of discord.py about what a bot without voice does not need.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    app = App(configuration, role=role)
    _point_at(configuration, app.client)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, stopping)
    try:
        # Before the log-in, which asks it for the commands that Discord knows.
        await app.database.open()
        await _serve(app, stopping)
    finally:
        await app.database.close()


async def _serve(app: App, stopping: asyncio.Event) -> None:
    try:
        if not await _unless(stopping, _log_in(app)):
            return
        async with app.services() as tasks, _watched(app):
            connected = asyncio.create_task(_connect(app))
            # What a start makes stays: in a crowd, the collector need not walk through it.
            gc.freeze()
            asked = asyncio.create_task(stopping.wait())
            await asyncio.wait({connected, asked, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            asked.cancel()
            # A task that ended early ends the bot with its own error: a supervisor restarts it.
            for task in (connected, *tasks):
                if task.done():
                    await task
            log.info("stopping: running jobs may finish, no new requests are accepted")
            app.servers.access.close()
            await app.jobs.worker.drain(DRAIN_SECONDS)
            await app.client.close()
            if app.role is Role.WORKER:
                connected.cancel()
            await asyncio.gather(connected, return_exceptions=True)
    finally:
        await app.client.close()


async def _unless(stopping: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do the work; drop it and return False when the bot is told to stop meanwhile."""
    task, asked = asyncio.create_task(work), asyncio.create_task(stopping.wait())
    await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if not task.done():
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return False
    await task
    return True


@contextlib.asynccontextmanager
async def _watched(app: App) -> AsyncGenerator[None]:
    """Serve health and metrics meanwhile, where a port is configured."""
    if app.configuration.health.port is None:
        yield
        return
    from bot.health import serve  # a web server, only for who wants one

    async with serve(app):
        yield


def _stop(stopping: asyncio.Event) -> None:
    if stopping.is_set():
        log.warning("stopped at once; the next start resumes running jobs")
        os._exit(1)
    stopping.set()


async def _log_in(app: App) -> None:
    token = app.configuration.discord.token.get_secret_value()
    try:
        await app.client.login(token)
    except discord.LoginFailure:
        # Starting again does not help before it is fixed: exit code 2.
        raise ConfigurationError(SetupProblem.LOGIN_REFUSED) from None
    except (aiohttp.ClientError, OSError, discord.HTTPException) as error:
        base = app.configuration.discord.api_base
        raise SetupError(SetupProblem.DISCORD_AWAY, address=base, why=error) from None
    except (KeyError, TypeError, ValueError):
        if app.client.application_id is not None:
            raise  # what comes after Discord's answers is our own
        base = app.configuration.discord.api_base
        raise SetupError(SetupProblem.NOT_DISCORD, address=base) from None


async def _connect(app: App) -> None:
    """Stay connected; what discord.py does not try again, the operator has to fix."""
    if app.role is Role.WORKER:
        await asyncio.Event().wait()  # it speaks to Discord over REST alone
    client, shards = app.client, app.configuration.discord.shards
    try:
        if shards is not None:
            # Else discord.py asks, for the number of shards; the gateway's address is there too.
            await client.http.get_bot_gateway()
        if app.role is Role.GATEWAY:
            await _with_shards(app)
        else:
            await client.connect()
    except discord.ConnectionClosed as error:
        # Discord's documentation, Gateway Close Event Codes
        if error.code == 4004:
            raise ConfigurationError(SetupProblem.LOGIN_REFUSED) from None
        if error.code == 4011 and shards is not None:
            # Each start uses up a session of the day's, so that no supervisor may try again.
            raise ConfigurationError(SetupProblem.TOO_FEW_SHARDS, shards=shards) from None
        raise SetupError(SetupProblem.DISCONNECTED, code=error.code) from None
    except discord.GatewayNotFound:
        raise SetupError(SetupProblem.NO_GATEWAY) from None


async def _with_shards(app: App) -> None:
    """Stay connected with a share of the shards."""
    discord_ = app.configuration.discord
    shards = Shards(
        client=app.client,
        leases=app.leases,
        database=app.database,
        clock=app.clock,
        most=discord_.shards_per_process,
        count=discord_.shards,
    )
    try:
        await shards.connect()
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


def _point_at(configuration: Configuration, client: EaselClient) -> None:
    """Send the client to the configured Discord: a proxy, or a compatible server."""
    discord.http.Route.BASE = configuration.discord.api_base
    gateway = configuration.discord.gateway_url
    advice = client.http.get_bot_gateway

    async def asked() -> tuple[int, str, Any]:
        shards, advised, limit = await advice()
        url = gateway or advised
        # Where discord.py goes after an invalid session, or with a number of shards of ours.
        DiscordWebSocket.DEFAULT_GATEWAY = URL(url)
        return shards, url, limit

    client.http.get_bot_gateway = asked
