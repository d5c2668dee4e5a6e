"""Replies and mentions where the bot may not answer below them: no path stays silent."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest
from simcord.backend.models import Message

from bot.services.delivery import reply_tickets
from bot.services.ports import Reaction
from tests.cogs.member_actions import (
    forbid,
    mention,
    picture,
    quiet,
    signs,
)
from tests.world import PATIENCE_SECONDS, World, png, text_of

POST = ("POST", "/channels/*/messages")
REACT = ("PUT", "/channels/*/messages/*/reactions/*/@me")


def refused(world: World, *calls: tuple[str, str], times: int = 1, code: int = 50013) -> None:
    """Let Discord refuse the next calls of these kinds."""
    for method, path in calls:
        world.env.inject_error(method, path, status=403, code=code, times=times)


def direct(world: World, member: Any = None) -> list[Message]:
    """Return what the bot wrote to a member directly."""
    opened = world.env.backend.dm_channels.get((member or world.alice).id)
    return list(world.env.backend.messages.get(opened or 0, {}).values())


async def test_a_refusal_that_may_not_be_posted_is_a_sign(world: World) -> None:
    result = await picture(world)
    refused(world, POST)
    reply = await world.alice.send(world.art, "1: night --size 10x10", reply_to=result)

    assert signs(world, reply) == [Reaction.REFUSED.value]
    assert direct(world) == []
    assert await world.left(world.alice) == 9


async def test_without_a_sign_the_reason_comes_directly_and_once_an_hour(world: World) -> None:
    result = await picture(world)
    for _ in range(2):
        refused(world, POST, REACT)
        refused(world, REACT)
        reply = await world.alice.send(world.art, "1: night --size 10x10", reply_to=result)
        assert signs(world, reply) == []

    (told,) = direct(world)
    assert "10x10" in text_of(told)
    assert f"About [your message]({result.jump_url.rpartition('/')[0]}/" in text_of(told)
    assert "Nothing was charged." in text_of(told)
    await world.env.advance_time(3601)
    refused(world, POST, REACT)
    refused(world, REACT)
    await world.alice.send(world.art, "1: night --size 10x10", reply_to=result)
    assert len(direct(world)) == 2


async def test_a_closed_door_is_only_logged(world: World) -> None:
    result = await picture(world)
    refused(world, POST, REACT)
    refused(world, REACT)
    refused(world, POST, code=50007)
    await world.alice.send(world.art, "1: night --size 10x10", reply_to=result)

    assert direct(world) == []
    assert await world.left(world.alice) == 9


async def test_where_no_pencil_may_be_put_the_member_hears_how_to_do_without(
    world: World,
) -> None:
    result = await picture(world)
    for _ in range(2):
        refused(world, REACT)
        await world.alice.send(world.art, "make it night", reply_to=result)

    lines = [one for one in world.art.history() if "Mention me at the start of" in one.content]
    assert len(lines) == 1
    await world.env.advance_time(601)
    await world.until(lambda: lines[0].id not in [one.id for one in world.art.history()])


async def test_neither_pencil_nor_line_leaves_the_direct_way(world: World) -> None:
    result = await picture(world)
    refused(world, REACT, times=2)
    refused(world, POST)
    await world.alice.send(world.art, "make it night", reply_to=result)

    (told,) = direct(world)
    assert "Mention me at the start of your message" in text_of(told)


async def test_chatter_is_left_alone_there_too(world: World) -> None:
    result = await picture(world)
    refused(world, REACT, POST)
    await world.alice.send(world.art, "thanks!", reply_to=result)

    assert direct(world) == []


async def test_a_question_that_may_not_be_asked_is_told_as_advice(world: World) -> None:
    result = await picture(world, count=2)
    refused(world, POST, REACT)
    await world.alice.send(world.art, f"{mention(world)} make it night", reply_to=result)

    (told,) = direct(world)
    assert "Start your reply with its number" in text_of(told)


async def test_a_reply_without_its_text_is_helped_directly(world: World) -> None:
    result = await picture(world)
    refused(world, POST, REACT)
    await quiet(world, "make it night", result)

    (told,) = direct(world)
    assert "press Edit below the picture" in text_of(told)


async def test_bad_news_of_a_request_that_was_taken_comes_directly(world: World) -> None:
    result = await picture(world)
    world.apis.gate.clear()
    world.apis.fail_next("moderation")
    await world.alice.send(world.art, "1: make it night", reply_to=result)
    await world.apis.until(lambda: world.apis.waiting == 1)
    refused(world, POST, REACT)
    world.apis.gate.set()
    await world.finished()

    (told,) = direct(world)
    assert "could not be finished. Nothing was charged. The safety filter" in text_of(told)
    assert await world.left(world.alice) == 9


async def test_rights_that_are_really_missing_lead_to_the_same(world: World) -> None:
    result = await picture(world)
    reply = await world.alice.send(world.art, "make it night", reply_to=result)
    await forbid(world, "attach_files")
    await world.alice.react(reply, "✏️")

    assert "I could not do that" in world.art.history()[-1].content
    told = await world.alice.click(world.art.history()[-1], label="Why?")
    assert "You cannot attach files" in text_of(told.response)


# --- what happens between the message and its request -------------------------------------------


async def test_a_thread_locked_before_the_tap_is_answered_and_costs_nothing(world: World) -> None:
    channel = world.env.bot.get_channel(world.art.id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="foxes", type=discord.ChannelType.public_thread)
    (place,) = world.art.threads
    await world.alice.slash(place, "imagine", prompt="a fox")
    await world.finished()
    reply = await world.alice.send(place, "make it night", reply_to=place.history()[-1])
    await thread.edit(locked=True)
    # SimCord lets bots write in a locked thread; Discord does not.
    refused(world, POST, code=160005)
    await world.alice.react(reply, "✏️")
    await world.finished()

    (now,) = [one for one in place.history() if one.id == reply.id]
    assert Reaction.REFUSED.value in [str(one.emoji) for one in now.reactions]
    assert len(await world.jobs(world.alice)) == 1
    assert await world.left(world.alice) == 9

    refused(world, POST, REACT, code=160005)
    second = await world.alice.send(place, "1: make it day", reply_to=place.history()[0])
    await world.finished()
    assert second.id
    (told,) = direct(world)
    assert "This thread is locked" in text_of(told)


async def test_thirty_pictures_in_one_message_are_too_many_and_counted(world: World) -> None:
    result = await picture(world)
    files = [(f"{number}.png", png(64, 64 + number)) for number in range(30)]
    await world.alice.send(world.art, "1: all together", reply_to=result, attachments=files)

    told = await world.alice.click(world.art.history()[-1], label="Why?")
    assert "31" in text_of(told.response)
    assert await world.left(world.alice) == 9
    assert len(world.apis.requests) == 1


async def test_a_sign_whose_process_died_does_not_stay(world: World) -> None:
    result = await picture(world)
    reply = await world.alice.send(world.art, "thanks!", reply_to=result)
    await world.app.delivery.reply_tickets.begin(world.art.id, reply.id)
    assert signs(world, reply) == ["⏳"]
    await world.env.restart_bot(world.app.new_client(1))
    await world.env.advance_time(reply_tickets.WORKING_SECONDS)
    await world.until(lambda: signs(world, reply) == [])

    assert reply.id in [one.id for one in world.art.history()]


async def test_a_refused_request_leaves_nothing_to_be_tidied(world: World) -> None:
    result = await picture(world)
    await world.alice.send(world.art, "1: night --size 10x10", reply_to=result)

    assert await signs_kept(world) == []


@pytest.mark.parametrize("text", ["1: make it night", "{me} make it night"])
async def test_a_request_that_was_taken_ends_with_its_sign_gone(world: World, text: str) -> None:
    result = await picture(world)
    reply = await world.alice.send(world.art, text.format(me=mention(world)), reply_to=result)
    await world.finished()
    assert signs(world, reply) == []
    before = len(world.env.http_requests)
    await world.env.advance_time(reply_tickets.WORKING_SECONDS)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await signs_kept(world):  # noqa: ASYNC110
            await asyncio.sleep(0.002)  # they go in the database: nothing to wait on
    assert [r for r in world.env.http_requests[before:] if "reactions" in r.path] == []


async def signs_kept(world: World) -> list[tuple[int, int, int]]:
    async with world.app.database.read() as uow:
        return await uow.scheduled_deletions.signs_due(now=2**40)
