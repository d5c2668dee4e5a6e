"""No model named means one that can: which, what it says, and when it asks first."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.domain.job import JobState
from tests.cogs.member_actions import manager, newest, posted, press
from tests.world import World, labels_of, png, text_of

_FORM = discord.InteractionResponseType.modal.value


async def imagine(world: World, **options: Any) -> Any:
    return await world.alice.slash(world.art, "imagine", prompt="a fox", **options)


async def test_a_seed_is_drawn_by_the_model_that_has_one(world: World) -> None:
    asked = await imagine(world, seed=5)
    told = text_of(asked.response)
    assert (
        "Seedream 3.0 makes this, because Seedream 4.5 cannot do what you asked for: seed." in told
    )
    assert "1 credit, 9 left" in told
    await world.finished()

    job = await newest(world)
    assert (job.state, job.request.options["seed"]) == (JobState.DONE, 5)
    assert "Seedream 3.0" in world.results()[0].content


async def test_a_mask_is_used_by_the_model_that_takes_one(world: World) -> None:
    asked = await world.alice.slash(
        world.art,
        "edit",
        prompt="make it night",
        image1=("cat.png", png(64, 64)),
        mask=("mask.png", png(64, 64, "white")),
    )
    assert "GPT Image 2 makes this" in text_of(asked.response)
    await world.finished()

    job = await newest(world)
    assert (job.state, job.request.mask, job.request.model) == (JobState.DONE, True, "gpt-image-2")


async def test_what_costs_more_is_asked_with_the_price_and_charged_at_the_press(
    world: World,
) -> None:
    await posted(world)
    asked = await world.alice.slash(world.art, "edit", prompt="make it night", quality="high")

    assert asked.ephemeral
    told = text_of(asked.response)
    assert "**quality** · This model does not have the option quality." in told
    assert "**GPT Image 2** can do it for 4 credits." in told
    assert labels_of(asked.response) == ["Use GPT Image 2 · 4 credits", "Fix it"]
    assert await world.left(world.alice) == 9
    assert len(await world.jobs(world.alice)) == 1

    pressed = await press(world.alice, asked, label="Use GPT Image 2 · 4 credits")
    assert "4 credits, 5 left" in text_of(pressed.response)
    await world.finished()
    job = await newest(world)
    assert (job.request.model, job.request.options["quality"]) == ("gpt-image-2", "high")
    assert (job.state, job.parent_index) == (JobState.DONE, 1)

    await press(world.alice, asked, label="Use GPT Image 2 · 4 credits")
    await world.finished()
    assert await world.left(world.alice) == 5, "the same press is the same request"


async def test_a_reply_that_costs_more_asks_its_author_in_private(world: World) -> None:
    result = await posted(world)
    await world.alice.send(world.art, "--quality high make it night", reply_to=result)
    line = world.art.history()[-1]
    assert labels_of(line) == ["Why?"]
    told: Any = await world.alice.click(line, label="Why?")
    assert "Use GPT Image 2 · 4 credits" in labels_of(told.response)

    await world.alice.click(told.response.message, label="Use GPT Image 2 · 4 credits")
    await world.finished()
    assert (await newest(world)).request.model == "gpt-image-2"
    assert await world.left(world.alice) == 5


async def test_where_no_model_can_each_obstacle_is_named(world: World) -> None:
    asked = await imagine(world, seed=5, size="4K")

    told = text_of(asked.response)
    assert "No model here can do all of it. In the way:" in told
    assert "- size for Seedream 3.0" in told
    assert "- seed for Seedream 5.0" in told
    assert await world.left(world.alice) == 10


async def test_a_named_model_is_kept_and_another_is_offered(world: World) -> None:
    asked = await imagine(world, model="4.5", seed=5)
    told = text_of(asked.response)
    assert "Seedream 4.5 cannot do this as it is" in told
    assert labels_of(asked.response) == ["Use Seedream 3.0 · 1 credit", "Fix it"]

    await press(world.alice, asked, label="Use Seedream 3.0 · 1 credit")
    await world.finished()
    job = await newest(world)
    assert (job.request.model, job.request.options["seed"]) == ("doubao-seedream-3-0-t2i-250415", 5)


def forms_of(world: World) -> list[dict[str, Any]]:
    """Return the forms that were opened."""
    answers = [c.json for c in world.env.http_requests if c.path.endswith("/callback") and c.json]
    return [answer["data"] for answer in answers if answer["type"] == _FORM]


async def test_the_form_says_what_it_drops_and_marks_the_model_that_takes_all(
    world: World,
) -> None:
    asked = await imagine(world, model="4.5", seed=5, watermark=False)
    await press(world.alice, asked, label="Fix it")
    (modal,) = forms_of(world)
    fields = {part["component"]["custom_id"]: part for part in modal["components"]}
    assert fields["prompt"]["label"] == "What would you like to see?"
    assert fields["prompt"]["description"] == "Drops: seed. Keeps: watermark no."
    marked = [o for o in fields["model"]["component"]["options"] if o.get("description")]
    assert [one["value"] for one in marked] == ["doubao-seedream-3-0-t2i-250415"]


async def test_another_model_chosen_in_the_form_gets_what_was_dropped(world: World) -> None:
    asked = await imagine(world, model="4.5", seed=5, size="1024x1024")
    form = await press(world.alice, asked, label="Fix it")
    await world.alice.submit_modal(
        form, {"prompt": "a fox", "model": ["doubao-seedream-3-0-t2i-250415"]}
    )
    await world.finished()

    job = await newest(world)
    assert (job.request.options["seed"], job.request.size) == (5, "1024x1024")


async def test_the_form_of_a_change_asks_for_the_change(world: World) -> None:
    await posted(world)
    asked = await world.alice.slash(world.art, "edit", prompt="make it night", quality="high")
    await press(world.alice, asked, label="Fix it")
    prompt = forms_of(world)[-1]["components"][0]
    assert prompt["label"] == "What should change?"
    assert prompt["description"] == "Drops: quality. Keeps: 1 picture."


# --- what the server and the operator decide ----------------------------------------------------


async def forbid(world: World, model: str) -> None:
    maya = manager(world)
    await maya.slash(world.art, "easel model", model=model, rule="deny")


async def test_a_model_that_the_server_forbids_is_neither_taken_nor_offered(world: World) -> None:
    await forbid(world, "doubao-seedream-3-0-t2i-250415")
    asked = await imagine(world, seed=5)

    assert "Seedream 3.0" not in text_of(asked.response)
    assert labels_of(asked.response) == ["Fix it"]
    assert await world.left(world.alice) == 10


async def test_a_forbidden_word_is_not_a_reason_for_another_model(world: World) -> None:
    await manager(world).slash(world.art, "easel words add", word="fox")
    asked = await imagine(world, seed=5, model="4.5")

    assert "does not allow “fox”" in text_of(asked.response)
    assert labels_of(asked.response) == ["Fix it"]


@pytest.mark.parametrize("model", ["gpt", "GPT Image 2"])
async def test_a_model_that_is_not_allowed_is_told_by_its_name(world: World, model: str) -> None:
    await forbid(world, "gpt-image-2")
    await posted(world)
    asked = await world.alice.slash(world.art, "edit", prompt="make it night", model=model)

    assert "You cannot use the model “GPT Image 2” in this server." in text_of(asked.response)


async def test_a_paused_default_gives_way_to_a_service_that_works(world: World) -> None:
    await world.app.jobs.circuits.pause("routescope")
    asked = await imagine(world)
    assert (
        "Seedream 4.5 (gateway) makes this, because Seedream 4.5 is not available now."
        in text_of(asked.response)
    )
    await world.finished()
    assert len(world.results()) == 1
