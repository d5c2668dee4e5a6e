"""Results in galleries of servers. Part of one transaction (port GalleryStore)."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, exists, or_, select, update

from bot.domain.job import Job
from bot.services.ports import GalleryPost, GalleryState
from bot.storage.engine.connect import insert_for
from bot.storage.engine.connection import Connection
from bot.storage.engine.server_notices import notify
from bot.storage.jobs.statements import first_to_try, moved, of_job, one_job, rows_of
from bot.storage.policy_tables import member_settings
from bot.storage.rows import AnyRow
from bot.storage.tables import gallery_posts, jobs, posts

_DECIDED, _POSTED, _LEAVING, _GONE = (state.value for state in GalleryState)
_this = gallery_posts.c.job_id == of_job
_GET = select(gallery_posts).where(_this)
_OF_MESSAGE = (
    select(jobs).join(gallery_posts).where(gallery_posts.c.message_id == bindparam("of_message"))
)
_IN_STATE = (
    select(gallery_posts)
    .where(gallery_posts.c.state.in_(bindparam("states", expanding=True)))
    .order_by(gallery_posts.c.decided_at, gallery_posts.c.job_id)
)
_MARK = first_to_try(gallery_posts, _this, gallery_posts.c.state == _DECIDED)
_FOUND = (
    update(gallery_posts)
    .where(_this, gallery_posts.c.message_id.is_(None))
    .values(
        place_id=bindparam("place"),
        message_id=bindparam("of_message"),
        spoiler=bindparam("covered", type_=gallery_posts.c.spoiler.type),
    )
)
_SHOWN = update(gallery_posts).where(_this, gallery_posts.c.state == _DECIDED).values(state=_POSTED)
_WITHDRAW = delete(gallery_posts).where(_this, gallery_posts.c.state == _DECIDED)
_stands = exists().where(
    posts.c.job_id == gallery_posts.c.job_id,
    posts.c.message_id.is_not(None),
    posts.c.removed_at.is_(None),
)
_opted_out = exists().where(
    member_settings.c.user_id == jobs.c.user_id, member_settings.c.key == bindparam("opt_out")
)
_UNWELCOME = (
    select(gallery_posts.c.job_id)
    .join(jobs)
    .where(gallery_posts.c.state.in_([_DECIDED, _POSTED]), or_(~_stands, _opted_out))
)
_UNCOVERED = (
    select(gallery_posts)
    .join(jobs)
    .where(gallery_posts.c.state == _POSTED, jobs.c.spoiler, ~gallery_posts.c.spoiler)
)
_COVERED = update(gallery_posts).where(_this).values(spoiler=True)
_LEAVE = (
    update(gallery_posts)
    .where(_this, gallery_posts.c.state.in_([_DECIDED, _POSTED]))
    .values(state=_LEAVING)
)
_LEFT = update(gallery_posts).where(_this).values(state=_GONE)
_DELETED = (
    update(gallery_posts)
    .where(gallery_posts.c.message_id == bindparam("of_message"))
    .values(state=_GONE)
)


class SqlGallery:
    """Gallery posts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, job_id: str) -> GalleryPost | None:
        """Return the gallery post of a result."""
        rows = await rows_of(self._connection, _GET, of_job=job_id)
        return _post(rows[0]) if rows else None

    async def let_in(self, job_id: str, guild_id: int, channel_id: int, *, now: int) -> bool:
        """Let a result come into the gallery; False when it was there or is on its way."""
        statement = insert_for(self._connection.dialect.name, gallery_posts).values(
            job_id=job_id,
            guild_id=guild_id,
            channel_id=channel_id,
            state=_DECIDED,
            decided_at=now,
        )
        decided = await self._connection.execute(statement.on_conflict_do_nothing())
        await notify(self._connection, "gallery")
        return decided.rowcount > 0

    async def of_message(self, message_id: int) -> Job | None:
        """Return the request of the result that a message of a gallery shows."""
        return await one_job(self._connection, _OF_MESSAGE, of_message=message_id)

    async def in_state(self, *states: GalleryState) -> list[GalleryPost]:
        """Return the posts in one of these states, the oldest first."""
        names = [state.value for state in states]
        return [_post(row) for row in await rows_of(self._connection, _IN_STATE, states=names)]

    async def mark_gallery_try(self, post: GalleryPost, *, now: int) -> bool:
        """Set the write-ahead mark; False when another process did, or it is not wanted."""
        return await moved(
            self._connection, _MARK, of_job=post.job_id, before=post.tried_at, now=now
        )

    async def in_gallery(
        self, job_id: str, *, place_id: int, message_id: int, spoiler: bool
    ) -> bool:
        """Remember the message; False when it has to leave again already."""
        await moved(
            self._connection,
            _FOUND,
            of_job=job_id,
            place=place_id,
            of_message=message_id,
            covered=spoiler,
        )
        return await moved(self._connection, _SHOWN, of_job=job_id)

    async def withdraw(self, job_id: str) -> None:
        """Forget a decision that was not carried out."""
        await moved(self._connection, _WITHDRAW, of_job=job_id)

    async def unwelcome(self, opt_out: str) -> list[str]:
        """Return the results that were removed, or whose makers have this setting."""
        return [row.job_id for row in await rows_of(self._connection, _UNWELCOME, opt_out=opt_out)]

    async def uncovered(self) -> list[GalleryPost]:
        """Return the posts that are not behind the spoiler of their results."""
        return [_post(row) for row in await rows_of(self._connection, _UNCOVERED)]

    async def covered(self, job_id: str) -> None:
        """Remember that a post is behind a spoiler."""
        await moved(self._connection, _COVERED, of_job=job_id)

    async def leave(self, job_id: str) -> None:
        """Have it deleted, or not posted."""
        await moved(self._connection, _LEAVE, of_job=job_id)

    async def gone(self, job_id: str) -> None:
        """Remember that there is no message of it."""
        await moved(self._connection, _LEFT, of_job=job_id)

    async def deleted(self, message_id: int) -> None:
        """Remember that a message was deleted on Discord."""
        await moved(self._connection, _DELETED, of_message=message_id)


def _post(row: AnyRow) -> GalleryPost:
    return GalleryPost(
        job_id=row.job_id,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        state=GalleryState(row.state),
        decided_at=row.decided_at,
        tried_at=row.tried_at,
        place_id=row.place_id,
        message_id=row.message_id,
    )
