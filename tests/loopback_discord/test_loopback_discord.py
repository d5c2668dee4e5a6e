"""What a real bot process can do on the wire, each request checked against the specification."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import discord
import pytest
import pytest_asyncio
from simcord.backend.models import AllowedMentions

from tests import openapi
from tests.loopback_discord.place import PNG, Place, new_place

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place() -> AsyncIterator[Place]:
    async with new_place() as place:
        await place.start()
        yield place


@pytest.fixture(autouse=True)
def specified(place: Place) -> Iterator[None]:
    """Fail on any request that Discord does not specify."""
    spec = openapi.load()
    yield
    if spec is not None:
        for sent in place.wire.requests[place.checked :]:
            assert spec.check(sent.method, sent.path, sent.query, sent.json) == []
    place.checked = len(place.wire.requests)


async def test_login_asks_for_the_user_the_application_and_the_gateway(place: Place) -> None:
    asked = [(request.method, request.path, request.status) for request in place.wire.requests]
    commands = f"/applications/{place.wire.backend.application_id}/commands"
    assert ("GET", "/users/@me", 200) in asked
    assert ("PUT", commands, 200) in asked
    assert ("GET", "/gateway/bot", 200) in asked


async def test_a_deferred_private_answer_is_edited_and_followed_by_a_file(place: Place) -> None:
    result = await place.alice.slash(
        place.art, "imagine", prompt="a fox", image=("fox.png", PNG), model="large"
    )
    assert result.ephemeral
    assert result.response is not None
    assert result.response.content == f"a fox on large from 3x2, {len(PNG)}"
    (followup,) = result.followups
    assert followup.ephemeral
    assert [file.filename for file in followup.attachments] == ["red.png"]
    request = place.wire.sent("POST", "/webhooks/*")[-1]
    assert [file.name for file in request.files] == ["red.png"]
    assert request.files[0].size == followup.attachments[0].size
    assert request.status == 200
    assert request.answered_at is not None
    assert request.answered_at >= request.received_at


async def test_a_layout_shows_files_that_can_be_downloaded(place: Place) -> None:
    result = await place.alice.slash(place.art, "show")
    assert result.response is not None
    message = result.response.message
    assert message.attachments == []
    (container,) = message.components
    assert isinstance(container, discord.Container)
    gallery = container.children[1]
    assert isinstance(gallery, discord.MediaGalleryComponent)
    assert [item.description for item in gallery.items] == ["a red fox", "a grey fox"]
    media = gallery.items[0].media
    assert (media.width, media.height) == (3, 2)
    async with aiohttp.ClientSession() as http, http.get(media.url) as answer:
        assert answer.content_type == "image/png"
        sent = place.wire.sent("PATCH", "/webhooks/*/messages/@original")[-1]
        assert await answer.read() == sent.files[0].data


async def test_a_dynamic_button_answers(place: Place) -> None:
    shown = await place.alice.slash(place.art, "show")
    assert shown.response is not None
    result = await place.bob.click(shown.response, label="Again")
    assert result.response is not None
    assert result.response.content == "again J1"


async def test_a_modal_hands_over_text_and_files(place: Place) -> None:
    opened = await place.alice.slash(place.art, "ask")
    files = [("a.png", PNG), ("b.png", PNG * 2)]
    result = await place.alice.submit_modal(opened, {"prompt": "night", "files": files})
    assert result.response is not None
    assert result.response.content == f"night: [{len(PNG)}, {2 * len(PNG)}]"


async def test_autocomplete_offers_what_was_typed(place: Place) -> None:
    offered = await place.alice.autocomplete(place.art, "imagine", "model", "sm", prompt="x")
    assert [choice["value"] for choice in offered] == ["small", "smart"]


async def test_a_message_menu_reads_the_text_and_files_of_its_target(place: Place) -> None:
    message = await place.bob.send(place.art, "my cat", attachments=[("cat.png", PNG)])
    result = await place.alice.context_menu(place.art, "Describe", message)
    assert result.response is not None
    assert result.response.content == "'my cat' with 1"


async def test_a_plain_message_reaches_the_bot_without_its_text(place: Place) -> None:
    before = len(place.texts())
    await place.alice.send(place.art, "nothing for you", attachments=[("a.png", PNG)])
    assert place.texts()[before:] == ["nothing for you"]


async def test_a_mention_and_a_pinging_reply_reach_the_bot_whole(place: Place) -> None:
    text = f"{place.bot} draw"
    await place.alice.send(place.art, text, attachments=[("a.png", PNG)])
    answer = place.art.last_message
    assert answer is not None
    assert answer.content == f"read {len(text)} and 1"
    await place.alice.send(place.art, "again", reply_to=answer)
    assert place.texts()[-1] == "read 5 and 0"


async def test_a_reply_to_an_interaction_response_arrives_empty(place: Place) -> None:
    shown = await place.alice.slash(place.art, "show")
    assert shown.response is not None
    await place.alice.send(place.art, "make it night", reply_to=shown.response)
    assert place.texts()[-1] == "read 0 and 0"


async def test_a_reply_without_a_ping_arrives_empty(place: Place) -> None:
    await place.alice.send(place.art, f"{place.bot} draw")
    answer = place.art.last_message
    assert answer is not None
    place.wire.backend.create_message(
        place.art.id,
        place.alice.id,
        "make it night",
        allowed_mentions=AllowedMentions(replied_user=False),
        reference={"channel_id": str(place.art.id), "message_id": str(answer.id)},
    )
    await place.wire.settle()
    assert place.texts()[-1] == "read 0 and 0"


async def test_a_message_read_again_by_rest_is_blank_too(place: Place) -> None:
    message = await place.bob.send(place.art, "secret")
    result = await place.alice.slash(place.art, "fetch", message_id=str(message.id))
    assert result.response is not None
    assert result.response.content == "read ''"


async def test_members_are_found_over_the_gateway(place: Place) -> None:
    result = await place.alice.slash(place.art, "find", name="bo")
    assert result.response is not None
    assert result.response.content == "bob"


async def test_fifty_commands_of_one_member_at_once_each_get_their_own_answer(
    place: Place,
) -> None:
    results = await place.wire.burst(
        place.alice.slash(place.art, "echo", text=f"job {index}") for index in range(50)
    )
    answers = [result.response.content for result in results if result.response is not None]
    assert answers == [f"job {index}" for index in range(50)]
    assert all(result.ephemeral for result in results)
