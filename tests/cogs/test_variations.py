"""The menu of variations in Details: other versions, larger, wider, without a background."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any

import discord
import pytest
from PIL import Image

from bot.ui import buttons
from tests.cogs.member_actions import (
    chosen,
    manager,
    newest,
    posted,
    press,
    removed,
    restart,
)
from tests.cogs.test_made_up import chosen as made_up
from tests.cogs.test_made_up import forged
from tests.world import World, labels_of, text_of

GPT = "gpt-image-2"
SEEDS = "doubao-seedream-3-0-t2i-250415"


def parts(components: Any) -> Iterator[dict[str, Any]]:
    for part in components:
        raw = part if isinstance(part, dict) else part.to_dict()
        yield raw
        yield from parts(raw.get("components", ()))


def offered(card: Any) -> dict[str, str]:
    """Return the menu on a card of details: what it sends, and what stands below each."""
    for part in parts(card.response.components):
        if str(part.get("custom_id", "")).startswith("e1:vary:"):
            return {one["value"]: one["description"] for one in part["options"]}
    return {}


async def details(world: World, member: Any = None, result: Any = None) -> Any:
    shown = result or world.results()[-1]
    return await press(member or world.bob, shown, label="Details")


async def choose(world: World, what: str, result: Any = None) -> Any:
    """Choose from the menu in the details of the newest result, as bob."""
    return await chosen(world.bob, await details(world, result=result), what)


async def make(world: World, asked: Any) -> Any:
    """Press the button that says the price."""
    (label,) = labels_of(asked.response)
    assert label.startswith("Make it for")
    return await press(world.bob, asked, label=label)


def picture_of(address: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


# --- each of the four -------------------------------------------------------------------------


async def test_another_version_costs_what_the_menu_says_and_is_made_at_once(world: World) -> None:
    await posted(world)
    card = await details(world)
    assert offered(card)["vary:1"] == "1 credit"
    asked = await chosen(world.bob, card, "vary:1")
    assert asked.ephemeral
    await world.finished()

    assert "**Done**" in text_of(asked.response)
    first, second = (received.body for received in world.apis.requests)
    assert first
    assert second
    assert second["prompt"] == f"{first['prompt']}\nAnother version."
    assert second["size"] == first["size"]
    job = await newest(world, world.bob)
    assert job.again_of == (await newest(world)).job_id
    assert await world.left(world.bob) == 9
    assert "Another version" in text_of((await details(world)).response)
    assert "Another version" in text_of((await world.bob.slash(world.art, "jobs")).response)


async def test_several_versions_say_their_price_first(world: World) -> None:
    await posted(world)
    card = await details(world)
    assert offered(card)["vary:3"] == "3 credits"
    asked = await chosen(world.bob, card, "vary:3")

    assert "3 other versions" in text_of(asked.response)
    assert "3 credits" in text_of(asked.response)
    assert await world.left(world.bob) == 10
    await make(world, asked)
    await world.finished()
    assert await world.left(world.bob) == 7
    assert len(world.results()[-1].attachments) == 3


async def test_a_version_of_a_version_does_not_say_it_twice(world: World) -> None:
    await posted(world)
    await choose(world, "vary:1")
    await world.finished()
    await choose(world, "vary:1")
    await world.finished()

    assert [(received.body or {})["prompt"] for received in world.apis.requests] == [
        "a fox",
        "a fox\nAnother version.",
        "a fox\nAnother version.",
    ]


async def test_a_model_with_seeds_takes_a_new_one_instead_of_words(world: World) -> None:
    await posted(world, model=SEEDS, seed=7)
    await choose(world, "vary:1")
    await world.finished()

    first, second = (received.body or {} for received in world.apis.requests)
    assert first["seed"] == 7
    assert second.get("seed", -1) == -1
    assert second["prompt"] == first["prompt"]


async def test_larger_asks_with_its_price_and_takes_the_picture_along(world: World) -> None:
    await posted(world)
    card = await details(world)
    assert offered(card)["upscale:1"] == "4096×4096 · 2 credits"
    asked = await chosen(world.bob, card, "upscale:1")
    assert "4096×4096 · Seedream 4.5 · 2 credits" in text_of(asked.response)
    await world.finished()
    assert len(world.apis.requests) == 1

    await make(world, asked)
    await world.finished()
    received = world.apis.requests[-1]
    assert (received.body or {})["size"] == "4096x4096"
    assert received.references == 1
    before, job = await newest(world), await newest(world, world.bob)
    assert (job.parent_job_id, job.parent_index) == (before.job_id, 1)
    assert await world.left(world.bob) == 8
    shown = await details(world)
    assert "Upscale" in text_of(shown.response)
    assert "Made from" in text_of(shown.response)
    # It is as large as its model makes it, and an order is no use without its picture.
    assert "upscale:1" not in offered(shown)
    assert "Use this prompt" not in labels_of(shown.response)


async def test_wider_by_words_where_the_model_takes_no_mask(world: World) -> None:
    await posted(world)
    await choose(world, "wider-left:1")
    await world.finished()

    received = world.apis.requests[-1]
    assert (received.body or {})["size"] == "3072x2048"
    assert "to the left" in str((received.body or {})["prompt"])
    assert received.references == 1
    job = await newest(world, world.bob)
    assert not job.request.mask
    assert "Wider: to the left" in text_of((await details(world)).response)


async def gpt_picture(world: World) -> discord.Message:
    """Return a picture of a model with masks."""
    await posted(world)
    await world.alice.slash(world.art, "edit", prompt="flat", model=GPT, size="1024x1024")
    await world.finished()
    return world.results()[-1]


async def test_wider_on_a_canvas_with_a_mask_where_the_model_takes_one(world: World) -> None:
    await gpt_picture(world)
    await choose(world, "wider-right:1")
    await world.finished()

    body: Any = world.apis.requests[-1].body
    assert body["size"] == "1536x1024"
    canvas, mask = picture_of(body["images"][0]["image_url"]), picture_of(body["mask"])
    assert canvas.size == mask.size == (1536, 1024)
    for one in (canvas, mask):
        alpha = one.getchannel("A")
        assert alpha.crop((0, 0, 1024, 1024)).getextrema() == (255, 255)
        assert alpha.crop((1024, 0, 1536, 1024)).getextrema() == (0, 0)
    job = await newest(world, world.bob)
    assert job.request.mask

    # Again draws canvas and mask anew from the same picture.
    await press(world.bob, world.results()[-1], label="Again")
    await world.finished()
    repeated = world.apis.requests[-1].body or {}
    assert (repeated["images"], repeated["mask"]) == (body["images"], body["mask"])


async def test_the_background_goes_with_a_model_that_can_named_with_its_price(
    world: World,
) -> None:
    await posted(world)
    card = await details(world)
    assert offered(card)["background:1"] == "GPT Image 2 · 1 credit"
    await chosen(world.bob, card, "background:1")
    await world.finished()

    body = world.apis.requests[-1].body or {}
    assert (body["model"], body["background"]) == (GPT, "transparent")
    assert (await newest(world, world.bob)).request.model == GPT


# --- which picture, and which are gone ----------------------------------------------------------


async def test_of_several_pictures_one_is_chosen_first(world: World) -> None:
    await posted(world, count=3)
    which = await choose(world, "upscale:1")
    assert "Which picture do you mean?" in text_of(which.response)
    asked = await chosen(world.bob, which, "2")
    assert "**Upscale** of picture 2" in text_of(asked.response)
    await make(world, asked)
    await world.finished()

    assert (await newest(world, world.bob)).parent_index == 2


async def test_a_picture_that_is_gone_is_told_at_every_step(world: World) -> None:
    result = await posted(world, count=2)
    card = await details(world)
    which = await chosen(world.bob, card, "upscale:1")
    asked = await chosen(world.bob, which, "1")
    await removed(world, world.alice, result)
    before = len(world.apis.requests)

    for told in (
        await chosen(world.bob, card, "wider-up:1"),
        await chosen(world.bob, card, "vary:1"),
        await chosen(world.bob, which, "1"),
        await make(world, asked),
    ):
        assert "This picture is gone" in text_of(told.response)
    await world.finished()
    assert await world.left(world.bob) == 10
    assert len(world.apis.requests) == before


async def test_what_is_made_up_is_told_and_makes_nothing(world: World) -> None:
    await posted(world)
    job_id = (await newest(world)).job_id
    gone = buttons.variation_pick(job_id, "upscale:1")
    answers = [
        (buttons.job_button("vary", "0" * 13), "vary:1", "no longer stored"),
        (buttons.job_button("vary", job_id), "vary:9", "no longer stored"),
        (buttons.variation_pick(job_id, "larger:1"), "1", "no longer stored"),
        (gone, "7", "This picture is gone"),
        (gone, "x", "This picture is gone"),
    ]
    for custom_id, value, said in answers:
        told = await made_up(world, world.bob, custom_id, value)
        assert said in text_of(told.response), custom_id
    assert await world.left(world.bob) == 10


# --- models, credits, switches ------------------------------------------------------------------


async def forbid_model(world: World, model: str) -> None:
    await manager(world, f"maya {model}").slash(world.art, "easel model", model=model, rule="deny")


async def test_a_denied_model_yields_to_another_or_is_told(world: World) -> None:
    await posted(world)
    card = await details(world)
    await forbid_model(world, GPT)
    assert "background:1" not in offered(await details(world))
    told = await chosen(world.bob, card, "background:1")
    assert "No model here makes transparent backgrounds." in text_of(told.response)

    await forbid_model(world, (await newest(world)).request.model)
    menu = offered(await details(world))
    assert menu["wider-left:1"].endswith(" · 1 credit")
    assert "Seedream 4.5 ·" not in menu["wider-left:1"]
    assert await world.left(world.bob) == 10


@pytest.mark.parametrize("settings", [{"quota": {"default": "1/day"}}])
async def test_too_few_credits_spend_none(world: World) -> None:
    await posted(world)
    asked = await choose(world, "upscale:1")
    told = await make(world, asked)
    await world.finished()

    assert told.ephemeral
    assert "2 credits" in text_of(told.response)
    assert await world.left(world.bob) == 1
    assert len(world.apis.requests) == 1


async def test_a_server_can_turn_the_menu_off(world: World) -> None:
    await posted(world)
    card = await details(world)
    asked = await chosen(world.bob, card, "upscale:1")
    await world.decide("variations", False)

    assert offered(await details(world)) == {}
    for told in (await chosen(world.bob, card, "vary:1"), await make(world, asked)):
        assert "This server has turned off" in text_of(told.response)
    assert await world.left(world.bob) == 10


async def test_a_server_with_a_largest_number_offers_no_more(world: World) -> None:
    await posted(world)
    await world.decide("max_pictures", 2)

    assert {"vary:1", "vary:2"} == {
        what for what in offered(await details(world)) if what.startswith("vary")
    }


async def test_a_price_that_rose_is_said_before_it_is_spent(world: World) -> None:
    await posted(world)
    job = await newest(world)
    cheaper = buttons.variation_make(job.job_id, "upscale:1", number=1, credits=1, opened=5)
    asked = await world.bob.click(await forged(world, cheaper), custom_id=cheaper)

    assert labels_of(asked.response) == ["Make it for 2 credits"]
    assert await world.left(world.bob) == 10


# --- who sees what ------------------------------------------------------------------------------


async def test_a_hidden_prompt_is_not_made_again_but_its_picture_can_be_changed(
    world: World,
) -> None:
    await posted(world)
    card = await details(world)
    await world.decide("prompts_shown", False)

    menu = offered(await details(world))
    assert "vary:1" not in menu
    assert "upscale:1" in menu
    told = await chosen(world.bob, card, "vary:1")
    assert "shows a prompt only to the person who wrote it" in text_of(told.response)


async def test_what_is_made_of_a_private_picture_stays_private(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a fox", private=True)
    await world.finished()
    job = await newest(world)
    card = await world.alice.slash(world.art, "jobs")
    one = await chosen(world.alice, card, job.job_id)
    shown = await press(world.alice, one, label="Details")
    await chosen(world.alice, shown, "wider-left:1")
    await world.finished()

    assert (await newest(world)).secret
    assert world.results() == []


async def test_what_is_made_of_a_spoiler_is_one(world: World) -> None:
    await posted(world, spoiler=True)
    for what in ("vary:1", "wider-down:1"):
        await choose(world, what)
        await world.finished()
        assert (await newest(world, world.bob)).spoiler
        assert world.results()[-1].attachments[0].filename.startswith("SPOILER_")


# --- twice, and later ---------------------------------------------------------------------------


async def test_a_double_press_is_one_request(world: World) -> None:
    await posted(world)
    card = await details(world)
    for what in ("wider-left:1", "wider-left:1", "vary:1", "vary:1"):
        await chosen(world.bob, card, what)
    await world.finished()
    assert len(await world.jobs(world.bob)) == 2
    assert await world.left(world.bob) == 8

    asked = await chosen(world.bob, card, "upscale:1")
    await make(world, asked)
    await world.env.advance_time(60)
    await make(world, asked)
    await world.finished()
    assert len(await world.jobs(world.bob)) == 3
    assert await world.left(world.bob) == 6


async def test_two_different_wishes_in_a_moment_are_two(world: World) -> None:
    await posted(world)
    card = await details(world)
    await chosen(world.bob, card, "wider-left:1")
    await chosen(world.bob, card, "wider-right:1")
    await press(world.bob, world.results()[-1], label="Again")
    await chosen(world.bob, card, "vary:1")
    await world.finished()

    assert len(await world.jobs(world.bob)) == 4


async def test_menu_choice_and_price_work_after_a_restart(world: World) -> None:
    result = await posted(world, count=2)
    card = await details(world)
    which = await chosen(world.bob, card, "upscale:1")
    await restart(world)
    asked = await chosen(world.bob, which, "2")
    await restart(world)
    await make(world, asked)
    await world.finished()

    assert (await newest(world, world.bob)).parent_index == 2
    assert "wider-left:1" in offered(await details(world, result=result))


async def test_a_failed_variation_is_retried_as_it_was(world: World) -> None:
    await gpt_picture(world)
    world.apis.fail_next("524")
    asked = await choose(world, "wider-up:1")
    await world.finished()
    await press(world.bob, asked, label="Retry")
    await world.finished()

    first, second = (received.body or {} for received in world.apis.requests[-2:])
    assert second["mask"]
    assert (second["images"], second["mask"]) == (first["images"], first["mask"])
    assert len(world.results()) == 3
