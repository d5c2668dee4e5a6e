"""What goes wrong between bot and Discord: refusals, limits, retries, kills, lost connections."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.loopback_discord.place import Place, new_place

RESUME, IDENTIFY = 6, 2
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place() -> AsyncIterator[Place]:
    async with new_place() as place:
        await place.start()
        yield place


async def post(place: Place, text: str, **options: int) -> str:
    result = await place.alice.slash(place.art, "post", text=text, **options)
    return await place.wire.until(
        lambda: result.response.content if result.response is not None else ""
    )


def posts(place: Place, text: str) -> list[int | None]:
    """Return the statuses of the requests that posted this text."""
    requests = place.wire.sent("POST", "/channels/*/messages")
    return [request.status for request in requests if request.json["content"] == text]


async def test_a_rate_limit_is_waited_out(place: Place) -> None:
    place.wire.rate_limit("POST", "/channels/*/messages", retry_after=0.2)
    await post(place, "limited")
    assert posts(place, "limited") == [429, 200]
    assert place.texts().count("limited") == 1


async def test_a_nonce_keeps_a_retry_after_a_lost_answer_from_posting_twice(place: Place) -> None:
    place.wire.inject_error("POST", "/channels/*/messages", status=500, applied=True)
    answer = await post(place, "once")
    assert posts(place, "once") == [500, 200]
    assert place.texts().count("once") == 1
    (message,) = [message for message in place.art.history() if message.content == "once"]
    assert answer == f"{message.id} post-once"


async def test_a_file_over_the_limit_is_refused(place: Place) -> None:
    assert await post(place, "large", kib=10 * 1024 + 1) == "413 40005"
    assert "large" not in place.texts()


async def test_an_injected_error_reaches_the_bot(place: Place) -> None:
    place.wire.inject_error("POST", "/channels/*/messages", status=403, code=50013)
    assert await post(place, "forbidden") == "403 50013"


async def test_an_answer_after_three_seconds_is_refused(place: Place) -> None:
    with place.wire.hold("POST", "/interactions/*/callback") as hold, place.wire.unsettled():
        result = await place.alice.slash(place.art, "echo", text="late")
        (request,) = await hold.reached()
        await place.wire.advance_time(4)
    await place.wire.until(lambda: request.status)
    assert (request.status, request.answer["code"]) == (404, 10062)
    assert not result.acknowledged


async def test_an_expired_token_is_refused(place: Place) -> None:
    with place.wire.hold("PATCH", "/webhooks/*/messages/@original") as hold:
        result = await place.alice.slash(place.art, "post", text="late")
        (request,) = await hold.reached()
        await place.wire.advance_time(901)
    await place.wire.until(lambda: request.status)
    assert (request.status, request.answer["code"]) == (404, 10015)
    assert result.deferred


async def test_a_lost_connection_is_resumed_and_what_was_missed_is_replayed(place: Place) -> None:
    seen = len(place.wire.opcodes)
    await place.wire.drop_gateway(4000, keep_closed=True)
    await place.alice.send(place.art, f"{place.bot} in the gap")
    unanswered = place.texts()[-1]
    place.wire.open_gateway()
    await place.wire.until(lambda: place.texts()[-1] != unanswered)
    assert place.texts()[-1].startswith("read ")
    assert RESUME in place.wire.opcodes[seen:]
    assert IDENTIFY not in place.wire.opcodes[seen:]


async def test_a_cut_connection_is_resumed(place: Place) -> None:
    seen = len(place.wire.opcodes)
    await place.wire.drop_gateway(None)
    await place.wire.until(lambda: RESUME in place.wire.opcodes[seen:] and place.wire.connected)
    result = await place.alice.slash(place.art, "echo", text="back")
    assert result.response is not None
    assert result.response.content == "back"


async def test_a_request_to_reconnect_is_followed(place: Place) -> None:
    seen = len(place.wire.opcodes)
    place.wire.ask_to_reconnect()
    await place.wire.until(lambda: RESUME in place.wire.opcodes[seen:] and place.wire.connected)


@pytest.mark.asyncio(loop_scope="function")
async def test_kill_9_on_both_sides_of_a_post_and_a_fresh_process() -> None:
    async with new_place() as place:
        process = await place.start()
        shown = await place.alice.slash(place.art, "show")
        await post(place, "first")  # discord.py sends one at a time until it knows the limits
        before = place.wire.hold("POST", "/channels/*/messages", at="before", times=1)
        await place.alice.slash(place.art, "post", text="unsent")
        await before.reached()
        after = place.wire.hold("POST", "/channels/*/messages", at="after", times=1)
        lost = await place.alice.slash(place.art, "post", text="sent")
        await after.reached()
        await place.kill(process)
        before.release()
        after.release()
        unanswered = await place.alice.slash(place.art, "echo", text="nobody there")
        assert place.texts().count("unsent") == 0
        assert place.texts().count("sent") == 1
        assert lost.deferred

        await place.start()
        (message,) = [message for message in place.art.history() if message.content == "sent"]
        assert await post(place, "sent") == f"{message.id} post-sent"
        assert place.texts().count("sent") == 1
        assert shown.response is not None
        clicked = await place.bob.click(shown.response, label="Again")
        assert clicked.response is not None
        assert clicked.response.content == "again J1"
        assert not unanswered.acknowledged
