"""Group commit: units share a COMMIT, and none hears of its end before it."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from bot.domain.errors import StorageError
from bot.storage.engine import group_commit
from bot.storage.engine.database import SqlDatabase
from bot.storage.engine.group_commit import GroupCommit
from bot.storage.engine.sqlite_transactions import SqliteTransactions


@pytest.fixture
def way() -> str:
    return "compiled"


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let groups wait for a full house, however slow the machine is."""
    monkeypatch.setattr(group_commit, "_MOST_SECONDS", 600)


class Disk:
    """The thread of the COMMITs, which can be held."""

    def __init__(self, commits: GroupCommit) -> None:
        self._thread = ThreadPoolExecutor(1)
        commits._threads = self._thread
        self.statements: list[str] = []
        raw = commits._raw
        assert raw is not None
        raw.set_trace_callback(self.statements.append)

    @contextmanager
    def held(self) -> Iterator[Callable[[], None]]:
        """Hold it after what it was given before; the value lets go early."""
        let_go = threading.Event()
        self._thread.submit(let_go.wait)
        try:
            yield let_go.set
        finally:
            let_go.set()

    @property
    def commits(self) -> int:
        return self.statements.count("COMMIT")


@pytest.fixture
async def commits(database: SqlDatabase) -> GroupCommit:
    async with database.write():
        pass  # it connects
    transactions = database._transactions
    assert isinstance(transactions, SqliteTransactions)
    return transactions._writing


@pytest.fixture
def disk(commits: GroupCommit) -> Iterator[Disk]:
    threads = commits._threads
    yield Disk(commits)
    commits._threads = threads


async def put(database: SqlDatabase, key: str) -> None:
    async with database.write() as unit:
        await unit.meta.put(key, "1")
        await unit.commit()


async def refused(database: SqlDatabase, key: str) -> bool:
    """Write something, and give it up because of what another unit wrote."""
    async with database.write() as unit:
        await unit.meta.put(f"given up for {key}", "1")
        return await unit.meta.get(key) is not None


async def stored(database: SqlDatabase) -> set[str]:
    async with database.read() as unit:
        return {key for (key,) in await unit.connection.execute(text("SELECT key FROM meta"))}


async def in_line(*works: Awaitable[object]) -> list[asyncio.Task[object]]:
    """Start works one after the other, each as far as it gets by itself."""
    tasks = [asyncio.ensure_future(work) for work in works]
    for _ in range(4 * group_commit._QUIET_TURNS):
        await asyncio.sleep(0)
    return tasks  # pyright: ignore[reportReturnType]


