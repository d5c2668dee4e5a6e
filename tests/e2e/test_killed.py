"""The bot is killed at the worst moments; afterwards each wish has exactly one outcome."""

from __future__ import annotations

import asyncio

from tests.e2e.place import Place


async def test_a_result_that_was_posted_but_not_recorded_is_not_posted_again(place: Place) -> None:
    process = await place.start()
    with place.wire.hold("POST", "/channels/*/messages", at="after") as hold:
        await place.alice.slash(place.art, "imagine", prompt="posted once", count=2)
        await hold.reached()
        assert len(place.results()) == 1
        await place.kill(process)
    await place.start()
    await until_ended(place)
    assert len(place.results()) == 1
    assert await place.states() == {"done": 1}
    assert (await place.books())["member"] == 2


async def test_a_result_that_never_reached_discord_is_posted_after_the_restart(
    place: Place,
) -> None:
    process = await place.start()
    with place.wire.hold("POST", "/channels/*/messages", at="before") as hold:
        await place.alice.slash(place.art, "imagine", prompt="posted late")
        await hold.reached()
        await place.kill(process)
        hold.drop()
    await place.start()
    await until_ended(place)
    assert len(place.results()) == 1
    assert len(place.apis.requests) == 1
    assert (await place.books())["member"] == 1


async def test_a_call_that_was_under_way_is_not_repeated_and_its_member_not_charged(
    place: Place,
) -> None:
    process = await place.start()
    place.apis.gate.clear()
    await place.alice.slash(place.art, "imagine", prompt="lost on the way", count=1)
    await place.apis.until(lambda: place.apis.waiting == 1)
    await place.kill(process)
    place.apis.gate.set()
    await place.start()
    await until_ended(place)
    assert len(place.apis.requests) == 1
    assert place.results() == []
    assert await place.states() == {"failed": 1}
    books = await place.books()
    # The service may have been paid: the ceilings count it, the member does not.
    assert (books["member"], books["everywhere"]) == (0, 1)
    # The ticket is still reachable and says so; nothing stands as "working".
    edits = place.wire.sent("PATCH", "/webhooks/*/*/messages/@original")
    assert "No picture this time" in str(edits[-1].json)


async def test_sigterm_lets_a_running_job_end_and_keeps_what_waits(place: Place) -> None:
    process = await place.start(EASEL_PROVIDERS__ROUTESCOPE__CONCURRENCY="1")
    place.apis.gate.clear()
    await place.alice.slash(place.art, "imagine", prompt="running")
    await place.apis.until(lambda: place.apis.waiting == 1)
    await place.alice.slash(place.art, "imagine", prompt="waiting")
    stopping = asyncio.create_task(place.stop(process))
    await place.wire.until(lambda: "stopping" in place.log())
    place.apis.gate.set()
    assert await stopping == 0
    assert await place.states() == {"done": 1, "queued": 1}
    await place.start()
    await place.wire.until(lambda: len(place.results()) == 2, timeout=20)
    await until_ended(place)
    assert (await place.books())["member"] == 2


async def until_ended(place: Place) -> None:
    """Wait until no job is under way, nor its end untold."""
    async with asyncio.timeout(30):
        while set(await place.states()) - {"done", "failed", "cancelled"} or place.wire.busy:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
