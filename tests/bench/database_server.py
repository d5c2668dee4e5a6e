"""PostgreSQL: reservations of several processes beside those of one, and whole requests.

The server is the operator's own (`TEST_POSTGRES_URL`), or one that syncs each commit as theirs
does. Every database is audited at the end.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from bot.domain.quotas.ledger_faults import LedgerFault
from bot.storage.engine.database import SqlDatabase
from bot.storage.ledger.ledger_check import problems
from tests import postgres
from tests.bench.crowds import CHANNELS, PICTURE, Times, pictures
from tests.bench.first_build import COMMIT, first_build
from tests.bench.lean_apis import LeanApis, png
from tests.bench.lean_discord import LeanDiscord
from tests.bench.processes import Running, charging, easel
from tests.bench.rows import Row, Run, above, at_least, below

PROCESSES, TASKS = 8, 2
# What the first build reserved and settled in a second, so many processes at once.
FIRST_BUILD_RATE = 23
# Credits are settled, and their jobs stay as they are.
_NO_JOB_ENDS = (LedgerFault.HOLD_AND_JOB,)


async def reservations(run: Run) -> list[Row]:
    """Reserve and settle in one server, whose members share a ceiling and that of all servers."""
    if why := postgres.missing():
        return [_skipped("PostgreSQL: reserve and settle", why)]
    jobs, fresh = (32, 64) if run.quick else (800, 10_000)
    place = run.place("reservations")
    one: list[float] = []
    many: list[float] = []
    apart: list[float] = []
    async with _server() as server:
        async with AsyncExitStack() as stack:
            url = await stack.enter_async_context(_audited(server, *_NO_JOB_ENDS))
            # Apart, so that no process is in another one's way.
            enter = stack.enter_async_context
            single = await enter(charging(place, url, 0, tasks=1))
            several = [
                await enter(charging(place, url, number, tasks=TASKS))
                for number in range(1, PROCESSES + 1)
            ]
            for _ in range(run.rounds):
                one.append((await _charged([single], jobs // 4))[0])
                many.append((await _charged(several, jobs))[0])
                apart.append((await _charged(several, jobs, servers=100))[0])
        async with AsyncExitStack() as stack:
            url = await stack.enter_async_context(_audited(server, *_NO_JOB_ENDS))
            several = [
                await stack.enter_async_context(charging(place, url, number, tasks=TASKS))
                for number in range(PROCESSES)
            ]
            rate, conflicts = await _charged(several, fresh, servers=100, settle=False)
    crowd = f"{PROCESSES} processes x {TASKS}"
    return [
        at_least(
            f"PostgreSQL: reserve and settle, {crowd} against 1 x 1, one server",
            many, one, times=1, unit="/s",
        ),
        above(
            f"PostgreSQL: reserve and settle, {crowd}, one server, 2.5 x the first build",
            many, limit=2.5 * FIRST_BUILD_RATE, unit="/s",
        ),
        at_least(
            f"PostgreSQL: reserve and settle, {crowd} against 1 x 1, 100 servers",
            apart, one, times=1, unit="/s",
        ),
        below(
            f"PostgreSQL: deadlocks in {fresh:,} reservations of a fresh window",
            [conflicts], limit=0, unit="deadlocks", raw=f"{rate:.3g} /s",
        ),
    ]  # fmt: skip


async def several(run: Run) -> list[Row]:
    """Whole requests: one process beside the first build on SQLite, and a growing number."""
    if why := postgres.missing():
        return [_skipped("PostgreSQL: whole requests", why)]
    members = 20 if run.quick else 500
    own, first = Times(), Times()
    workers = {1: Times(), 2: Times(), 4: Times()}
    async with _server() as server:
        place = run.place("several")
        async with AsyncExitStack() as stack:
            enter = stack.enter_async_context
            apis = await enter(LeanApis(png(**PICTURE), delay_seconds=0))
            url = await enter(_audited(server))
            discord = await enter(LeanDiscord(channels=CHANNELS))
            bots = [(discord, await enter(easel(place, discord, apis, url=url)), own)]
            if (build := first_build()) is not None:
                discord = await enter(LeanDiscord(channels=CHANNELS))
                old = run.place(f"several-{COMMIT}")
                bots.append((discord, await enter(easel(old, discord, apis, build=build)), first))
            for its_discord, bot, _ in bots:
                await pictures(its_discord, bot, Times(), members=2)
            for _ in range(run.rounds):
                for its_discord, bot, times in bots:
                    await pictures(its_discord, bot, times, members=members)
        for number, times in workers.items():
            async with AsyncExitStack() as stack:
                enter = stack.enter_async_context
                apis = await enter(LeanApis(png(**PICTURE), delay_seconds=0))
                url = await enter(_audited(server))
                discord = await enter(LeanDiscord(channels=CHANNELS))
                place = run.place(f"workers-{number}")
                bot = await enter(easel(place, discord, apis, url=url, workers=number))
                await _seen(url, processes=number + 1)
                await pictures(discord, bot, Times(), members=16)
                for _ in range(run.rounds):
                    await pictures(discord, bot, times, members=members)
    name = f"PostgreSQL: {members} at once"
    rows: list[Row] = []
    if first.last_picture:
        rows.append(
            at_least(
                f"{name}: throughput, against {COMMIT} on SQLite",
                own.rates(members), first.rates(members), times=0.8, unit="/s",
            )
        )  # fmt: skip
    return rows + [
        at_least(
            f"{name}: throughput, a gateway and workers: {number}, against one process",
            times.rates(members), own.rates(members), unit="/s",
        )
        for number, times in workers.items()
    ]  # fmt: skip


@asynccontextmanager
async def _server() -> AsyncIterator[postgres.Databases]:
    with postgres.server_url(durable=True) as url:
        made = postgres.Databases(url)
        yield made
        await made.close()


@asynccontextmanager
async def _audited(server: postgres.Databases, *without: LedgerFault) -> AsyncIterator[str]:
    """Make a database, and prove in the end that its books are right."""
    url = await server.make()
    yield url
    database = SqlDatabase(url)
    try:
        found = [one for one in await problems(database) if one.flaw not in without]
        if found:
            raise RuntimeError(f"the books are not right: {found[:10]}")
    finally:
        await database.close()
    await server.drop(url)


async def _charged(
    running: Sequence[Running], jobs: int, *, servers: int = 1, settle: bool = True
) -> tuple[float, int]:
    """Let processes charge jobs; return how many a second, and how many units had to give way."""
    each = jobs // len(running)
    for process in running:
        _write(process, f"{each} {servers} {int(settle)}\n")
    for process in running:
        if await _line(process) != b"ready\n":
            raise RuntimeError(f"it is not ready:\n{process.log()}")
    start = time.perf_counter()
    for process in running:
        _write(process, "\n")
    conflicts = [json.loads(await _line(process)) for process in running]
    return each * len(running) / (time.perf_counter() - start), sum(conflicts)


def _write(process: Running, words: str) -> None:
    if process.process.stdin is not None:
        process.process.stdin.write(words.encode())


async def _line(process: Running) -> bytes:
    line = await process.process.stdout.readline() if process.process.stdout else b""
    if not line:
        raise RuntimeError(f"it ended:\n{process.log()}")
    return line


async def _seen(url: str, *, processes: int) -> None:
    """Wait until so many processes of the bot have begun."""
    database = SqlDatabase(url)
    try:
        async with asyncio.timeout(60):
            while True:
                async with database.read() as uow:
                    rows = await uow.connection.exec_driver_sql("SELECT count(*) FROM instances")
                    if rows.scalar_one() >= processes:
                        return
                await asyncio.sleep(0.1)
    finally:
        await database.close()


def _skipped(what: str, why: str) -> Row:
    return Row(what=what, measured="skipped", raw=why)
