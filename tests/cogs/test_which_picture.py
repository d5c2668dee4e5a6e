"""Which picture of a set a change means: what the caption says, and numbers without a colon."""

from __future__ import annotations

import pytest

from bot.domain.job import JobState
from tests.cogs.member_actions import newest, picture, press
from tests.world import World, text_of


async def test_the_caption_of_several_pictures_says_how_one_is_changed(world: World) -> None:
    several = await picture(world, count=3)
    assert several.content.splitlines()[-1] == "-# 3 pictures · reply “2: …” to change one"

    one = await picture(world)
    assert "reply" not in one.content


@pytest.mark.parametrize("mode", ["mention", "off"])
async def test_where_replies_are_not_read_the_caption_names_edit(world: World, mode: str) -> None:
    await world.decide("replies", mode)
    several = await picture(world, count=2)

    assert several.content.splitlines()[-1] == "-# 2 pictures · press Edit to change one"


async def test_a_private_set_cannot_be_replied_to(world: World) -> None:
    asked = await world.alice.slash(
        world.art, "imagine", prompt="a fox", count=2, related="separate", private=True
    )
    await world.finished()

    assert "2 pictures · press Edit to change one" in text_of(asked.response)


async def test_a_caption_is_in_the_language_of_the_server(world: World) -> None:
    await world.decide("language", "zh-CN")
    several = await picture(world, count=3)

    assert "3 张图片 · 回复“2: …”即可修改其中一张" in several.content


async def test_a_number_without_a_colon_means_the_picture_and_details_say_so(
    world: World,
) -> None:
    several = await picture(world, count=3)
    await world.alice.send(world.art, "2 make it winter", reply_to=several)
    await world.finished()

    job = await newest(world)
    assert (job.state, job.request.prompt, job.parent_index) == (
        JobState.DONE,
        "make it winter",
        2,
    )
    details = await press(world.bob, world.results()[-1], label="Details")
    assert "I took 2 at the beginning as the picture to change." in text_of(details.response)


async def test_a_number_that_may_be_part_of_the_words_is_asked_about(world: World) -> None:
    several = await picture(world, count=3)
    said = await world.alice.send(world.art, "2 cats on the moon", reply_to=several)
    await world.alice.react(said, "✏️")
    question = world.art.history()[-1]
    assert "Which picture do you mean?" in question.content

    await world.alice.select(question, ["3"])
    await world.finished()
    job = await newest(world)
    assert (job.request.prompt, job.parent_index) == ("2 cats on the moon", 3)
