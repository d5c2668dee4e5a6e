"""`limits`, `block`, `unblock`, `pause`, `resume`, `forget`, `who` on a database of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.domain.catalog import Operation
from bot.domain.job import Destination, Job, JobState, Reason
from bot.domain.quotas.ledger_faults import Discrepancy
from bot.domain.requests.request import ImageRequest
from bot.services.people.privacy import user_tag
from bot.services.servers.access import Access, Requester
from bot.services.servers.policies import Policies
from bot.storage.engine.database import SqlDatabase, SqlUnit
from bot.storage.ledger import ledger_check
from tests.cli.console import Easel
from tests.services.fakes import HandClock

T = TypeVar("T")
URL = "sqlite+aiosqlite:///data/easel.db"
NAMES = ["limits", "block", "unblock", "pause", "resume", "forget", "who"]


@pytest.fixture
def easel(easel: Easel) -> Easel:
    assert easel("db", "upgrade").code == 0
    return easel


def look(question: Callable[[SqlUnit], Awaitable[T]], *, write: bool = False) -> T:
    async def ask() -> T:
        database = SqlDatabase(URL)
        try:
            async with database.write() if write else database.read() as unit:
                found = await question(unit)
                if write:
                    await unit.commit()
                return found
        finally:
            await database.close()

    return asyncio.run(ask())


def rows(table: str) -> list[Any]:
    async def read(unit: SqlUnit) -> list[Any]:
        found = await unit.connection.exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608
        return list(found.mappings())

    return look(read)


def queued(job_id: str, *, user_id: int = 5, guild_id: int = 1) -> None:
    async def add(unit: SqlUnit) -> None:
        request = ImageRequest(
            model="m",
            source="s",
            provider="routescope",
            operation=Operation.GENERATE,
            prompt="a secret",
            size="2K",
        )
        job = Job(
            job_id=job_id,
            origin=f"i:{job_id}",
            guild_id=guild_id,
            channel_id=10,
            user_id=user_id,
            request=request,
            state=JobState.QUEUED,
            destination=Destination.CHANNEL,
            spoiler=False,
            created_at=1_000,
            expires_at=2**40,
        )
        assert await unit.jobs.add(job, [])

    look(add, write=True)


def job(job_id: str) -> Job:
    async def get(unit: SqlUnit) -> Job | None:
        return await unit.job_queries.get(job_id)

    found = look(get)
    assert found is not None
    return found


def is_refused(user_id: int, guild_id: int) -> bool:
    """Tell whether the gate itself refuses, as the bot would."""

    async def ask(unit: SqlUnit) -> bool:
        clock = HandClock(2_000)
        access = Access(
            guilds=(),
            open_to_all=True,
            policies=Policies(database=None, clock=clock),  # pyright: ignore[reportArgumentType]
            clock=clock,
        )
        who = Requester(user_id=user_id, guild_id=guild_id, channel_id=10)
        try:
            await access.confirm(unit, who)
        except Exception:
            return True
        return False

    return look(ask)


@pytest.mark.parametrize("name", NAMES)
def test_each_explains_itself_and_takes_a_configuration(easel: Easel, name: str) -> None:
    ended = easel(name, "--help")
    assert ended.code == 0
    assert "--config FILE" in ended.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["limits"],
        ["limits", "nobody", "5/day"],
        ["limits", "-5", "5/day"],
        ["limits", "0", "5/day"],
        ["limits", "1", "lots"],
        ["limits", "1", "5/day,6/day"],
        ["limits", "1", ""],
        ["block", "99999999999999999999"],
        ["block", "5", "--until", "yesterday"],
        ["block", "5", "--until", "2001-01-01"],
        ["block", "5", "--until", ""],
        ["block", "5", "--guild", "art"],
        ["pause", "--guild", "1", "--provider", "routescope"],
        ["resume", "--provider", "nobody"],
        ["forget", "<@5>"],
        ["who", "5"],
        ["who", "u_0123456789ABCDEX"],
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_changes(
    easel: Easel, arguments: list[str]
) -> None:
    ended = easel(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.strip()
    assert rows("audit") == []


def test_a_database_that_is_not_set_up_is_said_in_one_sentence(
    easel: Easel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EASEL_STORAGE__URL", "sqlite+aiosqlite:///elsewhere/new.db")
    monkeypatch.setenv("EASEL_STORAGE__DATA_DIR", "elsewhere")
    ended = easel("limits", "1")
    assert (ended.code, ended.out) == (1, "")
    assert "easel db upgrade" in ended.err
    assert not (tmp_path / "elsewhere").exists()


def test_a_ceiling_is_set_shown_and_given_back_to_the_configuration(easel: Easel) -> None:
    assert easel("limits", "1").out == "Server 1 may use 500 credits per day.\n"
    ended = easel("limits", "1", "50/day, 300/month")
    assert ended.out == "Server 1 may use 50 credits per day and 300 credits per month.\n"
    assert easel("limits", "1", "show").out == ended.out
    assert easel("limits", "2", "show").out == "Server 2 may use 500 credits per day.\n"
    assert easel("limits", "1", "50/day,300/month").out.startswith(
        "Nothing changed: it was already set like that."
    )
    assert easel("limits", "1", "40/day").out == "Server 1 may use 40 credits per day.\n"
    assert easel("limits", "1", "none").out == "Server 1 may use 500 credits per day.\n"

    entries = rows("audit")
    assert {one["actor_id"] for one in entries} == {0}
    assert {one["subject_id"] for one in entries} == {"ceiling:0:day", "ceiling:0:month"}


def test_an_unknown_server_is_said_to_be_so_and_is_never_reported_as_gone(
    easel: Easel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limits in ("show", "50/day", "none"):
        ended = easel("limits", "99", limits)
        assert ended.code == 0
        assert "Server 99 is unknown" in ended.err
    easel("pause", "--guild", "99")
    easel("block", "5", "--guild", "99")

    async def had_the_bot(unit: SqlUnit) -> set[int]:
        return await unit.removed_guilds.guilds()

    assert look(had_the_bot) == set()
    # Those that are allowed, or have used it, are known.
    monkeypatch.setenv("EASEL_ACCESS__GUILDS", "[99]")
    assert easel("limits", "99").err == ""
    queued("A" * 13, guild_id=7)
    assert easel("limits", "7").err == ""
    assert look(had_the_bot) == {7}


def test_a_block_everywhere_refuses_and_ends_what_waits_until_it_is_lifted(easel: Easel) -> None:
    queued("A" * 13)
    queued("B" * 13, guild_id=2)
    queued("C" * 13, user_id=6)
    ended = easel("block", "5", "--reason", " spam ")
    assert ended.out == (
        "User 5 is blocked everywhere. 2 requests stopped; pictures that had not been started are "
        "refunded.\n"
    )
    assert job("A" * 13).reason is job("B" * 13).reason is Reason.BLOCKED
    assert job("C" * 13).state is JobState.QUEUED
    assert is_refused(5, 1)
    assert not is_refused(6, 1)
    assert rows("blocks")[0]["reason"] == "spam"

    assert (
        easel("unblock", "5", "--guild", "1").out
        == "Nothing changed: it was already set like that.\n"
    )
    assert easel("unblock", "5").out == "User 5 is not blocked everywhere any more.\n"
    assert easel("unblock", "5").out == "Nothing changed: it was already set like that.\n"
    assert not is_refused(5, 1)


def test_what_is_being_drawn_is_stopped_once(easel: Easel) -> None:
    queued("A" * 13)

    async def claim(unit: SqlUnit) -> None:
        await unit.connection.exec_driver_sql("UPDATE jobs SET state = 'running'")

    look(claim, write=True)
    assert "1 request stopped" in easel("block", "5").out
    assert "stopped" not in easel("block", "5", "--guild", "1").out


def test_a_block_in_one_server_leaves_the_others_alone(easel: Easel) -> None:
    queued("A" * 13)
    queued("B" * 13, guild_id=2)
    ended = easel("block", "5", "--guild", "1", "--until", "2 days")
    assert ended.out.startswith("User 5 is blocked in server 1 until 20")
    assert job("A" * 13).state is JobState.CANCELLED
    assert job("B" * 13).state is JobState.QUEUED
    assert is_refused(5, 1)
    assert not is_refused(5, 2)


def test_a_pause_is_seen_by_the_gate_and_lifted_again(easel: Easel) -> None:
    assert easel("pause", "--guild", "1", "--reason", "x" * 4000).out == "Server 1 is paused.\n"
    assert is_refused(5, 1)
    assert not is_refused(5, 2)
    assert len(rows("audit")[0]["reason"]) == 400
    assert easel("resume", "--guild", "1").out == "Server 1 is not paused any more.\n"
    assert easel("resume", "--guild", "1").out == "Nothing changed: it was already set like that.\n"
    assert not is_refused(5, 1)


def test_forgetting_cancels_empties_and_leaves_the_books_right(easel: Easel) -> None:
    queued("A" * 13)
    ended = easel("forget", "5")
    assert (ended.code, "1 waiting request cancelled" in ended.out) == (0, True)
    assert "secret" not in str(rows("jobs"))
    assert easel("forget", "5").code == 0
    assert easel("forget", "77", "--remove-pictures").code == 0

    async def problems() -> list[Discrepancy]:
        database = SqlDatabase(URL)
        try:
            return await ledger_check.problems(database)
        finally:
            await database.close()

    assert asyncio.run(problems()) == []


def test_who_names_the_user_behind_a_code(easel: Easel) -> None:
    queued("A" * 13)

    async def put(unit: SqlUnit) -> None:
        await unit.meta.put("salt", "00ff")

    look(put, write=True)
    tag = user_tag(bytes.fromhex("00ff"), 5)
    assert easel("who", tag).out == "5\n"
    assert easel("who", tag.removeprefix("u_").upper()).out == "5\n"
    ended = easel("who", "u_0123456789abcdef")
    assert (ended.code, ended.out) == (1, "")
    assert "No stored user has the code" in ended.err


def test_the_whole_bot_is_paused_and_nobody_lifts_it_but_the_operator(easel: Easel) -> None:
    assert easel("pause", "--reason", "moving house").out == "The whole bot is paused.\n"
    assert (
        easel("pause", "--reason", "moving house").out
        == "Nothing changed: it was already set like that.\n"
    )
    assert [row["key"] for row in rows("settings")] == ["operator_paused"]
    assert easel("resume").out == "The whole bot is not paused any more.\n"
    assert rows("settings") == []


def test_a_further_key_is_paused_by_its_own_name(
    easel: Easel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_PROVIDERS__ROUTESCOPE__API_KEYS", '["one", "two"]')
    assert easel("pause", "--provider", "routescope#2").code == 0
    assert [row["name"] for row in rows("providers")] == ["routescope#2"]
    assert easel("pause", "--provider", "routescope#3").code != 0


def test_an_image_service_is_paused_and_tried_again(easel: Easel) -> None:
    paused = easel("pause", "--provider", "routescope")
    assert paused.out == (
        "The image service routescope is paused; its waiting requests go to another service that "
        "serves them, or are kept.\n"
    )
    assert (
        easel("pause", "--provider", "routescope").out
        == "Nothing changed: it was already set like that.\n"
    )
    assert [(row["name"], row["paused_reason"]) for row in rows("providers")] == [
        ("routescope", "operator")
    ]
    assert "not paused any more" in easel("resume", "--provider", "routescope").out
    assert [row["paused_reason"] for row in rows("providers")] == [None]
