"""Claims jobs fairly as slots become free, keeps their leases, expires what waited too long, and
takes over what a crash left.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping

from bot.domain.errors import StorageError
from bot.domain.job import CallState, Job, JobState, Reason
from bot.services.delivery.pickups import Pickups
from bot.services.delivery.posting import Delivery
from bot.services.delivery.progress import progress_of
from bot.services.delivery.tickets import Tickets
from bot.services.jobs.circuit_breaker import Circuits
from bot.services.jobs.job_calls import StoredCalls
from bot.services.jobs.moves import Moves
from bot.services.jobs.runner import Runner
from bot.services.jobs.slots import Places
from bot.services.ports import GUARDED, Clock, Database, Spool, of_server
from bot.services.quotas.quota_book import QuotaBook
from bot.services.tasks.leases import CHORES, Held
from bot.services.tasks.wake_event import WakeEvent

log = logging.getLogger(__name__)

LEASE_SECONDS = 60
RENEW_SECONDS = 20
# Another process may have queued a job, which sets no wake event in this one.
POLL_SECONDS = 5
CLEAN_SECONDS = 60
# The event loop does nothing else while a transaction claims so many.
CLAIMS_AT_ONCE = 8
# The process that ends a job tells its member; after this long, it must have died before.
TELL_SECONDS = 30


class Worker:
    """Runs until cancelled; `drain` ends it in order. `me` names this process."""

    def __init__(
        self,
        *,
        me: str,
        runners: Mapping[str, Runner],
        database: Database,
        quotas: QuotaBook,
        delivery: Delivery,
        pickups: Pickups,
        tickets: Tickets,
        spool: Spool,
        keep_seconds: int,
        clock: Clock,
        wake_events: Mapping[str, WakeEvent],
        circuits: Circuits,
        moves: Moves,
        still_there: Callable[[Job], Awaitable[bool]] | None = None,
        held: Held,
    ) -> None:
        self._held = held
        self._still_there = still_there
        self._circuits = circuits
        self._moves = moves
        self._me = me
        self._spool = spool
        self._keep_seconds = keep_seconds
        self._runners = runners
        self._database = database
        self._quotas = quotas
        self._delivery = delivery
        self._pickups = pickups
        self._tickets = tickets
        self._clock = clock
        self._wake_events = wake_events
        # With the job, as it was claimed, that a task works on.
        self._busy: dict[asyncio.Task[None], Job | None] = {}
        self._draining = False

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._every(RENEW_SECONDS, self._renew))
            group.create_task(self._every(POLL_SECONDS, self._sweep, self._pickups.taken))
            group.create_task(self._every(CLEAN_SECONDS, self._clean))
            group.create_task(self._every(POLL_SECONDS, self._circuits.refresh))
            for name, runner in self._runners.items():
                group.create_task(self._dispatch(name, runner))

    async def drain(self, timeout_seconds: float) -> None:
        """Claim nothing more and let running jobs end within the time; the rest is left to the
        next start, its leases given back.
        """
        self._draining = True
        if self._busy:
            await asyncio.wait(self._busy, timeout=timeout_seconds)
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)
        async with self._database.write(GUARDED) as uow:
            await uow.claims.release(self._me)
            # What was copied while it ran is behind from now on.
            await uow.commit_mark()

    async def drained(self) -> None:
        """Wait until no job is queued, running or being delivered, and all was told."""
        for wake_event in self._wake_events.values():
            wake_event.wake()
        while await self._unfinished():  # noqa: ASYNC110 - jobs move in the database
            await asyncio.sleep(0.01)

    async def _unfinished(self) -> bool:
        if self._busy:
            return True
        async with self._database.read() as uow:
            waiting = [
                job
                for provider in self._runners
                for job in await uow.queue.queued_and_running(provider)
            ]
            posting = await uow.queue.being_delivered()
            # That a ticket shows its result is remembered a little later.
            untold = [
                job
                for job in await uow.queue.untold()
                if job.state is not JobState.DONE or job.reply_to_message_id is not None
            ]
            return bool(self._busy or waiting or posting or untold)

    async def _every(
        self, seconds: float, step: Callable[[], Awaitable[None]], sooner: WakeEvent | None = None
    ) -> None:
        wake_event = sooner or WakeEvent()
        while True:
            try:
                await step()
            except Exception:
                log.exception("a periodic step of the worker failed")
            await wake_event.wait(seconds)

    async def _dispatch(self, name: str, runner: Runner) -> None:
        while not self._draining:
            if not await self._may_claim(name):
                await self._wake_events[name].wait(POLL_SECONDS)
                continue
            await runner.slots.acquire()
            idle = self._draining or self._circuits.paused(name) is not None
            claimed = [] if idle else await self._claim(name, runner.slots)
            if not claimed:
                runner.slots.release()
                await self._wake_events[name].wait(POLL_SECONDS)
                continue
            for job, stored in claimed:
                # Claimed while draining began: nothing was sent, the next start takes it over.
                if self._draining:
                    runner.slots.release()
                    continue
                self._tickets.changed(progress_of(job))
                self._start(self._run(runner, job, stored), job)

    async def _may_claim(self, provider: str) -> bool:
        """Look before a place is taken that other processes share."""
        if self._held.alone:
            return True
        try:
            async with self._database.read() as uow:
                return await uow.claims.waits(provider, now=self._clock.now())
        except StorageError as error:
            log.warning("it is not known yet what waits for %s: %s", provider, error)
            return False

    async def _run(self, runner: Runner, job: Job, stored: StoredCalls) -> None:
        """Run a claimed job in its slot, unless its member has left the server."""
        if self._still_there is None or await self._still_there(job):
            await runner.run(job, slot_held=True, stored=stored)
        else:
            runner.slots.release()

    async def _claim(self, provider: str, places: Places) -> list[tuple[Job, StoredCalls]]:
        """Claim a job for the place that was taken, and for each that is free beside it.

        In one transaction: a crowd does not wait for the disk job by job. Every job returned has
        its place; where none is returned, the first place is still the caller's.
        """
        now = self._clock.now()
        claimed: list[tuple[Job, StoredCalls]] = []
        taken = 1
        try:
            async with self._database.write(GUARDED) as uow:
                while job := await uow.claims.claim(
                    provider, me=self._me, now=now, lease_until=now + LEASE_SECONDS
                ):
                    claimed.append((job, await StoredCalls.read(uow, job)))
                    if len(claimed) == CLAIMS_AT_ONCE or places.locked():
                        break
                    await places.acquire()
                    taken += 1
                if claimed:
                    await uow.commit()
        except Exception:
            log.exception("no job could be claimed")
            claimed.clear()
        for _ in range(taken - max(len(claimed), 1)):
            places.release()
        return claimed

    def _start(self, work: Coroutine[None, None, None], job: Job | None = None) -> None:
        task = asyncio.create_task(work)
        self._busy[task] = job
        task.add_done_callback(self._busy.pop)

    async def _renew(self) -> None:
        """Keep what is worked on: a claim of whose commit nobody heard runs out."""
        job_ids = [job.job_id for job in self._busy.values() if job]
        async with self._database.write(GUARDED) as uow:
            until = self._clock.now() + LEASE_SECONDS
            await uow.claims.renew(self._me, job_ids, lease_until=until)
            await uow.commit()

    # --- sweeping ---------------------------------------------------------------------------

    async def _sweep(self) -> None:
        if self._draining:
            return
        await self._recover()
        if not self._held.holds(CHORES):
            return
        await self._expire()
        await self._move_waiting()
        now = self._clock.now()
        async with self._database.read() as uow:
            untold = await uow.queue.untold()
        for job in untold:
            if job.news_at + TELL_SECONDS <= now:
                # Beside the sweep: what is due here must not wait for Discord.
                self._start(self._delivery.tell(job))

    async def _move_waiting(self) -> None:
        """Move what waits for a provider that takes nothing now, or that is not there any more."""
        async with self._database.read() as uow:
            names = await uow.queue.waited_for()
        for name in names:
            if name not in self._runners or self._circuits.paused(name) is not None:
                await self._moves.move_waiting(name)

    async def _expire(self) -> None:
        now = self._clock.now()
        async with self._database.read() as uow:
            expired = await uow.queue.expired(now=now)
        for waiting in expired:
            async with self._database.write(of_server(waiting.guild_id)) as uow:
                job = await uow.jobs.cancel(waiting.job_id, Reason.EXPIRED, now=now)
                if job is None:
                    continue
                await self._quotas.settle(uow, job, delivered=0, paid=0, now=now)
                await uow.commit()
            self._start(self._delivery.tell(job))
        for job in await self._pickups.expire():
            self._start(self._delivery.tell(job))

    async def _clean(self) -> None:
        """Delete files of jobs that ended long ago, folders that never became one, old drafts."""
        job_ids = await asyncio.to_thread(self._spool.job_ids)
        async with self._database.read(long=True) as uow:
            ends = await uow.job_queries.ends(job_ids)
            # A style keeps its pictures for as long as it stands.
            examples = await uow.styles.known_pictures(job_ids)
        ends = {**ends, **dict.fromkeys(examples)}
        now, keep_seconds = self._clock.now(), self._keep_seconds
        gone = await asyncio.to_thread(
            self._spool.sweep, job_ids, ends, now=now, keep_seconds=keep_seconds
        )
        async with self._database.write(GUARDED, long=True) as uow:
            await uow.drafts.sweep(now=now)
            await uow.styles.sweep()
            if gone:
                await uow.calls.forget_urls(gone)
            await uow.commit()

    async def _recover(self) -> None:
        """Take over jobs whose process is gone (T11)."""
        now = self._clock.now()
        async with self._database.read() as uow:
            orphans = await uow.claims.orphans(me=self._me, now=now)
        # A lease of our own that ran out (the loop was blocked) is still our work.
        ours = {(job.job_id, job.attempt) for job in self._busy.values() if job}
        for orphan in orphans:
            runner = self._runners.get(orphan.request.provider)
            if orphan.claimed_by == self._me and (orphan.job_id, orphan.attempt) in ours:
                continue
            async with self._database.write(GUARDED) as uow:
                job = await uow.claims.adopt(orphan, me=self._me, lease_until=now + LEASE_SECONDS)
                if job is None:
                    continue
                calls = await uow.calls.of_job(job.job_id)
                unsent = all(item.state is CallState.PLANNED for item in calls)
                waits = job.state is JobState.RUNNING and unsent and await uow.claims.requeue(job)
                await uow.commit()
            if waits:
                if wake_event := self._wake_events.get(job.request.provider):
                    wake_event.wake()
            else:
                log.info("job %s is taken over (%s)", job.job_id, job.state)
                work = runner.run(job, slot_held=False) if runner else self._end_unserved(job)
                self._start(work, job)

    async def _end_unserved(self, job: Job) -> None:
        """End a job whose provider is no longer configured: nothing could read its replies."""
        if job.state is JobState.RUNNING and await self._moves.move(job):
            return
        if job.state is JobState.DELIVERING:
            await self._delivery.deliver(job)
        else:
            await self._delivery.give_up(job, Reason.PROVIDER_DOWN)
