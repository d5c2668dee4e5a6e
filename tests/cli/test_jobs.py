"""`jobs` lists what is under way, and with --stuck what a running bot would have moved on."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import pytest

from tests.cli.console import Easel
from tests.cli.test_operator_commands import queued

IDS = {name: name * 13 for name in "ABCDEFGHJ"}


def change(job_id: str, **columns: object) -> None:
    with closing(sqlite3.connect("data/easel.db")) as database:
        names = ", ".join(f"{name} = ?" for name in columns)
        database.execute(
            f"UPDATE jobs SET {names} WHERE job_id = ?",  # noqa: S608
            (*columns.values(), job_id),
        )
        database.commit()


@pytest.fixture
def easel(easel: Easel) -> Easel:
    now = int(time.time())
    assert easel("db", "upgrade").code == 0
    for number, job_id in enumerate(IDS.values()):
        queued(job_id)
        change(job_id, created_at=now - 600 + number, expires_at=now + 3000)
    change(IDS["B"], expires_at=now - 600)
    change(IDS["C"], state="running", lease_until=now + 60)
    change(IDS["D"], state="running", lease_until=now - 600)
    change(IDS["E"], state="delivering", lease_until=None)
    change(IDS["F"], state="delivering", destination="pickup", lease_until=None)
    change(IDS["G"], state="failed", reason="internal", finished_at=now - 9000)
    change(IDS["H"], state="failed", reason="internal", finished_at=now - 60)
    change(IDS["J"], state="delivering", destination="comparison", lease_until=None)
    return easel


def test_what_is_under_way_is_listed_oldest_first(easel: Easel) -> None:
    ended = easel("jobs")
    assert (ended.code, ended.err) == (0, "")
    lines = [line.split("\t") for line in ended.out.splitlines()]
    assert [line[0] for line in lines] == [IDS[name] for name in "ABCDEFGJ"]
    assert lines[0] == [IDS["A"], "queued", "routescope", "m", "1", "5", lines[0][6]]
    assert lines[0][6] in ("10 min", "11 min")
    assert (lines[5][1], lines[7][1]) == ("pick-up", "waits for others")


def test_only_what_should_have_moved_on_is_stuck(easel: Easel) -> None:
    lines = [line.split("\t") for line in easel("jobs", "--stuck").out.splitlines()]
    assert {line[0]: line[7].partition(":")[0] for line in lines} == {
        IDS["B"]: "its time is up, but it was not ended",
        IDS["D"]: "its process is gone and no other has taken it over",
        IDS["E"]: "its process is gone and no other has taken it over",
        IDS["G"]: "it ended, but its member was not told",
    }


def test_nothing_under_way_is_said_in_a_sentence(easel: Easel) -> None:
    for job_id in IDS.values():
        change(job_id, state="done", finished_at=int(time.time()))
    for arguments in (["jobs"], ["jobs", "--stuck"]):
        ended = easel(*arguments)
        assert (ended.code, ended.out) == (0, "")
        assert ended.err.startswith("No requests are ")


def test_a_database_that_is_not_set_up_is_said_in_one_sentence(
    easel: Easel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_STORAGE__URL", "sqlite+aiosqlite:///data/new.db")
    ended = easel("jobs")
    assert (ended.code, ended.out) == (1, "")
    assert "easel db upgrade" in ended.err
