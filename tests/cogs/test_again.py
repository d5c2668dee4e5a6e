"""Again on results, and what every press meets: quota, rights, a timeout, a locked thread."""

from __future__ import annotations

from datetime import timedelta

import discord
import pytest

from tests.cogs.member_actions import forbid, posted, press
from tests.world import World, png, text_of


async def test_again_makes_another_one_with_a_new_seed(world: World) -> None:
    model = "doubao-seedream-3-0-t2i-250415"
    result = await posted(world, model=model, seed=7)
    asked = await press(world.bob, result, label="Again")

    assert asked.ephemeral
    await world.finished()
    assert "**Done**" in text_of(asked.response)
    first, second = (request.body for request in world.apis.requests)
    assert first
    assert second
    assert first["prompt"] == second["prompt"]
    assert first["seed"] == 7
    assert second["seed"] != 7
    assert await world.left(world.bob) == 9


async def test_again_takes_the_examples_along(world: World) -> None:
    result = await posted(world, image1=("cat.png", png()))
    await press(world.bob, result, label="Again")
    await world.finished()

    assert [request.references for request in world.apis.requests] == [1, 1]


async def test_again_says_when_the_examples_are_not_kept(world: World) -> None:
    result = await posted(world, image1=("cat.png", png()))
    (job,) = await world.jobs(world.alice)
    world.app.spool.remove(job.job_id)
    asked = await press(world.bob, result, label="Again")

    assert "are no longer stored" in text_of(asked.response)
    assert await world.left(world.bob) == 10


async def test_a_double_tap_on_again_is_one_wish(world: World) -> None:
    result = await posted(world)
    await press(world.bob, result, label="Again")
    second = await press(world.bob, result, label="Again")
    await world.finished()

    assert "> a fox" in text_of(second.response)
    assert len(await world.jobs(world.bob)) == 1
    assert await world.left(world.bob) == 9

    await world.env.advance_time(6)
    await press(world.bob, result, label="Again")
    await world.finished()
    assert len(await world.jobs(world.bob)) == 2


@pytest.mark.parametrize("settings", [{"quota": {"default": "1/day"}}])
async def test_presses_meet_the_quota(world: World) -> None:
    result = await posted(world)

    for label in ("Again", "Edit"):
        asked = await press(world.alice, result, label=label)
        assert "your quota for today is used up" in text_of(asked.response)


@pytest.mark.parametrize("label", ["Again", "Edit"])
@pytest.mark.parametrize(
    ("right", "words"),
    [("send_messages", "You cannot send"), ("attach_files", "You cannot attach")],
)
async def test_presses_meet_the_members_own_rights(
    world: World, label: str, right: str, words: str
) -> None:
    result = await posted(world)
    await forbid(world, right)
    asked = await press(world.bob, result, label=label)

    assert words in text_of(asked.response)
    assert await world.left(world.bob) == 10


async def test_presses_meet_a_timeout(world: World) -> None:
    result = await posted(world)
    guild = world.env.bot.get_guild(world.guild.id)
    assert guild
    member = await guild.fetch_member(world.bob.id)
    await member.timeout(timedelta(minutes=5))
    asked = await press(world.bob, result, label="Again")

    assert "You are timed out here" in text_of(asked.response)
    assert await world.left(world.bob) == 10


async def test_presses_meet_a_locked_thread(world: World) -> None:
    result = await posted(world)
    channel = world.env.bot.get_channel(world.art.id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="foxes", type=discord.ChannelType.public_thread)
    (place,) = world.art.threads
    await world.bob.slash(place, "imagine", prompt="a fox in a thread")
    await world.finished()
    inside = place.history()[-1]
    await thread.edit(locked=True)
    asked = await press(world.bob, inside, label="Again")

    assert "This thread is locked" in text_of(asked.response)
    assert await world.left(world.bob) == 9
    assert len(world.results()) == 1
    assert result.id != inside.id
