"""A full, read-only or locked database: said on /readyz, in the log, to the operator and members.

The database is the real one; nothing is charged meanwhile, and all goes on by itself afterwards.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, cast

import aiohttp
import pytest

from bot.domain.errors import StorageError
from bot.health import serve
from bot.services.ports import Reaction
from bot.services.tasks import backoff
from bot.storage.engine.sqlite_transactions import SqliteTransactions
from bot.storage.ledger import ledger_check
from bot.ui.messages.operator import alerts
from bot.ui.messages.tickets import DATABASE_AWAY
from tests.cogs.member_actions import signs
from tests.cogs.test_replies_unanswered import direct
from tests.conftest import Settings
from tests.world import World, text_of

Mend = Callable[[], Awaitable[None]]


class Ear:
    """What the operator was told."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def alarm(self, text: str) -> None:
        self.heard.append(text)


@pytest.fixture
def settings() -> Settings:
    return {"health": {"port": 0}}


@pytest.fixture
def ear(world: World, monkeypatch: pytest.MonkeyPatch) -> Ear:
    ear = Ear()
    monkeypatch.setattr(world.app.operations.alerts, "_alarm", ear)
    monkeypatch.setattr(backoff, "FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(backoff, "LONGEST_WAIT_SECONDS", 0.05)
    return ear


def pragma(world: World, text: str) -> Any:
    """Set something of the connection that writes, outside a transaction: it may not begin one."""
    transactions = cast("SqliteTransactions", world.app.database._transactions)
    raw = transactions._writing._raw
    assert raw is not None
    return (raw.execute(f"PRAGMA {text}").fetchone() or [None])[0]


async def full(world: World) -> Mend:
    pragma(world, f"max_page_count = {pragma(world, 'page_count')}")
    with suppress(StorageError):
        for number in itertools.count():  # until no page is free any more
            async with world.app.database.write() as uow:
                await uow.meta.put(f"filling{number}", "." * 3000)
                await uow.commit()

    async def mend() -> None:
        pragma(world, "max_page_count = 1000000")

    return mend


async def read_only(world: World) -> Mend:
    pragma(world, "query_only = ON")

    async def mend() -> None:
        pragma(world, "query_only = OFF")

    return mend


async def locked(world: World) -> Mend:
    cast("SqliteTransactions", world.app.database._transactions)._writing._busy_milliseconds = 10
    path = world.app.database.url.database or ""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    await asyncio.to_thread(other.execute, "BEGIN EXCLUSIVE")

    async def mend() -> None:
        other.execute("ROLLBACK")
        other.close()

    return mend


TROUBLES = {"full": full, "cannot be written": read_only, "is locked": locked}


# A full file still takes what needs no new page; these take nothing at all.
NOTHING_FITS = pytest.mark.parametrize("trouble", ["cannot be written", "is locked"], indirect=True)


@pytest.fixture(params=TROUBLES)
async def trouble(
    request: pytest.FixtureRequest, world: World, ear: Ear, expected_errors: list[str]
) -> AsyncIterator[Any]:
    """Break the database when called; it is mended in the end in any case."""
    expected_errors += ["StorageError", "requests cannot be accepted"]
    mends: list[Mend] = []

    async def begin() -> Mend:
        mends.append(await TROUBLES[request.param](world))
        return mend

    async def mend() -> None:
        while mends:
            await mends.pop()()

    begin.word = request.param  # pyright: ignore[reportFunctionMemberAccess]
    yield begin
    await mend()


async def test_everybody_hears_of_it_once_and_it_goes_on_by_itself(
    world: World, trouble: Any, ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.services.operations.database_health")
    async with serve(world.app) as port, aiohttp.ClientSession() as session:

        async def readyz() -> tuple[int, str]:
            async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                return answer.status, await answer.text()

        assert (await readyz())[0] == 200
        mend = await trouble()
        for _ in range(3):
            # As the bot does every few seconds.
            await world.app.operations.database_health.watch()
            # Long enough for pages of its own: a full file has room left on those it has.
            asked = await world.alice.slash(world.art, "imagine", prompt="a fox " * 650)
            assert text_of(asked.response) == str(DATABASE_AWAY)
            assert asked.ephemeral
            status, text = await readyz()
            assert (status, trouble.word in text) == (503, True)
        assert world.apis.requests == []
        async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
            assert "\neasel_ready 0.0\n" in await answer.text()

        await mend()
        assert (await readyz())[0] == 200
        await world.app.operations.database_health.watch()
    said = [
        r.getMessage()
        for r in caplog.records
        if r.name == "bot.services.operations.database_health"
    ]
    assert [line.partition(":")[0] for line in said] == [
        "the database failed once and is looked at again",
        "requests cannot be accepted",
        "the database works again",
    ]
    await world.until(lambda: len(ear.heard) == 2)
    heard, over = ear.heard
    assert trouble.word in heard
    assert over == alerts.database_over()
    assert await world.jobs(world.alice) == []
    assert await world.left(world.alice) == 10

    await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.finished()
    assert (len(world.results()), await world.left(world.alice)) == (1, 9)
    assert await ledger_check.problems(world.app.database) == []


@NOTHING_FITS
async def test_a_reply_is_answered_by_a_sign_and_a_direct_message(
    world: World, trouble: Any
) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.finished()
    (result,) = world.results()
    await trouble()
    reply = await world.alice.send(world.art, "1: make it night", reply_to=result)
    assert signs(world, reply) == [Reaction.REFUSED.value]
    (told,) = direct(world)
    assert str(DATABASE_AWAY) in text_of(told)
    assert len(await world.jobs(world.alice)) == 1


@NOTHING_FITS
async def test_a_call_that_was_under_way_is_paid_once_and_its_pictures_are_posted(
    world: World, trouble: Any
) -> None:
    world.apis.gate.clear()
    await world.alice.slash(world.art, "imagine", prompt="a fox", count=2)
    await world.until(lambda: world.apis.waiting == 2)
    mend = await trouble()
    world.apis.gate.set()
    await world.until(lambda: world.apis.waiting == 0)
    assert world.results() == []
    await mend()
    await world.finished()
    (result,) = world.results()
    assert len(result.attachments) == 2
    assert len(world.apis.requests) == 2
    assert await world.left(world.alice) == 8
    assert await ledger_check.problems(world.app.database) == []


@NOTHING_FITS
async def test_a_post_that_could_not_be_written_down_is_found_and_charged_once(
    world: World, trouble: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mends: list[Mend] = []
    post = world.app.adapters.publisher.post

    async def post_and_break(part: Any) -> int:
        message_id = await post(part)
        if not mends:
            mends.append(await trouble())
        return message_id

    monkeypatch.setattr(world.app.adapters.publisher, "post", post_and_break)
    await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.until(lambda: bool(mends))
    await mends[0]()
    await world.finished()
    assert len(world.results()) == 1
    assert await world.left(world.alice) == 9
    assert [job.state for job in await world.jobs(world.alice)] == ["done"]
    assert await ledger_check.problems(world.app.database) == []
