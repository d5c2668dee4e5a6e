"""The bot as a process over real sockets: one wish, a crowd, a stop, a kill."""

from __future__ import annotations

import pytest

from tests import openapi
from tests.e2e.place import Place
from tests.world import text_of


async def test_a_wish_becomes_a_picture_in_the_channel(place: Place) -> None:
    process = await place.start()
    answer = await place.alice.slash(place.art, "imagine", prompt="a lighthouse at dusk", count=2)
    assert answer.ephemeral
    await place.wire.until(place.results, timeout=20)
    (result,) = place.results()
    assert len(result.attachments) == 2
    assert all(attachment.description for attachment in result.attachments)
    assert "lighthouse" in result.content
    assert await place.stop(process) == 0
    assert await place.states() == {"done": 1}
    books = await place.books()
    assert books["member"] == 2
    assert books["ledger"] == books["holds"] == books["counters"]


async def test_fifty_wishes_at_once_let_exactly_the_allowance_through(place: Place) -> None:
    process = await place.start()
    answers = await place.wire.burst(
        place.alice.slash(place.art, "imagine", prompt=f"fox number {number}")
        for number in range(50)
    )
    assert all(answer.ephemeral for answer in answers)

    def refused() -> int:
        texts = [text_of(answer.response) for answer in answers]
        return sum("quota for today is used up" in text for text in texts)

    # In a crowd an answer is promised first.
    await place.wire.until(lambda: refused() == 40, timeout=20)
    await place.wire.until(lambda: len(place.results()) == 10, timeout=60)
    assert await place.stop(process) == 0
    assert len(place.results()) == 10
    assert len([r for r in place.apis.requests if r.status == 200]) == 10
    assert await place.states() == {"done": 10}
    books = await place.books()
    assert books["member"] == books["everywhere"] == 10
    assert books["ledger"] == books["holds"] == books["counters"]


async def test_what_the_bot_sends_fits_discords_specification(place: Place) -> None:
    if openapi.load() is None:
        pytest.skip("Discord's specification is not beside this checkout")
    await place.start()
    await place.alice.slash(place.art, "imagine", prompt="a set of three", count=3, related="set")
    await place.wire.until(place.results, timeout=20)
    await place.alice.slash(place.art, "imagine", prompt="wrong", size="10x10", guidance=2)
    await place.alice.slash(place.art, "imagine", prompt="only for me", private=True)
    for command in ("quota", "models", "help"):
        await place.alice.slash(place.art, command)
    await place.alice.autocomplete(place.art, "imagine", "model", "see", prompt="x")
    await place.wire.until(lambda: not place.wire.busy)
    assert place.wire.requests
    assert place.specification_problems() == []


async def test_a_killed_bot_finishes_its_job_after_the_next_start(place: Place) -> None:
    process = await place.start()
    place.apis.gate.clear()
    await place.alice.slash(place.art, "imagine", prompt="kept in the queue", count=1)
    await place.apis.until(lambda: place.apis.waiting == 1)
    for name in ("first", "second", "third", "fourth"):
        await place.bob.slash(place.art, "imagine", prompt=f"behind it, {name}")
    await place.apis.until(lambda: place.apis.waiting == 4)
    await place.kill(process)
    place.apis.gate.set()
    await place.start()
    # Four calls were under way: nobody knows what became of them, so nobody is charged for
    # them and none is repeated. The fifth had not been sent and is drawn now.
    await place.wire.until(lambda: len(place.results()) == 1, timeout=30)
    (result,) = place.results()
    assert "fourth" in result.content
    assert len(place.apis.requests) == 5
