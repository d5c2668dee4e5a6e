"""Stored jobs, found by what is known of them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import bindparam, exists, func, or_, select

from bot.domain.job import Destination, Job, JobState, Reason
from bot.domain.providers.refusal_waves import Ending
from bot.services.ports import StoredReference
from bot.storage.engine.connection import Connection
from bot.storage.jobs.statements import of_job, one_job, rows_of
from bot.storage.rows import job_of, reference_of
from bot.storage.tables import jobs, pictures, posts, reference_pictures

_GET = select(jobs).where(jobs.c.job_id == of_job)
_OF_ORIGIN = select(jobs).where(jobs.c.origin == bindparam("of_origin"))
_OF_MESSAGE = (
    select(jobs)
    .join(posts)
    .where(posts.c.message_id == bindparam("of_message"))
    .order_by(posts.c.first_place)
)
# Of one picture that was posted again and again, the newest will do.
_MOST_COPIES = 20
_OF_PICTURE = (
    select(jobs, pictures.c.position)
    .join(pictures, pictures.c.job_id == jobs.c.job_id)
    .where(jobs.c.guild_id == bindparam("of_guild"))
    .order_by(jobs.c.created_at.desc(), jobs.c.turn.desc())
    .limit(_MOST_COPIES)
)
_OF_FILE = _OF_PICTURE.where(pictures.c.posted_sha256 == bindparam("hash"))
_OF_PIXELS = _OF_PICTURE.where(pictures.c.pixel_hash == bindparam("hash"))
_REFERENCES = (
    select(reference_pictures)
    .where(reference_pictures.c.job_id == of_job)
    .order_by(reference_pictures.c.role.desc(), reference_pictures.c.position)
)
_RECENT = (
    select(jobs)
    .where(jobs.c.user_id == bindparam("of_user"), jobs.c.guild_id == bindparam("of_guild"))
    .order_by(jobs.c.created_at.desc(), jobs.c.turn.desc())
    .limit(bindparam("at_most"))
)
_OPEN = (
    select(jobs)
    .where(
        jobs.c.guild_id == bindparam("of_guild"),
        jobs.c.state.in_([state.value for state in JobState if not state.final]),
        jobs.c.user_id == bindparam("of_user"),
    )
    .order_by(jobs.c.created_at.desc(), jobs.c.turn.desc())
)
_ENDED = (
    select(jobs.c.job_id, jobs.c.request)
    .where(
        jobs.c.user_id == bindparam("of_user"),
        jobs.c.guild_id == bindparam("of_guild"),
        jobs.c.state.in_([state.value for state in JobState if state.final]),
    )
    .order_by(jobs.c.created_at.desc(), jobs.c.turn.desc())
    .limit(bindparam("at_most"))
)
_cursor = jobs.alias("cursor")
_at = select(_cursor.c.created_at).where(_cursor.c.job_id == of_job).scalar_subquery()
_turn = select(_cursor.c.turn).where(_cursor.c.job_id == of_job).scalar_subquery()
# The index on members and times begins where the page before ended.
_ENDED_BEFORE = _ENDED.where(
    jobs.c.created_at <= _at, or_(jobs.c.created_at < _at, jobs.c.turn < _turn)
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
        # No index serves a sum: SQLite would walk over everything that a channel ever asked for.
        jobs.c.guild_id + 0 == bindparam("of_guild"),
        jobs.c.channel_id + 0 == bindparam("of_channel"),
        jobs.c.state == JobState.DONE.value,
        _seen,
    )
    .order_by(jobs.c.created_at.desc(), jobs.c.turn.desc())
    .limit(bindparam("at_most"))
)
_AGAIN = (
    select(jobs)
    .where(
        jobs.c.again_of == of_job,
        jobs.c.user_id == bindparam("of_user"),
        jobs.c.created_at >= bindparam("since"),
    )
    .order_by(jobs.c.turn)
)
_LAST_OF_MEMBER = select(func.max(jobs.c.created_at)).where(
    jobs.c.user_id == bindparam("of_user"), jobs.c.guild_id == bindparam("of_guild")
)
_LAST_IN_CHANNEL = select(func.max(jobs.c.created_at)).where(
    jobs.c.channel_id == bindparam("of_channel"), jobs.c.guild_id == bindparam("of_guild")
)
# What is compared is one request of its member.
_REFUSED = (
    select(func.min(jobs.c.created_at).label("created_at"))
    .where(
        jobs.c.user_id == bindparam("of_user"),
        jobs.c.created_at > bindparam("since"),
        jobs.c.reason.in_(bindparam("reasons", expanding=True)),
    )
    .group_by(func.coalesce(jobs.c.comparison_id, jobs.c.job_id))
)
# No request waits and runs for longer, and the index on jobs begins with these columns.
_LONGEST_SECONDS = 2 * 3600
_ENDINGS = select(
    jobs.c.job_id,
    jobs.c.comparison_id,
    jobs.c.provider,
    jobs.c.user_id,
    jobs.c.created_at,
    jobs.c.finished_at,
    jobs.c.state,
).where(
    jobs.c.state.in_([JobState.DONE.value, JobState.FAILED.value]),
    jobs.c.created_at > bindparam("since") - _LONGEST_SECONDS,
    jobs.c.finished_at > bindparam("since"),
    or_(
        jobs.c.state == JobState.DONE.value,
        jobs.c.reason.in_(bindparam("reasons", expanding=True)),
    ),
)
_ENDINGS_OF_PROVIDER = _ENDINGS.where(jobs.c.provider == bindparam("of_provider"))
_own = jobs.alias("own")
_ENDINGS_AROUND = _ENDINGS.where(
    jobs.c.provider.in_(
        select(_own.c.provider).where(
            _own.c.user_id == bindparam("of_user"), _own.c.created_at > bindparam("since")
        )
    )
)
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
_ENDS = select(jobs.c.job_id, jobs.c.finished_at).where(
    jobs.c.job_id.in_(bindparam("of_jobs", expanding=True))
)


class SqlJobQueries:
    """Reads jobs in any state (port JobQueries)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, job_id: str) -> Job | None:
        """Return a job by its id."""
        return await one_job(self._connection, _GET, of_job=job_id)

    async def of_origin(self, origin: str) -> Job | None:
        """Return the job that a Discord event or a command made."""
        return await one_job(self._connection, _OF_ORIGIN, of_origin=origin)

    async def of_message(self, message_id: int) -> Job | None:
        """Return the job whose result a message is; of a comparison the first."""
        return next(iter(await self.sharing(message_id)), None)

    async def sharing(self, message_id: int) -> list[Job]:
        """Return the jobs whose results a message shows, in the order of their pictures."""
        rows = await rows_of(self._connection, _OF_MESSAGE, of_message=message_id)
        return [job_of(row) for row in rows]

    async def of_picture(
        self, guild_id: int, *, sha256: str, pixel_hash: str
    ) -> list[tuple[Job, int]]:
        """Return a server's jobs that posted a picture, by its file, then by its pixels."""
        found: list[tuple[Job, int]] = []
        for statement, value in ((_OF_FILE, sha256), (_OF_PIXELS, pixel_hash)):
            rows = await rows_of(self._connection, statement, of_guild=guild_id, hash=value)
            found += [(job_of(row), row.position) for row in rows]
        return found

    async def references(self, job_id: str) -> list[StoredReference]:
        """Return a job's reference pictures in their order, the mask last."""
        return [
            reference_of(row) for row in await rows_of(self._connection, _REFERENCES, of_job=job_id)
        ]

    async def recent(self, user_id: int, *, guild_id: int, limit: int) -> list[Job]:
        """Return a member's newest jobs in a server, newest first."""
        rows = await rows_of(
            self._connection, _RECENT, of_user=user_id, of_guild=guild_id, at_most=limit
        )
        return [job_of(row) for row in rows]

    async def open(self, user_id: int, *, guild_id: int) -> list[Job]:
        """Return a member's jobs in a server that have not ended, newest first."""
        rows = await rows_of(self._connection, _OPEN, of_user=user_id, of_guild=guild_id)
        return [job_of(row) for row in rows]

    async def ended(
        self, user_id: int, *, guild_id: int, before: str, limit: int
    ) -> list[tuple[str, str]]:
        """Return id and prompt of a member's jobs that ended, newest first.

        With `before`, those that were accepted before this job.
        """
        values = {"of_user": user_id, "of_guild": guild_id, "at_most": limit}
        if before:
            rows = await rows_of(self._connection, _ENDED_BEFORE, of_job=before, **values)
        else:
            rows = await rows_of(self._connection, _ENDED, **values)
        return [(row.job_id, json.loads(row.request)["prompt"]) for row in rows]

    async def results(
        self, user_id: int, *, guild_id: int, channel_id: int, limit: int
    ) -> list[Job]:
        """Return a member's newest jobs in a channel with a post that stands, newest first."""
        place = {"of_user": user_id, "of_guild": guild_id, "of_channel": channel_id}
        return [
            job_of(row) for row in await rows_of(self._connection, _RESULTS, **place, at_most=limit)
        ]

    async def again(self, job_id: str, *, user_id: int, since: int) -> list[Job]:
        """Return the member's repetitions of a job that were accepted since then, oldest first."""
        values = {"of_job": job_id, "of_user": user_id, "since": since}
        return [job_of(row) for row in await rows_of(self._connection, _AGAIN, **values)]

    async def last_accepted(
        self, guild_id: int, *, user_id: int | None = None, channel_id: int | None = None
    ) -> int | None:
        """Return when the newest job of a member, or in a channel, was accepted."""
        values = {"of_guild": guild_id, "of_user": user_id, "of_channel": channel_id}
        statement = _LAST_IN_CHANNEL if user_id is None else _LAST_OF_MEMBER
        return (await self._connection.execute(statement, values)).scalar_one()

    async def refused_since(
        self, user_id: int, reasons: Sequence[Reason], *, since: int
    ) -> list[int]:
        """Return when a member's jobs that ended for such reasons were accepted."""
        values = {"of_user": user_id, "since": since, "reasons": [r.value for r in reasons]}
        return [row.created_at for row in await rows_of(self._connection, _REFUSED, **values)]

    async def endings(
        self, refusals: Sequence[Reason], *, since: int, provider: str = "", of_user: int = 0
    ) -> list[Ending]:
        """Return the jobs that ended since then with pictures or for such reasons."""
        values = {"since": since, "reasons": [reason.value for reason in refusals]}
        if provider:
            found = await rows_of(
                self._connection, _ENDINGS_OF_PROVIDER, of_provider=provider, **values
            )
        else:
            found = await rows_of(self._connection, _ENDINGS_AROUND, of_user=of_user, **values)
        return [
            Ending(
                comparison_id=row.comparison_id,
                job_id=row.job_id,
                provider=row.provider,
                user_id=row.user_id,
                created_at=row.created_at,
                ended_at=row.finished_at,
                refused=row.state != JobState.DONE.value,
            )
            for row in found
        ]

    async def posted_since(self, guild_id: int, user_id: int, *, since: int) -> list[str]:
        """Return the jobs of a member with a message since then that still stands."""
        values = {"of_guild": guild_id, "of_user": user_id, "since": since}
        return [row.job_id for row in await rows_of(self._connection, _POSTED_SINCE, **values)]

    async def ends(self, job_ids: Sequence[str]) -> dict[str, int | None]:
        """Return when jobs ended, None for those under way; unknown ids are left out."""
        rows = await rows_of(self._connection, _ENDS, of_jobs=list(job_ids))
        return {row.job_id: row.finished_at for row in rows}
