"""Comparisons, their jobs and votes. Part of one transaction (port ComparisonStore)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import (
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

from bot.domain.comparisons.comparison import Comparison, ComparisonState, Entry
from bot.domain.job import CallState, Destination, Job, JobState, PictureState, Post, Reason
from bot.storage.columns import Big
from bot.storage.comparison_tables import comparison_entries, comparisons
from bot.storage.engine.connect import insert_for
from bot.storage.engine.connection import Connection
from bot.storage.engine.server_notices import notify
from bot.storage.jobs.posts import add_posts
from bot.storage.jobs.statements import (
    collected,
    fence,
    fenced,
    first_to_try,
    moved,
    of_job,
    one_job,
    rows_of,
)
from bot.storage.jobs.transitions import forget_urls, has_call
from bot.storage.people.votes import FORGET_VOTES, UNBLIND
from bot.storage.rows import comparison_of, job_of
from bot.storage.tables import jobs, pictures, posts

_COLLECTING, _VOTING, _CLOSED, _OVER = (state.value for state in ComparisonState)
_FINAL = [state.value for state in JobState if state.final]
_this = comparisons.c.comparison_id == bindparam("of_comparison")
_theirs = jobs.c.comparison_id == bindparam("of_comparison")
_GET = select(comparisons).where(_this)
_OF_ORIGIN = select(comparisons).where(comparisons.c.origin == bindparam("of_origin"))
_ENTRIES = (
    select(comparison_entries)
    .where(comparison_entries.c.comparison_id == bindparam("of_comparison"))
    .order_by(comparison_entries.c.place)
)
_JOBS = (
    select(jobs)
    .join(comparison_entries, comparison_entries.c.job_id == jobs.c.job_id)
    .where(comparison_entries.c.comparison_id == bindparam("of_comparison"))
    .order_by(comparison_entries.c.place)
)
_COLLECT = (
    update(jobs)
    .where(
        fenced(JobState.RUNNING),
        jobs.c.comparison_id.is_not(None),
        ~has_call(CallState.PLANNED, CallState.SENT),
        exists().where(pictures.c.job_id == of_job, pictures.c.state == PictureState.FETCHED.value),
    )
    .values(
        state=JobState.DELIVERING.value,
        spoiler=bindparam("new_spoiler"),
        claimed_by=None,
        lease_until=None,
        expires_at=bindparam("until"),
    )
)
_waits_for_a_job = exists().where(
    jobs.c.comparison_id == comparisons.c.comparison_id,
    jobs.c.state.not_in(_FINAL),
    not_(collected),
)
_COMPLETE = (
    select(comparisons)
    .where(comparisons.c.state == _COLLECTING, ~_waits_for_a_job)
    .order_by(comparisons.c.created_at, comparisons.c.comparison_id)
)
_MARK = first_to_try(comparisons, _this, comparisons.c.state == _COLLECTING)
_LABEL = (
    update(comparison_entries)
    .where(comparison_entries.c.job_id == of_job)
    .values(label=bindparam("new_label"))
)
_POSTED = (
    update(comparisons)
    .where(_this, comparisons.c.state == _COLLECTING)
    .values(state=_VOTING, closes_at=bindparam("until"))
)
_POST = (
    update(posts)
    .where(posts.c.job_id == of_job, posts.c.message_id.is_(None))
    .values(
        message_id=bindparam("of_message"),
        first_place=bindparam("new_place"),
        first_try_at=func.coalesce(posts.c.first_try_at, bindparam("now")),
        posted_at=bindparam("now"),
    )
)
_FINISH = (
    update(jobs)
    .where(
        jobs.c.job_id == of_job,
        collected,
        exists().where(posts.c.job_id == of_job, posts.c.message_id.is_not(None)),
    )
    .values(
        state=JobState.DONE.value,
        destination=Destination.CHANNEL.value,
        spoiler=bindparam("new_spoiler"),
        blind=True,
        finished_at=bindparam("now"),
        told_at=bindparam("now"),
    )
)
_FAIL = (
    update(jobs)
    .where(jobs.c.job_id == of_job, collected)
    .values(
        state=JobState.FAILED.value,
        reason=Reason.INTERNAL.value,
        finished_at=bindparam("now"),
        told_at=bindparam("now"),
    )
)
_POST_IN = (
    update(posts)
    .where(
        posts.c.message_id.is_(None),
        posts.c.job_id.in_(select(jobs.c.job_id).where(_theirs, collected)),
    )
    .values(channel_id=bindparam("new_channel"))
)
_RELEASE = (
    update(jobs)
    .where(jobs.c.job_id == of_job, collected)
    .values(
        destination=Destination.CHANNEL.value,
        ticket_token=bindparam("new_token"),
        ticket_expires_at=bindparam("new_token_expires_at"),
    )
)
_PARK = (
    update(jobs)
    .where(_theirs, collected)
    .values(
        destination=Destination.PICKUP.value,
        expires_at=bindparam("until"),
        told_at=case(
            (jobs.c.job_id == bindparam("told_of"), None), else_=bindparam("now", type_=Big)
        ),
    )
)
_TICKET = (
    update(jobs)
    .where(jobs.c.job_id == of_job)
    .values(
        ticket_token=bindparam("new_token"), ticket_expires_at=bindparam("new_token_expires_at")
    )
)
_END = (
    update(comparisons)
    .where(_this, comparisons.c.state.in_([_COLLECTING, _VOTING]))
    .values(
        state=_OVER,
        closed_at=bindparam("now"),
        shown_at=case(
            (bindparam("is_shown", type_=jobs.c.blind.type), bindparam("now", type_=Big))
        ),
    )
)
_LOST = select(comparisons).where(
    comparisons.c.state == _VOTING,
    ~exists().where(
        jobs.c.comparison_id == comparisons.c.comparison_id,
        posts.c.job_id == jobs.c.job_id,
        posts.c.message_id.is_not(None),
        posts.c.removed_at.is_(None),
    ),
)
_TO_SHOW = (
    select(comparisons)
    .where(
        or_(
            and_(comparisons.c.state.in_([_CLOSED, _OVER]), comparisons.c.shown_at.is_(None)),
            # Its ticket does not say yet where it is.
            and_(comparisons.c.state == _VOTING, comparisons.c.ticket_token.is_not(None)),
        )
    )
    .order_by(comparisons.c.created_at)
)
_SHOWN = (
    update(comparisons)
    .where(_this, comparisons.c.state == bindparam("of_state"))
    .values(shown_at=bindparam("now"), ticket_token=None, ticket_expires_at=None)
)


class SqlComparisons:
    """Comparisons."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add_comparison(self, comparison: Comparison) -> bool:
        """Insert a comparison; False when its origin is known already."""
        statement = insert_for(self._connection.dialect.name, comparisons).values(
            comparison_id=comparison.comparison_id,
            origin=comparison.origin,
            guild_id=comparison.guild_id,
            state=comparison.state.value,
            ticket_token=comparison.ticket_token,
            ticket_expires_at=comparison.ticket_expires_at,
            created_at=comparison.created_at,
        )
        added = await self._connection.execute(statement.on_conflict_do_nothing())
        return added.rowcount > 0

    async def add_entries(self, entries: Sequence[Entry]) -> None:
        """Insert what is compared; the jobs are there already."""
        await self._connection.execute(
            insert(comparison_entries),
            [
                {
                    "comparison_id": entry.comparison_id,
                    "place": entry.place,
                    "job_id": entry.job_id,
                    "model_id": entry.model_id,
                }
                for entry in entries
            ],
        )

    async def get(self, comparison_id: str) -> Comparison | None:
        """Return a comparison by its id."""
        return await self._one(_GET, of_comparison=comparison_id)

    async def of_origin(self, origin: str) -> Comparison | None:
        """Return the comparison that a Discord event made."""
        return await self._one(_OF_ORIGIN, of_origin=origin)

    async def entries(self, comparison_id: str) -> list[Entry]:
        """Return what is compared, by place."""
        rows = await rows_of(self._connection, _ENTRIES, of_comparison=comparison_id)
        return [
            Entry(
                comparison_id=row.comparison_id,
                place=row.place,
                job_id=row.job_id,
                model_id=row.model_id,
                label=row.label,
                votes=row.votes,
                won=row.won,
            )
            for row in rows
        ]

    async def jobs(self, comparison_id: str) -> list[Job]:
        """Return the jobs of a comparison, by place."""
        rows = await rows_of(self._connection, _JOBS, of_comparison=comparison_id)
        return [job_of(row) for row in rows]

    async def collect(self, job: Job, posts: Sequence[Post], *, until: int) -> bool:
        """T5 of a job that is compared: it waits for the others and belongs to no process."""
        values = {"new_spoiler": job.spoiler, "until": until}
        if not await moved(self._connection, _COLLECT, **fence(job), **values):
            return False
        await add_posts(self._connection, posts)
        await notify(self._connection, "comparison")
        return True

    async def complete(self) -> list[Comparison]:
        """Return those that wait for no job any more, the oldest first."""
        return [comparison_of(row) for row in await rows_of(self._connection, _COMPLETE)]

    async def mark_comparison_try(
        self, comparison: Comparison, labels: Mapping[str, str], *, now: int
    ) -> bool:
        """Set the write-ahead mark, and the labels; False when another process did."""
        key = {"of_comparison": comparison.comparison_id, "before": comparison.tried_at}
        if not await moved(self._connection, _MARK, **key, now=now):
            return False
        for job_id, label in labels.items():
            await moved(self._connection, _LABEL, of_job=job_id, new_label=label)
        return True

    async def open_vote(self, comparison_id: str, *, now: int, closes_at: int) -> bool:
        """Open the vote."""
        return await moved(self._connection, _POSTED, of_comparison=comparison_id, until=closes_at)

    async def finish_compared(
        self, job: Job, message_id: int, *, first_place: int, keep: Sequence[int], now: int
    ) -> bool:
        """T7 of a job that is compared."""
        await moved(
            self._connection,
            _POST,
            of_job=job.job_id,
            of_message=message_id,
            new_place=first_place,
            now=now,
        )
        done = await moved(
            self._connection, _FINISH, of_job=job.job_id, new_spoiler=job.spoiler, now=now
        )
        if done:
            await forget_urls(self._connection, job.job_id, keep)
        return done

    async def fail_compared(self, job: Job, *, now: int) -> bool:
        """End a collected job whose picture is lost, which has no letter then."""
        await moved(self._connection, _LABEL, of_job=job.job_id, new_label=None)
        return await moved(self._connection, _FAIL, of_job=job.job_id, now=now)

    async def post_in(self, comparison_id: str, channel_id: int) -> None:
        """Let what is collected be posted in another channel."""
        await moved(self._connection, _POST_IN, of_comparison=comparison_id, new_channel=channel_id)

    async def release(self, comparison: Comparison, job: Job, *, now: int) -> bool:
        """Let a collected job be delivered like any other, by any process."""
        released = await moved(
            self._connection,
            _RELEASE,
            of_job=job.job_id,
            new_token=comparison.ticket_token,
            new_token_expires_at=comparison.ticket_expires_at,
        )
        await notify(self._connection, "pickup")
        return released and await self.over(comparison.comparison_id, now=now, shown=True)

    async def park_compared(self, comparison: Comparison, *, until: int, now: int) -> list[Job]:
        """Let what is collected wait for pick-up; its member is told of the first."""
        waiting = [job for job in await self.jobs(comparison.comparison_id) if job.collected]
        if not waiting:
            return []
        first = waiting[0].job_id
        await moved(
            self._connection,
            _PARK,
            of_comparison=comparison.comparison_id,
            until=until,
            told_of=first,
            now=now,
        )
        await moved(
            self._connection,
            _TICKET,
            of_job=first,
            new_token=comparison.ticket_token,
            new_token_expires_at=comparison.ticket_expires_at,
        )
        await self.over(comparison.comparison_id, now=now, shown=True)
        parked = [await one_job(self._connection, _JOB, of_job=job.job_id) for job in waiting]
        return [job for job in parked if job is not None]

    async def over(self, comparison_id: str, *, now: int, shown: bool) -> bool:
        """End it without a result of votes."""
        key = {"of_comparison": comparison_id}
        await moved(self._connection, FORGET_VOTES, **key)
        await moved(self._connection, UNBLIND, **key)
        return await moved(self._connection, _END, **key, now=now, is_shown=shown)

    async def lost(self) -> list[Comparison]:
        """Return those with an open vote whose message is gone."""
        return [comparison_of(row) for row in await rows_of(self._connection, _LOST)]

    async def to_show(self) -> list[Comparison]:
        """Return those whose message or ticket does not show yet how they stand."""
        return [comparison_of(row) for row in await rows_of(self._connection, _TO_SHOW)]

    async def comparison_shown(self, comparison: Comparison, *, now: int) -> None:
        """Remember that it was shown how it stands; forgets its ticket."""
        key = {"of_comparison": comparison.comparison_id, "of_state": comparison.state.value}
        await moved(self._connection, _SHOWN, **key, now=now)

    async def _one(self, statement: object, **values: object) -> Comparison | None:
        rows = await rows_of(self._connection, statement, **values)  # pyright: ignore[reportArgumentType]
        return comparison_of(rows[0]) if rows else None


_JOB = select(jobs).where(jobs.c.job_id == of_job)
