"""The composition root: the only module that names concrete adapters and puts them together."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
import secrets
import signal
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import discord.http
from discord.gateway import DiscordWebSocket
from yarl import URL

from bot.client import ClientServices, EaselClient
from bot.config import Configuration
from bot.domain.errors import SetupError
from bot.models import catalog_of, router_of
from bot.pictures.pool import Pictures
from bot.pictures.values import Needs
from bot.providers.references import HttpReferences
from bot.providers.service import HttpImageService
from bot.services.access import Access
from bot.services.bell import Bell
from bot.services.changes import Changes
from bot.services.delivery import Delivery
from bot.services.estimates import Estimates
from bot.services.intake import Intake
from bot.services.keeping import Keeping
from bot.services.pickups import Pickups
from bot.services.policies import Policies
from bot.services.quotas import QuotaBook, Rules
from bot.services.recents import Recents
from bot.services.repeats import Repeats
from bot.services.reply_tickets import ReplyTickets
from bot.services.results import Results
from bot.services.runner import Runner, Toolbox
from bot.services.tickets import Tickets
from bot.services.worker import Worker
from bot.storage.database import SqlDatabase
from bot.storage.spool import DiskSpool
from bot.ui.publisher import DiscordPublisher
from bot.ui.replying import DiscordReplies

log = logging.getLogger(__name__)

# What runs may end within this time after SIGTERM; supervisors usually wait 90 s.
DRAIN_SECONDS = 60


class SystemClock:
    """The wall clock."""

    def now(self) -> int:
        return int(time.time())


class App:
    """Everything that makes one bot, put together from a configuration; nothing is opened yet."""

    def __init__(self, configuration: Configuration, *, shard_count: int | None = None) -> None:
        self.configuration = configuration
        self.database = SqlDatabase(configuration.storage.url)
        self.pictures = Pictures()
        self.spool = DiskSpool(
            configuration.storage.data_dir,
            max_bytes=configuration.storage.spool_limit_mb * 1_000_000,
        )
        self.clock = SystemClock()
        self.policies = Policies(database=self.database, clock=self.clock)
        self.access = Access(
            guilds=configuration.access.guilds,
            open_to_all=configuration.access.open,
            direct=configuration.access.direct,
            policies=self.policies,
            clock=self.clock,
        )
        self.changes = Changes(database=self.database, policies=self.policies, clock=self.clock)
        self._salt = b""
        self._instance = secrets.token_hex(8)

        providers = configuration.providers
        keyed = {name: p for name, p in providers.items() if p.enabled}
        self.catalog = catalog_of(configuration)
        estimates = Estimates({name: p.concurrency for name, p in providers.items()})
        self.services_by_name = {
            name: HttpImageService(
                name=name,
                base_url=provider.base_url,
                api_key=provider.api_key,
                slots=provider.concurrency,
                pictures=self.pictures,
            )
            for name, provider in keyed.items()
        }
        quotas = QuotaBook(
            Rules(
                member=configuration.quota.default,
                ceiling=configuration.quota.server_budget,
                everywhere=configuration.quota.global_budget,
                personal=configuration.quota.personal,
                money=configuration.quota.spend,
            )
        )
        self.publisher = DiscordPublisher(self.catalog)
        self.recents = Recents(self.clock)
        self.tickets = Tickets(
            publisher=self.publisher,
            database=self.database,
            catalog=self.catalog,
            estimates=estimates,
            clock=self.clock,
            done=self.recents.posted,
        )
        self.replies = ReplyTickets(
            publisher=DiscordReplies(self.publisher),
            messages=self.publisher,
            policies=self.policies,
            database=self.database,
            clock=self.clock,
        )
        delivery = Delivery(
            replies=self.replies,
            publisher=self.publisher,
            tickets=self.tickets,
            database=self.database,
            quotas=quotas,
            pictures=self.pictures,
            spool=self.spool,
            clock=self.clock,
        )
        self.pickups = Pickups(
            access=self.access,
            delivery=delivery,
            quotas=quotas,
            database=self.database,
            spool=self.spool,
            clock=self.clock,
        )
        bells = {name: Bell() for name in keyed}
        tools = Toolbox(
            database=self.database,
            spool=self.spool,
            pictures=self.pictures,
            quotas=quotas,
            delivery=delivery,
            tickets=self.tickets,
            clock=self.clock,
            user_tag=self._user_tag,
        )
        self.worker = Worker(
            me=self._instance,
            runners={
                name: Runner(service, tools) for name, service in self.services_by_name.items()
            },
            database=self.database,
            quotas=quotas,
            delivery=delivery,
            pickups=self.pickups,
            tickets=self.tickets,
            spool=self.spool,
            keep_seconds=configuration.storage.keep_hours * 3600,
            clock=self.clock,
            bells=bells,
        )
        self.references = HttpReferences(
            pictures=self.pictures, needs=Needs, cdn_base=configuration.discord.cdn_base
        )
        self.router = router_of(configuration, self.catalog)
        self.intake = Intake(
            access=self.access,
            policies=self.policies,
            router=self.router,
            quotas=quotas,
            estimates=estimates,
            database=self.database,
            references=self.references,
            spool=self.spool,
            clock=self.clock,
            tickets=self.tickets,
            bells=bells,
        )
        self.results = Results(
            database=self.database,
            messages=self.publisher,
            spool=self.spool,
            clock=self.clock,
            recents=self.recents,
        )
        self.repeats = Repeats(
            intake=self.intake,
            results=self.results,
            database=self.database,
            spool=self.spool,
            clock=self.clock,
        )
        self.keeping = Keeping(database=self.database, results=self.results, clock=self.clock)
        self.client = self.new_client(shard_count)

    def new_client(self, shard_count: int | None = None) -> EaselClient:
        """Make a Discord client on these services; the publisher speaks through the newest."""
        client = EaselClient(
            ClientServices(
                intake=self.intake,
                results=self.results,
                recents=self.recents,
                replies=self.replies,
                repeats=self.repeats,
                keeping=self.keeping,
                pickups=self.pickups,
                tickets=self.tickets,
                router=self.router,
                publisher=self.publisher,
                load_hash=self._load_hash,
                save_hash=self._save_hash,
            ),
            shard_count=shard_count or self.configuration.discord.shards,
        )
        self.publisher.client = client
        return client

    @contextlib.asynccontextmanager
    async def services(self) -> AsyncIterator[list[asyncio.Task[None]]]:
        """Open the database and keep the worker and the tickets running, as the tasks yielded.

        Entered beside a client that has logged in: the worker posts through it at once.
        """
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self.database.close)
            stack.push_async_callback(self.pictures.close)
            stack.push_async_callback(self.references.close)
            for service in self.services_by_name.values():
                stack.push_async_callback(service.close)
            await self._open()
            tasks = [
                asyncio.create_task(self.worker.run()),
                asyncio.create_task(self.tickets.run()),
                asyncio.create_task(self.replies.run()),
                asyncio.create_task(self.recents.run(self.results)),
            ]
            try:
                yield tasks
            finally:
                self.access.close()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await self.worker.drain(0)

    async def _open(self) -> None:
        await self.database.open()
        async with self.database.write() as uow:
            self._salt = bytes.fromhex(await uow.meta.get_or_put("salt", secrets.token_hex(16)))
            await uow.jobs.register(
                self._instance, host=socket.gethostname(), pid=os.getpid(), now=self.clock.now()
            )
            await uow.commit()

    def _user_tag(self, user_id: int) -> str:
        """Return the opaque id of a member that image services are told."""
        digest = hashlib.sha256(self._salt + str(user_id).encode()).hexdigest()
        return f"u_{digest[:16]}"

    async def _load_hash(self) -> str | None:
        async with self.database.read() as uow:
            return await uow.meta.get("command_hash")

    async def _save_hash(self, text: str) -> None:
        async with self.database.write() as uow:
            await uow.meta.put("command_hash", text)
            await uow.commit()


async def run(configuration: Configuration) -> None:
    """Run the bot until SIGTERM or Ctrl-C: the first lets running jobs end, a second stops.

    Raises SetupError when Discord refuses the token or cannot be reached at the start.
    """
    app = App(configuration)
    _point_at(configuration, app.client)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, stopping)
    await _log_in(app)
    try:
        async with app.services() as tasks:
            connected = asyncio.create_task(app.client.connect())
            asked = asyncio.create_task(stopping.wait())
            await asyncio.wait({connected, asked, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            asked.cancel()
            # Whatever ended by itself ends the bot with its own error: a supervisor starts anew.
            for task in (connected, *tasks):
                if task.done():
                    await task
            log.info("stopping: running jobs may end, nothing new is taken")
            app.access.close()
            await app.worker.drain(DRAIN_SECONDS)
            await app.client.close()
            await asyncio.gather(connected, return_exceptions=True)
    finally:
        await app.client.close()


def _stop(stopping: asyncio.Event) -> None:
    if stopping.is_set():
        log.warning("stopped at once; what was running is taken up by the next start")
        os._exit(1)
    stopping.set()


async def _log_in(app: App) -> None:
    token = app.configuration.discord.token.get_secret_value()
    try:
        await app.client.login(token)
    except discord.LoginFailure:
        raise SetupError(
            "Discord refused the token: copy it again from the developer portal, Bot, Reset Token, "
            "into discord.token or EASEL_DISCORD__TOKEN"
        ) from None
    except (aiohttp.ClientError, OSError, discord.HTTPException) as error:
        base = app.configuration.discord.api_base
        raise SetupError(f"Discord cannot be reached at {base}: {error}") from None


def _point_at(configuration: Configuration, client: EaselClient) -> None:
    """Send the client to the configured Discord: a proxy, or a compatible server."""
    discord.http.Route.BASE = configuration.discord.api_base
    gateway = configuration.discord.gateway_url
    if gateway is None:
        return
    # After an invalid session discord.py connects to the default, not to /gateway/bot's answer.
    DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway)
    advice = client.http.get_bot_gateway

    async def configured() -> tuple[int, str, Any]:
        shards, _, limit = await advice()
        return shards, gateway, limit

    client.http.get_bot_gateway = configured
