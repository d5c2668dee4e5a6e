"""The next job is the fairest one, and finding it does not depend on how many wait."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from bot.storage.engine.database import SqlDatabase
from bot.storage.jobs.fairness import Running, fairest

NOW = 2_000

Waiting = tuple[str, int, int, int]
"""State, server, member, time of acceptance."""


def fill(file: Path, queue: list[Waiting]) -> None:
    """Put many jobs into the database at once; a job's number in the list is its id."""
    columns = (
        "job_id, turn, origin, state, guild_id, user_id, created_at, channel_id, operation,"
        " model_id, provider, unit_credits, request, count, destination, expires_at"
    )
    with closing(sqlite3.connect(file)) as connection:
        connection.executemany(
            f"INSERT INTO jobs ({columns})"  # noqa: S608 -- the columns above
            " VALUES (?, ?, ?, ?, ?, ?, ?, 10, 'generate', 'm', 'routescope', 1, '{}', 1,"
            " 'channel', 4600)",
            [(str(n), n, str(n), *waiting) for n, waiting in enumerate(queue)],
        )
        connection.commit()


def the_fairest(queue: list[Waiting]) -> str | None:
    """Say it as the rule says it."""
    servers = Counter(guild for state, guild, _, _ in queue if state == "running")
    members = Counter((guild, user) for state, guild, user, _ in queue if state == "running")
    ranked = [
        (servers[guild], members[guild, user], created_at, number)
        for number, (state, guild, user, created_at) in enumerate(queue)
        if state == "queued"
    ]
    return str(min(ranked)[-1]) if ranked else None


async def chosen(database: SqlDatabase) -> str | None:
    async with database.read() as unit:
        running = await Running.read(unit.connection)
        return await fairest(unit.connection, "routescope", running, now=NOW)


async def test_an_empty_queue_has_no_next_job(database: SqlDatabase) -> None:
    assert await chosen(database) is None


async def test_one_servers_hundred_do_not_hold_up_anothers_first(
    database: SqlDatabase, file: Path
) -> None:
    fill(file, [("running", 1, 1, 1), *[("queued", 1, 1, 1)] * 100, ("queued", 2, 2, 9)])
    assert await chosen(database) == "101"


async def test_one_members_hundred_do_not_hold_up_anothers_first(
    database: SqlDatabase, file: Path
) -> None:
    fill(file, [("running", 1, 1, 1), *[("queued", 1, 1, 1)] * 100, ("queued", 1, 2, 9)])
    assert await chosen(database) == "101"


async def test_jobs_of_one_second_are_taken_in_the_order_they_came(
    database: SqlDatabase, make_job: Any
) -> None:
    jobs = [make_job(job_id=f"{name:0>13}") for name in "CAB"]
    async with database.write() as unit:
        for job in jobs:
            await unit.jobs.add(job, [])
        claimed = [
            await unit.claims.claim("routescope", me="me", now=NOW, lease_until=NOW + 60)
            for _ in jobs
        ]
    assert [job and job.job_id for job in claimed] == [job.job_id for job in jobs]


@pytest.mark.parametrize("seed", range(25))
async def test_the_choice_is_the_rules_choice_in_any_queue(
    database: SqlDatabase, file: Path, seed: int
) -> None:
    dice = random.Random(seed)
    servers, members = dice.choice([1, 2, 5, 60]), dice.choice([1, 3, 60])
    busy = [
        ("running", dice.randint(1, servers), dice.randint(1, members), 1)
        for _ in range(dice.choice([0, 1, 6, 20]))
    ]
    # Somebody's pile comes first, so that the oldest jobs alone do not decide.
    pile = [("queued", busy[0][1] if busy else 1, busy[0][2] if busy else 1, 2)] * 50
    rest = [
        ("queued", dice.randint(1, servers), dice.randint(1, members), dice.randint(2, 9))
        for _ in range(dice.choice([3, 60, 150]))
    ]
    queue = busy + dice.choice([[], pile]) + rest
    fill(file, queue)
    assert await chosen(database) == the_fairest(queue)


async def test_several_that_one_transaction_claims_are_chosen_one_after_the_other(
    database: SqlDatabase, make_job: Any
) -> None:
    queue = [(2, 9, 1), (1, 1, 1), (1, 1, 1), (1, 2, 2), (2, 1, 3)]
    async with database.write() as unit:
        for number, (guild_id, user_id, created_at) in enumerate(queue):
            asked = {"guild_id": guild_id, "user_id": user_id, "created_at": created_at}
            await unit.jobs.add(make_job(job_id=f"{number:0>13}", **asked), [])
        claimed = [
            await unit.claims.claim("routescope", me="me", now=NOW, lease_until=NOW + 60)
            for _ in range(6)
        ]
    # Server 1 has none after the first; then each has one, and its member 2 none; then it has two.
    assert [int(job.job_id) if job else None for job in claimed] == [0, 1, 3, 4, 2, None]


@pytest.mark.parametrize("way", ["compiled"], indirect=True)
@pytest.mark.parametrize(
    "queue",
    [
        pytest.param([("queued", 1, 1, 1)] * 10_000, id="one member"),
        pytest.param([("queued", 1, n, 1) for n in range(10_000)], id="one server"),
        pytest.param([("queued", n, n, 1) for n in range(10_000)], id="ten thousand servers"),
        pytest.param([("queued", n % 100, n % 977, 1) for n in range(10_000)], id="many of each"),
    ],
)
async def test_ten_thousand_waiting_jobs_are_not_read(
    database: SqlDatabase, file: Path, queue: list[Waiting]
) -> None:
    fill(file, [*[("running", n % 2 + 1, n, 1) for n in range(1, 5)], *queue])
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    async with database.read() as unit:
        raw: sqlite3.Connection = cast("Any", unit.connection).raw
        # A step is ten instructions of SQLite's machine; a job that is read costs about one.
        raw.set_progress_handler(count, 10)
        running = await Running.read(unit.connection)
        await fairest(unit.connection, "routescope", running, now=NOW)
        raw.set_progress_handler(None, 10)
    assert 10 < steps < 1_000
