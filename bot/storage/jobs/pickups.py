"""Results that could not be posted and wait for their member (T8 of docs/spec/states.md).

Such a job is `delivering` to `pickup` and belongs to no process: there is no claim to lose.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, exists, select, update

from bot.domain.job import Destination, Job, JobState, Post, Reason
from bot.storage.engine.connection import Connection
from bot.storage.engine.server_notices import notify
from bot.storage.jobs.posts import replace_posts
from bot.storage.jobs.statements import fence, fenced, moved, of_job, one_job, parked, rows_of
from bot.storage.rows import job_of
from bot.storage.tables import jobs, posts

_PARK = (
    update(jobs)
    .where(
        fenced(JobState.DELIVERING),
        ~exists().where(posts.c.job_id == of_job, posts.c.message_id.is_not(None)),
    )
    .values(
        destination=Destination.PICKUP.value,
        expires_at=bindparam("until"),
        claimed_by=None,
        lease_until=None,
        told_at=None,
    )
    .returning(jobs)
)
_TAKE_UP = (
    update(jobs)
    .where(jobs.c.job_id == of_job, parked)
    .values(
        destination=bindparam("new_destination"),
        channel_id=bindparam("new_channel"),
        ticket_token=bindparam("new_token"),
        ticket_expires_at=bindparam("new_token_expires_at"),
        locale=bindparam("new_locale"),
        server_locale=bindparam("new_server_locale"),
        # The member who takes it up knows of it; further news go to the answer of the press.
        told_at=bindparam("now"),
    )
)
_END = (
    update(jobs)
    .where(
        jobs.c.job_id == of_job,
        parked,
        # The very wait that the caller saw.
        jobs.c.expires_at == bindparam("of_expiry"),
    )
    .values(
        state=JobState.FAILED.value,
        reason=Reason.UNDELIVERABLE.value,
        finished_at=bindparam("now"),
        told_at=bindparam("new_told_at"),
        ticket_token=None,
        ticket_expires_at=None,
    )
)
_OF_MEMBER = (
    select(jobs)
    .where(jobs.c.user_id == bindparam("of_user"), jobs.c.guild_id == bindparam("of_guild"), parked)
    .order_by(jobs.c.created_at.desc(), jobs.c.turn.desc())
)
_OVER = select(jobs).where(parked, jobs.c.expires_at <= bindparam("now")).order_by(jobs.c.turn)


class SqlPickups:
    """Jobs that wait for pick-up (port PickupStore)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def park(self, job: Job, *, until: int) -> Job | None:
        """T8: delivering to waiting for pick-up; None when a part of it was posted."""
        return await one_job(self._connection, _PARK, **fence(job), until=until)

    async def take_up(self, job: Job, posts: Sequence[Post], *, now: int) -> bool:
        """Let a waiting job be delivered to the job's destination, once, by any process."""
        taken = await moved(
            self._connection,
            _TAKE_UP,
            of_job=job.job_id,
            new_destination=job.destination.value,
            new_channel=job.channel_id,
            new_token=job.ticket_token,
            new_token_expires_at=job.ticket_expires_at,
            new_locale=job.locale,
            new_server_locale=job.server_locale,
            now=now,
        )
        if taken:
            await replace_posts(self._connection, job.job_id, posts)
            await notify(self._connection, "pickup")
        return taken

    async def end(self, job: Job, *, told_at: int | None, now: int) -> bool:
        """T8: waiting to failed."""
        seen = {"of_job": job.job_id, "of_expiry": job.expires_at}
        return await moved(self._connection, _END, **seen, new_told_at=told_at, now=now)

    async def of_member(self, user_id: int, *, guild_id: int) -> list[Job]:
        """Return a member's jobs that wait for pick-up in a server, newest first."""
        return [
            job_of(row)
            for row in await rows_of(
                self._connection, _OF_MEMBER, of_user=user_id, of_guild=guild_id
            )
        ]

    async def over(self, *, now: int) -> list[Job]:
        """Return the jobs that have waited long enough."""
        return [job_of(row) for row in await rows_of(self._connection, _OVER, now=now)]
