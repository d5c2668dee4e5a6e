"""One process of the bot without Discord and image services, and short ways to ask and look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.catalog import CatalogProvider
from bot.domain.catalog import Catalog
from bot.domain.estimates import Estimates
from bot.domain.job import Call, Job, Picture, Post
from bot.domain.quotas.ledger_faults import Discrepancy
from bot.domain.quotas.quota import parse_allowance, parse_spending
from bot.domain.requests.failover import Failover
from bot.domain.requests.request import Draft, Policy
from bot.domain.requests.routing import Defaults, Router
from bot.services.delivery.pickups import Pickups
from bot.services.delivery.posting import Delivery
from bot.services.delivery.reply_tickets import ReplyTickets
from bot.services.delivery.tickets import Tickets
from bot.services.delivery.upload_limits import UploadLimits
from bot.services.jobs.call_metrics import Unmeasured
from bot.services.jobs.circuit_breaker import Circuits
from bot.services.jobs.dependencies import JobDependencies
from bot.services.jobs.moves import Moves
from bot.services.jobs.result_picture import ResultCredentials
from bot.services.jobs.runner import Runner
from bot.services.jobs.worker import Worker
from bot.services.moderation.reviews import Reviews
from bot.services.operations.alerts import Alerts
from bot.services.ports import CounterKind, Grant, Hold
from bot.services.quotas.quota_book import QuotaBook, Rules
from bot.services.requests.intake import Intake
from bot.services.requests.queue_wait import QueueCaps
from bot.services.requests.submission import Submission, Ticket
from bot.services.safety.judging import AlertWords, Judging, SeatedJudge
from bot.services.safety.request_check import RequestCheck
from bot.services.safety.result_check import ResultCheck
from bot.services.servers.access import Access, Requester
from bot.services.servers.policies import Policies
from bot.services.styles.preferences import Preferences
from bot.services.tasks.leases import HoldsAll
from bot.services.tasks.wake_event import WakeEvent
from bot.storage.engine.database import SqlDatabase
from bot.storage.ledger import ledger_check
from bot.storage.spool import DiskSpool
from bot.storage.tables import counters
from tests.known_catalogs import known_catalog
from tests.services.fakes import (
    Everybody,
    HandClock,
    Members,
    PlainPictures,
    PlainReferences,
    ScriptedCards,
    ScriptedPublisher,
    ScriptedService,
)

# A Wednesday morning: 2024-05-15 10:00:00 UTC.
NOW = 1_715_767_200
GUILD, CHANNEL, MEMBER = 1, 10, 100
MODEL = "doubao-seedream-4-5-251128"


class Ear:
    """What the operator was told."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def alarm(self, text: str) -> None:
        self.heard.append(text)


