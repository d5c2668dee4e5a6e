"""Results that are covered by a spoiler later. Part of one transaction."""

from __future__ import annotations

from sqlalchemy import BindParameter, bindparam, delete, exists, or_, select, update

from bot.domain.comparisons.comparison import ComparisonState
from bot.storage.comparison_tables import comparisons
from bot.storage.engine.connect import insert_for
from bot.storage.engine.connection import Connection
from bot.storage.jobs.statements import moved, of_job, rows_of
from bot.storage.tables import jobs, posts, spoiler_changes

_wanted: BindParameter[bool] = bindparam("wanted")
# What is compared is in one message, which is hidden as a whole.
_this = jobs.alias("this")
_compared = jobs.c.comparison_id.in_(
    select(_this.c.comparison_id).where(
        _this.c.job_id == of_job, _this.c.comparison_id.is_not(None), _this.c.state == "done"
    )
)
_SET = update(jobs).where(or_(jobs.c.job_id == of_job, _compared)).values(spoiler=_wanted)
_DUE = select(spoiler_changes).order_by(spoiler_changes.c.at)
_SHOWN = delete(spoiler_changes).where(
    spoiler_changes.c.job_id == of_job,
    exists().where(jobs.c.job_id == spoiler_changes.c.job_id, jobs.c.spoiler == _wanted),
)
_of_part = (posts.c.job_id == of_job, posts.c.part == bindparam("of_part"))
_MARK = (
    update(posts)
    .where(*_of_part, posts.c.again_try_at.is_(None))
    .values(again_try_at=bindparam("now"))
)
_MARKED_AT = select(posts.c.again_try_at).where(*_of_part)
_POSTED_AGAIN = (
    update(posts)
    .where(posts.c.message_id == bindparam("old"), posts.c.removed_at.is_(None))
    .values(message_id=bindparam("new"), again_try_at=None)
)
# The copy may be of a moment before the end of its vote was shown.
_SHOW_AGAIN = (
    update(comparisons)
    .where(
        comparisons.c.state == ComparisonState.CLOSED.value,
        comparisons.c.comparison_id.in_(
            select(jobs.c.comparison_id).join(posts).where(posts.c.message_id == bindparam("new"))
        ),
    )
    .values(shown_at=None)
)


class SqlSpoilers:
    """Decisions about spoilers, and the messages that take the place of others."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def set(self, job_id: str, *, spoiler: bool, now: int) -> None:
        """Decide it, and remember that the messages do not show it yet."""
        await moved(self._connection, _SET, of_job=job_id, wanted=spoiler)
        statement = insert_for(self._connection.dialect.name, spoiler_changes).values(
            job_id=job_id, at=now
        )
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[spoiler_changes.c.job_id], set_={"at": statement.excluded.at}
            )
        )

    async def due(self) -> list[tuple[str, int]]:
        """Return job and time of every decision that the messages do not show yet."""
        return [(row.job_id, row.at) for row in await rows_of(self._connection, _DUE)]

    async def shown(self, job_id: str, *, spoiler: bool) -> None:
        """Forget a decision that the messages show, unless another one followed."""
        await moved(self._connection, _SHOWN, of_job=job_id, wanted=spoiler)

    async def mark_again_try(self, job_id: str, part: int, *, now: int) -> int | None:
        """Set the write-ahead mark; return when it was set before, None the first time."""
        key = {"of_job": job_id, "of_part": part}
        if await moved(self._connection, _MARK, **key, now=now):
            return None
        return (await self._connection.execute(_MARKED_AT, key)).scalar_one_or_none()

    async def posted_again(self, *, old_message_id: int, message_id: int) -> bool:
        """Put a new message in the place of an old one that still stands."""
        replaced = await moved(self._connection, _POSTED_AGAIN, old=old_message_id, new=message_id)
        if replaced:
            await moved(self._connection, _SHOW_AGAIN, new=message_id)
        return replaced
