"""Presses of buttons: who may, what happens, and what is said to everybody else."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from bot.domain.job import JobState, Reason
from bot.ui import buttons
from tests.world import World, labels_of, text_of


async def waiting_ticket(world: World, **options: Any) -> Any:
    """Fill the service's slots, then return a ticket that waits in line."""
    world.apis.gate.clear()
    model = "doubao-seedream-4-5-251128"
    for _ in range(2):
        await world.bob.slash(world.art, "imagine", prompt="busy", count=4, model=model)
    await world.apis.until(lambda: world.apis.waiting == 4)
    return await world.alice.slash(world.art, "imagine", prompt="a fox", **options)


async def test_a_waiting_request_can_be_cancelled_and_costs_nothing(world: World) -> None:
    asked = await waiting_ticket(world)
    assert labels_of(asked.response) == ["Cancel", "Refresh"]
    assert await world.left(world.alice) == 9

    await world.alice.click(asked.response.message, label="Cancel")
    assert "**Cancelled.** Nothing was charged." in text_of(asked.response)
    assert labels_of(asked.response) == ["Retry"]
    world.apis.gate.set()
    await world.finished()

    assert "**Cancelled.** Nothing was charged." in text_of(asked.response)
    assert await world.left(world.alice) == 10
    (job,) = await world.jobs(world.alice)
    assert (job.state, job.reason) == (JobState.CANCELLED, Reason.BY_MEMBER)
    assert all(str(world.alice.id) not in message.content for message in world.art.history())


async def test_the_rest_of_a_running_request_can_be_stopped(world: World) -> None:
    world.apis.gate.clear()
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox", count=6)
    await world.apis.until(lambda: world.apis.waiting == 4)
    await world.until(lambda: labels_of(asked.response) == ["Stop the rest", "Refresh"])
    assert asked.response

    await world.alice.click(asked.response.message, label="Stop the rest")
    assert "**Stopping.**" in text_of(asked.response)
    world.apis.gate.set()
    await world.finished()

    (result,) = world.results()
    assert len(result.attachments) == 4
    assert await world.left(world.alice) == 6
    assert "4 of 6 pictures: 2 were" in text_of(asked.response)


async def test_a_button_works_after_a_restart(world: World) -> None:
    asked = await waiting_ticket(world)
    await world.env.restart_bot(world.app.new_client(1))

    await world.alice.click(asked.response.message, label="Cancel")
    assert "**Cancelled.**" in text_of(asked.response)
    world.apis.gate.set()
    await world.finished()


async def forged(world: World, custom_id: str) -> discord.Message:
    """Post a button with any custom id, as a member with a script of their own could press."""
    channel = world.env.bot.get_channel(world.art.id)
    assert isinstance(channel, discord.TextChannel)
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.ActionRow(ui.Button(label="Press", custom_id=custom_id)))
    view.stop()
    return await channel.send(view=view)


async def answer_to(world: World, custom_id: str) -> str:
    pressed = await world.bob.click(await forged(world, custom_id), custom_id=custom_id)
    assert pressed.ephemeral
    return text_of(pressed.response)


async def test_nobody_cancels_somebody_elses_request(world: World) -> None:
    await waiting_ticket(world)
    (job,) = await world.jobs(world.alice)

    assert "someone else's request" in await answer_to(
        world, buttons.job_button("cancel", job.job_id)
    )
    (still,) = await world.jobs(world.alice)
    assert still.state is JobState.QUEUED
    world.apis.gate.set()
    await world.finished()


async def test_a_request_of_another_server_is_unknown_here(world: World) -> None:
    elsewhere = world.env.create_guild("Elsewhere")
    room = elsewhere.create_text_channel("room")
    bob = elsewhere.add_member(world.env.create_user("robert"))
    await bob.slash(room, "imagine", prompt="a fox")
    async with world.app.database.read() as uow:
        (job,) = await uow.job_queries.recent(bob.id, guild_id=elsewhere.id, limit=1)

    assert "This request is no longer stored" in await answer_to(
        world, buttons.job_button("cancel", job.job_id)
    )
    await world.finished()


async def test_made_up_buttons_get_a_clear_private_answer(world: World) -> None:
    unknown = buttons.job_button("cancel", "0" * 13)

    assert "This request is no longer stored" in await answer_to(world, unknown)
    for custom_id in ("e1:cancel:short", "e1:cancel:" + "u" * 13, "e1:grant:999", "x" * 100):
        assert "no longer works" in await answer_to(world, custom_id)


async def test_a_request_that_has_ended_cannot_be_cancelled(world: World) -> None:
    await world.bob.slash(world.art, "imagine", prompt="a fox")
    await world.finished()
    (job,) = await world.jobs(world.bob)

    assert "has already ended" in await answer_to(world, buttons.job_button("cancel", job.job_id))
    assert await world.left(world.bob) == 9


async def test_pressing_twice_refunds_once(world: World) -> None:
    asked = await waiting_ticket(world)
    (job,) = await world.jobs(world.alice)
    await world.alice.click(asked.response.message, label="Cancel")
    again = await forged(world, buttons.job_button("cancel", job.job_id))
    pressed = await world.alice.click(again, label="Press")

    assert "has already ended" in text_of(pressed.response)
    assert await world.left(world.alice) == 10
    world.apis.gate.set()
    await world.finished()


async def test_an_error_behind_a_button_is_told_with_a_code(
    world: World, monkeypatch: Any, expected_errors: list[str]
) -> None:
    async def broken(_: object) -> None:
        raise ZeroDivisionError

    expected_errors.append("a button failed")
    monkeypatch.setattr(world.app.requests.intake, "find", broken)

    assert "tell the bot's operator the code" in await answer_to(
        world, buttons.job_button("cancel", "0" * 13)
    )


async def test_buttons_stay_known_while_tickets_come_and_go(world: World) -> None:
    items = world.env.bot._connection._view_store._dynamic_items
    before = dict(items)
    await world.alice.slash(world.art, "imagine", prompt="a fox", count=2)
    await world.finished()
    await world.env.advance_time(1000)

    assert dict(items) == before
    assert len(before) == len(buttons.TEMPLATES)
    assert world.env.bot._connection._view_store._views == {}
