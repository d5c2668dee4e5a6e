"""Keeps private tickets up to date: position, running time, last text before they expire.

Tickets are edited in the background and best effort, as few times as tell enough: no job waits
for one, and what a ticket can no longer say is said by the result itself, or in the channel.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

from cachetools import LRUCache

from bot.domain.catalog import Catalog
from bot.domain.errors import StorageError
from bot.domain.estimates import Estimates
from bot.domain.job import Destination, Job, JobState
from bot.services.delivery.progress import ProgressReader, progress_of
from bot.services.delivery.ticket_turns import TicketTurns
from bot.services.ports import GUARDED, Clock, Database, Progress, Publisher, UnitOfWork
from bot.services.quotas.quota_book import QuotaBook
from bot.services.servers.policies import Policies
from bot.services.tasks.log_context import about_job

log = logging.getLogger(__name__)

REFRESH_SECONDS = 1
# "Started" is only said of a job that takes longer: the end of a quick one says enough.
QUIET_SECONDS = 2
# How often a queued ticket's position is looked up.
POSITION_SECONDS = 5
# Tickets of jobs under way that are edited in each refresh, the nearest to their end first. What a
# crowd would cost beyond them is not worth it; the end of a job is always told.
MOST_EDITS = 5
# Interaction tokens live 15 minutes; the last edit comes a minute before.
LAST_WORD_SECONDS = 60
# What tickets say is written down together, as often as this.
REMEMBER_SECONDS = 1
# Only for what a ticket says in passing, so the least recently used may be forgotten.
_REMEMBERED = 5000


class Tickets:
    """Brings tickets up to date. A ticket is opened once the interaction was answered."""

    def __init__(
        self,
        *,
        publisher: Publisher,
        database: Database,
        catalog: Catalog,
        estimates: Estimates,
        clock: Clock,
        quotas: QuotaBook,
        policies: Policies,
        me: str | None,
    ) -> None:
        """`me` names this process among several; None: there is no other."""
        self._publisher = publisher
        self._database = database
        self._reader = ProgressReader(catalog=catalog, estimates=estimates, clock=clock)
        self._clock = clock
        self._quotas = quotas
        self._policies = policies
        self._roles: LRUCache[str, Collection[int]] = LRUCache(_REMEMBERED)
        # Edits of one ticket come one after the other, and none after its end.
        self._turns = TicketTurns(database=database, clock=clock, me=me)
        self._ended: LRUCache[str, bool] = LRUCache(_REMEMBERED)
        self._open: dict[str, Progress] = {}
        # Jobs under way that moved, and queued ones whose position is due: when, monotonic.
        self._moved: dict[str, tuple[Progress, float]] = {}
        self._look_at: dict[str, float] = {}
        self._changed: dict[str, Progress] = {}
        self._news = asyncio.Event()
        self._said: list[str] = []
        self._saying = asyncio.Event()

    def expect(self, job_id: str, role_ids: Collection[int] = ()) -> None:
        """A ticket will be opened for this job: edits, and a private result, wait until it is.

        The roles of its member decide how much they have left when it is done.
        """
        self._turns.expect(job_id)
        self._roles[job_id] = role_ids

    def forget(self, job_id: str) -> None:
        """The request was refused after all: no ticket will be opened."""
        self._turns.forget(job_id)
        self._roles.pop(job_id, None)

    async def accepted(self, uow: UnitOfWork, job: Job) -> None:
        """Let other processes wait as well, in the transaction that accepts the request."""
        await self._turns.accepted(uow, job)

    async def opened(self, progress: Progress) -> None:
        """The member sees the ticket, or Discord refused to show it."""
        job = progress.job
        if job.ticket_token and not job.state.final:
            self._open[job.job_id] = progress
            self._look_at[job.job_id] = _now() + POSITION_SECONDS
        await self._turns.opened(job)

    def changed(self, progress: Progress) -> None:
        """The job moved: show its end soon, anything else if it still holds in two seconds.

        Only the newest state is shown. `done` is called for jobs that are done.
        """
        job = progress.job
        if job.state.final:
            self._end(job.job_id)
        elif job.job_id in self._open:
            self._open[job.job_id] = progress
        if job.ticket_token and job.state.final:
            self._show_soon(progress)
        elif job.ticket_token:
            self._moved[job.job_id] = progress, _now() + QUIET_SECONDS

    def _end(self, job_id: str) -> None:
        self._ended[job_id] = True
        self._forget(job_id)

    def _forget(self, job_id: str) -> None:
        self._open.pop(job_id, None)
        self._moved.pop(job_id, None)
        self._look_at.pop(job_id, None)
        self._roles.pop(job_id, None)

    def _show_soon(self, progress: Progress) -> None:
        self._moved.pop(progress.job.job_id, None)
        self._changed[progress.job.job_id] = progress
        self._news.set()

    def replacing(self, job: Job) -> AbstractAsyncContextManager[None]:
        """Let the private result of a job that is `delivering` take the place of its ticket."""
        return self._turns.replace(job)

    @asynccontextmanager
    async def turn(self, job: Job) -> AsyncGenerator[bool]:
        """Edit a ticket alone; False: the end, or a private result, stands there."""
        async with self._turns.edit(job) as is_open:
            yield is_open and job.job_id not in self._ended

    async def done(self, progress: Progress) -> None:
        """The result was posted: show it soon, with what its member has left."""
        self.changed(await self._with_left(progress))

    async def settle(self, progress: Progress) -> bool:
        """Show a job's end now; False when its ticket can no longer be edited."""
        if progress.job.state.final:
            self._end(progress.job.job_id)
        else:
            self._forget(progress.job.job_id)
        self._changed.pop(progress.job.job_id, None)
        return await self._show(progress)

    async def show_result(self, job: Job) -> bool:
        """Say in the ticket of a job that is done that it is, where that is still possible."""
        async with self._database.read() as uow:
            progress = await self._reader.done(uow, job)
        await self.settle(await self._with_left(progress))
        return True

    async def run(self) -> None:
        """Edit tickets until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._refresh_forever())
            group.create_task(self._remember_forever())
            while True:
                await self._news.wait()
                self._news.clear()
                changed, self._changed = self._changed, {}
                # A handful at a time: Discord's limits are per webhook, so they do not collide.
                for progress in changed.values():
                    group.create_task(self._show(progress))

    @about_job
    async def _show(self, progress: Progress) -> bool:
        job = progress.job
        if job.ticket_token is None or (job.ticket_expires_at or 0) <= self._clock.now():
            return False
        try:
            async with self.turn(job) as open_still:
                if not open_still and not job.state.final:
                    return False
                shown = await self._publisher.show(progress)
        except Exception:
            log.exception("ticket of job %s could not be edited", job.job_id)
            return False
        if job.state is JobState.DONE:
            self._said.append(job.job_id)
            self._saying.set()
        return shown

    async def _with_left(self, progress: Progress) -> Progress:
        """Add what the member has left by now to a job that is done and posted.

        Other requests may have taken credits meanwhile, and lost pictures have given some back.
        """
        job = progress.job
        role_ids = self._roles.pop(job.job_id, None)
        if role_ids is None or job.destination is not Destination.CHANNEL:
            return progress
        try:
            async with self._database.read() as uow:
                quota_status = await self._quotas.quota_status(
                    uow,
                    await self._policies.current(uow, job.guild_id),
                    guild_id=job.guild_id,
                    user_id=job.user_id,
                    role_ids=role_ids,
                    now=self._clock.now(),
                )
        except StorageError as error:
            log.warning("job %s: what its member has left is not known: %s", job.job_id, error)
            return progress
        return replace(progress, left=quota_status.left)

    async def _remember_forever(self) -> None:
        """Remember which results their tickets show: what is left, the next process says (K18).

        Many at a time: who dies before only lets the same edit be repeated.
        """
        while True:
            await self._saying.wait()
            await asyncio.sleep(REMEMBER_SECONDS)
            self._saying.clear()
            said, self._said = self._said, []
            try:
                async with self._database.write(GUARDED) as uow:
                    for job_id in said:
                        await uow.jobs.told(job_id, now=self._clock.now())
                    await uow.commit()
            except Exception:
                log.exception("the state of tickets could not be stored")

    async def _refresh_forever(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                await self._refresh()
            except Exception:
                log.exception("tickets could not be refreshed")

    async def _refresh(self) -> None:
        """Show the last text of tickets that are about to expire, and what moved, within bounds."""
        await self._say_last_words()
        moved = [progress for progress, due in self._moved.values() if due <= _now()]
        for progress in sorted(moved, key=_nearness)[:MOST_EDITS]:
            self._show_soon(progress)
        left = MOST_EDITS - len(moved)
        if left > 0:
            await self._update_positions(left)

    async def _say_last_words(self) -> None:
        last = self._clock.now() + LAST_WORD_SECONDS
        expiring = [p for p in self._open.values() if (p.job.ticket_expires_at or 0) <= last]
        for shown in expiring:
            self._forget(shown.job.job_id)
            # A ticket may be opened after its quick job had ended.
            job = await self._job(shown.job.job_id)
            if job is not None and not job.state.final:
                self._show_soon(replace(shown, job=job, last_word=True))

    async def _update_positions(self, most: int) -> None:
        """Edit queued tickets that moved up; each is looked at every five seconds."""
        now = _now()
        due = [
            progress
            for job_id, progress in self._open.items()
            if progress.job.state is JobState.QUEUED and self._look_at[job_id] <= now
        ]
        for shown in sorted(due, key=_nearness)[:most]:
            job_id = shown.job.job_id
            current = await self._progress(job_id)
            if self._open.get(job_id) is not shown:
                continue  # it moved meanwhile, which is told already
            self._look_at[job_id] = now + POSITION_SECONDS
            if current is None:
                await self._moved_elsewhere(job_id)
            elif current.position != shown.position:
                self._open[job_id] = current
                self._show_soon(current)

    async def _moved_elsewhere(self, job_id: str) -> None:
        """Show how a job ended that another process ran, over what this one may have shown late."""
        job = await self._job(job_id)
        if job is not None and job.state.final and job_id in self._open:
            self._open.pop(job_id)
            if job.state is JobState.DONE:
                await self.show_result(job)
            else:
                await self.settle(progress_of(job))

    async def _job(self, job_id: str) -> Job | None:
        async with self._database.read() as uow:
            return await uow.job_queries.get(job_id)

    async def _progress(self, job_id: str) -> Progress | None:
        async with self._database.read() as uow:
            job = await uow.job_queries.get(job_id)
            if job is None or job.state is not JobState.QUEUED:
                return None
            return await self._reader.waiting(uow, job)


def _nearness(progress: Progress) -> tuple[bool, int]:
    """Order running jobs before queued ones, and those by their position."""
    return progress.job.state is JobState.QUEUED, progress.position


def _now() -> float:
    return asyncio.get_running_loop().time()
