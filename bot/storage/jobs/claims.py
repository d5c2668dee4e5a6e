"""Which process works on a job: T2 and T11 of docs/spec/states.md."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from sqlalchemy import Insert, and_, bindparam, case, delete, exists, func, select, update

from bot.domain.job import CallState, Job, JobState
from bot.domain.requests.request import ImageRequest
from bot.storage.columns import Big
from bot.storage.engine.connect import insert_for
from bot.storage.engine.connection import Connection
from bot.storage.engine.server_notices import notify
from bot.storage.jobs.fairness import Running, claimable, fairest
from bot.storage.jobs.statements import active, fence, fenced, moved, of_job, one_job, rows_of
from bot.storage.rows import AnyRow, canonical_json, job_of
from bot.storage.tables import calls, instances, jobs, pictures

_later = calls.alias("later")
_last_try = ~exists().where(
    _later.c.job_id == calls.c.job_id,
    _later.c.seq == calls.c.seq,
    _later.c.try_number > calls.c.try_number,
)
_CLAIM = (
    update(jobs)
    .where(jobs.c.job_id == of_job, claimable())
    .values(
        state=JobState.RUNNING.value,
        claimed_by=bindparam("me"),
        attempt=jobs.c.attempt + 1,
        lease_until=bindparam("lease"),
        started_at=bindparam("now"),
        not_before=None,
    )
    .returning(jobs)
)
_ADOPT = (
    update(jobs)
    .where(
        jobs.c.job_id == of_job,
        active,
        jobs.c.claimed_by.is_not_distinct_from(bindparam("of_claimant")),
        jobs.c.attempt == bindparam("of_attempt"),
    )
    .values(
        claimed_by=bindparam("me"),
        attempt=jobs.c.attempt + 1,
        lease_until=bindparam("lease"),
    )
    .returning(jobs)
)
_SET_LEASES = (
    update(jobs)
    .where(jobs.c.claimed_by == bindparam("me"), active)
    .values(lease_until=bindparam("lease"))
)
_RENEW = _SET_LEASES.where(jobs.c.job_id.in_(bindparam("of_jobs", expanding=True)))
# Nobody takes the job over until the unit that asks has ended.
_MINE = select(jobs).where(fenced(JobState.RUNNING, JobState.DELIVERING)).with_for_update(read=True)
_REQUEUE = (
    update(jobs)
    .where(
        fenced(JobState.RUNNING),
        ~jobs.c.cancel_requested,
        ~exists().where(
            calls.c.job_id == of_job,
            # A provider that needs fewer calls leaves failed ones of the one before it.
            calls.c.seq < bindparam("of_calls", type_=Big),
            calls.c.state != CallState.PLANNED.value,
            _last_try,
        ),
    )
    .values(
        state=JobState.QUEUED.value,
        claimed_by=None,
        lease_until=None,
        started_at=None,
        not_before=bindparam("wait_until"),
    )
)
# T14: nothing may have been paid for any call.
_unpaid = and_(
    ~exists().where(
        calls.c.job_id == of_job,
        calls.c.state.not_in([CallState.PLANNED.value, CallState.FAILED.value]),
    ),
    ~exists().where(pictures.c.job_id == of_job),
)
_move = update(jobs).values(
    state=JobState.QUEUED.value,
    provider=bindparam("new_provider"),
    request=bindparam("new_request"),
    claimed_by=None,
    lease_until=None,
    started_at=None,
    not_before=None,
)
_MOVE_RUNNING = _move.where(fenced(JobState.RUNNING), ~jobs.c.cancel_requested, _unpaid)
_MOVE_QUEUED = _move.where(
    jobs.c.job_id == of_job,
    jobs.c.state == JobState.QUEUED.value,
    jobs.c.provider == bindparam("of_provider"),
    ~jobs.c.cancel_requested,
    _unpaid,
)
_UNPLAN = delete(calls).where(calls.c.job_id == of_job, calls.c.state == CallState.PLANNED.value)
_TRIES = (
    select(calls.c.seq, func.max(calls.c.try_number).label("tries"))
    .where(calls.c.job_id == of_job)
    .group_by(calls.c.seq)
)
_HOSTED = (
    select(jobs, instances.c.host, instances.c.pid)
    .join(instances, instances.c.instance_id == jobs.c.claimed_by, isouter=True)
    .where(active)
    .order_by(jobs.c.created_at, jobs.c.turn)
)
# T13: whatever owns them, in a copy, is not the present.
_TAKE_OPEN = (
    update(jobs)
    .where(jobs.c.state.in_([state.value for state in JobState if not state.final]))
    .values(
        state=case(
            (
                jobs.c.state.in_([JobState.QUEUED.value, JobState.HELD.value]),
                JobState.RUNNING.value,
            ),
            else_=jobs.c.state,
        ),
        claimed_by=bindparam("me"),
        attempt=jobs.c.attempt + 1,
        # Who was told that it waits for pick-up does not know yet how it ends.
        told_at=None,
    )
    .returning(jobs)
)
_MYSELF = select(instances).where(instances.c.instance_id == bindparam("me"))


@cache
def _plan(dialect: str) -> Insert:
    return insert_for(dialect, calls).on_conflict_do_nothing()


@cache
def _register(dialect: str) -> Insert:
    statement = insert_for(dialect, instances)
    return statement.on_conflict_do_update(
        index_elements=[instances.c.instance_id], set_={"seen_at": statement.excluded.seen_at}
    )


class SqlClaims:
    """Claims on jobs (port Claims)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # Counted once in a transaction, with what it claims itself.
        self._running: Running | None = None

    async def claim(self, provider: str, *, me: str, now: int, lease_until: int) -> Job | None:
        """T2: claim the fairest queued job and plan its calls; None when nothing waits."""
        # Where writers do not exclude each other (PostgreSQL), another one may be faster.
        while job_id := await self._fairest(provider, now=now):
            job = await one_job(
                self._connection, _CLAIM, of_job=job_id, now=now, me=me, lease=lease_until
            )
            if job is not None:
                await self._plan_calls(job)
                if self._running:
                    self._running.add(job.guild_id, job.user_id)
                return job
        return None

    async def waits(self, provider: str, *, now: int) -> bool:
        """Tell whether a job could be claimed now."""
        return await self._fairest(provider, now=now) is not None

    async def _fairest(self, provider: str, *, now: int) -> str | None:
        self._running = self._running or await Running.read(self._connection)
        return await fairest(self._connection, provider, self._running, now=now)

    async def take_open(self, me: str) -> list[Job]:
        """T13: claim every open job of a restored copy, whatever it waits for."""
        rows = await rows_of(self._connection, _TAKE_OPEN, me=me)
        taken = [job_of(row) for row in rows]
        for job in taken:
            if job.state is JobState.RUNNING:
                await self._plan_calls(job)
        return taken

    async def renew(self, me: str, job_ids: Sequence[str], *, lease_until: int) -> None:
        """Keep the leases of the jobs that this instance runs."""
        values = {"me": me, "lease": lease_until, "of_jobs": list(job_ids)}
        await moved(self._connection, _RENEW, **values)

    async def release(self, me: str) -> None:
        """Give up this instance's jobs at an orderly stop: their leases end now."""
        await moved(self._connection, _SET_LEASES, me=me, lease=0)

    async def requeue(self, job: Job, *, not_before: int | None = None) -> bool:
        """T11a: running back to queued, in the same place.

        Only while every call waits to be sent, for the first time or again (T3b).
        """
        return await moved(
            self._connection,
            _REQUEUE,
            **fence(job),
            of_calls=len(job.request.calls()),
            wait_until=not_before,
        )

    async def move(self, job: Job, request: ImageRequest) -> bool:
        """T14: queued or running to queued at another provider, with the tries that it needs there.

        Only while nothing may have been paid, and the job is as it was read.
        """
        values = {
            "new_provider": request.provider,
            "new_request": canonical_json(request.to_dict()),
        }
        if job.state is JobState.RUNNING:
            changed = await moved(self._connection, _MOVE_RUNNING, **fence(job), **values)
        else:
            values |= {"of_job": job.job_id, "of_provider": job.request.provider}
            changed = await moved(self._connection, _MOVE_QUEUED, **values)
        if changed:
            await moved(self._connection, _UNPLAN, of_job=job.job_id)
            rows = await rows_of(self._connection, _TRIES, of_job=job.job_id)
            await self._plan_calls(
                replace(job, request=request), {row.seq: row.tries for row in rows}
            )
            await notify(self._connection, "job", request.provider)
        return changed

    async def mine(self, job: Job) -> bool:
        """Tell whether the claim with which a job was read still holds."""
        return await one_job(self._connection, _MINE, **fence(job)) is not None

    async def orphans(self, *, me: str, now: int) -> list[Job]:
        """Return running or delivering jobs whose lease ran out or whose process is dead."""
        mine = (await self._connection.execute(_MYSELF, {"me": me})).one_or_none()

        def abandoned(row: AnyRow) -> bool:
            if row.lease_until is None or row.lease_until <= now:
                return True
            if mine is None or row.claimed_by == me or row.host != mine.host:
                return False
            # After a container's restart the new process has the number of the old one.
            return row.pid == mine.pid or not _process_exists(row.pid)

        return [job_of(row) for row in await rows_of(self._connection, _HOSTED) if abandoned(row)]

    async def adopt(self, job: Job, *, me: str, lease_until: int) -> Job | None:
        """Take over an orphan: new claimant, attempt + 1; None when another was faster."""
        return await one_job(self._connection, _ADOPT, **fence(job), me=me, lease=lease_until)

    async def _plan_calls(self, job: Job, tries: Mapping[int, int] | None = None) -> None:
        """Plan the next try of each call, or the first one where there is none.

        Without `tries`, the number of tries by call, a job from the queue keeps the calls it has.
        """
        rows = [
            {
                "job_id": job.job_id,
                "seq": seq,
                "try_number": 1 + (tries or {}).get(seq, 0),
                "state": CallState.PLANNED.value,
                "images_asked": images,
                "provider": job.request.provider,
            }
            for seq, images in enumerate(job.request.calls())
        ]
        await self._connection.execute(_plan(self._connection.dialect.name), rows)

    async def register(self, instance_id: str, host: str, pid: int, now: int) -> None:
        """Make this process known, or known to be still there."""
        row = {"instance_id": instance_id, "host": host, "pid": pid}
        await moved(
            self._connection,
            _register(self._connection.dialect.name),
            **row,
            started_at=now,
            seen_at=now,
        )


def _process_exists(pid: int) -> bool:
    """Tell whether a process of this machine may be alive; in doubt it is."""
    if sys.platform == "win32":
        return True  # there, signal 0 is Ctrl-C
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
