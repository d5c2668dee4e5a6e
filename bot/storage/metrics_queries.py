"""Queries over all servers, for monitoring (port MetricsQueries). Part of one transaction."""

from __future__ import annotations

import json

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select

from bot.domain.job import JobState, Reason
from bot.domain.quotas.windows import Window
from bot.domain.server import Pause, ServerSettings
from bot.services.ports.decisions import Block
from bot.services.ports.ledger import CounterKind
from bot.services.ports.metrics import Ended, OpenCounters, OpenJob, UnderWay
from bot.storage.engine.connection import Connection
from bot.storage.jobs.statements import collected, parked
from bot.storage.policy_tables import blocks, settings
from bot.storage.tables import calls, counters, jobs, ledger, post_pictures, posts

_OPEN = [state.value for state in JobState if not state.final]
_parked = parked.label("parked")
_collected = collected.label("collected")
_UNDER_WAY = (
    select(
        jobs.c.provider,
        jobs.c.state,
        _parked,
        func.count().label("jobs"),
        func.min(jobs.c.created_at).label("oldest_at"),
    )
    .where(jobs.c.state.in_(_OPEN))
    .group_by(jobs.c.provider, jobs.c.state, _parked)
)
_posted = (
    select(func.count())
    .select_from(
        posts.join(
            post_pictures,
            and_(post_pictures.c.job_id == posts.c.job_id, post_pictures.c.part == posts.c.part),
        )
    )
    .where(posts.c.job_id == jobs.c.job_id, posts.c.message_id.is_not(None))
    .scalar_subquery()
)


# What the service said that it charged, else its price.
_cost = func.coalesce(calls.c.charged_micro, calls.c.spend_micro)


def _spent(certainty: str) -> ColumnElement[int]:
    return (
        select(func.coalesce(func.sum(_cost), 0))
        .where(calls.c.job_id == jobs.c.job_id, calls.c.certainty == certainty)
        .scalar_subquery()
    )


# Only jobs that ended have a time for it, so the index alone finds the newest ones.
_ENDED = select(
    jobs.c.job_id,
    jobs.c.provider,
    jobs.c.state,
    jobs.c.reason,
    jobs.c.finished_at,
    jobs.c.unit_credits,
    _posted.label("pictures"),
    _spent("known").label("known_micro"),
    _spent("unknown").label("perhaps_micro"),
).where(jobs.c.finished_at >= bindparam("since"))


_untold = and_(
    jobs.c.state.in_([JobState.FAILED.value, JobState.CANCELLED.value]), jobs.c.told_at.is_(None)
)
_NOT_OVER = (
    select(
        jobs.c.job_id,
        jobs.c.guild_id,
        jobs.c.user_id,
        jobs.c.provider,
        jobs.c.model_id,
        jobs.c.state,
        _parked,
        _collected,
        jobs.c.created_at,
        jobs.c.expires_at,
        jobs.c.lease_until,
        jobs.c.finished_at,
    )
    .where(or_(jobs.c.state.in_(_OPEN), _untold))
    .order_by(jobs.c.created_at, jobs.c.turn)
)


_NEWEST = select(ledger.c.at).order_by(ledger.c.entry_id.desc()).limit(1)
_OPEN_COUNTERS = (
    select(
        counters.c.window,
        counters.c.kind,
        func.count().label("counters"),
        func.max(counters.c.ends_at).label("ends_at"),
    )
    .where(counters.c.ends_at > bindparam("now"))
    .group_by(counters.c.window, counters.c.kind)
)
_PAUSES = (
    select(settings)
    .where(settings.c.key.in_(["operator_paused", "paused"]))
    .order_by(settings.c.guild_id, settings.c.key)
)
_BLOCKS = (
    select(blocks)
    .where(or_(blocks.c.until.is_(None), blocks.c.until > bindparam("now")))
    .order_by(blocks.c.set_at.desc(), blocks.c.guild_id, blocks.c.user_id)
)
_WINDOWS, _KINDS = list(Window), list(CounterKind)


class SqlMetricsQueries:
    """What is under way and what ended, in all servers together."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def under_way(self) -> list[UnderWay]:
        """Return counts by provider and state; what is not there is left out."""
        return [
            UnderWay(
                provider=row.provider,
                state=JobState(row.state),
                parked=bool(row.parked),
                jobs=row.jobs,
                oldest_at=row.oldest_at,
            )
            for row in (await self._connection.execute(_UNDER_WAY)).all()
        ]

    async def ended(self, *, since: int) -> list[Ended]:
        """Return the jobs that ended at or after a time."""
        return [
            Ended(
                job_id=row.job_id,
                provider=row.provider,
                state=JobState(row.state),
                reason=Reason(row.reason) if row.reason else None,
                finished_at=row.finished_at,
                pictures=row.pictures,
                credits=row.pictures * row.unit_credits,
                known_micro=int(row.known_micro),
                perhaps_micro=int(row.perhaps_micro),
            )
            for row in (await self._connection.execute(_ENDED, {"since": since})).all()
        ]

    async def open(self) -> list[OpenJob]:
        """Return the jobs that are not over, and those whose bad end was not told."""
        return [
            OpenJob(
                job_id=row.job_id,
                guild_id=row.guild_id,
                user_id=row.user_id,
                provider=row.provider,
                model_id=row.model_id,
                state=JobState(row.state),
                parked=bool(row.parked),
                created_at=row.created_at,
                expires_at=row.expires_at,
                lease_until=row.lease_until,
                finished_at=row.finished_at,
                collected=bool(row.collected),
            )
            for row in (await self._connection.execute(_NOT_OVER)).all()
        ]

    async def newest(self) -> int | None:
        """Return when the last credit was moved."""
        return (await self._connection.execute(_NEWEST)).scalar_one_or_none()

    async def open_counters(self, *, now: int) -> list[OpenCounters]:
        """Return how many counters have a window that is open, the shortest window first."""
        rows = (await self._connection.execute(_OPEN_COUNTERS, {"now": now})).all()
        found = [
            OpenCounters(
                window=Window(row.window),
                kind=CounterKind(row.kind),
                counters=row.counters,
                ends_at=row.ends_at,
            )
            for row in rows
        ]
        return sorted(found, key=lambda x: (_WINDOWS.index(x.window), _KINDS.index(x.kind)))

    async def pauses(self) -> list[tuple[int, bool, Pause]]:
        """Return server, whether by the operator, and the pause, also one that is over."""
        found: list[tuple[int, bool, Pause]] = []
        for row in (await self._connection.execute(_PAUSES)).all():
            stored = ServerSettings.of({row.key: json.loads(row.value)})
            by_operator = row.key == "operator_paused"
            if pause := stored.operator_paused if by_operator else stored.paused:
                found.append((row.guild_id, by_operator, pause))
        return found

    async def blocks(self, *, now: int) -> list[Block]:
        """Return the blocks in force of all servers, the newest first."""
        rows = (await self._connection.execute(_BLOCKS, {"now": now})).all()
        return [
            Block(
                guild_id=row.guild_id,
                user_id=row.user_id,
                until=row.until,
                set_by=row.set_by,
                reason=row.reason,
                set_at=row.set_at,
            )
            for row in rows
        ]
