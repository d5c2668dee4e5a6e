"""The messages of results, and the public tickets of jobs.

Nothing here moves a job to another state, so no claim on it is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, insert, or_, select, update

from bot.domain.job import Post
from bot.storage.engine.connection import Connection
from bot.storage.jobs.statements import moved, of_job, rows_of
from bot.storage.tables import jobs, post_pictures, posts

_POSTS = select(posts).where(posts.c.job_id == of_job).order_by(posts.c.part)
_POST_PICTURES = (
    select(post_pictures)
    .where(post_pictures.c.job_id == of_job)
    .order_by(post_pictures.c.part, post_pictures.c.place)
)
_ADD_POSTS = insert(posts)
_ADD_POST_PICTURES = insert(post_pictures)
_FORGET_POST_PICTURES = delete(post_pictures).where(post_pictures.c.job_id == of_job)
_FORGET_POSTS = delete(posts).where(posts.c.job_id == of_job)
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
    .where(posts.c.job_id == of_job, posts.c.message_id.is_(None))
    .values(channel_id=bindparam("new_channel"))
)
_of_part = and_(posts.c.job_id == of_job, posts.c.part == bindparam("of_part"))
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
# A message of a comparison is that of several results, which go together.
_shared = posts.alias("shared")
_same_message = posts.c.message_id.in_(
    select(_shared.c.message_id).where(
        _shared.c.job_id == of_job, _shared.c.message_id.is_not(None)
    )
)
_REMOVE = (
    update(posts)
    .where(or_(posts.c.job_id == of_job, _same_message), posts.c.removed_at.is_(None))
    .values(removed_at=bindparam("now"), removed_by=bindparam("who"))
)
_REMOVED = (
    update(posts)
    .where(and_(posts.c.message_id == bindparam("of_message"), posts.c.removed_at.is_(None)))
    .values(removed_at=bindparam("now"))
)
_TICKET_POSTED = (
    update(jobs).where(jobs.c.job_id == of_job).values(ticket_message_id=bindparam("new_ticket"))
)


class SqlPosts:
    """Posts of results and public tickets (port Posts)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def of_job(self, job_id: str) -> list[Post]:
        """Return a result's messages by part."""
        positions: dict[int, list[int]] = {}
        for row in await rows_of(self._connection, _POST_PICTURES, of_job=job_id):
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
                first_place=row.first_place,
            )
            for row in await rows_of(self._connection, _POSTS, of_job=job_id)
        ]

    async def divide(self, job_id: str, posts: Sequence[Post]) -> None:
        """Replace the posts that no message has yet by others."""
        await moved(self._connection, _FORGET_UNPOSTED_PICTURES, of_job=job_id)
        await moved(self._connection, _FORGET_UNPOSTED, of_job=job_id)
        await add_posts(self._connection, posts)

    async def post_in(self, job_id: str, channel_id: int) -> None:
        """Let a result that was not posted yet be posted in another channel."""
        await moved(self._connection, _POST_IN, of_job=job_id, new_channel=channel_id)

    async def mark_post_try(self, job_id: str, part: int, *, now: int) -> int | None:
        """T7a, the write-ahead mark: return when it was set before, None the first time."""
        key = {"of_job": job_id, "of_part": part}
        if await moved(self._connection, _FIRST_TRY, **key, now=now):
            return None
        return (await self._connection.execute(_FIRST_TRY_AT, key)).scalar_one()

    async def posted(self, job_id: str, part: int, message_id: int, *, now: int) -> None:
        """T7: remember the message of a part; the first one counts."""
        await moved(
            self._connection, _POSTED, of_job=job_id, of_part=part, of_message=message_id, now=now
        )

    async def remove(self, job_id: str, *, by: int, now: int) -> list[Post]:
        """Mark a result's posts removed; return those that were not yet."""
        standing = [post for post in await self.of_job(job_id) if post.removed_at is None]
        await moved(self._connection, _REMOVE, of_job=job_id, who=by, now=now)
        return standing

    async def removed(self, message_id: int, *, now: int) -> bool:
        """Mark the post of a message that was deleted; False when there is none to mark."""
        return await moved(self._connection, _REMOVED, of_message=message_id, now=now)

    async def ticket_posted(self, job_id: str, message_id: int | None) -> None:
        """Remember the public ticket of a job, or that it was deleted."""
        await moved(self._connection, _TICKET_POSTED, of_job=job_id, new_ticket=message_id)


async def add_posts(connection: Connection, posts: Sequence[Post]) -> None:
    """Insert posts with their pictures."""
    await connection.execute(_ADD_POSTS, [_post_values(post) for post in posts])
    await connection.execute(
        _ADD_POST_PICTURES,
        [
            {"job_id": post.job_id, "part": post.part, "place": place, "position": position}
            for post in posts
            for place, position in enumerate(post.positions)
        ],
    )


async def replace_posts(connection: Connection, job_id: str, posts: Sequence[Post]) -> None:
    """Replace all posts of a job by others."""
    await moved(connection, _FORGET_POST_PICTURES, of_job=job_id)
    await moved(connection, _FORGET_POSTS, of_job=job_id)
    await add_posts(connection, posts)


def _post_values(post: Post) -> dict[str, Any]:
    return {
        "job_id": post.job_id,
        "part": post.part,
        "channel_id": post.channel_id,
        "nonce": post.nonce,
        "first_try_at": post.first_try_at,
        "message_id": post.message_id,
    }
