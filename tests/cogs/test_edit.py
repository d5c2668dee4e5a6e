"""`/edit` as members use it: which picture is meant, every option, and what is refused."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.domain.job import Job, JobState
from tests.world import World, png, text_of

MASKED = "gpt-image-2"


async def picture(world: World, *, count: int = 1, prompt: str = "a fox") -> discord.Message:
    """Let Alice make a result."""
    await world.alice.slash(world.art, "imagine", prompt=prompt, count=count)
    await world.finished()
    return world.results()[-1]


async def newest(world: World) -> Job:
    return (await world.jobs(world.alice))[0]


async def test_the_newest_picture_here_is_changed_when_none_is_named(world: World) -> None:
    await picture(world, prompt="an owl")
    result = await picture(world)
    asked = await world.alice.slash(world.art, "edit", prompt="make it night")

    assert asked.ephemeral
    assert f"Changing [your newest picture here]({result.jump_url})" in text_of(asked.response)
    await world.finished()
    job = await newest(world)
    assert (job.state, job.parent_index) == (JobState.DONE, 1)
    assert job.parent_job_id
    assert job.parent_job_id in result.attachments[0].filename
    assert world.apis.requests[-1].references == 1
    assert len(world.results()) == 3


async def test_an_own_picture_is_changed_and_has_no_parent(world: World) -> None:
    await picture(world)
    asked = await world.alice.slash(
        world.art, "edit", prompt="make it night", image1=("cat.png", png())
    )
    await world.finished()

    assert "Changing" not in text_of(asked.response)
    job = await newest(world)
    assert (job.state, job.parent_job_id) == (JobState.DONE, None)


async def test_a_recent_picture_is_chosen_from_a_list(world: World) -> None:
    await picture(world, prompt="an owl", count=2)
    await world.env.advance_time(130)
    await picture(world)

    offered = await world.alice.autocomplete(world.art, "edit", "of", "", prompt="x")
    assert [choice["name"] for choice in offered] == [
        "just now · a fox",
        "2 min ago · an owl · picture 1",
        "2 min ago · an owl · picture 2",
    ]
    found = await world.alice.autocomplete(world.art, "edit", "of", "owl", prompt="x")
    assert [choice["value"] for choice in found] == [choice["value"] for choice in offered[1:]]
    assert await world.bob.autocomplete(world.art, "edit", "of", "", prompt="x") == []

    await world.alice.slash(world.art, "edit", prompt="make it night", of=offered[2]["value"])
    await world.finished()
    job = await newest(world)
    assert f"{job.parent_job_id}:{job.parent_index}" == offered[2]["value"]
    assert job.parent_index == 2


async def test_somebody_elses_picture_may_be_changed_by_its_name(world: World) -> None:
    await picture(world)
    (mine,) = await world.alice.autocomplete(world.art, "edit", "of", "", prompt="x")
    await world.bob.slash(world.art, "edit", prompt="make it night", of=mine["value"])
    await world.finished()

    (job,) = await world.jobs(world.bob)
    assert job.parent_index == 1
    assert await world.left(world.bob) == 9
    assert await world.left(world.alice) == 9


@pytest.mark.parametrize("of", ["2 min ago", "0000000000000:1", ":", "x" * 100])
async def test_a_made_up_picture_is_refused(world: World, of: str) -> None:
    asked = await world.alice.slash(world.art, "edit", prompt="make it night", of=of)

    assert "I do not know the picture" in text_of(asked.response)
    assert await world.left(world.alice) == 10


async def test_a_picture_of_another_server_is_unknown_here(world: World) -> None:
    elsewhere = world.env.create_guild("Elsewhere")
    room = elsewhere.create_text_channel("room")
    robert = elsewhere.add_member(world.env.create_user("robert"))
    await robert.slash(room, "imagine", prompt="a fox")
    await world.finished()
    (mine,) = await robert.autocomplete(room, "edit", "of", "", prompt="x")

    asked = await world.alice.slash(world.art, "edit", prompt="x", of=mine["value"])
    assert "I do not know the picture" in text_of(asked.response)


async def test_a_private_picture_stays_its_members_own(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a fox", private=True)
    await world.finished()
    (mine,) = await world.alice.autocomplete(world.art, "edit", "of", "", prompt="x")

    asked = await world.bob.slash(world.art, "edit", prompt="x", of=mine["value"])
    assert "I do not know the picture" in text_of(asked.response)
    await world.alice.slash(world.art, "edit", prompt="x", of=mine["value"], private=True)
    await world.finished()
    assert (await newest(world)).parent_index == 1
    assert world.results() == []


async def test_without_any_picture_here_the_way_on_is_told(world: World) -> None:
    asked = await world.alice.slash(world.art, "edit", prompt="make it night")

    assert asked.ephemeral
    assert "Give one as image1" in text_of(asked.response)
    assert world.apis.requests == []


async def test_a_removed_picture_is_not_changed_any_more(world: World) -> None:
    result = await picture(world)
    (mine,) = await world.alice.autocomplete(world.art, "edit", "of", "", prompt="x")
    await world.env.bot.get_channel(world.art.id).get_partial_message(result.id).delete()  # pyright: ignore
    await world.env.settle()

    asked = await world.alice.slash(world.art, "edit", prompt="x", of=mine["value"])
    assert "is gone" in text_of(asked.response)
    asked = await world.alice.slash(world.art, "edit", prompt="x")
    assert "Give one as image1" in text_of(asked.response)
    assert await world.left(world.alice) == 9


async def test_six_pictures_and_a_mask_go_along_in_order(world: World) -> None:
    given: dict[str, Any] = {
        f"image{number}": (f"{number}.png", png(64 + number, 64)) for number in range(1, 7)
    }
    mask = ("mask.png", png(65, 64, "white"))
    asked = await world.alice.slash(
        world.art, "edit", prompt="all together", model=MASKED, mask=mask, **given
    )
    await world.finished()

    (received,) = world.apis.requests
    assert received.references == 6, text_of(asked.response)
    job = await newest(world)
    assert (job.request.references, job.request.mask) == (6, True)


async def test_every_option_reaches_the_service(world: World) -> None:
    await world.alice.slash(
        world.art,
        "edit",
        prompt="make it night",
        image1=("cat.png", png()),
        model=MASKED,
        quality="low",
        background="transparent",
        format="webp",
        compression=50,
        count=2,
        spoiler=True,
    )
    await world.finished()

    job = await newest(world)
    options = {"quality": "low", "background": "transparent", "format": "webp", "compression": 50}
    assert options.items() <= job.request.options.items()
    (result,) = world.results()
    assert len(result.attachments) == 2
    assert all(file.is_spoiler() for file in result.attachments)


async def test_a_model_that_cannot_change_pictures_is_refused(world: World) -> None:
    asked = await world.alice.slash(
        world.art,
        "edit",
        prompt="make it night",
        image1=("cat.png", png()),
        model="doubao-seedream-3-0-t2i-250415",
    )

    assert "cannot change one" in text_of(asked.response)
    assert await world.left(world.alice) == 10


async def test_models_and_sizes_are_suggested_for_changes(world: World) -> None:
    models = await world.alice.autocomplete(world.art, "edit", "model", "gpt", prompt="x")
    assert [choice["value"] for choice in models] == [MASKED]
    sizes = await world.alice.autocomplete(world.art, "edit", "size", "", prompt="x", aspect="16:9")
    assert "2848x1600" in [choice["value"] for choice in sizes]
