"""The database's state: looked at in time, said when it changes, alerted once an hour."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.services.operations import database_health
from bot.services.operations.alerts import Alerts
from bot.services.operations.database_health import DatabaseHealth
from bot.storage.engine.database import SqlDatabase
from tests.services.fakes import HandClock
from tests.services.house import NOW, Ear, House, until

# A process whose files may grow no more, for a moment.
CHILD = """
import asyncio, os, resource, sys
from types import SimpleNamespace
from bot.services.operations.database_health import DatabaseHealth
from bot.storage.engine.database import SqlDatabase

async def main():
    file = sys.argv[1]
    database = SqlDatabase("sqlite+aiosqlite:///" + file)
    clock = SimpleNamespace(now=lambda: 1)
    alerts = SimpleNamespace(tell=lambda kind, text: None)
    look = DatabaseHealth(database=database, clock=clock, alerts=alerts, words=str, over=str).look
    print(await look())
    resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(file + "-wal") // 2, -1))
    print(await look())
    resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
    print(await look())
    await database.close()

asyncio.run(main())
"""


def health(alerts: Alerts, database: SqlDatabase, clock: HandClock) -> DatabaseHealth:
    return DatabaseHealth(
        database=database, clock=clock, alerts=alerts, words=str, over=lambda: "over"
    )


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        r.getMessage().partition(":")[0]
        for r in caplog.records
        if r.name == database_health.__name__
    ]


@pytest.mark.sqlite  # it locks the file
async def test_who_asks_while_the_file_is_locked_does_not_wait_for_it(
    database: SqlDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, database_health.__name__)
    house = House(database, tmp_path)
    look = health(house.alerts, database, house.clock).look
    assert await look() is None
    with closing(sqlite3.connect(tmp_path / "easel.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        monkeypatch.setattr(database_health, "PATIENCE_SECONDS", 0.02)
        for _ in range(3):
            assert "another process may have locked it" in str(await look())
        other.execute("ROLLBACK")
    while await look():  # noqa: ASYNC110 - the probe waits in SQLite
        await asyncio.sleep(0.01)
    # Who asks hears it; the alarm is for the bot's own looks.
    assert lines(caplog) == []


@pytest.mark.sqlite  # it locks the file
async def test_one_late_answer_is_no_alarm_and_the_operator_hears_when_a_real_one_is_over(
    database: SqlDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, database_health.__name__)
    clock, ear = HandClock(NOW), Ear()
    alerts = Alerts(alarm=ear, database=database, clock=clock, words=lambda *_: "")
    looking = health(alerts, database, clock)
    sending = asyncio.create_task(alerts.run())
    other = sqlite3.connect(tmp_path / "easel.db", isolation_level=None)

    async def works() -> None:
        # Whatever else the machine does, this one answers.
        monkeypatch.setattr(database_health, "PATIENCE_SECONDS", 60)
        while await looking.look():  # noqa: ASYNC110 - the probe waits in SQLite
            await asyncio.sleep(0.01)
        await looking.watch()

    try:
        for failures in (1, 2, 3):
            other.execute("BEGIN EXCLUSIVE")
            monkeypatch.setattr(database_health, "PATIENCE_SECONDS", 0.05)
            for _ in range(failures):
                # Others who ask at the same time do not count.
                await asyncio.gather(looking.watch(), looking.look(), looking.look())
            other.execute("ROLLBACK")
            await works()
        await works()
        # The third trouble began within an hour of the second, so neither end of it is told.
        await until(lambda: len(ear.heard) >= 2)
        alerts.tell("other", "news")
        await until(lambda: "news" in ear.heard)
    finally:
        sending.cancel()
        other.close()
    began, *rest = ear.heard
    assert "another process may have locked it" in began
    assert rest == ["over", "news"]
    once, alarm, over = (
        "the database failed once and is looked at again",
        "requests cannot be accepted",
        "the database works again",
    )
    assert lines(caplog) == [once, over, once, alarm, over, once, alarm, over]


async def test_the_operator_is_told_once_an_hour_also_when_that_cannot_be_written_down(
    database: SqlDatabase, tmp_path: Path
) -> None:
    clock, ear = HandClock(NOW), Ear()
    (tmp_path / "text.db").write_text("a shopping list\n" * 400)
    broken = SqlDatabase(f"sqlite+aiosqlite:///{tmp_path}/text.db")
    alerts = Alerts(alarm=ear, database=broken, clock=clock, words=lambda *_: "")
    looking = health(alerts, broken, clock)
    await looking.watch()
    sending = asyncio.create_task(alerts.run())
    try:
        for moment in range(4):
            clock.at = NOW + moment * 1000
            await looking.watch()
            await until(lambda: len(ear.heard) == 1)
        clock.at = NOW + 3601
        assert "is not a database" in str(await looking.look())
        await looking.watch()
        await until(lambda: len(ear.heard) == 2)
        # Another trouble, or the same from somebody else, within the hour.
        alerts.tell("database", "again")
        alerts.tell("other", "news")
        await until(lambda: "news" in ear.heard)
    finally:
        sending.cancel()
        await broken.close()
    assert len(ear.heard) == 3


def test_a_disk_that_takes_no_more_is_seen_and_seen_to_work_again(
    migrated: Path, tmp_path: Path
) -> None:
    file = tmp_path / "easel.db"
    file.write_bytes(migrated.read_bytes())
    said = subprocess.run(
        [sys.executable, "-c", CHILD, file], check=True, capture_output=True, text=True, timeout=60
    ).stdout.splitlines()
    assert said[::2] == ["None", "None"]
    assert "accepts no more data; free some space" in said[1]
