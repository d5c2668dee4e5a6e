"""What everybody sees of a reply's request: a sign, a ticket, one line of bad news, Why?."""

from __future__ import annotations

import discord
import pytest

from bot.domain.job import JobState
from tests.cogs.member_actions import (
    mention,
    newest,
    picture,
    signs,
    tickets_of,
)
from tests.world import World, labels_of, png, text_of


async def test_a_public_ticket_comes_after_ten_seconds_and_goes_with_the_result(
    world: World,
) -> None:
    result = await picture(world)
    world.apis.gate.clear()
    reply = await world.alice.send(world.art, "1: make it night", reply_to=result)
    assert signs(world, reply) == ["⏳"]
    await world.env.advance_time(9)
    assert len(world.art.history()) == 2

    await world.env.advance_time(2)
    await world.until(lambda: len(world.art.history()) == 3)
    ticket = world.art.history()[-1]
    assert ticket.reference
    assert ticket.reference.message_id == reply.id
    assert "> make it night" in text_of(ticket)
    world.apis.gate.set()
    await world.finished()

    assert ticket.id not in [m.id for m in world.art.history()]
    assert signs(world, reply) == []
    assert len(world.results()) == 2


async def test_a_public_ticket_is_cancelled_by_its_author_and_vanishes(world: World) -> None:
    result = await picture(world)
    world.apis.gate.clear()
    for _ in range(2):
        await world.bob.slash(world.art, "imagine", prompt="busy", count=4)
    await world.apis.until(lambda: world.apis.waiting == 4)
    reply = await world.alice.send(world.art, "1: make it night", reply_to=result)
    await world.env.advance_time(11)
    await world.until(lambda: bool(tickets_of(world)))
    (ticket,) = tickets_of(world)
    assert "Cancel" in labels_of(ticket)

    refused = await world.bob.click(ticket, label="Cancel")
    assert "someone else's" in text_of(refused.response)
    told = await world.alice.click(ticket, label="Cancel")
    assert told.ephemeral
    assert "**Cancelled.**" in text_of(told.response)
    assert tickets_of(world) == []
    assert signs(world, reply) == []
    assert await world.left(world.alice) == 9
    world.apis.gate.set()
    await world.finished()


async def test_a_restart_loses_neither_ticket_nor_sign(world: World) -> None:
    result = await picture(world)
    world.apis.gate.clear()
    reply = await world.alice.send(world.art, "1: make it night", reply_to=result)
    await world.env.advance_time(11)
    await world.until(lambda: bool(tickets_of(world)))
    await world.env.restart_bot(world.app.new_client(1))
    world.apis.gate.set()
    await world.finished()

    assert tickets_of(world) == []
    assert signs(world, reply) == []


async def test_bad_news_is_one_line_that_goes_away(world: World) -> None:
    result = await picture(world)
    world.apis.fail_next("output", times=1)
    reply = await world.alice.send(world.art, "1: make it night", reply_to=result)
    await world.finished()

    line = world.art.history()[-1]
    assert line.content == "This request could not be finished. Nothing was charged."
    assert line.reference
    assert line.reference.message_id == reply.id
    assert signs(world, reply) == []
    assert await world.left(world.alice) == 9
    why = await world.bob.click(line, label="Why?")
    assert "someone else's" in text_of(why.response)
    why = await world.alice.click(line, label="Why?")
    assert why.ephemeral
    assert "safety filter blocked the result" in text_of(why.response)

    await world.env.advance_time(601)
    await world.until(lambda: line.id not in [m.id for m in world.art.history()])


@pytest.mark.parametrize("settings", [{"quota": {"default": "1/day"}}])
async def test_a_used_up_quota_is_told_behind_why(world: World) -> None:
    result = await picture(world)
    await world.alice.send(world.art, "1: make it night", reply_to=result)

    line = world.art.history()[-1]
    assert line.content == "I could not do that. Nothing was charged."
    nobody = await world.bob.click(line, label="Why?")
    assert "no longer stored" in text_of(nobody.response)
    told = await world.alice.click(line, label="Why?")
    assert "your quota for today is used up" in text_of(told.response)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1: make it night --private", "cannot be private"),
        ("1: make it night --n many", "“many” is not a valid value for --n."),
        ("1: make it night --size 10x10", "10x10"),
        ("1: make it night --model Seedream 3.0", "can only make new pictures"),
        ("1:", "The prompt is empty"),
    ],
)
async def test_every_refusal_of_a_reply_has_its_reason(world: World, text: str, why: str) -> None:
    result = await picture(world)
    await world.alice.send(world.art, text, reply_to=result)

    told = await world.alice.click(world.art.history()[-1], label="Why?")
    assert why in text_of(told.response)
    assert await world.left(world.alice) == 9


async def test_a_refused_reply_is_fixed_behind_why(world: World) -> None:
    result = await picture(world)
    await world.alice.send(world.art, "1: make it night --size 10x10", reply_to=result)
    told = await world.alice.click(world.art.history()[-1], label="Why?")
    assert told.response
    opened = await world.alice.click(told.response.message, label="Fix it")
    await world.alice.submit_modal(opened, {"prompt": "make it night", "size": "2048x2048"})
    await world.finished()

    job = await newest(world)
    assert (job.request.prompt, job.parent_index) == ("make it night", 1)
    assert job.state is JobState.DONE


async def test_what_is_no_picture_and_what_is_too_much_is_refused(world: World) -> None:
    result = await picture(world)
    files = [("notes.txt", b"hello"), *((f"{n}.png", png(64, 64)) for n in range(9))]
    await world.alice.send(world.art, "1: add these", reply_to=result, attachments=files)

    told = await world.alice.click(world.art.history()[-1], label="Why?")
    assert "(“notes.txt”) is not a picture" in text_of(told.response)


async def test_a_picture_deleted_meanwhile_is_refused(world: World) -> None:
    result = await picture(world)
    reply = await world.alice.send(world.art, "make it night", reply_to=result)
    channel = world.env.bot.get_channel(world.art.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.get_partial_message(result.id).delete()
    await world.env.settle()
    await world.alice.react(reply, "✏️")

    told = await world.alice.click(world.art.history()[-1], label="Why?")
    assert "is gone" in text_of(told.response)
    assert len(await world.jobs(world.alice)) == 1


async def test_made_up_choices_change_nothing(world: World) -> None:
    result = await picture(world, count=2)
    await world.alice.send(world.art, f"{mention(world)} make it night", reply_to=result)
    (question,) = [m for m in world.art.history() if m.content == "Which picture do you mean?"]
    reply = world.art.history()[-2]
    await world.alice.delete(reply)

    gone = await world.alice.select(question, ["1"])
    assert "That message is gone" in text_of(gone.response)
    assert len(await world.jobs(world.alice)) == 1
