"""What was made in a server, summed up (port Stats). Part of one transaction.

Pictures count when they were posted, removed ones too: that is what members were charged for.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, func, select

from bot.domain.job import REFUSALS, JobState
from bot.services.ports.stats import SLICE_SECONDS
from bot.storage.engine.connection import Connection
from bot.storage.tables import calls, jobs, post_pictures, posts

# More names than this nobody reads, also not in a table.
MOST_MEMBERS = 5000


def _slice(at: ColumnElement[Any]) -> ColumnElement[Any]:
    return (at - at % SLICE_SECONDS).label("slice_at")


_guild = jobs.c.guild_id == bindparam("of_guild")
_results = jobs.join(
    posts, and_(posts.c.job_id == jobs.c.job_id, posts.c.message_id.is_not(None))
).join(
    post_pictures,
    and_(post_pictures.c.job_id == posts.c.job_id, post_pictures.c.part == posts.c.part),
)
_done = and_(
    _guild,
    jobs.c.state == JobState.DONE.value,
    jobs.c.finished_at >= bindparam("since"),
    jobs.c.finished_at < bindparam("until"),
)
_pictures = func.count().label("pictures")
_finished = _slice(jobs.c.finished_at)
_MADE = (
    select(_finished, _pictures, func.sum(jobs.c.unit_credits).label("credits"))
    .select_from(_results)
    .where(_done)
    .group_by(_finished)
)
_BY_MODEL = (
    select(jobs.c.model_id, _pictures).select_from(_results).where(_done).group_by(jobs.c.model_id)
)
_BY_PROVIDER = (
    select(jobs.c.provider, _pictures)
    .select_from(_results)
    .where(_done)
    .group_by(jobs.c.provider)
    .order_by(_pictures.desc(), jobs.c.provider)
)
_BY_MEMBER = (
    select(jobs.c.user_id, _pictures)
    .select_from(_results)
    .where(_done)
    .group_by(jobs.c.user_id)
    .order_by(_pictures.desc(), jobs.c.user_id)
    .limit(MOST_MEMBERS)
)
_was_refused = jobs.c.reason.in_([reason.value for reason in REFUSALS])
_WITHOUT_PICTURES = select(
    func.coalesce(func.sum(case((_was_refused, 1), else_=0)), 0).label("refused"),
    func.count().label("all"),
).where(
    _guild,
    jobs.c.state == JobState.FAILED.value,
    jobs.c.finished_at >= bindparam("since"),
    jobs.c.finished_at < bindparam("until"),
)
_sent = _slice(calls.c.sent_at)
# What the service said that it charged, else its price.
_cost = func.coalesce(calls.c.charged_micro, calls.c.spend_micro)


def _spent_if(certainty: str) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((calls.c.certainty == certainty, _cost), else_=0)), 0)


_SPENT = (
    select(_sent, _spent_if("known").label("known"), _spent_if("unknown").label("unknown"))
    .select_from(calls.join(jobs, jobs.c.job_id == calls.c.job_id))
    .where(
        _guild,
        _cost.is_not(None),
        calls.c.sent_at >= bindparam("since"),
        calls.c.sent_at < bindparam("until"),
    )
    .group_by(_sent)
)


class SqlStats:
    """Sums over results of one server."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def made(self, guild_id: int, *, since: int, until: int) -> list[tuple[int, int, int]]:
        """Return begin of a slice of time, pictures, credits."""
        rows = await self._rows(_MADE, guild_id, since, until)
        return [(row.slice_at, row.pictures, int(row.credits)) for row in rows]

    async def by_model(self, guild_id: int, *, since: int, until: int) -> list[tuple[str, int]]:
        """Return model id and pictures."""
        rows = await self._rows(_BY_MODEL, guild_id, since, until)
        return [(row.model_id, row.pictures) for row in rows]

    async def by_provider(self, guild_id: int, *, since: int, until: int) -> list[tuple[str, int]]:
        """Return image service and pictures, the busiest first."""
        rows = await self._rows(_BY_PROVIDER, guild_id, since, until)
        return [(row.provider, row.pictures) for row in rows]

    async def by_member(self, guild_id: int, *, since: int, until: int) -> list[tuple[int, int]]:
        """Return member and pictures, the most active first."""
        rows = await self._rows(_BY_MEMBER, guild_id, since, until)
        return [(row.user_id, row.pictures) for row in rows]

    async def without_pictures(self, guild_id: int, *, since: int, until: int) -> tuple[int, int]:
        """Return how many requests were refused over their content, and failed otherwise."""
        (row,) = await self._rows(_WITHOUT_PICTURES, guild_id, since, until)
        return int(row.refused), row.all - int(row.refused)

    async def spent(self, guild_id: int, *, since: int, until: int) -> list[tuple[int, int, int]]:
        """Return begin of a slice, micro-units surely paid, and perhaps paid."""
        rows = await self._rows(_SPENT, guild_id, since, until)
        return [(row.slice_at, int(row.known), int(row.unknown)) for row in rows]

    async def _rows(self, statement: Any, guild_id: int, since: int, until: int) -> list[Any]:
        values = {"of_guild": guild_id, "since": since, "until": until}
        return list((await self._connection.execute(statement, values)).all())
