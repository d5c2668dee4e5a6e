"""What goes wrong between the bot and Discord, over real sockets: each request has one outcome."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.place import Place, new_place
from tests.e2e.verdict import opened, rows, until_ended, verdict
from tests.world import labels_of, text_of

pytestmark = pytest.mark.timeout(180)

POSTS = "/channels/*/messages"
ANSWERS = "/interactions/*/*/callback"
TICKETS = "/webhooks/*/*/messages/@original"
SMALL = {"model": "doubao-seedream-3-0-t2i-250415", "size": "512x512"}


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with new_place(tmp_path) as place:
        await place.start()
        yield place


async def ask(place: Place, prompt: str = "a fox", **options: Any) -> Any:
    with place.wire.unsettled():
        return await place.alice.slash(place.art, "imagine", prompt=prompt, **(SMALL | options))


async def proven(place: Place, **states: int) -> dict[str, int]:
    """Wait until all has ended, and prove that each request came to one outcome."""
    await until_ended(place, jobs=sum(states.values()), seconds=90)
    assert await verdict(place) == []
    assert await place.states() == states
    return await place.books()


# --- posting the result ---------------------------------------------------------------------------


async def test_a_rate_limit_is_waited_out(place: Place) -> None:
    place.wire.rate_limit("POST", POSTS, retry_after=0.3)
    await ask(place)
    assert (await proven(place, done=1))["member"] == 1
    assert len(place.results()) == 1


@pytest.mark.parametrize("applied", [False, True], ids=["lost", "answer lost"])
@pytest.mark.parametrize("status", [500, 502, 503])
async def test_an_error_of_discords_own_is_outlived(
    place: Place, status: int, applied: bool
) -> None:
    place.wire.inject_error("POST", POSTS, status=status, applied=applied)
    await ask(place)
    assert (await proven(place, done=1))["member"] == 1
    assert len(place.results()) == 1


@pytest.mark.parametrize("at", ["before", "after"])
async def test_a_connection_that_is_cut_is_outlived(place: Place, at: Any) -> None:
    with place.wire.hold("POST", POSTS, at=at) as hold:
        await ask(place)
        await hold.reached(timeout=30)
        hold.drop()
    assert (await proven(place, done=1))["member"] == 1
    assert len(place.results()) == 1


@pytest.mark.parametrize("status_code", [(413, 0), (413, 40005), (400, 40005)])
async def test_a_result_that_is_too_large_after_all_is_fitted(
    place: Place, status_code: tuple[int, int]
) -> None:
    status, code = status_code
    place.wire.inject_error("POST", POSTS, status=status, code=code)
    await ask(place, model="doubao-seedream-4-0-250828", size="960x960")
    assert (await proven(place, done=1))["member"] == 1
    assert "Re-encoded" in place.results()[0].content


@pytest.mark.parametrize("status_code", [(403, 50001), (403, 50013), (404, 10003)])
async def test_a_result_that_is_refused_for_good_waits_and_is_shown_once(
    place: Place, status_code: tuple[int, int]
) -> None:
    status, code = status_code
    place.wire.inject_error("POST", POSTS, status=status, code=code, times=None)
    asked = await ask(place)
    await place.wire.until(lambda: "Your pictures are ready" in _text(asked), timeout=30)
    await place.alice.click(asked.response.message, label=labels_of(asked.response)[0])
    assert (await proven(place, done=1))["member"] == 1
    assert place.results() == []


# --- private answers ------------------------------------------------------------------------------


@pytest.mark.parametrize("status_code", [(404, 10008), (404, 10015), (401, 50027)])
async def test_bad_news_goes_to_the_channel_when_its_ticket_is_gone(
    place: Place, status_code: tuple[int, int]
) -> None:
    status, code = status_code
    place.wire.inject_error("PATCH", TICKETS, status=status, code=code, times=None)
    place.apis.gate.clear()
    asked = await ask(place, "hills fault:moderation")
    await place.wire.until(lambda: asked.response is not None, timeout=30)
    place.wire.backend.delete_message(place.art.id, asked.response.message.id)
    place.apis.gate.set()
    assert (await proven(place, failed=1))["member"] == 0
    assert len(place.art.history()) == 1


async def test_a_private_result_whose_token_is_dead_waits_and_is_nobody_elses_business(
    place: Place,
) -> None:
    place.apis.gate.clear()
    asked = await ask(place, private=True)
    await place.wire.until(lambda: asked.response is not None, timeout=30)
    place.wire.inject_error("PATCH", TICKETS, status=401, code=50027, times=None)
    place.apis.gate.set()
    async with opened(place) as database:
        query = "SELECT state, destination FROM jobs WHERE told_at IS NOT NULL"
        await _until(lambda: rows(database, query), [("delivering", "pickup")])
    assert place.art.history() == []


@pytest.mark.parametrize("status_code", [(400, 40060), (404, 10062), (500, 0)])
async def test_a_request_whose_answer_discord_refuses_is_drawn_all_the_same(
    place: Place, status_code: tuple[int, int]
) -> None:
    status, code = status_code
    place.wire.inject_error("POST", ANSWERS, status=status, code=code)
    await ask(place)
    assert (await proven(place, done=1))["member"] == 1
    assert len(place.results()) == 1


# --- the gateway ----------------------------------------------------------------------------------


@pytest.mark.parametrize("forget", [False, True], ids=["resumed", "begun anew"])
@pytest.mark.parametrize("code", [4000, None], ids=["closed", "cut"])
async def test_a_lost_gateway_loses_no_request(
    place: Place, forget: bool, code: int | None
) -> None:
    place.apis.gate.clear()
    await ask(place, "asked before")
    await place.apis.until(lambda: place.apis.waiting == 1)
    await place.wire.drop_gateway(code, forget=forget)
    await place.wire.until(lambda: place.wire.connected, timeout=60)
    place.apis.gate.set()
    await place.wire.until(lambda: len(place.results()) == 1, timeout=30)
    await ask(place, "asked after")
    assert (await proven(place, done=2))["member"] == 2
    assert len(place.results()) == 2


def _text(asked: Any) -> str:
    return text_of(asked.response) if asked.response else ""


async def _until(
    ask_again: Callable[[], Awaitable[list[Any]]], wanted: list[tuple[object, ...]]
) -> None:
    async with asyncio.timeout(30):
        while [tuple(row) for row in await ask_again()] != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