class House:
    """All services of one process, and short ways to ask and to look."""

    def __init__(
        self,
        database: SqlDatabase,
        folder: Path,
        *,
        member: str = "10/day",
        ceiling: str = "500/day",
        everywhere: str = "2000/day",
        spend: str = "none",
        prices: Mapping[str, Any] | None = None,
        slots: int = 4,
        me: str = "one",
        clock: HandClock | None = None,
        backups: Mapping[str, Mapping[str, Any]] | None = None,
        references_to: Sequence[str] = (),
        spool: DiskSpool | None = None,
        judges: Sequence[SeatedJudge] = (),
        away_is_open: bool = False,
        keeps_files: bool = False,
        alone: bool = True,
    ) -> None:
        """Build it; `backups` are further providers, with what differs of their offers."""
        self.database = database
        self.clock = clock or HandClock(NOW)
        names = ["routescope", *(backups or ())]
        self.services = {name: ScriptedService(name, slots=slots) for name in names}
        self.service = self.services["routescope"]
        self.publisher = ScriptedPublisher()
        self.pictures = PlainPictures()
        self.spool = spool or DiskSpool(folder, max_bytes=10**12)
        self.me = me
        keys = {
            name: CatalogProvider(kind="routescope", name=name.partition("#")[0]) for name in names
        }
        cost = {"cost": dict(prices)} if prices else {}
        catalog = known_catalog({MODEL: {"generate": cost, "edit": cost}}, keys)
        if backups:
            offers = [replace(o, **backups.get(o.provider, {})) for o in catalog.offers]
            catalog = Catalog(offers)
        self.router = Router(
            catalog=catalog,
            defaults=Defaults(generate=MODEL, edit=MODEL),
            policy=Policy(),
            references_to=references_to,
        )
        failover = Failover(catalog=catalog, policy=Policy(), references_to=references_to)
        self.book = QuotaBook(
            Rules(
                member=parse_allowance(member),
                ceiling=parse_allowance(ceiling),
                everywhere=parse_allowance(everywhere),
                money=parse_spending(spend),
            )
        )
        estimates = Estimates(dict.fromkeys(names, slots))
        self.policies = Policies(database=database, clock=self.clock)
        self.tickets = Tickets(
            publisher=self.publisher,
            database=database,
            catalog=catalog,
            estimates=estimates,
            clock=self.clock,
            quotas=self.book,
            policies=self.policies,
            me=None if alone else me,
        )
        self.replies = ReplyTickets(
            publisher=self.publisher,
            messages=self.publisher,
            database=database,
            policies=self.policies,
            clock=self.clock,
        )
        self.limits = UploadLimits(database=database, publisher=self.publisher, clock=self.clock)
        self.collected = WakeEvent()
        self.delivery = Delivery(
            collected=self.collected,
            publisher=self.publisher,
            tickets=self.tickets,
            database=database,
            quotas=self.book,
            pictures=self.pictures,
            spool=self.spool,
            clock=self.clock,
            replies=self.replies,
            policies=self.policies,
            limits=self.limits,
        )
        self.alarm = Ear()
        self.alerts = Alerts(
            alarm=self.alarm,
            database=database,
            clock=self.clock,
            words=lambda name, trouble, _: f"{name}: {trouble}",
        )
        self.judging = Judging(
            judges,
            away_is_open=away_is_open,
            pictures=self.pictures,
            spool=self.spool,
            clock=self.clock,
            measures=Unmeasured(),
            alerts=self.alerts,
            words=AlertWords(
                away=lambda name, why: f"{name} is away: {why}",
                minors=lambda check, job_id, guild, user: f"minors: {check} {job_id} {user}",
            ),
        )
        self.check = ResultCheck(
            judging=self.judging,
            policies=self.policies,
            spool=self.spool,
            clock=self.clock,
            keeps_files=keeps_files,
        )
        self.circuits = Circuits(database=database, clock=self.clock, alerts=self.alerts)
        self.wake_events = {name: WakeEvent() for name in names}
        self.moves = Moves(
            failover=failover,
            database=database,
            quotas=self.book,
            circuits=self.circuits,
            tickets=self.tickets,
            wake_events=self.wake_events,
            clock=self.clock,
            measures=Unmeasured(),
        )
        dependencies = JobDependencies(
            database=database,
            spool=self.spool,
            pictures=self.pictures,
            quotas=self.book,
            delivery=self.delivery,
            tickets=self.tickets,
            circuits=self.circuits,
            moves=self.moves,
            check=self.check,
            collected=self.collected,
            credentials=ResultCredentials(self.pictures, Unmeasured()),
            clock=self.clock,
            user_tag=lambda user_id: f"u{user_id}",
        )
        self.runners = {name: Runner(one, dependencies) for name, one in self.services.items()}
        self.runner = self.runners["routescope"]
        self.access = Access(
            guilds=[GUILD, GUILD + 1],
            open_to_all=False,
            policies=self.policies,
            clock=self.clock,
        )
        self.pickups = Pickups(
            policies=self.policies,
            access=self.access,
            delivery=self.delivery,
            quotas=self.book,
            database=database,
            spool=self.spool,
            clock=self.clock,
        )
        self.cards, self.members = ScriptedCards(), Members()
        self.reviews = Reviews(
            check=self.check,
            cards=self.cards,
            delivery=self.delivery,
            membership=self.members,
            taken=self.pickups.taken,
            quotas=self.book,
            policies=self.policies,
            pictures=self.pictures,
            database=database,
            spool=self.spool,
            clock=self.clock,
            held=HoldsAll(),
        )
        self.worker = self._new_worker()
        self.intake = Intake(
            access=self.access,
            policies=self.policies,
            router=self.router,
            quotas=self.book,
            estimates=estimates,
            database=database,
            references=PlainReferences(),
            spool=self.spool,
            clock=self.clock,
            tickets=self.tickets,
            upload_limits=self.limits,
            wake_events=self.wake_events,
            circuits=self.circuits,
            queue=QueueCaps(per_member=1000, per_server=1000),
            failover=failover,
            check=RequestCheck(
                judging=self.judging, database=database, spool=self.spool, clock=self.clock
            ),
            preferences=Preferences(database=database, policies=self.policies, spool=self.spool),
            membership=Everybody(),
            consents=WakeEvent(),
        )
        self._asked = 0

    def _new_worker(self) -> Worker:
        return Worker(
            me=self.me,
            runners=self.runners,
            database=self.database,
            quotas=self.book,
            delivery=self.delivery,
            pickups=self.pickups,
            tickets=self.tickets,
            spool=self.spool,
            keep_seconds=3600,
            clock=self.clock,
            wake_events=self.wake_events,
            circuits=self.circuits,
            moves=self.moves,
            held=HoldsAll(),
        )

    # --- asking ---------------------------------------------------------------------------

    async def ask(self, **submission: Any) -> Ticket:
        """Submit a request; draft fields and submission fields side by side."""
        return await self.intake.submit(self.submission(**submission))

    def submission(self, **submission: Any) -> Submission:
        self._asked += 1
        requester = Requester(
            user_id=submission.pop("user_id", MEMBER),
            guild_id=submission.pop("guild_id", GUILD),
            channel_id=CHANNEL,
            can_post=submission.pop("can_post", True),
        )
        given: dict[str, Any] = {"requester": requester, "origin": f"{self.me}:{self._asked}"}
        names = (
            "origin",
            "sources",
            "mask",
            "private",
            "ticket_token",
            "ticket_expires_at",
        )
        for name in (*names, "parent", "again_of", "retry_of"):
            if name in submission:
                given[name] = submission.pop(name)
        return Submission(draft=Draft(**{"prompt": "a fox", **submission}), **given)

    # --- working --------------------------------------------------------------------------

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Let a worker and the tickets run meanwhile; a worker that drained does not come back."""
        self.worker = self._new_worker()
        tasks = [asyncio.create_task(self.worker.run()), asyncio.create_task(self.tickets.run())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            await self.worker.drain(0)

    async def finish(self, ticket: Ticket) -> Job:
        """Work until everything is done and told; return the job of a ticket."""
        async with self.at_work(), asyncio.timeout(10):
            await self.worker.drained()
        return await self.job(ticket.progress.job.job_id)

    async def claimed(self) -> Job:
        """Claim the next job for this process."""
        async with self.database.write() as unit:
            job = await unit.claims.claim(
                "routescope", me=self.me, now=self.clock.at, lease_until=self.clock.at + 60
            )
            await unit.commit()
        assert job is not None
        return job

    # --- looking --------------------------------------------------------------------------

    async def job(self, job_id: str) -> Job:
        async with self.database.read() as unit:
            job = await unit.job_queries.get(job_id)
        assert job is not None
        return job

    async def calls(self, job: Job) -> list[Call]:
        async with self.database.read() as unit:
            return await unit.calls.of_job(job.job_id)

    async def results(self, job: Job) -> list[Picture]:
        async with self.database.read() as unit:
            return await unit.calls.pictures(job.job_id)

    async def posts(self, job: Job) -> list[Post]:
        async with self.database.read() as unit:
            return await unit.posts.of_job(job.job_id)

    async def holds(self, job: Job) -> list[Hold]:
        async with self.database.read() as unit:
            return await unit.quotas.holds(job.job_id)

    async def used(self) -> dict[str, int]:
        """Return what is used of each kind of counter, over all windows of today's."""
        async with self.database.read() as unit:
            rows = await unit.connection.execute(counters.select())
            kinds = (CounterKind.MEMBER, CounterKind.CEILING, CounterKind.GLOBAL)
            found = {kind.value: 0 for kind in kinds}
            for row in rows:
                found[row.kind] = max(found.get(row.kind, 0), row.used)
        return found

    async def grant(self, amount: int, *, expires_at: int | None = None) -> int:
        """Give the member extra credits."""
        async with self.database.write() as unit:
            grant_id = await unit.grants.give(
                GUILD,
                MEMBER,
                amount,
                expires_at=expires_at,
                by=7,
                reason=None,
                now=self.clock.at,
            )
            await unit.commit()
        return grant_id

    async def grants(self) -> list[Grant]:
        async with self.database.read() as unit:
            return await unit.quotas.grants(GUILD, MEMBER, now=self.clock.at)

    async def problems(self) -> list[Discrepancy]:
        """Return what is wrong with the accounts: ledger = holds = counters + grants."""
        return await ledger_check.problems(self.database, now=self.clock.at)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that other tasks bring about."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.001)
