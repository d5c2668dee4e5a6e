"""Replies to the bot's pictures: which are requests, who confirms them, after restarts too."""

from __future__ import annotations

import pytest

from bot.domain.job import JobState
from tests.cogs.member_actions import (
    mention,
    newest,
    picture,
    quiet,
    signs,
)
from tests.world import World, png


async def test_a_tap_on_the_pencil_submits_a_reply(world: World) -> None:
    result = await picture(world)
    reply = await world.alice.send(world.art, "make it night", reply_to=result)
    assert signs(world, reply) == ["✏️"]
    assert len(await world.jobs(world.alice)) == 1

    await world.alice.react(reply, "✏️")
    await world.finished()

    job = await newest(world)
    assert (job.state, job.request.prompt) == (JobState.DONE, "make it night")
    assert job.request.operation == "edit"
    assert (job.parent_index, job.reply_to_message_id) == (1, reply.id)
    assert signs(world, reply) == ["✏️"]  # her own tap
    assert len(world.results()) == 2
    assert await world.left(world.alice) == 8


# --- what is a request, and what is not -------------------------------------------------------


@pytest.mark.parametrize("text", ["1: make it night", "--ar 16:9 make it night", "—n 1 night now"])
async def test_a_number_or_a_flag_needs_no_confirmation(world: World, text: str) -> None:
    result = await picture(world)
    reply = await world.alice.send(world.art, text, reply_to=result)
    await world.finished()

    job = await newest(world)
    assert job.reply_to_message_id == reply.id
    assert job.state is JobState.DONE
    assert signs(world, reply) == []


async def test_a_typed_mention_needs_no_confirmation(world: World) -> None:
    result = await picture(world)
    await world.alice.send(world.art, f"{mention(world)} night", reply_to=result)
    await world.finished()

    job = await newest(world)
    assert job.request.prompt == "night"
    assert job.parent_index == 1


@pytest.mark.parametrize(
    "text", ["thanks!", "😍😍", "太好看了", "wow", "https://example.org/x", "lol", "night"]
)
async def test_chatter_is_left_alone(world: World, text: str) -> None:
    result = await picture(world)
    reply = await world.alice.send(world.art, text, reply_to=result)

    assert signs(world, reply) == []
    assert len(await world.jobs(world.alice)) == 1
    assert len(world.art.history()) == 2


async def test_thanks_with_a_mention_are_thanks(world: World) -> None:
    await world.alice.send(world.art, f"{mention(world)} thank you so much!")
    await world.alice.send(world.art, mention(world))

    assert await world.jobs(world.alice) == []
    assert len(world.art.history()) == 2


@pytest.mark.parametrize(
    ("mode", "text", "signed", "jobs"),
    [
        ("instant", "make it night", False, 2),
        ("instant", "so beautiful", False, 1),
        ("confirm", "make it night", True, 1),
        ("mention", "1: make it night", False, 1),
        ("mention", "{me} make it night", False, 2),
        ("off", "{me} make it night", False, 1),
        ("nonsense", "make it night", True, 1),
    ],
)
async def test_the_server_decides_what_counts(
    world: World, mode: str, text: str, signed: bool, jobs: int
) -> None:
    result = await picture(world)
    await world.decide("replies", mode)
    text = text.format(me=mention(world))
    reply = await world.alice.send(world.art, text, reply_to=result)
    await world.finished()

    assert bool(signs(world, reply)) is signed
    assert len(await world.jobs(world.alice)) == jobs


async def test_only_the_author_confirms_and_only_once(world: World) -> None:
    result = await picture(world)
    reply = await world.alice.send(world.art, "make it night", reply_to=result)
    await world.bob.react(reply, "✏️")
    await world.finished()
    assert await world.jobs(world.bob) == []
    assert len(await world.jobs(world.alice)) == 1

    await world.alice.react(reply, "✏️")
    await world.finished()
    await world.alice.unreact(reply, "✏️")
    await world.alice.react(reply, "✏️")
    await world.finished()
    assert len(await world.jobs(world.alice)) == 2
    assert await world.left(world.alice) == 8


async def test_a_pencil_that_was_not_offered_does_nothing(world: World) -> None:
    result = await picture(world)
    reply = await world.alice.send(world.art, "thanks!", reply_to=result)
    await world.alice.react(reply, "✏️")
    await world.finished()

    assert len(await world.jobs(world.alice)) == 1


async def test_an_edited_message_is_no_new_request(world: World) -> None:
    result = await picture(world)
    reply = await world.alice.send(world.art, "1: make it night", reply_to=result)
    await world.finished()
    await world.alice.edit(reply, "1: make it day")
    await world.finished()

    assert len(await world.jobs(world.alice)) == 2


async def test_replies_to_people_and_to_other_bots_are_none_of_ours(world: World) -> None:
    said = await world.bob.send(world.art, "look")
    other = world.guild.add_member(world.env.create_user("other", bot=True))
    posted = await other.send(world.art, "a picture", attachments=[("x.png", png())])
    for message in (said, posted):
        await world.alice.send(world.art, "1: make it night", reply_to=message)

    assert await world.jobs(world.alice) == []
    assert len(world.art.history()) == 4


# --- restarts, old posts, expired links ---------------------------------------------------------


async def test_an_old_picture_is_edited_after_a_restart_without_its_files(world: World) -> None:
    result = await picture(world)
    for job_id in world.app.spool.job_ids():
        world.app.spool.remove(job_id)
    await world.env.restart_bot(world.app.new_client(1))
    await world.env.advance_time(400 * 86400)
    before = len(world.env.http_requests)
    await world.bob.send(world.art, "1: make it night", reply_to=result)
    await world.finished()

    (job,) = await world.jobs(world.bob)
    assert (job.state, job.parent_index) == (JobState.DONE, 1)
    fetched = [
        r for r in world.env.http_requests[before:] if r.path.endswith(f"/messages/{result.id}")
    ]
    assert [r.method for r in fetched] == ["GET"]


async def test_a_pencil_is_tapped_after_a_restart(world: World) -> None:
    result = await picture(world)
    reply = await world.alice.send(world.art, "make it night", reply_to=result)
    await world.env.restart_bot(world.app.new_client(1))
    await world.alice.react(reply, "✏️")
    await world.finished()

    assert (await newest(world)).reply_to_message_id == reply.id


async def test_a_reply_whose_ping_is_off_is_helped_once_an_hour(world: World) -> None:
    result = await picture(world)
    await quiet(world, "make it night", result)
    await quiet(world, "make it day", result)

    (line,) = [m for m in world.art.history() if "ping is off" in m.content]
    opened = await world.alice.click(line, label="Describe the change")
    await world.alice.submit_modal(opened, {"prompt": "make it night"})
    await world.finished()
    job = await newest(world)
    assert (job.request.prompt, job.parent_index) == ("make it night", 1)

    await world.env.advance_time(601)
    await world.until(lambda: all("ping is off" not in m.content for m in world.art.history()))
