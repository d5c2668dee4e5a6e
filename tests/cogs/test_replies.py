"""Replies to the bot's pictures, and mentions, as people write them."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord.backend.models import AllowedMentions

from bot.domain.job import Job, JobState
from tests.world import World, labels_of, png, text_of


async def picture(world: World, *, count: int = 1, prompt: str = "a fox") -> discord.Message:
    """Let Alice make a result."""
    await world.alice.slash(
        world.art,
        "imagine",
        prompt=prompt,
        count=count,
        model="doubao-seedream-4-0-250828",
        size="960x960",
    )
    await world.finished()
    return world.results()[-1]


async def quiet(world: World, text: str, reply_to: discord.Message, **more: Any) -> None:
    """Reply with the ping off: the bot gets an empty message."""
    world.env.backend.create_message(
        world.art.id,
        world.alice.id,
        text,
        allowed_mentions=AllowedMentions(replied_user=False),
        reference={"channel_id": str(world.art.id), "message_id": str(reply_to.id)},
        **more,
    )
    await world.env.settle()


def mention(world: World) -> str:
    assert world.env.bot.user
    return f"<@{world.env.bot.user.id}>"


def signs(world: World, message: discord.Message) -> list[str]:
    """Return the reactions on a message as it is now."""
    (now,) = [one for one in world.art.history() if one.id == message.id]
    return [str(one.emoji) for one in now.reactions]


async def newest(world: World, member: Any = None) -> Job:
    return (await world.jobs(member or world.alice))[0]


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
    async with world.app.database.write() as uow:
        await uow.settings.put(world.guild.id, "replies", mode)
        await uow.commit()
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
    opened = await world.alice.click(line, label="Write the change")
    await world.alice.submit_modal(opened, {"prompt": "make it night"})
    await world.finished()
    job = await newest(world)
    assert (job.request.prompt, job.parent_index) == ("make it night", 1)

    await world.env.advance_time(601)
    await world.until(lambda: all("ping is off" not in m.content for m in world.art.history()))


# --- which picture ----------------------------------------------------------------------------


async def test_numbers_pick_pictures_of_a_set_in_their_order(world: World) -> None:
    result = await picture(world, count=4)
    await world.alice.send(world.art, "3,2: swap them", reply_to=result)
    await world.finished()

    job = await newest(world)
    assert (job.parent_index, job.request.references) == (3, 2)
    async with world.app.database.read() as uow:
        stored = await uow.jobs.references(job.job_id)
    assert [one.result and one.result[1] for one in stored] == [3, 2]


async def test_files_of_the_reply_come_after_the_picture(world: World) -> None:
    result = await picture(world)
    await world.alice.send(
        world.art,
        "1: wear this hat",
        reply_to=result,
        attachments=[("hat.png", png(70, 70)), ("coat.png", png(80, 80))],
    )
    await world.finished()

    job = await newest(world)
    async with world.app.database.read() as uow:
        stored = await uow.jobs.references(job.job_id)
    assert [one.width for one in stored] == [960, 70, 80]


@pytest.mark.parametrize("settings", [{"quota": {"default": "30/day"}}])
async def test_numbers_go_on_over_the_messages_of_a_result(world: World) -> None:
    model = "doubao-seedream-4-0-250828"
    await world.alice.slash(
        world.art, "imagine", prompt="a fox", count=12, size="960x960", model=model
    )
    await world.finished()
    first = world.results()[0]
    await world.alice.send(world.art, "12: make it night", reply_to=first)
    await world.finished()

    assert (await newest(world)).parent_index == 12


async def test_a_missing_number_is_asked_for_and_the_question_becomes_the_ticket(
    world: World,
) -> None:
    result = await picture(world, count=3)
    reply = await world.alice.send(world.art, f"{mention(world)} make it night", reply_to=result)
    (question,) = [m for m in world.art.history() if m.content == "Which picture do you mean?"]
    assert len(await world.jobs(world.alice)) == 1

    refused = await world.bob.select(question, ["2"])
    assert "Only the person who asked" in text_of(refused.response)
    await world.env.restart_bot(world.app.new_client(1))
    world.apis.gate.clear()
    await world.alice.select(question, ["2"])
    (now,) = [m for m in world.art.history() if m.id == question.id]
    assert "> make it night" in text_of(now)
    assert "left" not in text_of(now)
    assert signs(world, reply) == ["⏳"]
    world.apis.gate.set()
    await world.finished()

    job = await newest(world)
    assert (job.parent_index, job.state) == (2, JobState.DONE)
    assert question.id not in [m.id for m in world.art.history()]
    assert signs(world, reply) == []


async def test_a_question_that_nobody_answers_goes_away(world: World) -> None:
    result = await picture(world, count=3)
    await world.alice.send(world.art, f"{mention(world)} make it night", reply_to=result)
    await world.env.advance_time(601)

    await world.until(
        lambda: all(m.content != "Which picture do you mean?" for m in world.art.history())
    )


async def test_a_picture_that_is_not_there_is_refused(world: World) -> None:
    result = await picture(world, count=2)
    reply = await world.alice.send(world.art, "5: make it night", reply_to=result)

    line = world.art.history()[-1]
    assert line.content == "I could not do that. Nothing was charged."
    assert line.reference
    assert line.reference.message_id == reply.id
    assert signs(world, reply) == []
    told = await world.alice.click(line, label="Why?")
    assert told.ephemeral
    assert "There is no picture 5 in this result: it has 2 pictures." in text_of(told.response)


# --- mentions -----------------------------------------------------------------------------------


async def test_a_mention_without_pictures_draws(world: World) -> None:
    await world.alice.send(world.art, f"{mention(world)} a fox --ar 16:9 --model 4.0")
    await world.finished()

    job = await newest(world)
    assert (job.request.operation, job.request.prompt) == ("generate", "a fox")
    assert job.request.model == "doubao-seedream-4-0-250828"
    (result,) = world.results()
    assert "2848×1600" in result.content


async def test_a_mention_with_pictures_changes_them(world: World) -> None:
    await world.alice.send(
        world.art, f"{mention(world)} make it night", attachments=[("cat.png", png())]
    )
    await world.finished()

    job = await newest(world)
    assert (job.request.operation, job.request.references) == ("edit", 1)


async def test_a_mention_in_the_middle_is_asked_about(world: World) -> None:
    said = await world.alice.send(world.art, f"ask {mention(world)} for a fox")

    assert signs(world, said) == ["✏️"]
    assert await world.jobs(world.alice) == []


async def test_somebody_elses_hidden_picture_points_to_the_menu(world: World) -> None:
    cat = await world.bob.send(world.art, "my cat", attachments=[("cat.png", png())])
    await world.alice.send(world.art, f"{mention(world)} make it night", reply_to=cat)

    line = world.art.history()[-1]
    assert "Edit picture" in line.content
    assert await world.jobs(world.alice) == []


async def test_somebody_elses_picture_that_discord_shows_is_changed(world: World) -> None:
    cat = await world.bob.send(world.art, f"{mention(world)} wow", attachments=[("cat.png", png())])
    await world.alice.send(world.art, f"{mention(world)} make it night", reply_to=cat)
    await world.finished()

    job = await newest(world)
    assert (job.request.operation, job.request.references) == ("edit", 1)


# --- no privacy to hide behind ------------------------------------------------------------------


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
    assert "somebody else's" in text_of(refused.response)
    told = await world.alice.click(ticket, label="Cancel")
    assert told.ephemeral
    assert "**Cancelled.**" in text_of(told.response)
    assert tickets_of(world) == []
    assert signs(world, reply) == []
    assert await world.left(world.alice) == 9
    world.apis.gate.set()
    await world.finished()


def tickets_of(world: World) -> list[discord.Message]:
    return [m for m in world.art.history() if m.flags.components_v2]


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
    assert "somebody else's" in text_of(why.response)
    why = await world.alice.click(line, label="Why?")
    assert why.ephemeral
    assert "withheld by the safety filter" in text_of(why.response)

    await world.env.advance_time(601)
    await world.until(lambda: line.id not in [m.id for m in world.art.history()])


@pytest.mark.parametrize("settings", [{"quota": {"default": "1/day"}}])
async def test_a_used_up_quota_is_told_behind_why(world: World) -> None:
    result = await picture(world)
    await world.alice.send(world.art, "1: make it night", reply_to=result)

    line = world.art.history()[-1]
    assert line.content == "I could not do that. Nothing was charged."
    nobody = await world.bob.click(line, label="Why?")
    assert "not kept" in text_of(nobody.response)
    told = await world.alice.click(line, label="Why?")
    assert "your quota for this day is used up" in text_of(told.response)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1: make it night --private", "cannot be private"),
        ("1: make it night --n many", "“many” is no value for --n."),
        ("1: make it night --size 10x10", "10x10"),
        ("1: make it night --model Seedream 3.0", "cannot change one"),
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
