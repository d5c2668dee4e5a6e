"""`status` says what is paused, blocked and under way, and what today used."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest

from tests.cli.console import Easel
from tests.cli.test_jobs import IDS, change
from tests.cli.test_operator_commands import queued


def execute(statement: str, *values: object) -> None:
    with closing(sqlite3.connect("data/easel.db")) as database:
        database.execute(statement, values)
        database.commit()


def insert(table: str, **values: object) -> None:
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", *values.values())  # noqa: S608


@pytest.fixture
def easel(easel: Easel, monkeypatch: pytest.MonkeyPatch) -> Easel:
    assert easel("db", "upgrade").code == 0
    monkeypatch.setenv("EASEL_QUOTA__SPEND", "5/day")
    monkeypatch.setenv("EASEL_QUOTA__CURRENCY", "EUR")
    return easel


@pytest.fixture
def busy(easel: Easel) -> Easel:
    """A bot with some of everything."""
    now = int(time.time())
    for name in "ABCD":
        queued(IDS[name])
        change(IDS[name], created_at=now - 300)
    change(IDS["B"], state="running")
    change(IDS["C"], state="delivering", destination="pickup")
    change(IDS["D"], state="done", finished_at=now)
    done = {"job_id": IDS["D"]}
    insert("pictures", **done, position=0, call_seq=0, state="fetched")
    insert("posts", **done, part=0, channel_id=10, nonce="n", message_id=9, posted_at=now)
    insert("post_pictures", **done, part=0, place=0, position=0)
    call = {"seq": 0, "try_number": 1, "state": "answered", "images_asked": 1}
    insert("calls", **done, **call, spend_micro=40_000, certainty="known")
    day = now - now % 86400
    window = {"window": "day", "starts_at": day, "ends_at": day + 86400}
    for kind, used in (("global", 7), ("money", 1_250_000)):
        insert("counters", kind=kind, guild_id=0, user_id=0, **window, used=used)
    assert easel("pause", "--reason", "moving house").code == 0
    assert easel("pause", "--guild", "7").code == 0
    assert easel("pause", "--provider", "routescope").code == 0
    assert easel("block", "66", "--until", "2 days", "--reason", "spam").code == 0
    assert easel("block", "77", "--guild", "7").code == 0
    execute("UPDATE blocks SET set_at = user_id")
    execute("INSERT INTO settings VALUES (8, 'paused', ?)", json.dumps({"until": now + 600}))
    execute("INSERT INTO settings VALUES (9, 'paused', ?)", json.dumps({"until": now - 600}))
    return easel


def test_an_idle_bot_says_so(easel: Easel) -> None:
    ended = easel("status")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "Paused: nothing\nBlocked: nothing\nRequests: nothing\nToday: nothing\n"


def test_all_of_it_is_said_in_lines(busy: Easel) -> None:
    ended = busy("status")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[:4] == ["Paused:", "  the whole bot: moving house", "  server 7", lines[3]]
    assert lines[3].startswith("  server 8, by its staff, until 20")
    assert lines[4:7] == [
        "  image service routescope: you paused it",
        "Blocked:",
        "  user 77 in server 7",
    ]
    assert lines[7].startswith("  user 66 everywhere, until 20")
    assert lines[7].endswith(" UTC: spam")
    assert lines[8:] == [
        "Requests:",
        "  routescope: 1 to pick up, 1 waiting (the oldest for 5 min) and 1 being drawn",
        "Today:",
        "  requests: 1 done, 0 failed, 0 cancelled",
        "  posted: 1 picture, 1 credit",
        "  money: 0.04 EUR paid, 0.00 EUR perhaps paid",
        "  all servers: 7 of 2,000 per day used or held",
        "  all servers: 1.25 EUR of 5.00 EUR per day used or held",
    ]


def test_json_is_one_value_with_the_same(busy: Easel) -> None:
    found: Any = busy("status", "--json").json
    assert list(found) == ["time", "paused", "blocked", "requests", "today", "ceilings"]
    assert [one["guild"] for one in found["paused"]["servers"]] == [None, 7, 8]
    assert [one["by"] for one in found["paused"]["servers"]] == ["operator", "operator", "staff"]
    assert found["paused"]["services"] == [
        {"service": "routescope", "reason": "operator", "until": None}
    ]
    assert [(one["user"], one["guild"], one["reason"]) for one in found["blocked"]] == [
        (77, 7, None),
        (66, None, "spam"),
    ]
    assert {(one["service"], one["state"], one["requests"]) for one in found["requests"]} == {
        ("routescope", "queued", 1),
        ("routescope", "running", 1),
        ("routescope", "pickup", 1),
    }
    today = found["today"]
    assert today["since"] % 86400 == 0
    assert (today["pictures"], today["credits"]) == (1, 1)
    assert today["requests"] == {"done": 1, "failed": 0, "cancelled": 0}
    assert today["money"] == {"currency": "EUR", "known": 0.04, "unknown": 0.0}
    assert [(one["unit"], one["used"], one["limit"]) for one in found["ceilings"]] == [
        ("credits", 7, 2000),
        ("money", 1.25, 5.0),
    ]


def test_of_many_the_first_are_shown(easel: Easel) -> None:
    for user in range(1, 13):
        execute("INSERT INTO blocks VALUES (0, ?, NULL, 0, NULL, ?)", user, user)
    lines = easel("status").out.splitlines()
    assert lines[2:4] == ["  user 12 everywhere", "  user 11 everywhere"]
    assert lines[12] == "  2 more, see --json"
    assert len(easel("status", "--json").json["blocked"]) == 12


def test_without_a_database_it_says_so(easel: Easel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EASEL_STORAGE__URL", "sqlite+aiosqlite:///elsewhere/new.db")
    ended = easel("status", "--json")
    assert (ended.code, ended.json["error"]["class"]) == (1, "setup")
