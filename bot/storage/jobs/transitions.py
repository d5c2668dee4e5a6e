"""Jobs from their acceptance to their end: guarded transitions (docs/spec/states.md section 6)."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import cache

from sqlalchemy import (
    BindParameter,
    Exists,
    Insert,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)

from bot.domain.job import CallState, Job, JobState, PictureState, Post, Reason
from bot.services.ports import StoredReference
from bot.storage.engine.connect import insert_for
from bot.storage.jobs.calls import fence, fenced
from bot.storage.jobs.fairness import claimable, fairest
from bot.storage.jobs.pickups import JobPickups
from bot.storage.jobs.queries import parked
from bot.storage.rows import AnyRow, job_of, job_values, reference_values
from bot.storage.tables import (
    calls,
    instances,
    jobs,
    pictures,
    posts,
    reference_pictures,
)

_of_job: BindParameter[str] = bindparam("of_job")
# What a process has to be at work on; what waits for pick-up belongs to nobody.
_active = and_(jobs.c.state.in_([JobState.RUNNING.value, JobState.DELIVERING.value]), not_(parked))
_of_part = and_(posts.c.job_id == _of_job, posts.c.part == bindparam("of_part"))
_later = calls.alias("later")
_last_try = ~exists().where(
    _later.c.job_id == calls.c.job_id,
    _later.c.seq == calls.c.seq,
    _later.c.try_number > calls.c.try_number,
)


def _has_call(*states: CallState) -> Exists:
    names = [state.value for state in states]
    return exists().where(calls.c.job_id == _of_job, calls.c.state.in_(names))


_CLAIM = (
    update(jobs)
    .where(jobs.c.job_id == _of_job, claimable())
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
        jobs.c.job_id == _of_job,
        _active,
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
    .where(jobs.c.claimed_by == bindparam("me"), _active)
    .values(lease_until=bindparam("lease"))
)
_MINE = select(jobs).where(fenced(JobState.RUNNING, JobState.DELIVERING))
_REQUEUE = (
    update(jobs)
    .where(
        fenced(JobState.RUNNING),
        ~jobs.c.cancel_requested,
        ~exists().where(
            calls.c.job_id == _of_job, calls.c.state != CallState.PLANNED.value, _last_try
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
_STOP = (
    update(jobs)
    .where(jobs.c.job_id == _of_job, jobs.c.state == JobState.RUNNING.value)
    # Who stops it first names the reason.
    .values(
        cancel_requested=True,
        stop_reason=func.coalesce(jobs.c.stop_reason, bindparam("new_reason")),
    )
)
_SKIP_PLANNED = (
    update(calls)
    .where(calls.c.job_id == _of_job, calls.c.state == CallState.PLANNED.value)
    .values(state=CallState.SKIPPED.value)
)
_DELIVER = (
    update(jobs)
    .where(
        fenced(JobState.RUNNING),
        ~_has_call(CallState.PLANNED, CallState.SENT),
        exists().where(
            pictures.c.job_id == _of_job, pictures.c.state == PictureState.FETCHED.value
        ),
    )
    .values(state=JobState.DELIVERING.value)
)
_FIRST_TRY = (
    update(posts)
    .where(_of_part, posts.c.first_try_at.is_(None))
    .values(first_try_at=bindparam("now"))
)
_FIRST_TRY_AT = select(posts.c.first_try_at).where(_of_part)
_POSTED = (
    update(posts)
    .where(_of_part, posts.c.message_id.is_(None))
    .values(message_id=bindparam("of_message"), posted_at=bindparam("now"))
)
_FINISH = (
    update(jobs)
    .where(
        fenced(JobState.DELIVERING),
        exists().where(posts.c.job_id == _of_job, posts.c.message_id.is_not(None)),
    )
    .values(
        state=JobState.DONE.value,
        finished_at=bindparam("now"),
        # Its ticket is still to say so (K18), unless it was for a result that waited.
        ticket_token=case((jobs.c.told_at.is_(None), jobs.c.ticket_token)),
    )
)
_FORGET_URLS = (
    update(pictures)
    .where(
        pictures.c.job_id == _of_job,
        pictures.c.position.not_in(bindparam("kept", expanding=True)),
    )
    .values(source_url=None)
)
_FAIL = (
    update(jobs)
    .where(fenced(JobState.RUNNING, JobState.DELIVERING))
    .values(
        state=JobState.FAILED.value,
        reason=bindparam("new_reason"),
        finished_at=bindparam("now"),
    )
)
_CANCEL = (
    update(jobs)
    .where(jobs.c.job_id == _of_job, jobs.c.state == JobState.QUEUED.value)
    .values(
        state=JobState.CANCELLED.value,
        reason=bindparam("new_reason"),
        finished_at=bindparam("now"),
    )
    .returning(jobs)
)
_TOLD = (
    update(jobs)
    .where(
        jobs.c.job_id == _of_job,
        or_(jobs.c.state.in_([state.value for state in JobState if state.final]), parked),
        jobs.c.told_at.is_(None),
    )
    .values(told_at=bindparam("now"), ticket_token=None, ticket_expires_at=None)
)
_HOSTED = (
    select(jobs, instances.c.host, instances.c.pid)
    .join(instances, instances.c.instance_id == jobs.c.claimed_by, isouter=True)
    .where(_active)
    .order_by(jobs.c.created_at, jobs.c.turn)
)
_MYSELF = select(instances).where(instances.c.instance_id == bindparam("me"))


@cache
def _add(dialect: str) -> Insert:
    turn = select(func.coalesce(func.max(jobs.c.turn), 0) + 1).scalar_subquery()
    return (
        insert_for(dialect, jobs)
        .values(turn=turn)
        .on_conflict_do_nothing(index_elements=[jobs.c.origin])
    )


@cache
def _plan(dialect: str) -> Insert:
    return insert_for(dialect, calls).on_conflict_do_nothing()


@cache
def _register(dialect: str) -> Insert:
    statement = insert_for(dialect, instances)
    return statement.on_conflict_do_update(
        index_elements=[instances.c.instance_id], set_={"seen_at": statement.excluded.seen_at}
    )


class SqlJobs(JobPickups):
    """Jobs with their calls, pictures and posts (port Jobs)."""

    async def add(self, job: Job, references: Sequence[StoredReference]) -> bool:
        """T1: insert a job; False when its origin is known already."""
        if not await self._moved(_add(self._dialect), **job_values(job)):
            return False
        if references:
            rows = [reference_values(job.job_id, reference) for reference in references]
            await self._connection.execute(insert(reference_pictures), rows)
        return True

    async def claim(self, provider: str, *, me: str, now: int, lease_until: int) -> Job | None:
        """T2: claim the fairest queued job and plan its calls; None when nothing waits."""
        # Where writers do not exclude each other (PostgreSQL), another one may be faster.
        while job_id := await fairest(self._connection, provider, now=now):
            job = await self._one(_CLAIM, of_job=job_id, now=now, me=me, lease=lease_until)
            if job is not None:
                # A job that comes back from the queue keeps the calls it has.
                rows = [
                    {
                        "job_id": job_id,
                        "seq": seq,
                        "try_number": 1,
                        "state": CallState.PLANNED.value,
                        "images_asked": images,
                    }
                    for seq, images in enumerate(job.request.calls())
                ]
                await self._connection.execute(_plan(self._dialect), rows)
                return job
        return None

    async def renew(self, me: str, *, lease_until: int) -> None:
        """Keep the leases of everything this instance runs."""
        await self._moved(_SET_LEASES, me=me, lease=lease_until)

    async def release(self, me: str) -> None:
        """Let go of this instance's jobs at an orderly stop: their leases end now."""
        await self._moved(_SET_LEASES, me=me, lease=0)

    async def requeue(self, job: Job, *, not_before: int | None = None) -> bool:
        """T11a: running back to queued, in the same place.

        Only while every call waits to be sent, for the first time or again (T3b).
        """
        return await self._moved(_REQUEUE, **fence(job), wait_until=not_before)

    async def request_stop(self, job_id: str, reason: Reason = Reason.BY_MEMBER) -> bool:
        """T9b: skip what is not sent yet; True when the job runs."""
        running = await self._moved(_STOP, of_job=job_id, new_reason=reason.value)
        if running:
            await self._moved(_SKIP_PLANNED, of_job=job_id)
        return running

    async def deliver(self, job: Job, posts: Sequence[Post]) -> bool:
        """T5: running to delivering, once all calls ended and a picture is there."""
        if not await self._moved(_DELIVER, **fence(job)):
            return False
        await self._add_posts(posts)
        return True

    async def mine(self, job: Job) -> bool:
        """Tell whether the claim with which a job was read still holds."""
        return await self._one(_MINE, **fence(job)) is not None

    async def mark_post_try(self, job_id: str, part: int, *, now: int) -> int | None:
        """T7a, the write-ahead mark: return when it was set before, None the first time."""
        key = {"of_job": job_id, "of_part": part}
        if await self._moved(_FIRST_TRY, **key, now=now):
            return None
        return (await self._connection.execute(_FIRST_TRY_AT, key)).scalar_one()

    async def posted(self, job_id: str, part: int, message_id: int, *, now: int) -> None:
        """T7: remember the message of a part; the first one counts."""
        await self._moved(_POSTED, of_job=job_id, of_part=part, of_message=message_id, now=now)

    async def finish(self, job: Job, *, now: int, keep: Sequence[int] = ()) -> bool:
        """T7, last part: delivering to done, if anything was posted.

        Forgets the source URLs but for the positions in `keep`.
        """
        done = await self._moved(_FINISH, **fence(job), now=now)
        if done:
            await self._moved(_FORGET_URLS, of_job=job.job_id, kept=list(keep))
        return done

    async def fail(self, job: Job, reason: Reason, *, now: int) -> bool:
        """T6 and T8: running or delivering to failed."""
        return await self._moved(_FAIL, **fence(job), new_reason=reason.value, now=now)

    async def cancel(self, job_id: str, reason: Reason, *, now: int) -> Job | None:
        """T9 and T10: queued to cancelled; None when it was no longer queued."""
        return await self._one(_CANCEL, of_job=job_id, new_reason=reason.value, now=now)

    async def told(self, job_id: str, *, now: int) -> bool:
        """T12; False when somebody told it already. Forgets the ticket token."""
        return await self._moved(_TOLD, of_job=job_id, now=now)

    async def register(self, instance_id: str, host: str, pid: int, now: int) -> None:
        """Make this process known, or known to be still there."""
        row = {"instance_id": instance_id, "host": host, "pid": pid}
        await self._moved(_register(self._dialect), **row, started_at=now, seen_at=now)

    async def orphans(self, *, me: str, now: int) -> list[Job]:
        """Return running or delivering jobs whose lease ran out or whose process is dead."""
        mine = (await self._connection.execute(_MYSELF, {"me": me})).one_or_none()

        def abandoned(row: AnyRow) -> bool:
            if row.lease_until is None or row.lease_until <= now:
                return True
            if mine is None or row.claimed_by == me or row.host != mine.host:
                return False
            # After a container's restart the process has its forerunner's number.
            return row.pid == mine.pid or not _process_exists(row.pid)

        return [job_of(row) for row in await self._all(_HOSTED) if abandoned(row)]

    async def adopt(self, job: Job, *, me: str, lease_until: int) -> Job | None:
        """Take over an orphan: new claimant, attempt + 1; None when another was faster."""
        return await self._one(_ADOPT, **fence(job), me=me, lease=lease_until)

    @property
    def _dialect(self) -> str:
        return self._connection.dialect.name


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
