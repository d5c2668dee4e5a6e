"""The bot dies by SIGKILL at each of the crash points K0 to K32; then each request has one outcome.

Real processes over real sockets: Discord and the image API hold an answer while the bot is killed,
or the bot kills itself (`tests/e2e/killed_bot.py`). `make torture-postgres` has them on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import discord
import pytest
import pytest_asyncio
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.storage.engine.connect import is_sqlite
from tests.databases import chosen
from tests.e2e.place import Place, new_place
from tests.e2e.verdict import opened, rows, until_ended, verdict
from tests.world import png, text_of

pytestmark = pytest.mark.timeout(180)

POSTS = "/channels/*/messages"
TICKETS = "/webhooks/*/*/messages/@original"
# The smallest pictures that there are; several of them by a call each, and in sets.
SMALL = {"model": "doubao-seedream-3-0-t2i-250415", "size": "512x512"}
APART = {"model": "doubao-seedream-4-0-250828", "size": "960x960"}
SET = APART | {"related": "set"}
SETTINGS = {"EASEL_QUOTA__DEFAULT": "50/day"}


@pytest_asyncio.fixture
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    # A mention is read in full without any intent; other texts need the privileged one.
    async with new_place(tmp_path) as place, chosen(request, place.settings):
        place.settings |= SETTINGS
        yield place


async def ask(place: Place, prompt: str = "a fox", **options: Any) -> Any:
    with place.wire.unsettled():
        return await place.alice.slash(place.art, "imagine", prompt=prompt, **(SMALL | options))


async def edit(place: Place, prompt: str = "in a hat") -> Any:
    with place.wire.unsettled():
        return await place.alice.slash(
            place.art, "edit", prompt=prompt, image1=("cat.png", png(960, 960))
        )


async def dying(place: Place, point: str, **settings: str) -> asyncio.subprocess.Process:
    """Start the bot that will die at a point."""
    return await place.start(program=("-m", "tests.e2e.killed_bot", point), **settings)


async def death(place: Place, process: asyncio.subprocess.Process) -> None:
    """Wait until the bot is dead and Discord has noticed."""
    async with asyncio.timeout(60):
        assert await process.wait() == -signal.SIGKILL, place.log()
    await place.wire.until(lambda: not place.wire.connected)


async def killed_after_post(
    place: Place, process: asyncio.subprocess.Process, asking: Awaitable[object]
) -> None:
    """Kill the bot while Discord has its post, and it does not have the answer."""
    with place.wire.hold("POST", POSTS, at="after") as hold:
        await asking
        await hold.reached(timeout=30)
        await place.kill(process)


async def ended(place: Place, **states: int) -> dict[str, int]:
    """Start the bot anew, let all end, and prove that each request came to one outcome."""
    await place.start()
    await until_ended(place, jobs=sum(states.values()))
    assert await verdict(place) == []
    assert await place.states() == states
    return await place.books()


@asynccontextmanager
async def locked(place: Place) -> AsyncIterator[None]:
    """Let nobody write to the database."""
    url = make_url(place.database_url)
    if is_sqlite(url):
        connection = sqlite3.connect(url.database or "", isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.close()
        return
    engine = create_async_engine(url)
    async with engine.begin() as server:
        await server.execute(text("LOCK TABLE jobs, posts, instances IN EXCLUSIVE MODE"))
        yield
    await engine.dispose()


# --- accepting ------------------------------------------------------------------------------------


async def test_k0_a_request_that_nobody_looked_at_leaves_nothing(place: Place) -> None:
    process = await dying(place, "asked")
    await ask(place)
    await death(place, process)
    assert (await ended(place))["ledger"] == 0
    assert place.apis.requests == []


async def test_k1_an_answer_was_promised_and_nothing_is_charged(place: Place) -> None:
    process = await dying(place, "asked")
    await edit(place)
    await death(place, process)
    assert place.wire.sent("POST", "/interactions/*/*/callback")
    assert (await ended(place))["ledger"] == 0


async def test_k1_a_request_that_needs_no_download_is_answered_with_text_at_once(
    place: Place,
) -> None:
    await place.start()
    await place.alice.slash(place.art, "imagine", prompt="a fox", **SMALL)
    (callback,) = place.wire.sent("POST", "/interactions/*/*/callback")
    assert callback.json["type"] == discord.InteractionResponseType.channel_message.value
    await until_ended(place, jobs=1)
    assert await verdict(place) == []


async def test_k2_references_without_a_job_are_swept_after_an_hour(place: Place) -> None:
    process = await dying(place, "before:add")
    await edit(place)
    await death(place, process)
    spool = place.folder / "spool"
    (left,) = spool.iterdir()
    assert list(left.iterdir())
    await place.start()
    assert list(spool.iterdir()) == [left]
    await place.kill(place.processes[-1])
    long_ago = time.time() - 3601
    os.utime(left, times=(long_ago, long_ago))
    await ended(place)
    await place.wire.until(lambda: list(spool.iterdir()) == [], timeout=20)


async def test_k3_half_a_reservation_is_rolled_back(place: Place) -> None:
    process = await dying(place, "before:add")
    await ask(place, count=3)
    await death(place, process)
    assert (await ended(place))["ledger"] == 0


async def test_k4_an_accepted_request_whose_ticket_was_never_shown_brings_its_picture(
    place: Place,
) -> None:
    process = await dying(place, "after:add")
    await ask(place)
    await death(place, process)
    assert place.wire.sent("POST", "/interactions/*/*/callback") == []
    assert (await ended(place, done=1))["member"] == 1


async def test_k5_a_public_ticket_of_unknown_number_does_not_stay(place: Place) -> None:
    process = await dying(place, "before:ticket_posted")
    place.apis.gate.clear()
    with place.wire.unsettled():
        await place.alice.send(place.art, f"<@{place.wire.backend.bot_user.id}> a fox")
    await death(place, process)
    place.apis.gate.set()
    await ended(place, failed=1)


# --- calling --------------------------------------------------------------------------------------


async def test_k6_a_claimed_request_of_which_nothing_was_sent_is_drawn(place: Place) -> None:
    process = await dying(place, "after:claim")
    await ask(place, count=2, **APART)
    await death(place, process)
    assert (await ended(place, done=1))["member"] == 2
    assert len(place.apis.requests) == 2


@pytest.mark.parametrize("when", ["before", "after"])
async def test_k7_a_call_marked_as_sent_is_never_sent_again(place: Place, when: str) -> None:
    process = await dying(place, f"{when}:mark_sent")
    await ask(place)
    await death(place, process)
    if when == "before":
        books = await ended(place, done=1)
        assert (books["member"], books["everywhere"]) == (1, 1)
    else:
        books = await ended(place, failed=1)
        assert (books["member"], books["everywhere"]) == (0, 1)
        assert place.apis.requests == []


async def test_k8_a_call_without_a_reply_costs_its_member_nothing(place: Place) -> None:
    process = await place.start()
    place.apis.gate.clear()
    await ask(place)
    await place.apis.until(lambda: place.apis.waiting == 1)
    await place.kill(process)
    place.apis.gate.set()
    books = await ended(place, failed=1)
    assert (books["member"], books["everywhere"]) == (0, 1)
    assert len(place.apis.requests) == 1


@pytest.mark.parametrize("stage", ["half", "written", "synced"])
async def test_k9_a_reply_without_its_name_is_none(place: Place, stage: str) -> None:
    process = await dying(place, f"reply:{stage}")
    await ask(place)
    await death(place, process)
    books = await ended(place, failed=1)
    assert (books["member"], books["everywhere"]) == (0, 1)
    assert len(place.apis.requests) == 1


@pytest.mark.parametrize("point", ["reply:named", "reply:complete", "before:end_call"])
async def test_k10_a_complete_reply_is_read_from_the_spool(place: Place, point: str) -> None:
    process = await dying(place, point)
    await ask(place)
    await death(place, process)
    assert (await ended(place, done=1))["member"] == 1
    assert len(place.apis.requests) == 1


@pytest.mark.parametrize(
    "point",
    [
        "picture:half",
        "picture:written",
        "picture:synced",
        "picture:named",
        "picture:complete:2",
        "picture:complete:3",
    ],
)
async def test_k11_pictures_that_are_known_are_fetched_again(place: Place, point: str) -> None:
    process = await dying(place, point)
    await ask(place, count=3, **SET)
    await death(place, process)
    assert (await ended(place, done=1))["member"] == 3
    assert len(place.apis.requests) == 1


async def test_k11_an_answer_that_is_stored_before_the_last_one_is_fetched_again(
    place: Place,
) -> None:
    process = await dying(place, "after:end_call", EASEL_PROVIDERS__ROUTESCOPE__CONCURRENCY="1")
    await ask(place, count=3, **APART)
    await death(place, process)
    books = await ended(place, done=1)
    # The second call may have left by then.
    assert books["member"] in (2, 3)
    assert books["everywhere"] == 3


async def test_k12_of_four_calls_two_are_answered_one_is_unknown_and_one_is_sent_now(
    place: Place,
) -> None:
    process = await dying(place, "after:mark_sent:3", EASEL_PROVIDERS__ROUTESCOPE__CONCURRENCY="1")
    await ask(place, count=4, **APART)
    await death(place, process)
    books = await ended(place, done=1)
    assert (books["member"], books["everywhere"]) == (3, 4)
    assert len(place.apis.requests) == 3


# --- delivering -----------------------------------------------------------------------------------


@pytest.mark.parametrize("point", ["before:deliver", "after:deliver"])
async def test_k13_k14_pictures_that_are_there_are_posted_once(place: Place, point: str) -> None:
    process = await dying(place, point)
    await ask(place, count=2, **APART)
    await death(place, process)
    assert place.results() == []
    assert (await ended(place, done=1))["member"] == 2
    assert len(place.results()) == 1
    assert len(place.apis.requests) == 2


@pytest.mark.parametrize("history", [True, False], ids=["found", "not to be read"])
async def test_k15_a_post_whose_number_was_lost_is_not_posted_twice(
    place: Place, history: bool
) -> None:
    process = await place.start()
    await killed_after_post(place, process, ask(place))
    if not history:
        place.wire.inject_error("GET", POSTS, status=403, code=50001, times=None)
    assert (await ended(place, done=1))["member"] == 1
    assert len(place.results()) == 1


@pytest.mark.parametrize("point", ["before:posted:1", "after:posted:1", "after:mark_post_try"])
async def test_k16_the_second_of_two_messages_follows_the_first(place: Place, point: str) -> None:
    process = await dying(place, point)
    await ask(place, count=11, **SET)
    await death(place, process)
    assert (await ended(place, done=1))["member"] == 11
    assert [len(message.attachments) for message in place.results()] == [10, 1]


@pytest.mark.parametrize("point", ["before:finish", "after:finish"])
async def test_k17_k18_the_last_post_and_the_charge_are_one(place: Place, point: str) -> None:
    process = await dying(place, point)
    asked = await ask(place)
    await death(place, process)
    assert (await ended(place, done=1))["member"] == 1
    assert len(place.results()) == 1
    # Its ticket lives for a quarter of an hour, and says so.
    assert "Done" in text_of(asked.response)


# --- bad news -------------------------------------------------------------------------------------


@pytest.mark.parametrize("point", ["before:fail", "after:fail", "before:told", "after:told"])
async def test_k19_k20_bad_news_is_told_however_often_it_takes(place: Place, point: str) -> None:
    process = await dying(place, point)
    asked = await ask(place, "hills fault:moderation")
    await death(place, process)
    books = await ended(place, failed=1)
    assert (books["member"], books["everywhere"]) == (0, 0)
    assert "No picture this time" in text_of(asked.response)
    assert place.art.history() == []


async def test_k20_a_public_notice_that_was_posted_is_not_posted_again(place: Place) -> None:
    process = await place.start()
    place.wire.inject_error("PATCH", TICKETS, status=404, code=10015, times=None)
    await killed_after_post(place, process, ask(place, "hills fault:moderation"))
    assert await place.states() == {"failed": 1}
    await place.start()
    await place.wire.until(lambda: len(place.wire.sent("POST", POSTS)) == 2, timeout=60)
    assert len(place.art.history()) == 1


# --- Discord in trouble ---------------------------------------------------------------------------


async def test_k21_a_result_waits_while_discord_is_down_and_is_posted_once(place: Place) -> None:
    process = await place.start()
    place.wire.inject_error("POST", POSTS, status=503, times=None)
    await ask(place)
    await place.wire.until(lambda: len(place.wire.sent("POST", POSTS)) >= 2, timeout=30)
    await place.kill(process)
    assert await place.states() == {"delivering": 1}
    place.wire._faults._faults.clear()
    assert (await ended(place, done=1))["member"] == 1
    assert len(place.results()) == 1


async def test_k22_what_discord_finds_too_large_is_fitted_again_by_the_next_process(
    place: Place,
) -> None:
    process = await place.start()
    place.wire.inject_error("POST", POSTS, status=413, code=40005)
    await ask(place, count=2, **SET)
    await place.wire.until(lambda: len(place.wire.sent("POST", POSTS)) == 1, timeout=30)
    await place.kill(process)
    place.wire.inject_error("POST", POSTS, status=413, code=40005)
    assert (await ended(place, done=1))["member"] == 2
    (result,) = place.results()
    assert "Re-encoded" in result.content


async def test_k23_a_message_that_was_deleted_meanwhile_is_not_posted_again(place: Place) -> None:
    process = await place.start()
    with place.wire.hold("POST", POSTS, at="after", times=1) as first:
        await ask(place, count=11, **SET)
        await first.reached(timeout=30)
        with place.wire.hold("POST", POSTS) as second:
            first.release()
            await second.reached(timeout=30)
            place.wire.backend.delete_message(place.art.id, place.results()[0].id)
            async with opened(place) as database, asyncio.timeout(10):
                query = "SELECT 1 FROM posts WHERE removed_at IS NOT NULL"
                while not await rows(database, query):  # noqa: ASYNC110 - nothing to wait on
                    await asyncio.sleep(0.02)
            await place.kill(process)
    assert (await ended(place, done=1))["member"] == 11
    assert [len(message.attachments) for message in place.results()] == [1]


# --- the machine ----------------------------------------------------------------------------------


async def test_k26_a_result_is_recorded_once_the_database_can_be_written_again(
    place: Place,
) -> None:
    process = await place.start()
    with place.wire.hold("POST", POSTS, at="after") as hold:
        await ask(place)
        await hold.reached(timeout=30)
        async with locked(place):
            hold.release()
            await place.wire.until(lambda: not place.wire.busy)
            await place.kill(process)
            assert await place.states() == {"delivering": 1}
    assert (await ended(place, done=1))["member"] == 1
    assert len(place.results()) == 1


@pytest.mark.sqlite  # a server commits each unit by itself: there are no groups
@pytest.mark.parametrize("point", ["group:inside:3", "group:released:3", "group:failed:3"])
async def test_k30_k31_k32_a_group_that_was_not_committed_never_was(
    place: Place, point: str
) -> None:
    process = await dying(place, point)
    await asyncio.gather(*(ask(place, f"fox {number}") for number in range(6)))
    await death(place, process)
    # One that only promised an answer told nothing.
    answers = place.wire.sent("POST", "/interactions/*/*/callback")
    message = discord.InteractionResponseType.channel_message.value
    assert not [answer for answer in answers if answer.json["type"] == message]
    assert await place.states() == {}
    assert (await ended(place))["ledger"] == 0
    assert place.apis.requests == []
