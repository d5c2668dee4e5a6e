"""Questions about jobs that change nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BindParameter, Executable, and_, bindparam, exists, func, or_, select

from bot.domain.job import Call, Destination, Job, JobState, Picture, Post, Reason
from bot.services.ports import StoredReference
from bot.storage.engine.cancellation_shield import ShieldedConnection
from bot.storage.rows import AnyRow, call_of, job_of, picture_of, reference_of
from bot.storage.tables import calls, jobs, pictures, post_pictures, posts, reference_pictures

_of_job: BindParameter[str] = bindparam("of_job")
_queue_order = (jobs.c.created_at, jobs.c.turn)
# The pictures are there, could not be posted, and wait for their member (T8).
parked = and_(
    jobs.c.state == JobState.DELIVERING.value, jobs.c.destination == Destination.PICKUP.value
)

_GET = select(jobs).where(jobs.c.job_id == _of_job)
_OF_ORIGIN = select(jobs).where(jobs.c.origin == bindparam("of_origin"))
_OF_MESSAGE = select(jobs).join(posts).where(posts.c.message_id == bindparam("of_message"))
_REFERENCES = (
    select(reference_pictures)
    .where(reference_pictures.c.job_id == _of_job)
    .order_by(reference_pictures.c.role.desc(), reference_pictures.c.position)
)
_CALLS = select(calls).where(calls.c.job_id == _of_job).order_by(calls.c.seq, calls.c.try_number)
_PICTURES = select(pictures).where(pictures.c.job_id == _of_job).order_by(pictures.c.position)
_POSTS = select(posts).where(posts.c.job_id == _of_job).order_by(posts.c.part)
_POST_PICTURES = (
    select(post_pictures)
    .where(post_pictures.c.job_id == _of_job)
    .order_by(post_pictures.c.part, post_pictures.c.place)
)
_RECENT = (
    select(jobs)
    .where(jobs.c.user_id == bindparam("of_user"), jobs.c.guild_id == bindparam("of_guild"))
    .order_by(jobs.c.created_at.desc(), jobs.c.turn.desc())
    .limit(bindparam("at_most"))
)
_seen = exists().where(
    posts.c.job_id == jobs.c.job_id,
    posts.c.message_id.is_not(None),
    posts.c.removed_at.is_(None),
)
_RESULTS = (
    select(jobs)
    .where(
        jobs.c.user_id == bindparam("of_user"),
        jobs.c.guild_id == bindparam("of_guild"),
        jobs.c.channel_id == bindparam("of_channel"),
        jobs.c.state == JobState.DONE.value,
        _seen,
    )
    .order_by(jobs.c.created_at.desc(), jobs.c.turn.desc())
    .limit(bindparam("at_most"))
)
_AGAIN = (
    select(jobs)
    .where(
        jobs.c.again_of == _of_job,
        jobs.c.user_id == bindparam("of_user"),
        jobs.c.created_at >= bindparam("since"),
    )
    .order_by(jobs.c.turn)
    .limit(1)
)
_LAST_OF_MEMBER = select(func.max(jobs.c.created_at)).where(
    jobs.c.user_id == bindparam("of_user"), jobs.c.guild_id == bindparam("of_guild")
)
_LAST_IN_CHANNEL = select(func.max(jobs.c.created_at)).where(
    jobs.c.channel_id == bindparam("of_channel"), jobs.c.guild_id == bindparam("of_guild")
)
_UNDER_WAY_NOW = select(
    func.count().filter(jobs.c.user_id == bindparam("of_user")).label("mine"),
    func.count().label("server"),
).where(
    jobs.c.guild_id == bindparam("of_guild"),
    # What is ready to pick up waits for its member, and holds nobody else up.
    jobs.c.destination != Destination.PICKUP.value,
    jobs.c.state.in_([JobState.QUEUED.value, JobState.RUNNING.value, JobState.DELIVERING.value]),
)
_REFUSED = select(jobs.c.created_at).where(
    jobs.c.user_id == bindparam("of_user"),
    jobs.c.created_at > bindparam("since"),
    jobs.c.reason.in_(bindparam("reasons", expanding=True)),
)
_this = jobs.alias("this")
_AHEAD = (
    select(func.count())
    .select_from(jobs)
    .join(_this, _this.c.job_id == _of_job)
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
_EXPIRED = (
    select(jobs.c.job_id)
    .where(jobs.c.state == JobState.QUEUED.value, jobs.c.expires_at <= bindparam("now"))
    .order_by(*_queue_order)
)
_OF_GUILD = (
    select(jobs)
    .where(
        jobs.c.state.in_([JobState.QUEUED.value, JobState.RUNNING.value]),
        jobs.c.guild_id == bindparam("of_guild"),
    )
    .order_by(*_queue_order)
)
_OF_MEMBER = _OF_GUILD.where(jobs.c.user_id == bindparam("of_user"))
_POSTED_SINCE = (
    select(jobs.c.job_id)
    .join(posts)
    .where(
        jobs.c.user_id == bindparam("of_user"),
        jobs.c.guild_id == bindparam("of_guild"),
        jobs.c.destination == Destination.CHANNEL.value,
        posts.c.posted_at >= bindparam("since"),
        posts.c.removed_at.is_(None),
    )
    .distinct()
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
        ),
    )
    .order_by(jobs.c.finished_at, jobs.c.turn)
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
_ENDS = select(jobs.c.job_id, jobs.c.finished_at).where(
    jobs.c.job_id.in_(bindparam("of_jobs", expanding=True))
)


class JobReads:
    """The reading half of SqlJobs."""

    def __init__(self, connection: ShieldedConnection) -> None:
        self._connection = connection

    async def get(self, job_id: str) -> Job | None:
        """Return a job by its id."""
        return await self._one(_GET, of_job=job_id)

    async def of_origin(self, origin: str) -> Job | None:
        """Return the job that a Discord event or a command made."""
        return await self._one(_OF_ORIGIN, of_origin=origin)

    async def of_message(self, message_id: int) -> Job | None:
        """Return the job whose result a message is."""
        return await self._one(_OF_MESSAGE, of_message=message_id)

    async def references(self, job_id: str) -> list[StoredReference]:
        """Return a job's reference pictures in their order, the mask last."""
        return [reference_of(row) for row in await self._all(_REFERENCES, of_job=job_id)]

    async def calls(self, job_id: str) -> list[Call]:
        """Return every try of every call, in order."""
        return [call_of(row) for row in await self._all(_CALLS, of_job=job_id)]

    async def pictures(self, job_id: str) -> list[Picture]:
        """Return a job's pictures by position."""
        return [picture_of(row) for row in await self._all(_PICTURES, of_job=job_id)]

    async def posts(self, job_id: str) -> list[Post]:
        """Return a result's messages by part."""
        positions: dict[int, list[int]] = {}
        for row in await self._all(_POST_PICTURES, of_job=job_id):
            positions.setdefault(row.part, []).append(row.position)
        return [
            Post(
                job_id=row.job_id,
                part=row.part,
                channel_id=row.channel_id,
                nonce=row.nonce,
                positions=tuple(positions.get(row.part, ())),
                first_try_at=row.first_try_at,
                message_id=row.message_id,
                removed_at=row.removed_at,
            )
            for row in await self._all(_POSTS, of_job=job_id)
        ]

    async def recent(self, user_id: int, *, guild_id: int, limit: int) -> list[Job]:
        """Return a member's newest jobs in a server, newest first."""
        rows = await self._all(_RECENT, of_user=user_id, of_guild=guild_id, at_most=limit)
        return [job_of(row) for row in rows]

    async def results(
        self, user_id: int, *, guild_id: int, channel_id: int, limit: int
    ) -> list[Job]:
        """Return a member's newest jobs in a channel with a post that stands, newest first."""
        place = {"of_user": user_id, "of_guild": guild_id, "of_channel": channel_id}
        return [job_of(row) for row in await self._all(_RESULTS, **place, at_most=limit)]

    async def again(self, job_id: str, *, user_id: int, since: int) -> Job | None:
        """Return the member's first repetition of a job that was accepted since then."""
        return await self._one(_AGAIN, of_job=job_id, of_user=user_id, since=since)

    async def last_accepted(
        self, guild_id: int, *, user_id: int | None = None, channel_id: int | None = None
    ) -> int | None:
        """Return when the newest job of a member, or in a channel, was accepted."""
        values = {"of_guild": guild_id, "of_user": user_id, "of_channel": channel_id}
        statement = _LAST_IN_CHANNEL if user_id is None else _LAST_OF_MEMBER
        return (await self._connection.execute(statement, values)).scalar_one()

    async def load(self, guild_id: int, user_id: int) -> tuple[int, int]:
        """Count the jobs that have not ended: of a member in a server, and of the server."""
        values = {"of_guild": guild_id, "of_user": user_id}
        row = (await self._connection.execute(_UNDER_WAY_NOW, values)).one()
        return row.mine, row.server

    async def refused_since(
        self, user_id: int, reasons: Sequence[Reason], *, since: int
    ) -> list[int]:
        """Return when a member's jobs that ended for such reasons were accepted."""
        values = {"of_user": user_id, "since": since, "reasons": [r.value for r in reasons]}
        return [row.created_at for row in await self._all(_REFUSED, **values)]

    async def queued_ahead(self, job: Job) -> int:
        """Count the queued jobs of the same provider that were accepted before this one."""
        return (await self._connection.execute(_AHEAD, {"of_job": job.job_id})).scalar_one()

    async def queued_and_running(self, provider: str) -> list[Job]:
        """Return a provider's jobs that wait or run, oldest first."""
        return [job_of(row) for row in await self._all(_WAITING, of_provider=provider)]

    async def under_way(self, guild_id: int, *, user_id: int | None = None) -> list[Job]:
        """Return what waits or runs in a server, of all members or of one, oldest first."""
        statement = _OF_GUILD if user_id is None else _OF_MEMBER
        rows = await self._all(statement, of_guild=guild_id, of_user=user_id)
        return [job_of(row) for row in rows]

    async def posted_since(self, guild_id: int, user_id: int, *, since: int) -> list[str]:
        """Return the jobs of a member with a message since then that still stands."""
        values = {"of_guild": guild_id, "of_user": user_id, "since": since}
        return [row.job_id for row in await self._all(_POSTED_SINCE, **values)]

    async def expired(self, *, now: int) -> list[str]:
        """Return the queued jobs whose time is over."""
        return [row.job_id for row in await self._all(_EXPIRED, now=now)]

    async def replies(self) -> list[Job]:
        """Return the jobs under way that a message asked for, oldest first."""
        return [job_of(row) for row in await self._all(_REPLIES)]

    async def untold(self) -> list[Job]:
        """Return the jobs that ended, or wait for pick-up, and whose member has not heard of it.

        A result itself tells it, but its ticket has to say so too; where a message asked, its ⏳
        has to go.
        """
        return [job_of(row) for row in await self._all(_UNTOLD)]

    async def ends(self, job_ids: Sequence[str]) -> dict[str, int | None]:
        """Return when jobs ended, None for those under way; unknown ids are left out."""
        rows = await self._all(_ENDS, of_jobs=list(job_ids))
        return {row.job_id: row.finished_at for row in rows}

    async def _all(self, statement: Executable, **values: object) -> Sequence[AnyRow]:
        return (await self._connection.execute(statement, values)).all()

    async def _one(self, statement: Executable, **values: object) -> Job | None:
        row = (await self._connection.execute(statement, values)).one_or_none()
        return None if row is None else job_of(row)
