"""Jobs that wait, run or are being delivered, and those whose news is still to be told."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, exists, func, not_, or_, select

from bot.domain.job import Destination, Job, JobState
from bot.storage.engine.connection import Connection
from bot.storage.jobs.statements import collected, held, of_job, parked, rows_of
from bot.storage.rows import job_of
from bot.storage.tables import jobs

_queue_order = (jobs.c.created_at, jobs.c.turn)
_UNDER_WAY_NOW = select(
    func.count().filter(jobs.c.user_id == bindparam("of_user")).label("mine"),
    func.count().label("server"),
).where(
    jobs.c.guild_id == bindparam("of_guild"),
    # What is ready to pick up waits for its member, and takes no place in the queue.
    jobs.c.destination != Destination.PICKUP.value,
    jobs.c.state.in_([JobState.QUEUED.value, JobState.RUNNING.value, JobState.DELIVERING.value]),
)
_this = jobs.alias("this")
_AHEAD = (
    select(func.count())
    .select_from(jobs)
    .join(_this, _this.c.job_id == of_job)
    .where(
        jobs.c.state == JobState.QUEUED.value,
        jobs.c.provider == _this.c.provider,
        or_(
            jobs.c.created_at < _this.c.created_at,
            and_(jobs.c.created_at == _this.c.created_at, jobs.c.turn < _this.c.turn),
        ),
    )
)
_WAITING = (
    select(jobs)
    .where(
        jobs.c.state.in_([JobState.QUEUED.value, JobState.RUNNING.value]),
        jobs.c.provider == bindparam("of_provider"),
    )
    .order_by(*_queue_order)
)
_WAITED_FOR = select(jobs.c.provider).where(jobs.c.state == JobState.QUEUED.value).distinct()
_EXPIRED = (
    select(jobs)
    .where(jobs.c.state == JobState.QUEUED.value, jobs.c.expires_at <= bindparam("now"))
    .order_by(*_queue_order)
)
_OF_GUILD = (
    select(jobs)
    .where(
        jobs.c.state.in_([JobState.QUEUED.value, JobState.RUNNING.value, JobState.HELD.value]),
        jobs.c.guild_id == bindparam("of_guild"),
    )
    .order_by(*_queue_order)
)
_OF_MEMBER = _OF_GUILD.where(jobs.c.user_id == bindparam("of_user"))
# What is collected is on its way once it waits for no other one.
_others = jobs.alias("others")
_waits = and_(
    collected,
    exists().where(
        _others.c.comparison_id == jobs.c.comparison_id,
        _others.c.state == JobState.HELD.value,
    ),
)
_BEING_DELIVERED = select(
    exists().where(jobs.c.state == JobState.DELIVERING.value, not_(parked), not_(_waits))
)
_UNDER_WAY = [JobState.QUEUED.value, JobState.RUNNING.value, JobState.DELIVERING.value]
_REPLIES = (
    select(jobs)
    .where(
        jobs.c.state.in_(_UNDER_WAY),
        jobs.c.reply_to_message_id.is_not(None),
        # From then on the answers to its member's presses accompany it.
        ~parked,
        jobs.c.told_at.is_(None),
    )
    .order_by(jobs.c.turn)
)
_UNTOLD = (
    select(jobs)
    .where(
        jobs.c.told_at.is_(None),
        or_(
            jobs.c.state.in_([JobState.FAILED.value, JobState.CANCELLED.value]),
            and_(
                jobs.c.state == JobState.DONE.value,
                or_(jobs.c.reply_to_message_id.is_not(None), jobs.c.ticket_token.is_not(None)),
            ),
            parked,
            held,
        ),
    )
    .order_by(jobs.c.finished_at, jobs.c.turn)
)


class SqlJobQueue:
    """Reads the jobs that somebody still has to work on (port JobQueue)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def load(self, guild_id: int, user_id: int) -> tuple[int, int]:
        """Count the jobs that have not ended: of a member in a server, and of the server."""
        values = {"of_guild": guild_id, "of_user": user_id}
        row = (await self._connection.execute(_UNDER_WAY_NOW, values)).one()
        return row.mine, row.server

    async def queued_ahead(self, job: Job) -> int:
        """Count the queued jobs of the same provider that were accepted before this one."""
        return (await self._connection.execute(_AHEAD, {"of_job": job.job_id})).scalar_one()

    async def queued_and_running(self, provider: str) -> list[Job]:
        """Return a provider's jobs that wait or run, oldest first."""
        return [
            job_of(row) for row in await rows_of(self._connection, _WAITING, of_provider=provider)
        ]

    async def waited_for(self) -> list[str]:
        """Return the providers for which jobs are queued."""
        return [row.provider for row in await rows_of(self._connection, _WAITED_FOR)]

    async def under_way(self, guild_id: int, *, user_id: int | None = None) -> list[Job]:
        """Return what waits or runs in a server, of all members or of one, oldest first."""
        statement = _OF_GUILD if user_id is None else _OF_MEMBER
        rows = await rows_of(self._connection, statement, of_guild=guild_id, of_user=user_id)
        return [job_of(row) for row in rows]

    async def expired(self, *, now: int) -> list[Job]:
        """Return the queued jobs whose time is over."""
        return [job_of(row) for row in await rows_of(self._connection, _EXPIRED, now=now)]

    async def being_delivered(self) -> bool:
        """Tell whether any result is on its way; what waits for pick-up is not."""
        return bool((await self._connection.execute(_BEING_DELIVERED, {})).scalar_one())

    async def replies(self) -> list[Job]:
        """Return the jobs under way that a message asked for, oldest first."""
        return [job_of(row) for row in await rows_of(self._connection, _REPLIES)]

    async def untold(self) -> list[Job]:
        """Return the jobs that ended, or wait for pick-up, and whose member was not told.

        A result itself tells it, but its ticket has to say so too; where a message asked, its ⏳
        has to be removed.
        """
        return [job_of(row) for row in await rows_of(self._connection, _UNTOLD)]
