"""`/imagine` as members use it: what they type, the ticket, and the result."""

from __future__ import annotations

import io

import discord
import pytest
from PIL import Image

from bot.services.delivery import tickets
from tests.world import World, png, text_of


async def test_a_prompt_becomes_a_picture_that_everybody_sees(world: World) -> None:
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox in a birch forest")

    assert asked.ephemeral
    assert world.first_answers() == [discord.InteractionResponseType.channel_message]
    ticket = text_of(asked.response)
    assert "> a fox in a birch forest" in ticket
    assert "Seedream 4.5 · 2K · 1 picture · 1 credit, 9 left" in ticket

    await world.finished()
    (result,) = world.results()
    assert result.content == (
        f"> a fox in a birch forest\n-# Seedream 4.5 · 2048×2048 · <@{world.alice.id}>"
    )
    (picture,) = result.attachments
    assert picture.description == "AI-made picture: a fox in a birch forest"
    assert picture.filename.startswith("easel-")
    assert (picture.width, picture.height) == (2048, 2048)
    assert f"**Done** · [1 picture]({result.jump_url}) · 1 credit" in text_of(asked.response)


async def test_the_result_is_an_ordinary_message_that_pings_nobody(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt=f"@everyone <@{world.bob.id}> a fox")
    await world.finished()

    (result,) = world.results()
    assert not result.flags.components_v2
    assert result.reference is None
    assert not result.mention_everyone
    (post,) = [r for r in world.env.http_requests if r.path.endswith("/messages")]
    assert post.json
    assert post.json["allowed_mentions"] == {"parse": []}
    assert post.json["enforce_nonce"]


async def test_every_problem_is_told_at_once_and_nothing_is_charged(world: World) -> None:
    asked = await world.alice.slash(
        world.art,
        "imagine",
        prompt="a fox",
        size="1024x1024",
        guidance=3.5,
        seed=7,
        model="doubao-seedream-4-5-251128",
    )

    assert asked.ephemeral
    told = text_of(asked.response)
    assert "**size** · 1024x1024 has 1,048,576 pixels" in told
    assert "Try 1920x1920." in told
    assert "**guidance** · This model does not have the option guidance" in told
    assert "**seed** · This model does not have the option seed" in told
    assert "**Seedream 3.0** can do it for 1 credit." in told
    assert await world.left(world.alice) == 10
    assert world.apis.requests == []


async def test_a_made_up_model_is_refused_with_the_nearest_one(world: World) -> None:
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox", model="Seadream 4.0")

    assert "There is no model “Seadream 4.0”. Try Seedream 4.0." in text_of(asked.response)


@pytest.mark.parametrize("settings", [{"quota": {"default": "2/day"}}])
async def test_the_quota_goes_down_until_it_is_used_up(world: World) -> None:
    first = await world.alice.slash(world.art, "imagine", prompt="one")
    assert "1 credit, 1 left" in text_of(first.response)
    await world.alice.slash(world.art, "imagine", prompt="two")
    third = await world.alice.slash(world.art, "imagine", prompt="three")

    assert text_of(third.response) == (
        "This needs 1 credit, but your quota for today is used up. It renews <t:1767312000:R>."
    )
    other = await world.bob.slash(world.art, "imagine", prompt="mine")
    assert "1 left" in text_of(other.response)
    await world.finished()
    assert len(world.results()) == 3