@contextmanager
def full_disk(file: Path) -> Iterator[None]:
    """Let no file grow beyond half of the log of the database."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(f"{file}-wal") // 2, -1))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))


async def test_units_that_wait_share_a_commit(database: SqlDatabase, disk: Disk) -> None:
    with disk.held():
        first = await in_line(put(database, "first"))
        rest = await in_line(*(put(database, f"{number}") for number in range(20)))
        assert not any(task.done() for task in [*first, *rest])
    await asyncio.gather(*first, *rest)
    assert disk.commits == 2
    assert await stored(database) == {"first", *map(str, range(20))}


async def test_a_crowd_that_never_ends_is_committed_in_groups_of_64(
    database: SqlDatabase, disk: Disk
) -> None:
    with disk.held():
        tasks = await in_line(*(put(database, f"{number}") for number in range(130)))
    await asyncio.gather(*tasks)
    assert disk.commits == 3  # 64, 64 and 2


@pytest.mark.parametrize(("turns", "groups"), [(group_commit._QUIET_TURNS - 2, 1), (20, 2)])
async def test_who_comes_in_the_next_turns_of_the_event_loop_joins_the_group(
    database: SqlDatabase, disk: Disk, turns: int, groups: int
) -> None:
    async def late() -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        await put(database, "late")

    with disk.held():
        tasks = await in_line(put(database, "first"), late())
        tasks += await in_line()
    await asyncio.gather(*tasks)
    assert disk.commits == groups


async def test_a_group_that_took_its_time_is_committed_whoever_waits(
    database: SqlDatabase, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_MOST_SECONDS", 0)
    await asyncio.gather(*(put(database, f"{number}") for number in range(10)))
    assert disk.commits == 10


async def test_a_refusal_that_rests_on_its_group_waits_for_the_disk(
    database: SqlDatabase, disk: Disk
) -> None:
    with disk.held() as let_go:
        first = await in_line(put(database, "first"))
        tasks = await in_line(put(database, "wanted"), refused(database, "wanted"))
        with disk.held():
            let_go()
            await asyncio.gather(*first)
            await in_line()
            assert not any(task.done() for task in tasks)
    assert await asyncio.gather(*tasks) == [None, True]
    assert await stored(database) == {"first", "wanted"}


async def test_a_refusal_that_rests_on_nothing_new_does_not_wait(
    database: SqlDatabase, disk: Disk
) -> None:
    async with asyncio.timeout(3):
        assert not await refused(database, "wanted")
    assert disk.commits == 0


async def test_a_failed_commit_fails_its_whole_group_and_nothing_else(
    database: SqlDatabase, file: Path, disk: Disk
) -> None:
    await put(database, "before")
    with full_disk(file):
        with disk.held():
            first = await in_line(put(database, "first"))
            tasks = await in_line(
                put(database, "one"), refused(database, "one"), put(database, "two")
            )
        outcomes = await asyncio.gather(*first, *tasks, return_exceptions=True)
    assert all(isinstance(outcome, StorageError) for outcome in outcomes)
    assert await stored(database) == {"before"}
    await put(database, "after")
    assert not await refused(database, "one")
    assert await stored(database) == {"before", "after"}


@pytest.mark.parametrize("commits_all_the_same", [True, False])
async def test_a_rollback_by_sqlite_itself_fails_the_group_before_another_unit_runs(
    database: SqlDatabase, disk: Disk, commits_all_the_same: bool
) -> None:
    await put(database, "there")

    async def struck() -> None:
        async with database.write() as unit:
            statement = text("INSERT OR ROLLBACK INTO meta VALUES ('there', '2')")
            with pytest.raises(DBAPIError):
                await unit.connection.execute(statement)
            # It would be committed alone.
            with pytest.raises(InvalidRequestError):
                await unit.meta.put("too late", "1")
            if commits_all_the_same:
                await unit.commit()

    with disk.held():
        first = await in_line(put(database, "first"))
        tasks = await in_line(put(database, "lost"), struck(), put(database, "next"))
    lost, own, following = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(lost, DBAPIError)
    assert "UNIQUE" in str(lost)
    assert isinstance(own, DBAPIError)
    assert following is None
    await asyncio.gather(*first)
    assert await stored(database) == {"there", "first", "next"}


async def test_units_do_not_interleave(database: SqlDatabase) -> None:
    steps: list[str] = []

    async def unit_of(name: str) -> None:
        async with database.write() as unit:
            for _ in range(3):
                steps.append(name)
                await unit.meta.put(name, "1")
                await asyncio.sleep(0)
            await unit.commit()

    await asyncio.gather(*(unit_of(name) for name in "abc"))
    assert steps == [*"aaabbbccc"]


@pytest.mark.parametrize("turns", [0, 2], ids=["in line", "after the others"])
async def test_nobody_waits_for_the_end_of_a_long_unit_that_came_later(
    database: SqlDatabase, disk: Disk, turns: int
) -> None:
    async def long() -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        async with database.write(long=True) as unit:
            await unit.meta.put("long", "1")
            await unit.commit()

    with disk.held():
        tasks = await in_line(
            put(database, "first"), put(database, "second"), long(), put(database, "third")
        )
    await asyncio.gather(*tasks)
    at = next(n for n, step in enumerate(disk.statements) if "'long'" in step)
    assert disk.statements[:at].count("COMMIT") == 1
    assert await stored(database) == {"first", "second", "long", "third"}


async def test_savepoints_within_a_unit_still_work(database: SqlDatabase, disk: Disk) -> None:
    async def nested() -> None:
        async with database.write() as unit:
            await unit.meta.put("outer", "1")
            await unit.connection.execute(text("SAVEPOINT inner"))
            await unit.meta.put("inner", "1")
            await unit.connection.execute(text("ROLLBACK TO inner"))
            await unit.meta.put("again", "1")
            await unit.commit()

    with disk.held():
        tasks = await in_line(put(database, "first"), put(database, "one"), nested())
    await asyncio.gather(*tasks)
    assert await stored(database) == {"first", "one", "outer", "again"}


@pytest.mark.parametrize("when", ["in line", "in its turn", "at the commit"])
async def test_a_cancelled_unit_leaves_nothing_and_undoes_no_neighbour(
    database: SqlDatabase, disk: Disk, when: str
) -> None:
    async def lingering() -> None:
        async with database.write() as unit:
            await unit.meta.put("lingering", "1")
            await asyncio.Event().wait()

    unlucky = lingering() if when == "in its turn" else put(database, "unlucky")
    with disk.held() as let_go:
        tasks = await in_line(put(database, "first"))
        tasks += await in_line(put(database, "one"), unlucky, put(database, "two"))
        if when == "in line":
            tasks[2].cancel()
        with disk.held():
            let_go()
            await asyncio.wait(tasks[:1])
            await in_line()
            tasks[2].cancel()
            await in_line()
            assert tasks[2].done() == (when != "at the commit")
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(outcomes.pop(2), asyncio.CancelledError)
    assert outcomes == [None, None, None]
    kept = {"first", "one", "two"}
    # Once released, it ends before the cancellation takes effect.
    assert await stored(database) == (kept | {"unlucky"} if when == "at the commit" else kept)


async def test_the_only_one_in_line_may_go_away(database: SqlDatabase, disk: Disk) -> None:
    with disk.held():
        tasks = await in_line(put(database, "first"))
        tasks += await in_line(put(database, "second"))
        tasks[1].cancel()
    async with asyncio.timeout(3):
        await tasks[0]
        await put(database, "third")
    assert await stored(database) == {"first", "third"}


async def test_whatever_units_do_at_once_each_is_there_whole_or_not_at_all(
    database: SqlDatabase, file: Path, commits: GroupCommit
) -> None:
    dice = random.Random(5)
    told: set[str] = set()
    maybe: set[str] = set()

    async def unit_of(name: str, end: str) -> None:
        async with database.write(long=dice.random() < 0.05) as unit:
            await unit.meta.put(f"{name} a", "1")
            for _ in range(dice.randrange(3)):
                await asyncio.sleep(0)
            await unit.meta.put(f"{name} b", "1")
            if end == "raises":
                raise KeyError(name)
            if end == "rolls back":
                await unit.connection.execute(
                    text("INSERT OR ROLLBACK INTO meta VALUES (:key, '')"), {"key": f"{name} a"}
                )
            if end == "commits":
                await unit.commit()
        if end == "commits":
            told.add(name)

    ends = ["commits"] * 6 + ["refuses", "raises", "is cancelled", "rolls back"]
    for number in range(40):
        tasks: list[asyncio.Task[None]] = []
        for unit in range(dice.randrange(1, 40)):
            end, name = dice.choice(ends), f"{number}.{unit}"
            cancelled = end == "is cancelled"
            tasks.append(asyncio.create_task(unit_of(name, "commits" if cancelled else end)))
            if cancelled:
                maybe.add(name)
                asyncio.get_running_loop().call_later(dice.random() * 0.01, tasks[-1].cancel)
            if dice.random() < 0.3:
                await asyncio.sleep(0)
        with full_disk(file) if number % 10 == 9 else nullcontext():
            await asyncio.gather(*tasks, return_exceptions=True)
        assert not commits._taken
        assert commits._group is None
    found = await stored(database)
    whole = {key[:-2] for key in found}
    assert {f"{name} {half}" for name in whole for half in "ab"} == found
    assert told <= whole <= told | maybe
    assert len(told) > 100
