"""`/blend` and the basket: pictures put together in one form."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.job import Job, JobState
from tests.cogs.member_actions import picture
from tests.world import World, png, text_of


async def newest(world: World) -> Job:
    return (await world.jobs(world.alice))[0]


def uploads(*sides: int) -> list[tuple[str, bytes]]:
    return [(f"{side}.png", png(side, 64)) for side in sides]


async def widths(world: World) -> list[int]:
    job = await newest(world)
    async with world.app.database.read() as uow:
        stored = await uow.job_queries.references(job.job_id)
    return [one.width for one in stored]


async def test_uploads_of_both_fields_are_put_together_in_order(world: World) -> None:
    opened = await world.alice.slash(world.art, "blend")
    answered = await world.alice.submit_modal(
        opened, {"prompt": "as a collage", "pictures": uploads(70, 80), "more": uploads(90)}
    )
    assert answered.ephemeral
    assert "> as a collage" in text_of(answered.response)
    await world.finished()

    job = await newest(world)
    assert (job.state, job.request.operation, job.parent_job_id) == (JobState.DONE, "edit", None)
    assert await widths(world) == [70, 80, 90]


async def test_the_basket_comes_first_and_is_empty_afterwards(world: World) -> None:
    result = await picture(world)
    await world.alice.context_menu(world.art, "Use as reference", result)
    await world.env.restart_bot(world.app.new_client(1))
    opened = await world.alice.slash(world.art, "blend")
    await world.alice.submit_modal(opened, {"prompt": "as a collage", "pictures": uploads(70)})
    await world.finished()

    job = await newest(world)
    assert await widths(world) == [960, 70]
    assert job.parent_index == 1
    assert await world.app.requests.drafts.basket_size(world.alice.id, world.art.id) == 0


async def test_the_basket_alone_is_enough(world: World) -> None:
    result = await picture(world, count=2)
    await world.alice.context_menu(world.art, "Use as reference", result)
    opened = await world.alice.slash(world.art, "blend")
    await world.alice.submit_modal(opened, {"prompt": "as a collage"})
    await world.finished()

    assert await widths(world) == [960, 960]


async def test_a_form_that_was_opened_before_a_restart_is_answered(world: World) -> None:
    opened = await world.alice.slash(world.art, "blend")
    await world.env.restart_bot(world.app.new_client(1))
    answered = await world.alice.submit_modal(
        opened, {"prompt": "as a collage", "pictures": uploads(70, 80)}
    )
    await world.finished()

    assert answered.acknowledged
    assert (await newest(world)).state is JobState.DONE


async def test_the_chosen_model_and_shape_are_used(world: World) -> None:
    opened = await world.alice.slash(world.art, "blend")
    form: dict[str, Any] = {
        "prompt": "as a collage",
        "pictures": uploads(70, 80),
        "model": ["doubao-seedream-4-0-250828"],
        "aspect": ["16:9"],
    }
    await world.alice.submit_modal(opened, form)
    await world.finished()

    request = (await newest(world)).request
    assert (request.model, request.size) == ("doubao-seedream-4-0-250828", "2848x1600")


async def test_too_many_pictures_are_refused_and_the_basket_is_kept(world: World) -> None:
    result = await picture(world)
    await world.alice.context_menu(world.art, "Use as reference", result)
    opened = await world.alice.slash(world.art, "blend")
    answered = await world.alice.submit_modal(
        opened,
        {"prompt": "x", "pictures": uploads(*range(64, 74)), "more": uploads(*range(80, 86))},
    )

    assert "17 reference pictures are too many" in text_of(answered.response)
    assert await world.app.requests.drafts.basket_size(world.alice.id, world.art.id) == 1
    assert await world.left(world.alice) == 9


@pytest.mark.parametrize("settings", [{"quota": {"default": "1/day"}}])
async def test_the_form_passes_the_same_quota(world: World) -> None:
    await picture(world)
    opened = await world.alice.slash(world.art, "blend")
    answered = await world.alice.submit_modal(
        opened, {"prompt": "as a collage", "pictures": uploads(70)}
    )

    assert "quota for today is used up" in text_of(answered.response)
