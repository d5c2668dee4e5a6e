"""Which pictures a reply or a mention means: numbers, files, other people's messages."""

from __future__ import annotations

import pytest

from bot.domain.catalog import Operation
from bot.domain.job import JobState
from bot.ui.messages import public_replies as words
from tests.cogs.member_actions import (
    mention,
    newest,
    picture,
    signs,
)
from tests.world import World, png, text_of


async def test_numbers_pick_pictures_of_a_set_in_their_order(world: World) -> None:
    result = await picture(world, count=4)
    await world.alice.send(world.art, "3,2: swap them", reply_to=result)
    await world.finished()

    job = await newest(world)
    assert (job.parent_index, job.request.references) == (3, 2)
    async with world.app.database.read() as uow:
        stored = await uow.job_queries.references(job.job_id)
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
        stored = await uow.job_queries.references(job.job_id)
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
    assert "Only the person who made this request" in text_of(refused.response)
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


@pytest.mark.parametrize("settings", [{"access": {"direct": True}}])
async def test_a_reply_to_a_forwarded_picture_uses_it(world: World) -> None:
    theirs = await world.bob.send(world.art, "", attachments=[("a.png", png(640, 640))])
    forwarded = await world.alice.forward(theirs, world.alice.user.dm_channel)
    await world.alice.user.send_dm(
        f"{mention(world)} make it night",
        reference={"channel_id": str(forwarded.channel.id), "message_id": str(forwarded.id)},
    )
    await world.finished()

    async with world.app.database.read() as uow:
        (job,) = await uow.job_queries.recent(world.alice.id, guild_id=0, limit=5)
    assert (job.request.operation, job.request.references) == (Operation.EDIT, 1)


async def test_a_forwarded_picture_that_discord_hides_costs_nothing(world: World) -> None:
    theirs = await world.bob.send(world.art, "", attachments=[("a.png", png(640, 640))])
    forwarded = await world.bob.forward(theirs, world.art)
    await world.alice.send(world.art, f"{mention(world)} make it night", reply_to=forwarded)

    assert await world.jobs(world.alice) == []
    assert any(str(words.SEE_MENU) == one.content for one in world.art.history())
