"""Which queued job comes next: the server with the fewest running jobs, then the member with the
fewest there, then the oldest.

The choice must not slow down with the length of the queue, so it never reads all of it: it looks
at the oldest jobs first, and only if those all belong to servers that are busy already, at the
first job of each server (then of each member), hopping from one to the next by index.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal_column, or_, select

from bot.domain.job import JobState
from bot.storage.engine.connection import Connection
from bot.storage.rows import AnyRow
from bot.storage.tables import jobs

_PEEK = 16


def claimable() -> ColumnElement[bool]:
    """Return the condition on a job to be claimed at `now` (T2)."""
    return and_(
        # Written out, not bound: with a value that comes later, SQLite plans the query again
        # each time before it trusts the partial indexes.
        jobs.c.state == literal_column(f"'{JobState.QUEUED}'"),
        jobs.c.expires_at > bindparam("now"),
        or_(jobs.c.not_before.is_(None), jobs.c.not_before <= bindparam("now")),
        ~jobs.c.cancel_requested,
    )


def _heads(lane: ColumnElement[int], *within: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Select the first job of each lane (a server, a member) without reading the rest of it."""
    queued = and_(claimable(), jobs.c.provider == bindparam("of_provider"), *within)

    def nearest(*after: ColumnElement[bool]) -> ColumnElement[int]:
        return select(lane).where(queued, *after).order_by(lane).limit(1).scalar_subquery()

    lanes = select(nearest().label("lane")).cte("lanes", recursive=True)
    lanes = lanes.union_all(select(nearest(lane > lanes.c.lane)).where(lanes.c.lane.is_not(None)))
    first = (
        select(jobs.c.job_id)
        .where(queued, lane == lanes.c.lane)
        .order_by(jobs.c.created_at, jobs.c.turn)
        .limit(1)
        .scalar_subquery()
    )
    head = jobs.alias()
    return select(
        head.c.job_id, head.c.guild_id, head.c.user_id, head.c.created_at, head.c.turn
    ).join_from(lanes, head, head.c.job_id == first)


_RUNNING = (
    select(jobs.c.guild_id, jobs.c.user_id, func.count().label("running"))
    .where(jobs.c.state == JobState.RUNNING.value)
    .group_by(jobs.c.guild_id, jobs.c.user_id)
)
_OLDEST = (
    select(jobs.c.job_id, jobs.c.guild_id, jobs.c.user_id, jobs.c.created_at, jobs.c.turn)
    .where(claimable(), jobs.c.provider == bindparam("of_provider"))
    .order_by(jobs.c.created_at, jobs.c.turn)
    .limit(_PEEK)
)
_GUILD_HEADS = _heads(jobs.c.guild_id)
_MEMBER_HEADS = _heads(jobs.c.user_id, jobs.c.guild_id == bindparam("of_guild"))


class Running:
    """How many jobs run, by server and by member in it."""

    def __init__(self) -> None:
        self.of_guild: Counter[int] = Counter()
        self.of_member: Counter[tuple[int, int]] = Counter()

    @classmethod
    async def read(cls, connection: Connection) -> Running:
        """Count those of all providers."""
        running = cls()
        for row in await connection.execute(_RUNNING):
            running.add(row.guild_id, row.user_id, row.running)
        return running

    def add(self, guild_id: int, user_id: int, jobs: int = 1) -> None:
        """Count further ones."""
        self.of_guild[guild_id] += jobs
        self.of_member[guild_id, user_id] += jobs


async def fairest(
    connection: Connection, provider: str, running: Running, *, now: int
) -> str | None:
    """Return the id of the job to claim next; None when nothing waits."""
    of_guild, of_member = running.of_guild, running.of_member

    def rank(row: AnyRow) -> tuple[int, int, int, int]:
        member = of_member[row.guild_id, row.user_id]
        return of_guild[row.guild_id], member, row.created_at, row.turn

    wanted = {"of_provider": provider, "now": now}
    oldest: Sequence[AnyRow] = (await connection.execute(_OLDEST, wanted)).all()
    if not oldest:
        return None
    best = min(oldest, key=rank)
    # That was the whole queue, or nobody can rank before the oldest job of an idle server.
    if len(oldest) < _PEEK or of_guild[best.guild_id] == 0:
        return best.job_id
    heads: Sequence[AnyRow] = (await connection.execute(_GUILD_HEADS, wanted)).all()
    fewest = min(of_guild[head.guild_id] for head in heads)
    if fewest == 0:
        return min(heads, key=rank).job_id
    if rank(best)[:2] == (fewest, 0):
        return best.job_id
    # Every server that waits is busy, so these are no more than the jobs that run.
    candidates: list[AnyRow] = []
    for head in heads:
        if of_guild[head.guild_id] == fewest:
            of_server = {**wanted, "of_guild": head.guild_id}
            candidates += (await connection.execute(_MEMBER_HEADS, of_server)).all()
    return min(candidates, key=rank).job_id
