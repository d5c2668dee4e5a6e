"""How the statements about jobs are run, and the conditions that they share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    Table,
    Update,
    and_,
    bindparam,
    not_,
    update,
)

from bot.domain.job import Destination, Job, JobState
from bot.storage.engine.connection import Connection
from bot.storage.rows import AnyRow, job_of
from bot.storage.tables import jobs

of_job: BindParameter[str] = bindparam("of_job")
# The pictures are there, could not be posted, and wait for their member (T8).
parked = and_(
    jobs.c.state == JobState.DELIVERING.value, jobs.c.destination == Destination.PICKUP.value
)
# The picture is there and waits for those that it is compared with.
collected = and_(
    jobs.c.state == JobState.DELIVERING.value, jobs.c.destination == Destination.COMPARISON.value
)
# The pictures are there and wait for a review by staff (T15).
held = jobs.c.state == JobState.HELD.value
# A process has to work on these; what waits for pick-up, or for others, belongs to nobody.
active = and_(
    jobs.c.state.in_([JobState.RUNNING.value, JobState.DELIVERING.value]),
    not_(parked),
    not_(collected),
)


def fenced(*states: JobState) -> ColumnElement[bool]:
    """Return the condition that a job is in a state and still belongs to its claimant."""
    return and_(
        jobs.c.job_id == of_job,
        jobs.c.state.in_([state.value for state in states]),
        jobs.c.claimed_by == bindparam("of_claimant"),
        jobs.c.attempt == bindparam("of_attempt"),
    )


def fence(job: Job) -> dict[str, Any]:
    """Return the values for `fenced`."""
    return {"of_job": job.job_id, "of_claimant": job.claimed_by, "of_attempt": job.attempt}


def first_to_try(table: Table, *guards: ColumnElement[bool]) -> Update:
    """Set the write-ahead mark of a post, unless another process did since it was read."""
    before = bindparam("before", type_=table.c.tried_at.type)
    return (
        update(table)
        .where(*guards, table.c.tried_at.is_not_distinct_from(before))
        .values(tried_at=bindparam("now"))
    )


async def moved(connection: Connection, statement: Executable, **values: object) -> bool:
    """Run a guarded statement; tell whether its guard let it through."""
    return (await connection.execute(statement, values)).rowcount > 0


async def rows_of(
    connection: Connection, statement: Executable, **values: object
) -> Sequence[AnyRow]:
    """Return all rows of a statement."""
    return (await connection.execute(statement, values)).all()


async def one_job(connection: Connection, statement: Executable, **values: object) -> Job | None:
    """Return the job of a statement's only row, None without one."""
    row = (await connection.execute(statement, values)).one_or_none()
    return None if row is None else job_of(row)
