"""Votes on comparisons, and what models won by them. Part of one transaction (port VoteStore)."""

from __future__ import annotations

from sqlalchemy import bindparam, case, delete, func, select, update

from bot.domain.comparisons.comparison import Comparison, ComparisonState, winners
from bot.services.ports import Wins
from bot.storage.comparison_tables import comparison_entries, comparison_votes, comparisons
from bot.storage.engine.connect import insert_for
from bot.storage.engine.connection import Connection
from bot.storage.engine.server_notices import notify
from bot.storage.jobs.statements import moved, rows_of
from bot.storage.rows import comparison_of
from bot.storage.tables import jobs

_VOTING, _CLOSED = ComparisonState.VOTING.value, ComparisonState.CLOSED.value
_this = comparisons.c.comparison_id == bindparam("of_comparison")
_theirs = jobs.c.comparison_id == bindparam("of_comparison")
_LABELS = (
    select(comparison_entries.c.label)
    .where(
        comparison_entries.c.comparison_id == bindparam("of_comparison"),
        comparison_entries.c.label.is_not(None),
    )
    .order_by(comparison_entries.c.place)
)
FORGET_VOTES = delete(comparison_votes).where(
    comparison_votes.c.comparison_id == bindparam("of_comparison")
)
UNBLIND = update(jobs).where(_theirs, jobs.c.blind).values(blind=False)
_OPEN = select(comparisons.c.comparison_id).where(
    _this, comparisons.c.state == _VOTING, comparisons.c.closes_at > bindparam("now")
)
_COUNT = (
    select(comparison_votes.c.label, func.count().label("votes"))
    .where(comparison_votes.c.comparison_id == bindparam("of_comparison"))
    .group_by(comparison_votes.c.label)
)
_CLOSE = (
    update(comparisons)
    .where(_this, comparisons.c.state == _VOTING)
    .values(state=_CLOSED, closed_at=bindparam("now"), shown_at=None)
)
_COUNTED = (
    update(comparison_entries)
    .where(
        comparison_entries.c.comparison_id == bindparam("of_comparison"),
        comparison_entries.c.label == bindparam("of_label"),
    )
    .values(
        votes=bindparam("new_votes"),
        won=bindparam("has_won", type_=comparison_entries.c.won.type),
    )
)
_TO_CLOSE = (
    select(comparisons)
    .where(comparisons.c.state == _VOTING, comparisons.c.closes_at <= bindparam("now"))
    .order_by(comparisons.c.closes_at)
)
_won = func.sum(case((comparison_entries.c.won, 1), else_=0))
_WINS = (
    select(
        comparison_entries.c.model_id,
        func.count().label("compared"),
        _won.label("won"),
        func.sum(comparison_entries.c.votes).label("votes"),
    )
    .join(comparisons)
    .where(
        comparisons.c.guild_id == bindparam("of_guild"),
        comparisons.c.state == _CLOSED,
        comparisons.c.closed_at >= bindparam("since"),
        comparisons.c.closed_at < bindparam("until"),
        comparison_entries.c.label.is_not(None),
    )
    .group_by(comparison_entries.c.model_id)
    .order_by(
        _won.desc(),
        func.sum(comparison_entries.c.votes).desc(),
        func.count(),
        comparison_entries.c.model_id,
    )
)


class SqlVotes:
    """Votes, one for each member."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def vote(self, comparison_id: str, user_id: int, label: str, *, now: int) -> bool:
        """Put a member's vote in the place of their earlier one; False when it is closed."""
        if not await rows_of(self._connection, _OPEN, of_comparison=comparison_id, now=now):
            return False
        statement = insert_for(self._connection.dialect.name, comparison_votes).values(
            comparison_id=comparison_id, user_id=user_id, label=label, at=now
        )
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["comparison_id", "user_id"],
                set_={"label": statement.excluded.label, "at": statement.excluded.at},
            )
        )
        return True

    async def count(self, comparison_id: str) -> int:
        """Count the members who voted."""
        rows = await rows_of(self._connection, _COUNT, of_comparison=comparison_id)
        return sum(row.votes for row in rows)

    async def close(self, comparison_id: str, *, now: int) -> bool:
        """Count, forget who voted, and let everybody read the models."""
        key = {"of_comparison": comparison_id}
        if not await moved(self._connection, _CLOSE, **key, now=now):
            return False
        counted = {row.label: row.votes for row in await rows_of(self._connection, _COUNT, **key)}
        labels = [row.label for row in await rows_of(self._connection, _LABELS, **key)]
        votes = [counted.get(label, 0) for label in labels]
        for label, count, won in zip(labels, votes, winners(votes), strict=True):
            values = {"of_label": label, "new_votes": count, "has_won": won}
            await moved(self._connection, _COUNTED, **key, **values)
        await moved(self._connection, FORGET_VOTES, **key)
        await moved(self._connection, UNBLIND, **key)
        await notify(self._connection, "comparison")
        return True

    async def to_close(self, *, now: int) -> list[Comparison]:
        """Return those whose time is over."""
        return [comparison_of(row) for row in await rows_of(self._connection, _TO_CLOSE, now=now)]

    async def wins(self, guild_id: int, *, since: int, until: int) -> list[Wins]:
        """Return what each model won, the most wins first."""
        rows = await rows_of(self._connection, _WINS, of_guild=guild_id, since=since, until=until)
        return [
            Wins(model=row.model_id, compared=row.compared, won=row.won, votes=row.votes)
            for row in rows
        ]
