"""Results that wait for a review by staff (T15 to T17 of docs/spec/states.md).

Such a job is `held` and belongs to no process: there is no claim to lose. Its review stays until
its card shows the outcome.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import bindparam, delete, exists, insert, or_, select, update

from bot.domain.job import JUDGED, CallState, Job, JobState, PictureState, Post, Reason
from bot.domain.safety.reviews import Review, ReviewOutcome
from bot.storage.engine.connection import Connection
from bot.storage.engine.server_notices import notify
from bot.storage.jobs.posts import replace_posts
from bot.storage.jobs.statements import fence, fenced, held, moved, of_job, one_job, rows_of
from bot.storage.rows import AnyRow, canonical_json
from bot.storage.tables import calls, jobs, pictures, reviews

_this = reviews.c.job_id == of_job
_HOLD = (
    update(jobs)
    .where(
        fenced(JobState.RUNNING),
        ~exists().where(
            calls.c.job_id == of_job,
            calls.c.state.in_([CallState.PLANNED.value, CallState.SENT.value]),
        ),
        exists().where(pictures.c.job_id == of_job, pictures.c.state == PictureState.FETCHED.value),
    )
    .values(
        state=JobState.HELD.value,
        spoiler=bindparam("new_spoiler"),
        expires_at=bindparam("until"),
        claimed_by=None,
        lease_until=None,
        told_at=None,
    )
    .returning(jobs)
)
_ADD = insert(reviews)
_APPROVE = (
    update(jobs)
    .where(jobs.c.job_id == of_job, held)
    # The first process that finds it delivers it; its member is told how it ended.
    .values(state=JobState.DELIVERING.value, told_at=None)
)
_END = (
    update(jobs)
    .where(jobs.c.job_id == of_job, held)
    .values(
        state=JobState.FAILED.value,
        reason=bindparam("new_reason"),
        finished_at=bindparam("now"),
        told_at=bindparam("new_told_at"),
    )
    .returning(jobs)
)
_REFUSE_PICTURES = (
    update(pictures)
    .where(pictures.c.job_id == of_job, pictures.c.state == PictureState.FETCHED.value)
    .values(
        state=PictureState.REFUSED.value,
        error_code=JUDGED,
        path=None,
        sha256=None,
        source_url=None,
    )
)
_DECIDE = (
    update(reviews)
    .where(_this, reviews.c.outcome.is_(None))
    .values(outcome=bindparam("new_outcome"), decided_by=bindparam("who"))
)
_DECIDE_ALL = (
    update(reviews)
    .where(reviews.c.outcome.is_(None))
    .values(outcome=ReviewOutcome.WITHDRAWN.value, decided_by=0)
)
_GET = select(reviews).where(_this)
_DUE = (
    select(reviews)
    .where(or_(reviews.c.message_id.is_(None), reviews.c.outcome.is_not(None)))
    .order_by(reviews.c.held_at)
)
_HELD = select(jobs.c.job_id).join(reviews).where(held).order_by(jobs.c.turn)
_OVER = (
    select(jobs.c.job_id).where(held, jobs.c.expires_at <= bindparam("now")).order_by(jobs.c.turn)
)
_FIRST_TRY = (
    update(reviews)
    .where(_this, reviews.c.first_try_at.is_(None))
    .values(first_try_at=bindparam("now"))
)
_FIRST_TRY_AT = select(reviews.c.first_try_at).where(_this)
_POSTED = (
    update(reviews)
    .where(_this, reviews.c.message_id.is_(None))
    .values(message_id=bindparam("of_message"))
)
_FORGET = delete(reviews).where(_this)


class SqlReviews:
    """Held jobs and their reviews (port ReviewStore)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def hold(self, job: Job, review: Review, *, until: int) -> Job | None:
        """T15: running to held, once all calls ended and a picture is there."""
        moved_to = await one_job(
            self._connection, _HOLD, **fence(job), until=until, new_spoiler=job.spoiler
        )
        if moved_to is not None:
            await self._add(review)
        return moved_to

    async def approve(self, job_id: str, posts: Sequence[Post], *, by: int) -> bool:
        """T16: held to delivering, once, for any process to deliver."""
        if not await moved(self._connection, _APPROVE, of_job=job_id):
            return False
        await self._decide(job_id, ReviewOutcome.APPROVED, by)
        await replace_posts(self._connection, job_id, posts)
        for kind in ("pickup", "comparison"):
            await notify(self._connection, kind)
        return True

    async def end_held(
        self,
        job_id: str,
        reason: Reason,
        outcome: ReviewOutcome,
        *,
        by: int,
        told_at: int | None,
        now: int,
    ) -> Job | None:
        """T17: held to failed; its pictures are named nowhere any more."""
        ended = await one_job(
            self._connection,
            _END,
            of_job=job_id,
            new_reason=reason.value,
            new_told_at=told_at,
            now=now,
        )
        if ended is not None:
            await self._decide(job_id, outcome, by)
            await moved(self._connection, _REFUSE_PICTURES, of_job=job_id)
        return ended

    async def minors(self, job: Job, *, now: int) -> None:
        """Remember that the files of a job are to be deleted."""
        await self._add(
            Review(
                job_id=job.job_id,
                guild_id=job.guild_id,
                channel_id=0,
                categories=(),
                held_at=now,
                outcome=ReviewOutcome.MINORS,
            )
        )

    async def get(self, job_id: str) -> Review | None:
        """Return the review of a job; None where there is none, or all of it is done."""
        row = (await self._connection.execute(_GET, {"of_job": job_id})).one_or_none()
        return None if row is None else _review(row)

    async def due(self) -> list[Review]:
        """Return reviews of which a card is to be posted or changed, or files to be deleted."""
        return [_review(row) for row in await rows_of(self._connection, _DUE)]

    async def held(
        self, *, guild_id: int | None = None, channel_id: int | None = None
    ) -> list[str]:
        """Return the jobs that are held in a server, or whose cards are in a channel."""
        found = _HELD
        if guild_id is not None:
            found = found.where(jobs.c.guild_id == guild_id)
        if channel_id is not None:
            found = found.where(reviews.c.channel_id == channel_id)
        return [row.job_id for row in await rows_of(self._connection, found)]

    async def over(self, *, now: int) -> list[str]:
        """Return the jobs that have been held long enough."""
        return [row.job_id for row in await rows_of(self._connection, _OVER, now=now)]

    async def mark_card_try(self, job_id: str, *, now: int) -> int | None:
        """Mark a card as tried; return when it was before, None the first time."""
        if await moved(self._connection, _FIRST_TRY, of_job=job_id, now=now):
            return None
        return (await self._connection.execute(_FIRST_TRY_AT, {"of_job": job_id})).scalar_one()

    async def card_posted(self, job_id: str, message_id: int) -> None:
        """Remember the message of a card; the first one counts."""
        await moved(self._connection, _POSTED, of_job=job_id, of_message=message_id)

    async def forget(self, job_id: str) -> None:
        """Forget a review of which nothing is left to do."""
        await moved(self._connection, _FORGET, of_job=job_id)

    async def restored(self) -> None:
        """T13: nobody decides any more what a restored copy held."""
        await moved(self._connection, _DECIDE_ALL)

    async def _decide(self, job_id: str, outcome: ReviewOutcome, by: int) -> None:
        await moved(self._connection, _DECIDE, of_job=job_id, new_outcome=outcome.value, who=by)
        await notify(self._connection, "review")

    async def _add(self, review: Review) -> None:
        values = {
            "job_id": review.job_id,
            "guild_id": review.guild_id,
            "channel_id": review.channel_id,
            "categories": canonical_json(list(review.categories)),
            "held_at": review.held_at,
            "outcome": review.outcome.value if review.outcome else None,
        }
        await self._connection.execute(_ADD, values)
        await notify(self._connection, "review")


def _review(row: AnyRow) -> Review:
    return Review(
        job_id=row.job_id,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        categories=tuple(json.loads(row.categories)),
        held_at=row.held_at,
        first_try_at=row.first_try_at,
        message_id=row.message_id,
        outcome=ReviewOutcome(row.outcome) if row.outcome else None,
        decided_by=row.decided_by,
    )
