"""Leases, dead processes, and who may take over what they left."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.job import Job, JobState, Reason
from bot.storage.engine.database import SqlDatabase

NOW = 2_000
LEASE = 2_060


@pytest.fixture
async def job(database: SqlDatabase, make_job: Any) -> Job:
    """Return a job that instance `old` runs."""
    async with database.write() as unit:
        await unit.jobs.add(make_job(), [])
        job = await unit.claims.claim("routescope", me="old", now=NOW, lease_until=LEASE)
        await unit.commit()
    assert job is not None
    return job


@pytest.fixture
def dead_pid() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


async def orphans(database: SqlDatabase, *, now: int = NOW) -> list[Job]:
    async with database.read() as unit:
        return await unit.claims.orphans(me="new", now=now)


async def register(database: SqlDatabase, **pids: tuple[str, int]) -> None:
    async with database.write() as unit:
        for instance_id, (host, pid) in pids.items():
            await unit.claims.register(instance_id, host, pid, NOW)
        await unit.commit()


async def test_a_job_is_an_orphan_when_its_lease_has_ended(database: SqlDatabase, job: Job) -> None:
    assert await orphans(database, now=LEASE - 1) == []
    assert await orphans(database, now=LEASE) == [job]


async def test_a_renewed_lease_keeps_the_job(database: SqlDatabase, job: Job) -> None:
    async with database.write() as unit:
        await unit.claims.renew("old", [job.job_id], lease_until=LEASE + 60)
        await unit.claims.renew("other", [job.job_id], lease_until=1)
        await unit.commit()
    assert await orphans(database, now=LEASE) == []


async def test_a_released_job_is_an_orphan_at_once(database: SqlDatabase, job: Job) -> None:
    async with database.write() as unit:
        await unit.claims.release("other")
        await unit.commit()
    assert await orphans(database) == []
    async with database.write() as unit:
        await unit.claims.release("old")
        await unit.commit()
    assert await orphans(database) == [job]


async def test_a_job_that_ended_is_no_orphan(database: SqlDatabase, job: Job) -> None:
    async with database.write() as unit:
        await unit.jobs.fail(job, Reason.INTERNAL, now=NOW)
        await unit.commit()
    assert await orphans(database, now=LEASE) == []


async def test_a_job_of_a_dead_process_is_an_orphan_at_once(
    database: SqlDatabase, job: Job, dead_pid: int
) -> None:
    await register(database, old=("here", dead_pid), new=("here", os.getpid()))
    assert await orphans(database) == [job]


async def test_a_job_of_my_forerunner_with_my_number_is_an_orphan_at_once(
    database: SqlDatabase, job: Job
) -> None:
    await register(database, old=("here", os.getpid()), new=("here", os.getpid()))
    assert await orphans(database) == [job]


async def test_a_job_of_a_living_process_is_none(database: SqlDatabase, job: Job) -> None:
    await register(database, old=("here", os.getppid()), new=("here", os.getpid()))
    assert await orphans(database) == []


async def test_nothing_is_concluded_about_another_host(
    database: SqlDatabase, job: Job, dead_pid: int
) -> None:
    await register(database, old=("there", dead_pid), new=("here", os.getpid()))
    assert await orphans(database) == []


async def test_my_own_running_job_is_no_orphan(database: SqlDatabase, job: Job) -> None:
    await register(database, old=("here", os.getpid()))
    async with database.read() as unit:
        assert await unit.claims.orphans(me="old", now=NOW) == []


async def test_registering_again_keeps_the_start(database: SqlDatabase) -> None:
    async with database.write() as unit:
        await unit.claims.register("me", "here", 1, NOW)
        await unit.claims.register("me", "here", 1, NOW + 20)
        await unit.commit()
    async with database.read() as unit:
        row = (await unit.connection.exec_driver_sql("SELECT * FROM instances")).one()
    assert (row.started_at, row.seen_at) == (NOW, NOW + 20)


async def test_an_orphan_is_adopted_once_and_its_old_owner_is_shut_out(
    database: SqlDatabase, job: Job
) -> None:
    async with database.write() as unit:
        adopted = await unit.claims.adopt(job, me="new", lease_until=LEASE + 60)
        assert adopted is not None
        assert adopted == replace(job, claimed_by="new", attempt=2)
        assert await unit.claims.adopt(job, me="third", lease_until=LEASE + 60) is None
        assert not await unit.calls.mark_sent(job, 0, 1, now=NOW)
        assert not await unit.jobs.fail(job, Reason.INTERNAL, now=NOW)
        assert await unit.calls.mark_sent(adopted, 0, 1, now=NOW)
        await unit.commit()
    assert await orphans(database, now=LEASE) == []


async def test_a_job_that_was_given_back_is_not_adopted(database: SqlDatabase, job: Job) -> None:
    async with database.write() as unit:
        assert await unit.claims.requeue(job)
        assert await unit.claims.adopt(job, me="new", lease_until=LEASE) is None
        found = await unit.job_queries.get(job.job_id)
    assert found is not None
    assert found.state is JobState.QUEUED


async def test_an_older_attempt_of_the_same_claimant_is_not_adopted(
    database: SqlDatabase, job: Job
) -> None:
    async with database.write() as unit:
        assert await unit.claims.adopt(job, me="old", lease_until=LEASE)
        assert await unit.claims.adopt(job, me="new", lease_until=LEASE) is None
