"""What a request reads does not grow with what its channel, its server and others asked for before.

SQLite counts the steps of its own machine, which no other work on the computer changes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import make_url

from tests.cogs.member_actions import press
from tests.world import World

EVERY = 20
LONG = 2000
# A walk over the history of the channel takes several steps for each of its rows.
ALLOWED = 2 * LONG
TABLES = ("jobs", "calls", "pictures", "posts", "post_pictures", "holds", "ledger")
# Another member's jobs of the same channel, from yesterday on backwards.
CHANGED = {
    "job_id": "printf('OLD%010d', n.i)",
    "turn": "-n.i",
    "origin": "printf('old:%d', n.i)",
    "user_id": "1000 + n.i % 500",
    "created_at": "created_at - 86400 - n.i",
    "finished_at": "finished_at - 86400 - n.i",
    "told_at": "finished_at - 86400 - n.i",
    "ticket_token": "NULL",
    "nonce": "printf('old%d', n.i)",
    "message_id": "-n.i",
    "entry_id": "NULL",
}


@dataclass
class Steps:
    """Counts what SQLite does on every connection."""

    count: int = 0
    heard: bool = False

    def step(self) -> int:
        self.count += EVERY
        return 0

    @contextmanager
    def counted(self) -> Iterator[list[int]]:
        before, found = self.count, list[int]()
        yield found
        found.append(self.count - before)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    steps, connect = Steps(), sqlite3.connect

    def counting(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.set_progress_handler(steps.step, EVERY)
        return connection

    monkeypatch.setattr(sqlite3, "connect", counting)
    return steps


def lengthen(url: str, job_id: str, count: int) -> None:
    """Copy a job with all that belongs to it, as requests of others that came before."""
    with closing(sqlite3.connect(make_url(url).database or "")) as connection:
        for table in TABLES:
            told = connection.execute(f"PRAGMA table_info({table})").fetchall()
            names = [row[1] for row in told if not (table == "ledger" and row[5])]
            values = ", ".join(CHANGED.get(name) or name for name in names)
            connection.execute(
                f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"  # noqa: S608
                f" INSERT INTO {table} ({', '.join(names)})"
                f" SELECT {values} FROM {table}, n WHERE job_id = ?",
                (count, job_id),
            )
        connection.commit()


@pytest.mark.sqlite  # it counts SQLite's own steps
async def test_a_request_reads_no_more_after_two_thousand_of_others(
    steps: Steps, database_url: str, world: World
) -> None:
    async def request(member: Any) -> None:
        await member.slash(world.art, "imagine", prompt="a fox")
        await world.finished()
        await press(member, world.results()[-1], label="Details")
        await press(member, world.results()[-1], label="Edit")
        await member.slash(world.art, "jobs")
        await member.slash(world.art, "quota")

    await request(world.alice)
    (first,) = await world.jobs(world.alice)
    with steps.counted() as few:
        await request(world.bob)
    lengthen(database_url, first.job_id, LONG)
    with steps.counted() as many:
        await request(world.mora)
    assert many[0] - few[0] < ALLOWED