async def test_four_separate_pictures_come_in_one_message(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a fox", count=4)
    await world.finished()

    (result,) = world.results()
    assert [file.description for file in result.attachments] == [
        f"AI-made picture {place} of 4: a fox" for place in (1, 2, 3, 4)
    ]
    assert len(world.apis.requests) == 4
    assert await world.left(world.alice) == 6


async def test_a_related_set_is_one_call(world: World) -> None:
    asked = await world.alice.slash(
        world.art, "imagine", prompt="a fox through the year", count=3, related="set"
    )
    assert "3 related pictures" in text_of(asked.response)
    await world.finished()

    (result,) = world.results()
    assert len(result.attachments) == 3
    (received,) = world.apis.requests
    assert received.body
    assert received.body["sequential_image_generation"] == "auto"


async def test_a_set_without_a_count_says_its_number_and_price_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However slow the machine is, the first answer is what is looked at.
    monkeypatch.setattr(tickets, "QUIET_SECONDS", 3600)
    suggested = await world.alice.autocomplete(world.art, "imagine", "related", "", prompt="a fox")
    assert suggested == [
        {"name": "A related set · 4 pictures · 4 credits", "value": "set"},
        {"name": "Separate pictures", "value": "separate"},
    ]
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox", related="set")
    assert text_of(asked.response).startswith(
        "**A related set of 4 pictures for 4 credits**\n**Queued**"
    )
    await world.finished()

    assert len(world.results()[0].attachments) == 4
    assert await world.left(world.alice) == 6


async def test_the_price_of_a_set_follows_its_count_and_size(world: World) -> None:
    suggested = await world.alice.autocomplete(
        world.art, "imagine", "related", "set", prompt="a fox", count=3, size="4K"
    )
    assert [one["name"] for one in suggested] == ["A related set · 3 pictures · 6 credits"]


async def test_a_set_is_also_taken_by_the_name_that_was_suggested(world: World) -> None:
    name = "A related set · 4 pictures · 4 credits"
    await world.alice.slash(world.art, "imagine", prompt="a fox", related=name, count=2)
    await world.finished()
    assert (await world.jobs(world.alice))[0].request.related

    odd = await world.alice.slash(world.art, "imagine", prompt="a fox", related="cousins")
    assert "It can be set or separate." in text_of(odd.response)


@pytest.mark.parametrize("settings", [{"quota": {"default": "20/day"}}])
async def test_more_than_ten_pictures_come_in_two_messages(world: World) -> None:
    model = "doubao-seedream-4-0-250828"
    await world.alice.slash(
        world.art, "imagine", prompt="a fox", count=12, size="960x960", model=model
    )
    await world.finished()

    first, second = world.results()
    assert (len(first.attachments), len(second.attachments)) == (10, 2)
    assert first.content.endswith("-# Pictures 1 to 10 of 12")
    assert second.content == "-# Pictures 11 to 12 of 12"
    assert second.attachments[1].description == "AI-made picture 12 of 12: a fox"
    assert await world.left(world.alice) == 8


async def test_fewer_pictures_than_asked_are_said_and_charged(world: World) -> None:
    world.apis.fail_next("output", times=1)
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox", count=4)
    await world.finished()

    (result,) = world.results()
    assert "3 of 4 pictures: one was" in result.content
    assert "3 of 4 pictures: one was" in text_of(asked.response)
    assert "3 credits" in text_of(asked.response)
    assert await world.left(world.alice) == 7


@pytest.mark.parametrize("watermark", [True, False])
async def test_the_watermark_is_passed_on(world: World, watermark: bool) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a fox", watermark=watermark)
    await world.finished()

    (received,) = world.apis.requests
    assert received.body
    assert received.body["watermark"] is watermark


async def test_an_aspect_becomes_a_size_in_pixels(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a fox", aspect="16:9", size="2K")
    await world.finished()

    (result,) = world.results()
    assert "2848×1600" in result.content


async def test_a_spoiler_is_covered(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a fox", spoiler=True)
    await world.finished()

    (result,) = world.results()
    assert all(file.is_spoiler() for file in result.attachments)


async def test_a_private_result_takes_the_place_of_its_ticket(world: World) -> None:
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox", count=2, private=True)
    assert "only you can see it" in text_of(asked.response)
    await world.finished()

    assert world.art.history(viewer=world.bob) == []
    (shown,) = world.art.history(viewer=world.alice)
    assert shown.flags.ephemeral
    assert asked.response
    assert "> a fox" in text_of(asked.response)
    (gallery,) = [
        part
        for part in asked.response.components[0]["components"]
        if part["type"] == discord.ComponentType.media_gallery.value
    ]
    assert [item["description"] for item in gallery["items"]] == [
        "AI-made picture 1 of 2: a fox",
        "AI-made picture 2 of 2: a fox",
    ]
    assert await world.left(world.alice) == 8


# --- examples -------------------------------------------------------------------------------


async def test_examples_go_along_with_the_prompt(world: World) -> None:
    asked = await world.alice.slash(
        world.art,
        "imagine",
        prompt="both of them together",
        image1=("cat.png", png()),
        image3=("dog.png", png(800, 600, "brown")),
    )
    assert asked.ephemeral
    assert world.first_answers() == [discord.InteractionResponseType.deferred_channel_message]
    await world.finished()

    (received,) = world.apis.requests
    assert received.references == 2
    assert len(world.results()) == 1


async def test_a_converted_example_is_noted_until_the_end(world: World) -> None:
    file = io.BytesIO()
    frames = [Image.new("P", (64, 64), colour) for colour in (1, 2)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    world.apis.gate.clear()
    asked = await world.alice.slash(
        world.art, "imagine", prompt="a fox", image1=("dance.gif", file.getvalue())
    )
    assert "Picture 1 was" in text_of(asked.response)

    await world.apis.until(lambda: world.apis.waiting == 1)
    await world.until(lambda: "**Started**" in text_of(asked.response))
    assert "Picture 1 was" in text_of(asked.response)
    assert "9 left" in text_of(asked.response)
    world.apis.gate.set()
    await world.finished()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("notes.txt", b"hello there, I am text", "is not a picture."),
        ("cut.png", png()[:200], "is damaged or incomplete."),
        ("fake.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "is damaged or incomplete."),
        ("page.png", b"<html><script>alert(1)</script></html>", "is not a picture."),
        ("thin.png", png(2000, 20), "too long and narrow"),
        ("dot.png", png(8, 8), "each side must be longer than 14 pixels"),
    ],
)
async def test_a_hostile_or_useless_attachment_is_refused(
    world: World, name: str, data: bytes, words: str
) -> None:
    asked = await world.alice.slash(
        world.art,
        "imagine",
        prompt="a fox",
        image1=("good.png", png()),
        image2=(name, data),
        size="10x10",
    )

    told = text_of(asked.response)
    assert asked.ephemeral
    assert words in told
    assert "Picture 2" in told
    assert "**size**" in told
    assert await world.left(world.alice) == 10


async def test_a_file_name_cannot_dress_up_a_refusal(world: World) -> None:
    asked = await world.alice.slash(
        world.art, "imagine", prompt="a fox", image1=("[x](y)_@everyone_.png", b"no picture")
    )

    told = text_of(asked.response)
    assert "\\[x\\](y)\\_" in told
    assert "@everyone" not in told


# --- what is suggested while typing ---------------------------------------------------------


async def test_models_and_sizes_are_suggested_while_typing(world: World) -> None:
    models = await world.alice.autocomplete(world.art, "imagine", "model", "3.0", prompt="x")
    assert [choice["value"] for choice in models] == ["doubao-seedream-3-0-t2i-250415"]

    default = await world.alice.autocomplete(
        world.art, "imagine", "size", "", prompt="x", aspect="16:9"
    )
    assert [choice["value"] for choice in default] == ["2848x1600", "5504x3040"]
    chosen = await world.alice.autocomplete(
        world.art, "imagine", "size", "", prompt="x", model="doubao-seedream-3-0-t2i-250415"
    )
    assert "1280x720" in [choice["value"] for choice in chosen]
    unknown = await world.alice.autocomplete(
        world.art, "imagine", "size", "", prompt="x", model="nothing"
    )
    assert unknown == []
