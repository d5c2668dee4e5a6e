"""Results that could not be posted and wait for their member (T8 of docs/spec/states.md).

Such a job is `delivering` to `pickup` and belongs to no process: there is no claim to lose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, exists, insert, not_, select, update

from bot.domain.job import Destination, Job, JobState, Post, Reason
from bot.storage.jobs.calls import JobCalls, fence, fenced
from bot.storage.jobs.queries import parked
from bot.storage.rows import job_of
from bot.storage.tables import jobs, post_pictures, posts

_of_job: BindParameter[str] = bindparam("of_job")

_PARK = (
    update(jobs)
    .where(
        fenced(JobState.DELIVERING),
        ~exists().where(posts.c.job_id == _of_job, posts.c.message_id.is_not(None)),
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
    .where(jobs.c.job_id == _of_job, parked)
    .values(
        destination=bindparam("new_destination"),
        channel_id=bindparam("new_channel"),
        ticket_token=bindparam("new_token"),
        ticket_expires_at=bindparam("new_token_expires_at"),
        locale=bindparam("new_locale"),
        server_locale=bindparam("new_server_locale"),
        # Whoever takes it up knows of it; further news go to the answer of the press.
        told_at=bindparam("now"),
    )
)
_ADD_POSTS = insert(posts)
_ADD_POST_PICTURES = insert(post_pictures)
_FORGET_POST_PICTURES = delete(post_pictures).where(post_pictures.c.job_id == _of_job)
_FORGET_POSTS = delete(posts).where(posts.c.job_id == _of_job)
_FORGET_UNPOSTED = _FORGET_POSTS.where(posts.c.message_id.is_(None))
_FORGET_UNPOSTED_PICTURES = _FORGET_POST_PICTURES.where(
    exists().where(
        posts.c.job_id == post_pictures.c.job_id,
        posts.c.part == post_pictures.c.part,
        posts.c.message_id.is_(None),
    )
)
_POST_IN = (
    update(posts)
    .where(posts.c.job_id == _of_job, posts.c.message_id.is_(None))
    .values(channel_id=bindparam("new_channel"))
)
_END = (
    update(jobs)
    .where(
        jobs.c.job_id == _of_job,
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
_PICKUPS = (
    select(jobs)
    .where(jobs.c.user_id == bindparam("of_user"), jobs.c.guild_id == bindparam("of_guild"), parked)
    .order_by(jobs.c.created_at.desc(), jobs.c.turn.desc())
)
_BEING_DELIVERED = select(exists().where(jobs.c.state == JobState.DELIVERING.value, not_(parked)))
_OVER = select(jobs).where(parked, jobs.c.expires_at <= bindparam("now")).order_by(jobs.c.turn)


class JobPickups(JobCalls):
    """The part of SqlJobs about what waits for pick-up."""

    async def park(self, job: Job, *, until: int) -> Job | None:
        """T8: delivering to waiting for pick-up, unless a part of it was posted."""
        return await self._one(_PARK, **fence(job), until=until)

    async def take_up(self, job: Job, posts: Sequence[Post], *, now: int) -> bool:
        """Bring what waits on its way to the job's destination, once; any process may post it."""
        taken = await self._moved(
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
            await self._moved(_FORGET_POST_PICTURES, of_job=job.job_id)
            await self._moved(_FORGET_POSTS, of_job=job.job_id)
            await self._add_posts(posts)
        return taken

    async def post_in(self, job_id: str, channel_id: int) -> None:
        """Let a result that was not posted yet be posted in another channel."""
        await self._moved(_POST_IN, of_job=job_id, new_channel=channel_id)

    async def divide(self, job_id: str, posts: Sequence[Post]) -> None:
        """Replace the posts that no message has yet by others."""
        await self._moved(_FORGET_UNPOSTED_PICTURES, of_job=job_id)
        await self._moved(_FORGET_UNPOSTED, of_job=job_id)
        await self._add_posts(posts)

    async def end_pickup(self, job: Job, *, told_at: int | None, now: int) -> bool:
        """T8: waiting to failed."""
        seen = {"of_job": job.job_id, "of_expiry": job.expires_at}
        return await self._moved(_END, **seen, new_told_at=told_at, now=now)

    async def being_delivered(self) -> bool:
        """Tell whether any result is on its way; what waits for pick-up is not."""
        return bool((await self._connection.execute(_BEING_DELIVERED, {})).scalar_one())

    async def pickups(self, user_id: int, *, guild_id: int) -> list[Job]:
        """Return a member's jobs that wait for pick-up in a server, newest first."""
        return [
            job_of(row) for row in await self._all(_PICKUPS, of_user=user_id, of_guild=guild_id)
        ]

    async def pickups_over(self, *, now: int) -> list[Job]:
        """Return the jobs that have waited long enough."""
        return [job_of(row) for row in await self._all(_OVER, now=now)]

    async def _add_posts(self, posts: Sequence[Post]) -> None:
        await self._connection.execute(_ADD_POSTS, [_post_values(post) for post in posts])
        await self._connection.execute(
            _ADD_POST_PICTURES,
            [
                {"job_id": post.job_id, "part": post.part, "place": place, "position": position}
                for post in posts
                for place, position in enumerate(post.positions)
            ],
        )


def _post_values(post: Post) -> dict[str, Any]:
    return {
        "job_id": post.job_id,
        "part": post.part,
        "channel_id": post.channel_id,
        "nonce": post.nonce,
        "first_try_at": post.first_try_at,
        "message_id": post.message_id,
    }
