"""The application: one bot put together, and its services running beside the Discord client."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from enum import StrEnum
from typing import Any

from bot.client import EaselClient
from bot.composition import people, safety, services
from bot.composition.adapters import adapters
from bot.composition.comparisons import comparison_services
from bot.composition.kept import gallery_services, style_services
from bot.config import Configuration
from bot.domain.job import Job, Post
from bot.services.jobs import worker
from bot.services.people.privacy import user_tag
from bot.services.ports import GUARDED
from bot.services.requests.recent_results import RecentResults
from bot.services.tasks import periodic
from bot.services.tasks.leases import CHORES, HoldsAll, LeaseHolder
from bot.services.tasks.wake_event import WakeEvent
from bot.storage import copies
from cogs import error_cards, requesters
from cogs.context import CogServices, PeopleServices

# A spoiler that was decided, or a copy of a removed picture, waits so long at most.
MODERATION_SECONDS = 30.0


class Role(StrEnum):
    """What a process does of the bot: everything, or one part beside other processes.

    A gateway hears Discord and accepts requests. A worker makes and posts pictures, over REST.
    """

    ALL = "all"
    GATEWAY = "gateway"
    WORKER = "worker"


class App:
    """Everything that makes one bot, put together from a configuration; nothing is opened yet.

    Its services are grouped like the packages of `bot/services/`.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        shard_count: int | None = None,
        role: Role = Role.ALL,
    ) -> None:
        self.configuration = configuration
        self.role = role
        self._salt = b""
        self._refreshing: set[asyncio.Task[None]] = set()
        self._instance = secrets.token_hex(8)

        self.adapters = outside = adapters(configuration)
        self.leases = LeaseHolder(me=self._instance, database=outside.database, clock=outside.clock)
        alone = role is Role.ALL
        self._held = HoldsAll() if alone else self.leases
        self.clock, self.database, self.spool = outside.clock, outside.database, outside.spool
        recent_results = RecentResults(outside.clock)

        self.servers = services.server_services(configuration, outside)
        self.quotas = services.quota_services(configuration, outside, self.servers)
        self.styles = style_services(outside, self.servers)
        self.operations = services.operations_services(configuration, outside)
        self.judging = safety.judging_of(configuration, outside, self.operations.alerts)
        self.result_check = safety.result_check_of(
            configuration, outside, self.servers.policies, self.judging
        )
        self.delivery = services.delivery_services(
            outside,
            self.servers,
            self.quotas,
            self.operations,
            posted=self._posted,
            instance=self._instance,
            held=self._held,
            collected=(collected := WakeEvent()),
        )
        privacy, guild_removal = people.deletion_services(
            configuration, outside, self.quotas, self.delivery, recent_results, self.styles
        )
        self.jobs = services.job_services(
            configuration,
            outside,
            self.quotas,
            self.operations,
            self.delivery,
            guild_removal,
            instance=self._instance,
            user_tag=self._user_tag,
            leases=None if alone else self.leases,
            check=self.result_check,
            collected=collected,
        )
        self.requests = services.request_services(
            configuration,
            outside,
            self.servers,
            self.quotas,
            self.delivery,
            self.jobs,
            recent_results,
            self.judging,
            self.styles,
            consents=(asked := WakeEvent()),
            removed=self._removed,
        )
        self.people = PeopleServices(
            privacy=privacy,
            guild_removal=guild_removal,
            consents=people.consents(
                outside,
                self.servers,
                self.delivery,
                self.requests,
                asked,
                find=lambda consent: requesters.now(outside.publisher.connected, consent),
                card_of=lambda error: error_cards.card_of(self.client, error, "a consent"),
            ),
        )
        self.gallery = gallery_services(outside, self.servers, self.requests, held=self._held)
        self.comparisons = comparison_services(
            outside,
            self.servers,
            self.quotas,
            self.delivery,
            self.requests,
            self.gallery,
            held=self._held,
            collected=collected,
            posted=self._posted,
        )
        self.moderation = services.moderation_services(
            outside,
            self.servers,
            self.quotas,
            self.delivery,
            self.requests,
            check=self.result_check,
            held=self._held,
            covered=self._removed,
        )
        self.client = self.new_client(shard_count)

    def new_client(self, shard_count: int | None = None) -> EaselClient:
        """Make a Discord client on these services; the publisher speaks through the newest."""
        configuration = self.configuration
        client = EaselClient(
            CogServices(
                servers=self.servers,
                quotas=self.quotas,
                delivery=self.delivery,
                styles=self.styles,
                requests=self.requests,
                comparisons=self.comparisons,
                gallery=self.gallery,
                moderation=self.moderation,
                people=self.people,
                publisher=self.adapters.publisher,
                clock=self.clock,
                measures=self.adapters.measures,
            ),
            command_hash=self.operations.command_hash,
            direct=configuration.access.direct,
            shard_count=shard_count or configuration.discord.shards,
        )
        self.adapters.publisher.client = client
        return client

    @contextlib.asynccontextmanager
    async def services(self) -> AsyncIterator[list[asyncio.Task[None]]]:
        """Open the database and keep the worker and the tickets running, as the tasks yielded.

        Entered beside a client that has logged in: the worker posts through it at once.
        """
        outside = self.adapters
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(outside.database.close)
            stack.push_async_callback(outside.pictures.close)
            stack.push_async_callback(outside.references.close)
            for service in (*outside.image_services.values(), *outside.judges.values()):
                stack.push_async_callback(service.close)
            await self._open()
            tasks = [asyncio.create_task(work) for work in self._work()]
            try:
                yield tasks
            finally:
                self.servers.access.close()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await self.jobs.worker.drain(0)

    def _work(self) -> Iterator[Coroutine[Any, Any, None]]:
        """Return what runs in this process for as long as it lives."""
        yield self.delivery.tickets.run()
        yield self.delivery.reply_tickets.run()
        yield self.operations.alerts.run()
        yield self.operations.database_health.run()
        yield self.operations.picture_store_health.run()
        if self.role is not Role.WORKER:
            yield self.requests.recent_results.run(self.requests.results)
            yield self.moderation.suggestions.run(self.moderation.actions)
            yield self.quotas.known_limits.run()
            yield self.styles.known.run()
            yield self.people.consents.run()
        if self.role is not Role.GATEWAY:
            yield self.jobs.worker.run()
            yield self.delivery.log_channel_feed.run()
            yield self.moderation.reviews.run()
            yield self.gallery.gallery.run()
            yield self.comparisons.comparisons.run()
            yield periodic.run(
                self.people.privacy.sweep,
                self.people.guild_removal.sweep,
                self.people.consents.sweep,
                held=self._held,
            )
            yield periodic.run(
                self.moderation.spoilers.sweep,
                self.moderation.reports.sweep,
                held=self._held,
                seconds=MODERATION_SECONDS,
            )
        if self.role is Role.GATEWAY:
            # A worker looks at them itself.
            yield periodic.run(
                self.jobs.circuits.refresh, held=HoldsAll(), seconds=worker.POLL_SECONDS
            )
        if self.role is not Role.ALL:
            yield self.leases.run(*([CHORES] if self.role is Role.WORKER else []))
            yield self._listen()

    async def _listen(self) -> None:
        await self.database.listen(self._heard)
        # Without notices each process looks from time to time.
        await asyncio.Event().wait()

    def _heard(self, kind: str, subject: str) -> None:
        """Another process changed something, or this one; an empty kind: perhaps everything."""
        if kind in ("job", ""):
            for name, event in self.jobs.wake_events.items():
                if subject in (name, ""):
                    event.wake()
        if kind in ("pickup", ""):
            self.delivery.pickups.taken.wake()
        if kind in ("review", ""):
            self.result_check.held.wake()
        if kind in ("lease", ""):
            self.leases.freed.wake()
        if kind in ("gallery", ""):
            self.gallery.gallery.decided()
        if kind in ("comparison", ""):
            self.comparisons.comparisons.wake()
        if kind == "policy" and subject.isdigit():
            self.servers.policies.forget(int(subject))
        if kind == "circuit":
            task = asyncio.create_task(self.jobs.circuits.refresh())
            self._refreshing.add(task)
            task.add_done_callback(self._refreshing.discard)

    async def _open(self) -> None:
        await self.database.open()
        await copies.begin(self.database)
        async with self.database.write(GUARDED) as uow:
            self._salt = bytes.fromhex(await uow.meta.get_or_put("salt", secrets.token_hex(16)))
            await uow.claims.register(
                self._instance, host=socket.gethostname(), pid=os.getpid(), now=self.clock.now()
            )
            await uow.commit()

    def _posted(self, job: Job, posts: Sequence[Post]) -> None:
        self.requests.recent_results.posted(job, posts)
        self.delivery.log_channel_feed.posted(job)

    def _removed(self) -> None:
        """A result was removed or covered: so is what shows it."""
        self.gallery.gallery.wake()
        self.comparisons.comparisons.wake()

    def _user_tag(self, user_id: int) -> str:
        """Return the opaque id of a member that image services are told."""
        return user_tag(self._salt, user_id)
