"""Jobs from their acceptance to their end: guarded transitions (docs/spec/states.md section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Exists, Insert, bindparam, case, exists, func, insert, or_, select, update

from bot.domain.job import CallState, Job, JobState, PictureState, Post, Reason
from bot.services.ports import StoredReference
from bot.storage.engine.connect import insert_for
from bot.storage.engine.connection import Connection
from bot.storage.engine.server_notices import notice
from bot.storage.jobs.posts import add_posts
from bot.storage.jobs.statements import fence, fenced, held, moved, of_job, one_job, parked
from bot.storage.rows import job_values, reference_values
from bot.storage.tables import calls, job_turns, jobs, pictures, posts, reference_pictures


def has_call(*states: CallState) -> Exists:
    """Return the condition that a job has a call in one of these states."""
    names = [state.value for state in states]
    return exists().where(calls.c.job_id == of_job, calls.c.state.in_(names))


_STOP = (
    update(jobs)
    .where(jobs.c.job_id == of_job, jobs.c.state == JobState.RUNNING.value)
    # The first stop decides the reason.
    .values(
        cancel_requested=True,
        stop_reason=func.coalesce(jobs.c.stop_reason, bindparam("new_reason")),
    )
)
_SKIP_PLANNED = (
    update(calls)
    .where(calls.c.job_id == of_job, calls.c.state == CallState.PLANNED.value)
    .values(state=CallState.SKIPPED.value)
)
_DELIVER = (
    update(jobs)
    .where(
        fenced(JobState.RUNNING),
        ~has_call(CallState.PLANNED, CallState.SENT),
        exists().where(pictures.c.job_id == of_job, pictures.c.state == PictureState.FETCHED.value),
    )
    .values(state=JobState.DELIVERING.value, spoiler=bindparam("new_spoiler"))
)
_FINISH = (
    update(jobs)
    .where(
        fenced(JobState.DELIVERING),
        exists().where(posts.c.job_id == of_job, posts.c.message_id.is_not(None)),
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
        pictures.c.job_id == of_job,
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
    .where(jobs.c.job_id == of_job, jobs.c.state == JobState.QUEUED.value)
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
        jobs.c.job_id == of_job,
        or_(jobs.c.state.in_([state.value for state in JobState if state.final]), parked, held),
        jobs.c.told_at.is_(None),
    )
    # The ticket of a held job is still to say how that ended.
    .values(
        told_at=bindparam("now"),
        ticket_token=case((held, jobs.c.ticket_token)),
        ticket_expires_at=case((held, jobs.c.ticket_expires_at)),
    )
)
_RETRY = (
    update(jobs)
    .where(jobs.c.job_id == of_job, jobs.c.retried_by.is_(None))
    .values(retried_by=bindparam("new_job"))
)


@cache
def _add(dialect: str) -> Insert:
    turn = select(func.coalesce(func.max(jobs.c.turn), 0) + 1).scalar_subquery()
    if dialect != "sqlite":
        # Where writers do not wait for each other, two would find the same largest one.
        turn = job_turns.next_value()
    inserted = (
        insert_for(dialect, jobs)
        .values(turn=turn)
        .on_conflict_do_nothing(index_elements=[jobs.c.origin])
    )
    # A notice of its own would cost another round trip.
    return inserted if dialect == "sqlite" else inserted.returning(notice("job", jobs.c.provider))


class SqlJobs:
    """Moves jobs from state to state (port Jobs)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, job: Job, references: Sequence[StoredReference]) -> bool:
        """T1: insert a job; False when its origin is known already."""
        if not await moved(
            self._connection, _add(self._connection.dialect.name), **job_values(job)
        ):
            return False
        if references:
            rows = [reference_values(job.job_id, reference) for reference in references]
            await self._connection.execute(insert(reference_pictures), rows)
        return True

    async def request_stop(self, job_id: str, reason: Reason = Reason.BY_MEMBER) -> bool:
        """T9b: skip what is not sent yet; True when the job runs."""
        running = await moved(self._connection, _STOP, of_job=job_id, new_reason=reason.value)
        if running:
            await moved(self._connection, _SKIP_PLANNED, of_job=job_id)
        return running

    async def deliver(self, job: Job, posts: Sequence[Post]) -> bool:
        """T5: running to delivering, once all calls ended and a picture is there."""
        if not await moved(self._connection, _DELIVER, **fence(job), new_spoiler=job.spoiler):
            return False
        await add_posts(self._connection, posts)
        return True

    async def finish(self, job: Job, *, now: int, keep: Sequence[int] = ()) -> bool:
        """T7, last part: delivering to done, if anything was posted.

        Forgets the source URLs but for the positions in `keep`.
        """
        done = await moved(self._connection, _FINISH, **fence(job), now=now)
        if done:
            await forget_urls(self._connection, job.job_id, keep)
        return done

    async def fail(self, job: Job, reason: Reason, *, now: int) -> bool:
        """T6 and T8: running or delivering to failed."""
        return await moved(self._connection, _FAIL, **fence(job), new_reason=reason.value, now=now)

    async def cancel(self, job_id: str, reason: Reason, *, now: int) -> Job | None:
        """T9 and T10: queued to cancelled; None when it was no longer queued."""
        return await one_job(
            self._connection, _CANCEL, of_job=job_id, new_reason=reason.value, now=now
        )

    async def told(self, job_id: str, *, now: int) -> bool:
        """T12; False when somebody told it already. Forgets the ticket token."""
        return await moved(self._connection, _TOLD, of_job=job_id, now=now)

    async def retry(self, job_id: str, new_job_id: str) -> bool:
        """Record which job retries another one; False when one does already (D4)."""
        return await moved(self._connection, _RETRY, of_job=job_id, new_job=new_job_id)


async def forget_urls(connection: Connection, job_id: str, keep: Sequence[int]) -> None:
    """Forget where the pictures of a job were fetched from, but for the positions in `keep`."""
    await moved(connection, _FORGET_URLS, of_job=job_id, kept=list(keep))
