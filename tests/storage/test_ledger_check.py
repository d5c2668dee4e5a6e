"""The audit has nothing to say of good books, and finds whatever is done to them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.domain.job import CallState, Picture, PictureState, Post, Reason
from bot.domain.quotas.windows import Window
from bot.services.ports import Charge, CounterKey, CounterKind, Hold
from bot.storage.engine.database import SqlDatabase
from bot.storage.ledger.ledger_check import problems

NOW = 2_000
KEY = CounterKey(kind=CounterKind.MEMBER, guild_id=1, user_id=100, window=Window.DAY, starts_at=0)


@pytest.fixture
async def books(database: SqlDatabase, file: Path, make_job: Any) -> Path:
    """Fill a database with one job of each end, all in order."""
    open_job, done, failed, cancelled = (make_job() for _ in range(4))
    async with database.write() as unit:
        quotas = unit.quotas
        for _ in range(2):
            await unit.grants.give(1, 100, 5, expires_at=None, by=7, reason=None, now=1)
        await unit.grants.revoke(2, by=7, reason=None, now=1)
        hold = Hold(part=0, counter=KEY, grant_id=None, amount=1)
        granted = Hold(part=1, counter=None, grant_id=1, amount=1)
        # The open job last: a claim takes the oldest.
        for job in (done, failed, cancelled, open_job):
            await unit.jobs.add(job, [])
            await quotas.take_grant(1, 1, now=NOW)
            charges = [Charge(hold=one, limit=10, ends_at=86_400) for one in (hold, granted)]
            await quotas.charge(job, charges, now=NOW)
        for job in (done, failed):
            claimed = await unit.claims.claim("routescope", me="me", now=NOW, lease_until=NOW)
            assert claimed is not None
            assert claimed.job_id == job.job_id
            await unit.calls.mark_sent(claimed, 0, 1, now=NOW)
            if job is failed:
                await unit.calls.end_call(claimed, 0, 1, CallState.UNKNOWN, now=NOW)
                assert await unit.jobs.fail(claimed, Reason.UNKNOWN_OUTCOME, now=NOW)
                await unit.jobs.told(job.job_id, now=NOW)
                continue
            picture = Picture(job_id=job.job_id, position=0, call_seq=0, state=PictureState.FETCHED)
            await unit.calls.end_call(
                claimed, 0, 1, CallState.ANSWERED, now=NOW, images_made=1, pictures=[picture]
            )
            post = Post(job_id=job.job_id, part=0, channel_id=10, nonce=job.job_id, positions=(0,))
            await unit.jobs.deliver(claimed, [post])
            await unit.posts.posted(job.job_id, 0, 777, now=NOW)
            assert await unit.jobs.finish(claimed, now=NOW)
        await unit.jobs.cancel(cancelled.job_id, Reason.BY_MEMBER, now=NOW)
        for job in (done, failed, cancelled):
            await quotas.keep(job, [(hold, int(job is done))], now=NOW)
            await quotas.keep(job, [(granted, 0)], now=NOW)
        await unit.commit()
    return file


def spoil(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DROP TRIGGER ledger_no_delete")
        connection.execute("DROP TRIGGER ledger_no_update")
        assert connection.execute(statement).rowcount
        connection.commit()


async def test_an_empty_database_has_no_problems(database: SqlDatabase) -> None:
    assert await problems(database) == []


@pytest.mark.usefixtures("books")
async def test_good_books_have_no_problems(database: SqlDatabase) -> None:
    # The cancelled job is not told yet, which is in time.
    assert await problems(database, now=NOW + 3600) == []


@pytest.mark.parametrize(
    ("statement", "sentences"),
    [
        (
            "UPDATE counters SET used = used + 1",
            ["The member counter of server 1, member 100, day from 0 says 3, but its holds"],
        ),
        ("UPDATE grants SET used = 0", ["Grant 1 says 0 used, but its holds add up to 1."]),
        (
            "UPDATE ledger SET delta = 2 WHERE entry_id = 4",
            ["Hold 0 of job JOB0000000002 is 1, but its ledger entries add up to 2."],
        ),
        (
            "DELETE FROM ledger WHERE entry_id = 4",
            ["Hold 0 of job JOB0000000002 is 1, but its ledger entries add up to 0."],
        ),
        (
            "DELETE FROM ledger WHERE grant_id = 1 AND kind = 'grant'",
            ["Grant 1 is of 5 with 1 used, but by its ledger entries 0 were given."],
        ),
        (
            "UPDATE grants SET revoked_at = NULL WHERE grant_id = 2",
            ["Grant 2 is of 5 with 0 used, but by its ledger entries 0 were given."],
        ),
        (
            "UPDATE ledger SET delta = -6 WHERE kind = 'revoke'",
            ["Grant 2 is of 5 with 0 used, but by its ledger entries -1 were given."],
        ),
        (
            "DELETE FROM grants WHERE grant_id = 2",
            [f"Ledger entry {n} is of grant 2, which does not exist." for n in (2, 3)],
        ),
        (
            "UPDATE counters SET ends_at = starts_at",
            ["The member counter of server 1, member 100, day from 0 ends before it begins."],
        ),
        (
            "INSERT INTO ledger (at, guild_id, user_id, job_id, part, kind, delta)"
            " VALUES (1, 1, 100, 'JOBX', 0, 'reserve', 1)",
            ["is of hold 0 of job JOBX, which does not exist."],
        ),
        (
            "DELETE FROM counters",
            [f"Hold 0 of job JOB000000000{n} is on a counter that does not" for n in range(1, 5)],
        ),
        (
            "UPDATE jobs SET state = 'cancelled', told_at = 1 WHERE state = 'queued'",
            [
                "Job JOB0000000001 is cancelled, which does not fit its hold 0",
                "Job JOB0000000001 is cancelled, which does not fit its hold 1",
            ],
        ),
        (
            "UPDATE jobs SET state = 'running' WHERE state = 'failed'",
            [
                "Job JOB0000000003 is running, which does not fit its hold 0",
                "Job JOB0000000003 is running, which does not fit its hold 1",
            ],
        ),
        (
            "UPDATE posts SET message_id = NULL",
            ["Job JOB0000000002 is done, but nothing of it was posted."],
        ),
        (
            "UPDATE jobs SET finished_at = finished_at - 1 WHERE state = 'cancelled'",
            ["Job JOB0000000004 cancelled more than an hour ago, and its member was not told."],
        ),
    ],
)
async def test_what_is_done_to_the_books_is_found(
    database: SqlDatabase, books: Path, statement: str, sentences: list[str]
) -> None:
    spoil(books, statement)
    found = [str(problem) for problem in await problems(database, now=NOW + 3600)]
    assert len(found) == len(sentences), found
    for sentence in sentences:
        assert any(sentence in problem for problem in found), found
