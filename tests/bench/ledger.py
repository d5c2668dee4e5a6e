"""The books in the database: beside the same statements without SQLAlchemy, and as they grow."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import aiosqlite
from sqlalchemy import Executable

from bot.domain.catalog import Operation
from bot.domain.job import Destination, Job, JobState
from bot.domain.quotas.quota import parse_allowance
from bot.domain.requests.request import ImageRequest
from bot.domain.server import ServerPolicy
from bot.services.quotas.quota_book import QuotaBook, Rules
from bot.storage.engine import schema, sqlite_connection
from bot.storage.engine.database import SqlDatabase
from bot.storage.engine.group_commit import WritingUnit
from tests.bench.rows import Row, Run, at_least, at_most

NOW = 1_715_767_200
SERVERS, MEMBERS = 100, 1000
BOOK = QuotaBook(
    Rules(
        member=parse_allowance("1000000/day"),
        ceiling=parse_allowance("1000000/day"),
        everywhere=parse_allowance("1000000/day"),
    )
)
_FILL_LEDGER = """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
    INSERT INTO ledger (at, guild_id, user_id, job_id, part, kind, delta)
    SELECT ?, i % 100 + 1, i % 1000 + 1, printf('OLD%010d', i), 0, 'reserve', 1 FROM n
"""
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")

Statement = tuple[str, Sequence[Any]]
_BEGIN: Statement = ("BEGIN IMMEDIATE", ())
_COMMIT: Statement = ("COMMIT", ())
# Both begin and commit, look up what is used and held, charge and settle.
_LEAST_STATEMENTS = 10


async def books(run: Run) -> list[Row]:
    """Reserve, settle and claim."""
    return [await _beside_bare(run), await _beside_history(run), await _beside_queue(run)]


# --- reserve and settle ---------------------------------------------------------------------


async def _beside_bare(run: Run) -> Row:
    """The statements are recorded while one database runs them, then repeated on another."""
    jobs = 20 if run.quick else 200
    place = run.place("bare")
    rates: list[float] = []
    bare: list[float] = []
    numbers = count()
    async with (
        _Books.made(place / "recorded.db") as recording,
        _Books.made(place / "repeated.db") as repeating,
        _Books.made(place / "books.db") as books,
    ):
        for _ in range(run.rounds):
            submissions = [new_job(next(numbers)) for _ in range(jobs)]
            for database in (recording, repeating, books):
                await database.add(submissions)
            bare.append(
                jobs / await _repeat(repeating.file, await recording.statements(submissions))
            )
            rates.append(jobs / await books.timed(submissions))
    return at_least("reserve and settle", rates, bare, times=0.3, unit="/s")


async def _beside_history(run: Run) -> Row:
    few, many, jobs = (100, 10_000, 20) if run.quick else (1000, 1_000_000, 200)
    place = run.place("history")
    with_few: list[float] = []
    with_many: list[float] = []
    numbers = count()
    async with (
        _Books.made(place / "few.db", entries=few) as young,
        _Books.made(place / "many.db", entries=many) as old,
    ):
        for _ in range(run.rounds):
            for books, seconds in ((young, with_few), (old, with_many)):
                submissions = [new_job(next(numbers)) for _ in range(jobs)]
                await books.add(submissions)
                seconds.append(await books.timed(submissions) / jobs * 1000)
    name = f"reserve and settle, {many:,} entries against {few:,}"
    return at_most(name, with_many, with_few, times=1.3, unit="ms")


async def _beside_queue(run: Run) -> Row:
    few, many, claims = (10, 500, 20) if run.quick else (10, 10_000, 200)
    place = run.place("queue")
    with_few: list[float] = []
    with_many: list[float] = []
    behind: list[float] = []
    async with (
        _Books.made(place / "few.db") as short,
        _Books.made(place / "many.db") as long,
        _Books.made(place / "busy.db") as busy,
    ):
        await short.add([new_job(number) for number in range(few)])
        await long.add([new_job(number) for number in range(many)])
        # One server has the oldest tenth of the queue, and a job that runs: the hardest choice.
        await busy.add([new_job(n, guild_id=1) for n in range(many // 10)])
        await busy.add([new_job(n) for n in range(many // 10, many)])
        await busy.take()
        for _ in range(run.rounds):
            for books, times in ((short, with_few), (long, with_many), (busy, behind)):
                times.append(await books.claim(claims) / claims * 1000)
    return at_most(
        f"claim, {many:,} queued against {few}",
        with_many,
        with_few,
        times=1.3,
        unit="ms",
        raw=f"behind a busy server's {many // 10:,}: {min(behind):.3g} ms",
    )


@dataclass(slots=True, kw_only=True)
class _Books:
    """A database of its own, as the services open it."""

    file: Path
    database: SqlDatabase

    @classmethod
    @asynccontextmanager
    async def made(cls, file: Path, *, entries: int = 0) -> AsyncIterator[_Books]:
        url = f"sqlite+aiosqlite:///{file}"
        await schema.upgrade(url)
        if entries:
            with closing(sqlite3.connect(file, isolation_level=None)) as connection:
                connection.execute(_FILL_LEDGER, (entries, NOW))
        database = SqlDatabase(url)
        try:
            yield cls(file=file, database=database)
        finally:
            await database.close()

    async def add(self, jobs: Sequence[Job]) -> None:
        async with self.database.write() as uow:
            for job in jobs:
                await uow.jobs.add(job, [])
            await uow.commit()

    async def timed(self, jobs: Sequence[Job]) -> float:
        """Return how many seconds charging these jobs took, one after the other."""
        start = time.perf_counter()
        for job in jobs:
            await self.charge(job)
        return time.perf_counter() - start

    async def charge(self, job: Job) -> None:
        """Reserve and settle one job, each in a transaction."""
        async with self.database.write() as uow:
            await BOOK.reserve(uow, ServerPolicy(), job, role_ids=(), now=NOW)
            await uow.commit()
        async with self.database.write() as uow:
            await BOOK.settle(uow, job, delivered=1, paid=1, now=NOW)
            await uow.commit()

    async def statements(self, jobs: Sequence[Job]) -> list[Statement]:
        """Charge these jobs and return every statement that it took."""
        recorded: list[Statement] = []
        execute, commit = sqlite_connection.execute, WritingUnit.commit

        def recording(raw: sqlite3.Connection, statement: Executable, values: Any = None) -> Any:
            if not recorded or recorded[-1] == _COMMIT:
                recorded.append(_BEGIN)
            return execute(cast("sqlite3.Connection", _Recorder(raw, recorded)), statement, values)

        async def committed(unit: WritingUnit) -> None:
            await commit(unit)
            recorded.append(_COMMIT)

        with (
            patch.object(sqlite_connection, "execute", recording),
            patch.object(WritingUnit, "commit", committed),
        ):
            await self.timed(jobs)
        if len(recorded) < len(jobs) * _LEAST_STATEMENTS:
            raise RuntimeError(f"{len(recorded)} statements are not all that it took")
        return recorded

    async def claim(self, claims: int) -> float:
        """Return how many seconds the claims took; each job goes back to its place untimed."""
        seconds = 0.0
        for _ in range(claims):
            start = time.perf_counter()
            job = await self.take()
            seconds += time.perf_counter() - start
            async with self.database.write() as uow:
                await uow.claims.requeue(job)
                await uow.commit()
        return seconds

    async def take(self) -> Job:
        """Claim a job."""
        async with self.database.write() as uow:
            job = await uow.claims.claim("routescope", me="me", now=NOW, lease_until=NOW + 60)
            await uow.commit()
        if job is None:
            raise RuntimeError("nothing is queued")
        return job


class _Recorder:
    """Writes down what a connection executes."""

    def __init__(self, raw: sqlite3.Connection, recorded: list[Statement]) -> None:
        self._raw = raw
        self._recorded = recorded

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        self._recorded.append((sql, values))
        return self._raw.execute(sql, values)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> sqlite3.Cursor:
        every = [*rows]
        self._recorded += [(sql, values) for values in every]
        return self._raw.executemany(sql, every)


async def _repeat(file: Path, statements: Sequence[Statement]) -> float:
    """Return how many seconds the statements take with aiosqlite alone."""
    async with aiosqlite.connect(file, isolation_level=None) as connection:
        for pragma in _PRAGMAS:
            await connection.execute(f"PRAGMA {pragma}")
        start = time.perf_counter()
        for statement, parameters in statements:
            await connection.execute_fetchall(statement, parameters)
        return time.perf_counter() - start


def new_job(number: int, *, guild_id: int | None = None) -> Job:
    request = ImageRequest(
        model="doubao-seedream-4-5-251128",
        source="routescope_seedream",
        provider="routescope",
        operation=Operation.GENERATE,
        prompt="a lighthouse at dusk",
        size="2K",
        count=1,
    )
    return Job(
        job_id=f"{number:013}",
        origin=f"i:{number}",
        guild_id=guild_id or number % SERVERS + 1,
        channel_id=10,
        user_id=number % MEMBERS + 1,
        request=request,
        state=JobState.QUEUED,
        destination=Destination.CHANNEL,
        spoiler=False,
        created_at=NOW,
        expires_at=NOW + 3600,
    )
