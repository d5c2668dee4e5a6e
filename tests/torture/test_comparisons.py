"""The bot dies by SIGKILL around the post of a comparison and the end of its vote (K50 to K53).

Real processes over real sockets, as in `test_crash_points.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.databases import chosen
from tests.e2e.place import Place, new_place
from tests.e2e.verdict import opened, rows
from tests.torture.test_crash_points import SETTINGS, TICKETS, death, dying, killed_after_post
from tests.world import text_of

pytestmark = pytest.mark.timeout(180)

MODELS = {"model-a": "doubao-seedream-4-0-250828", "model-b": "doubao-seedream-4-5-251128"}


@pytest_asyncio.fixture
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with new_place(tmp_path) as place, chosen(request, place.settings):
        place.settings |= SETTINGS
        yield place


async def compare(place: Place) -> Any:
    """Ask for a comparison and pay for it; return its ticket."""
    asked = await place.alice.slash(place.art, "compare", prompt="a fox", **MODELS)
    assert asked.response is not None
    message = asked.response.message
    assert message is not None
    with place.wire.unsettled():
        return await place.alice.click(message, label="Compare for 2 credits")


async def states(place: Place) -> list[str]:
    async with opened(place) as database:
        return [row.state for row in await rows(database, "SELECT state FROM comparisons")]


async def until(place: Place, state: str) -> None:
    async with asyncio.timeout(90):
        while await states(place) != [state]:  # noqa: ASYNC110 - nothing to wait on
            await asyncio.sleep(0.05)
    await place.wire.until(lambda: not place.wire.busy)


async def posted_once(place: Place) -> None:
    """Start the bot, and prove that the comparison came once and was charged once."""
    await place.start()
    await until(place, "voting")
    (post,) = place.results()
    assert len(post.attachments) == 2
    assert await place.states() == {"done": 2}
    books = await place.books()
    assert (books["member"], books["holds"]) == (2, books["counters"])
    assert len(place.apis.requests) == 2
    async with opened(place) as database:
        told = await rows(database, "SELECT message_id, first_place FROM posts ORDER BY 2")
        labels = await rows(database, "SELECT label FROM comparison_entries ORDER BY place")
    assert [(row.message_id, row.first_place) for row in told] == [(post.id, 0), (post.id, 1)]
    assert [row.label for row in labels] == ["A", "B"]


@pytest.mark.parametrize(
    "point",
    [
        "after:collect:2",
        "before:mark_comparison_try",
        "after:mark_comparison_try",
    ],
)
async def test_k50_k51_pictures_that_wait_for_each_other_are_posted_once(
    place: Place, point: str
) -> None:
    process = await dying(place, point)
    await compare(place)
    await death(place, process)
    assert place.results() == []
    await posted_once(place)


async def test_k50_the_first_picture_waits_for_what_becomes_of_the_other(place: Place) -> None:
    process = await dying(place, "after:collect")
    await compare(place)
    await death(place, process)
    assert place.results() == []
    await place.start()
    async with asyncio.timeout(90):
        # The other call may have been answered, or is unknown (K8): then the first comes alone.
        while await states(place) not in (["voting"], ["over"]):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await place.wire.until(lambda: bool(place.results()) and not place.wire.busy, timeout=60)
    (post,) = place.results()
    async with asyncio.timeout(30):
        while "delivering" in await place.states():  # noqa: ASYNC110 - nothing to wait on
            await asyncio.sleep(0.05)
    assert (await place.states())["done"] == len(post.attachments)
    assert (await place.books())["member"] == len(post.attachments)


@pytest.mark.parametrize("history", [True, False], ids=["found", "not to be read"])
async def test_k52_a_comparison_whose_number_was_lost_is_not_posted_twice(
    place: Place, history: bool
) -> None:
    process = await place.start()
    await killed_after_post(place, process, compare(place))
    assert len(place.results()) == 1
    if not history:
        place.wire.inject_error(
            "GET", f"/channels/{place.art.id}/messages", status=403, code=50001, times=None
        )
    await posted_once(place)


async def test_k52_the_message_and_the_charges_are_one(place: Place) -> None:
    process = await dying(place, "before:open_vote")
    await compare(place)
    await death(place, process)
    assert await place.states() == {"delivering": 2}
    await posted_once(place)


async def test_k53_a_ticket_that_does_not_say_where_it_is_is_brought_to_it(place: Place) -> None:
    process = await place.start()
    with place.wire.hold("PATCH", TICKETS, at="before") as hold:
        ticket = await compare(place)
        await hold.reached(timeout=30)
        await place.kill(process)
    await posted_once(place)
    await place.wire.until(lambda: "**Done**" in text_of(ticket.response), timeout=60)


async def test_k53_a_vote_that_was_closed_is_shown_by_the_next_process(place: Place) -> None:
    process = await place.start()
    await compare(place)
    await until(place, "voting")
    (post,) = place.results()
    with place.wire.unsettled():
        await place.bob.select(post, ["B"])
    async with opened(place) as database, asyncio.timeout(30):
        while not await rows(database, "SELECT 1 FROM comparison_votes"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await place.kill(process)
    process = await dying(place, "after:close")
    with place.wire.unsettled():
        await place.alice.click(place.results()[0], label="End the vote")
    await death(place, process)
    assert await states(place) == ["closed"]
    assert "won" not in place.results()[0].content
    await place.start()
    await place.wire.until(lambda: "won with 1 vote." in place.results()[0].content, timeout=60)
    async with opened(place) as database:
        assert await rows(database, "SELECT 1 FROM comparison_votes") == []
        (won,) = await rows(database, "SELECT votes FROM comparison_entries WHERE won")
    assert won.votes == 1
