"""What must always be true of the ledger, checked in the database (docs/spec/data.md section 4).

Reads only; for `easel db check` and for tests.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, or_, select

from bot.domain.job import JobState
from bot.domain.quotas.ledger_faults import Discrepancy, LedgerFault
from bot.storage.engine.database import SqlDatabase
from bot.storage.tables import counters, grants, holds, jobs, ledger, posts

# K19: bad news is told again after a crash, so an hour is ample.
_TELL_WITHIN_SECONDS = 3600

Question = Select[*tuple[Any, ...]]

_kept = func.coalesce(holds.c.kept, holds.c.amount)
_held = func.coalesce(func.sum(_kept), 0).label("held")
_entered = func.coalesce(func.sum(ledger.c.delta), 0).label("entered")
_final = jobs.c.state.in_([state.value for state in JobState if state.final])
_counter_of_hold = and_(
    *(counters.c[column.name] == holds.c[column.name] for column in counters.primary_key)
)

_QUESTIONS: tuple[tuple[Question, LedgerFault], ...] = (
    (
        select(holds.c.job_id, holds.c.part, _kept.label("held"), _entered)
        .join(
            ledger,
            and_(ledger.c.job_id == holds.c.job_id, ledger.c.part == holds.c.part),
            isouter=True,
        )
        .group_by(holds.c.job_id, holds.c.part)
        .having(_kept != _entered),
        LedgerFault.HOLD_AND_LEDGER,
    ),
    (
        select(ledger.c.entry_id, ledger.c.job_id, ledger.c.part)
        .join(
            holds,
            and_(ledger.c.job_id == holds.c.job_id, ledger.c.part == holds.c.part),
            isouter=True,
        )
        .where(ledger.c.job_id.is_not(None), holds.c.job_id.is_(None)),
        LedgerFault.ENTRY_WITHOUT_HOLD,
    ),
    (
        select(counters, _held)
        .join(holds, _counter_of_hold, isouter=True)
        .group_by(*counters.primary_key)
        .having(counters.c.used != _held),
        LedgerFault.COUNTER_AND_HOLDS,
    ),
    (
        select(holds.c.job_id, holds.c.part)
        .join(counters, _counter_of_hold, isouter=True)
        .where(holds.c.grant_id.is_(None), counters.c.kind.is_(None)),
        LedgerFault.HOLD_WITHOUT_COUNTER,
    ),
    (
        select(grants.c.grant_id, grants.c.used, _held)
        .join(holds, isouter=True)
        .group_by(grants.c.grant_id)
        .having(grants.c.used != _held),
        LedgerFault.GRANT_AND_HOLDS,
    ),
    (
        select(grants.c.grant_id, grants.c.amount, grants.c.used, _entered)
        .join(
            ledger,
            and_(ledger.c.grant_id == grants.c.grant_id, ledger.c.job_id.is_(None)),
            isouter=True,
        )
        .group_by(grants.c.grant_id)
        .having(
            or_(
                and_(grants.c.revoked_at.is_(None), _entered != grants.c.amount),
                # What is taken back was left over; a refund since then only leaves more of it.
                ~_entered.between(grants.c.used, grants.c.amount),
            )
        ),
        LedgerFault.GRANT_AND_LEDGER,
    ),
    (
        select(ledger.c.entry_id, ledger.c.grant_id)
        .join(grants, grants.c.grant_id == ledger.c.grant_id, isouter=True)
        .where(ledger.c.grant_id.is_not(None), grants.c.grant_id.is_(None)),
        LedgerFault.ENTRY_WITHOUT_GRANT,
    ),
    (
        select(counters).where(counters.c.ends_at <= counters.c.starts_at),
        LedgerFault.COUNTER_BACKWARDS,
    ),
    (
        select(holds.c.job_id, holds.c.part, jobs.c.state)
        .join(jobs)
        .where(or_(_final & holds.c.kept.is_(None), ~_final & holds.c.kept.is_not(None))),
        LedgerFault.HOLD_AND_JOB,
    ),
    (
        select(jobs.c.job_id).where(
            jobs.c.state == JobState.DONE.value,
            ~exists().where(posts.c.job_id == jobs.c.job_id, posts.c.message_id.is_not(None)),
        ),
        LedgerFault.DONE_UNPOSTED,
    ),
    (
        select(jobs.c.job_id, jobs.c.state).where(
            jobs.c.state.in_([JobState.FAILED.value, JobState.CANCELLED.value]),
            jobs.c.told_at.is_(None),
            jobs.c.finished_at < bindparam("tell_since"),
        ),
        LedgerFault.ENDED_UNTOLD,
    ),
)


async def damage(database: SqlDatabase) -> list[Discrepancy]:
    """Return what SQLite finds broken in its file, also outside the ledger."""
    async with database.read(long=True) as unit:
        if unit.connection.dialect.name != "sqlite":
            return []
        found = await unit.connection.exec_driver_sql("PRAGMA integrity_check(10)")
        lines = [str(line) for (text,) in found for line in str(text).splitlines() if line != "ok"]
    broken = [Discrepancy(LedgerFault.OF_THE_FILE, {"line": line}) for line in lines]
    return [*broken, Discrepancy(LedgerFault.DAMAGED_FILE, {})] if broken else []


async def problems(database: SqlDatabase, *, now: int | None = None) -> list[Discrepancy]:
    """Return everything that is wrong, nothing if all is well.

    `now` is in UTC seconds; the clock's where it is left out.
    """
    tell_since = (int(time.time()) if now is None else now) - _TELL_WITHIN_SECONDS
    async with database.read(long=True) as unit:
        return [
            Discrepancy(flaw, dict(row))
            for question, flaw in _QUESTIONS
            for row in (
                await unit.connection.execute(question, {"tell_since": tell_since})
            ).mappings()
        ]
