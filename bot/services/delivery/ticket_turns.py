"""Who edits a ticket now. A private result takes the place of its ticket, and its pictures are
nowhere else: an edit that follows it would take them away.

Within a process a lock excludes. Among several, who edits commits a lease on the ticket and then
reads the job; who posts moved the job to `delivering` before, and then waits for the lease. So one
of the two sees the other (docs/spec/data.md section 10).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from bot.domain.job import Destination, Job, JobState
from bot.services.ports import GUARDED, Clock, Database, UnitOfWork

log = logging.getLogger(__name__)

# Longer than any edit of a ticket, and than its first answer, is let take.
LEASE_SECONDS = 60
# An edit that has to wait longer for another process is left out.
PATIENCE_SECONDS = 10
# The first answer of an interaction is given within this time, or Discord has dropped it.
OPENING_SECONDS = 10
_LOOK_SECONDS = 0.1
# Holds the lease from the request's acceptance until its ticket is shown.
_OPENING = "opening"


class TicketTurns:
    """Lets one edit a ticket at a time, and nobody once a private result is to take its place."""

    def __init__(self, *, database: Database, clock: Clock, me: str | None) -> None:
        """`me` names this process among several; None: there is no other."""
        self._database = database
        self._clock = clock
        # Not the name under which a process renews what it holds: a turn ends by itself.
        self._me = f"ticket {me}" if me else None
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._opening: dict[str, asyncio.Event] = {}

    def expect(self, job_id: str) -> None:
        """A ticket will be opened for this job: edits, and a private result, wait until it is."""
        self._opening[job_id] = asyncio.Event()

    def forget(self, job_id: str) -> None:
        """The request was refused after all: no ticket will be opened."""
        self._opening.pop(job_id, None)

    async def accepted(self, uow: UnitOfWork, job: Job) -> None:
        """Let other processes wait as well, in the transaction that accepts the request."""
        if self._me and job.ticket_token and _may_be_replaced(job):
            now = self._clock.now()
            until = now + LEASE_SECONDS
            await uow.leases.take(_name(job.job_id), me=_OPENING, until=until, now=now)

    async def opened(self, job: Job) -> None:
        """The ticket is shown, or Discord refused to show it."""
        if event := self._opening.pop(job.job_id, None):
            event.set()
        if self._me and job.destination is Destination.INTERACTION:
            await self._release(job.job_id, _OPENING)

    @asynccontextmanager
    async def edit(self, job: Job) -> AsyncGenerator[bool]:
        """Edit a ticket alone; False: a private result stands there, or is about to."""
        await self._shown(job.job_id, OPENING_SECONDS)
        async with self._lock(job.job_id):
            if not _may_be_replaced(job):
                yield True
                return
            async with self._lease(job.job_id, PATIENCE_SECONDS) as held:
                yield held and not await self._is_replaced(job.job_id)

    @asynccontextmanager
    async def replace(self, job: Job) -> AsyncGenerator[None]:
        """Let the private result of a job that is `delivering` take the place of its ticket."""
        await self._shown(job.job_id, LEASE_SECONDS)
        async with self._lock(job.job_id), self._lease(job.job_id, None):
            yield

    def _lock(self, job_id: str) -> asyncio.Lock:
        return self._locks.setdefault(job_id, asyncio.Lock())

    async def _shown(self, job_id: str, most_seconds: float) -> None:
        if event := self._opening.get(job_id):
            try:
                async with asyncio.timeout(most_seconds):
                    await event.wait()
            except TimeoutError:
                self._opening.pop(job_id, None)

    async def _is_replaced(self, job_id: str) -> bool:
        async with self._database.read() as uow:
            job = await uow.job_queries.get(job_id)
        return (
            job is not None
            and job.destination is Destination.INTERACTION
            and job.state in (JobState.DELIVERING, JobState.DONE)
        )

    @asynccontextmanager
    async def _lease(self, job_id: str, most_seconds: float | None) -> AsyncGenerator[bool]:
        """Hold a ticket among processes; False when another one has it for too long."""
        if self._me is None:
            yield True
            return
        waited = 0.0
        while not (held := await self._take(job_id, self._me)):
            if most_seconds is not None and waited >= most_seconds:
                break
            await asyncio.sleep(_LOOK_SECONDS)
            waited += _LOOK_SECONDS
        try:
            yield held
        finally:
            if held:
                await self._release(job_id, self._me)

    async def _take(self, job_id: str, holder: str) -> bool:
        now = self._clock.now()
        async with self._database.write(GUARDED) as uow:
            until = now + LEASE_SECONDS
            held = await uow.leases.take(_name(job_id), me=holder, until=until, now=now)
            await uow.commit()
        return held

    async def _release(self, job_id: str, holder: str) -> None:
        try:
            async with self._database.write(GUARDED) as uow:
                await uow.leases.release(holder, [_name(job_id)])
                await uow.commit()
        except Exception as error:
            log.warning("job %s: its ticket is given back when its time is over: %r", job_id, error)


def _may_be_replaced(job: Job) -> bool:
    return job.destination is Destination.INTERACTION and not job.state.final


def _name(job_id: str) -> str:
    return f"ticket/{job_id}"
