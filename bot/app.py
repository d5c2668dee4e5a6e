"""The composition root: the only module that names concrete adapters and puts them together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator

from bot.client import EaselClient
from bot.clock import SystemClock
from bot.config import Configuration
from bot.domain.estimates import Estimates
from bot.domain.job import Job
from bot.models import catalog_of, router_of
from bot.pictures.drawer import ChartDrawer
from bot.pictures.picture_values import Needs
from bot.pictures.pool import Pictures
from bot.providers.references.references import HttpReferences
from bot.providers.service import HttpImageService
from bot.services.delivery.log_channel import LogChannelFeed
from bot.services.delivery.pickups import Pickups
from bot.services.delivery.posting import Delivery
from bot.services.delivery.reply_tickets import ReplyTickets
from bot.services.delivery.tickets import Tickets
from bot.services.jobs.call_metrics import MeasuredService, Unmeasured
from bot.services.jobs.circuit_breaker import Circuits
from bot.services.jobs.dependencies import JobDependencies
from bot.services.jobs.runner import Runner
from bot.services.jobs.worker import Worker
from bot.services.moderation.member_moderation import Moderation
from bot.services.moderation.staff_suggestions import StaffLists
from bot.services.moderation.undo import Undo
from bot.services.operations.alerts import Alerts
from bot.services.operations.database_health import DatabaseHealth
from bot.services.people.guild_removal import GuildRemoval
from bot.services.people.privacy import Privacy, user_tag
from bot.services.ports import Measures
from bot.services.quotas.limit_cache import KnownRules
from bot.services.quotas.limits import Limits
from bot.services.quotas.quota_book import QuotaBook, Rules
from bot.services.requests.drafts import DraftsAndBasket
from bot.services.requests.intake import Intake
from bot.services.requests.recent_results import RecentResults
from bot.services.requests.repeats import Repeats
from bot.services.requests.results import Results
from bot.services.requests.submission import QueueCaps
from bot.services.servers.access import Access
from bot.services.servers.changes import Changes
from bot.services.servers.policies import Policies
from bot.services.servers.server_settings import Server
from bot.services.servers.statistics import Statistics
from bot.services.tasks import periodic
from bot.services.tasks.wake_event import WakeEvent
from bot.storage.engine.database import SqlDatabase
from bot.storage.spool import DiskSpool
from bot.ui.discord_api.log_channel import DiscordLogChannel
from bot.ui.discord_api.membership import DiscordMembership
from bot.ui.discord_api.operator_alerts import DiscordAlertSink
from bot.ui.discord_api.publisher import DiscordPublisher
from bot.ui.discord_api.reply_publisher import DiscordReplies
from bot.ui.messages.operator import alerts as alert_words
from cogs.context import ClientServices

log = logging.getLogger(__name__)


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
        self.measures: Measures = Unmeasured()
        if configuration.health.port is not None:
            from bot.metrics import Metrics  # only who watches loads it

            self.measures = Metrics()
        self.policies = Policies(database=self.database, clock=self.clock)
        self.access = Access(
            guilds=configuration.access.guilds,
            open_to_all=configuration.access.open,
            direct=configuration.access.direct,
            policies=self.policies,
            clock=self.clock,
        )
        self.changes = Changes(database=self.database, policies=self.policies, clock=self.clock)
        self.server = Server(changes=self.changes, database=self.database, policies=self.policies)
        self.statistics = Statistics(
            database=self.database,
            policies=self.policies,
            charts=ChartDrawer(),
            clock=self.clock,
            currency=configuration.quota.currency,
        )
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
        self.alerts = Alerts(
            alarm=DiscordAlertSink(
                self.publisher,
                channel_id=configuration.alerts.channel,
                operators=configuration.access.operators,
            ),
            database=self.database,
            clock=self.clock,
            words=alert_words.provider,
        )
        self.database_health = DatabaseHealth(
            database=self.database,
            clock=self.clock,
            alerts=self.alerts,
            words=alert_words.database,
        )
        self.log_channel_feed = LogChannelFeed(
            channel=DiscordLogChannel(self.publisher, self.catalog),
            database=self.database,
            policies=self.policies,
            clock=self.clock,
            alerts=self.alerts,
            operator_words=alert_words.change,
        )
        self.recent_results = RecentResults(self.clock)
        self.tickets = Tickets(
            publisher=self.publisher,
            database=self.database,
            catalog=self.catalog,
            estimates=estimates,
            clock=self.clock,
            done=self._posted,
        )
        self.replies = ReplyTickets(
            publisher=DiscordReplies(self.publisher),
            messages=self.publisher,
            policies=self.policies,
            database=self.database,
            clock=self.clock,
        )
        self.circuits = Circuits(database=self.database, clock=self.clock, alerts=self.alerts)
        delivery = Delivery(
            replies=self.replies,
            policies=self.policies,
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
            policies=self.policies,
            delivery=delivery,
            quotas=quotas,
            database=self.database,
            spool=self.spool,
            clock=self.clock,
        )
        wake_events = {name: WakeEvent() for name in keyed}
        dependencies = JobDependencies(
            database=self.database,
            spool=self.spool,
            pictures=self.pictures,
            quotas=quotas,
            delivery=delivery,
            tickets=self.tickets,
            circuits=self.circuits,
            clock=self.clock,
            user_tag=self._user_tag,
        )
        keep_seconds = configuration.storage.keep_hours * 3600
        self.privacy = Privacy(
            database=self.database,
            quotas=quotas,
            spool=self.spool,
            clock=self.clock,
            keep_seconds=keep_seconds,
            tell=delivery.tell,
            forgot=self.recent_results.forget,
        )
        self.guild_removal = GuildRemoval(
            database=self.database,
            quotas=quotas,
            privacy=self.privacy,
            membership=DiscordMembership(self.publisher),
            clock=self.clock,
            tell=delivery.tell,
        )
        self.worker = Worker(
            me=self._instance,
            runners={
                name: Runner(MeasuredService(service, self.measures), dependencies)
                for name, service in self.services_by_name.items()
            },
            database=self.database,
            quotas=quotas,
            delivery=delivery,
            pickups=self.pickups,
            tickets=self.tickets,
            spool=self.spool,
            keep_seconds=keep_seconds,
            clock=self.clock,
            wake_events=wake_events,
            circuits=self.circuits,
            still_there=self.guild_removal.still_there,
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
            wake_events=wake_events,
            circuits=self.circuits,
            queue=QueueCaps(
                per_member=configuration.queue.per_member,
                per_server=configuration.queue.per_server,
            ),
        )
        self.results = Results(
            database=self.database,
            messages=self.publisher,
            spool=self.spool,
            clock=self.clock,
            recent_results=self.recent_results,
        )
        self.repeats = Repeats(
            intake=self.intake,
            results=self.results,
            database=self.database,
            spool=self.spool,
            clock=self.clock,
        )
        self.drafts = DraftsAndBasket(
            database=self.database, results=self.results, clock=self.clock
        )
        self.known_rules = KnownRules(
            database=self.database, policies=self.policies, clock=self.clock
        )
        self.limits = Limits(
            database=self.database,
            policies=self.policies,
            changes=self.changes,
            quotas=quotas,
            known=self.known_rules,
            clock=self.clock,
        )
        self.moderation = Moderation(
            changes=self.changes,
            policies=self.policies,
            quotas=quotas,
            results=self.results,
            tickets=self.tickets,
            database=self.database,
            clock=self.clock,
        )
        self.undo = Undo(changes=self.changes, limits=self.limits, moderation=self.moderation)
        self.staff_lists = StaffLists(self.clock)
        self.client = self.new_client(shard_count)

    def new_client(self, shard_count: int | None = None) -> EaselClient:
        """Make a Discord client on these services; the publisher speaks through the newest."""
        client = EaselClient(
            ClientServices(
                intake=self.intake,
                results=self.results,
                recent_results=self.recent_results,
                replies=self.replies,
                repeats=self.repeats,
                drafts=self.drafts,
                pickups=self.pickups,
                tickets=self.tickets,
                router=self.router,
                publisher=self.publisher,
                access=self.access,
                policies=self.policies,
                privacy=self.privacy,
                guild_removal=self.guild_removal,
                changes=self.changes,
                server=self.server,
                statistics=self.statistics,
                moderation=self.moderation,
                undo=self.undo,
                staff_lists=self.staff_lists,
                operators=self.configuration.access.operators,
                limits=self.limits,
                clock=self.clock,
                measures=self.measures,
                direct=self.configuration.access.direct,
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
                asyncio.create_task(self.log_channel_feed.run()),
                asyncio.create_task(self.replies.run()),
                asyncio.create_task(self.alerts.run()),
                asyncio.create_task(self.recent_results.run(self.results)),
                asyncio.create_task(periodic.run(self.privacy.sweep, self.guild_removal.sweep)),
                asyncio.create_task(self.staff_lists.run(self.moderation)),
                asyncio.create_task(self.known_rules.run()),
                asyncio.create_task(self.database_health.run()),
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
            await uow.claims.register(
                self._instance, host=socket.gethostname(), pid=os.getpid(), now=self.clock.now()
            )
            await uow.commit()

    def _posted(self, job: Job) -> None:
        self.recent_results.posted(job)
        self.log_channel_feed.posted(job)

    def _user_tag(self, user_id: int) -> str:
        """Return the opaque id of a member that image services are told."""
        return user_tag(self._salt, user_id)

    async def _load_hash(self) -> str | None:
        async with self.database.read() as uow:
            return await uow.meta.get("command_hash")

    async def _save_hash(self, text: str) -> None:
        async with self.database.write() as uow:
            await uow.meta.put("command_hash", text)
            await uow.commit()
