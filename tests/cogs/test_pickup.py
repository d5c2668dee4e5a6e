"""Pictures that could not be posted: told once, listed, shown, shared, discarded, or over."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest

from bot.domain.job import PICKUP_SECONDS, Destination, JobState, Reason
from bot.ui import buttons
from tests.cogs.member_actions import forbid, press, restart
from tests.cogs.test_actions import answer_to
from tests.world import PATIENCE_SECONDS, World, labels_of, text_of

ROW = ["Show", "Share to channel", "Discard"]


@pytest.fixture
def room(world: World) -> Any:
    """A channel where everybody may write."""
    return world.guild.create_text_channel("room")


async def unposted(world: World, **options: Any) -> Any:
    """Return alice's ticket of a result that the bot lost the right to post meanwhile."""
    world.apis.gate.clear()
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox", **options)
    await world.apis.until(lambda: world.apis.waiting >= 1)
    await forbid(world, "send_messages")
    world.apis.gate.set()
    await world.finished()
    return asked


async def out_of_time(world: World) -> None:
    """Let a private result of alice's come after its ticket's token died."""
    world.apis.gate.clear()
    await world.alice.slash(world.art, "imagine", prompt="a secret", private=True)
    await world.apis.until(lambda: world.apis.waiting == 1)
    await world.env.advance_time(901)
    world.apis.gate.set()
    await world.finished()


async def chosen(world: World, room: Any) -> Any:
    """Return alice's list with her newest request chosen."""
    listed: Any = await world.alice.slash(room, "jobs")
    (job, *_) = await world.jobs(world.alice)
    await world.alice.select(
        listed.response.message, [job.job_id], custom_id=buttons.choose("", "")
    )
    return listed


def gallery(source: Any) -> int:
    """Return how many pictures a private answer shows."""
    kind = discord.ComponentType.media_gallery.value
    parts = [part for layout in source.components for part in layout.get("components", ())]
    return sum(len(part["items"]) for part in parts if part["type"] == kind)


def pictures_in(place: Any) -> list[discord.Message]:
    return [message for message in place.history() if message.attachments]


async def test_a_ticket_that_lives_offers_the_pictures(world: World, room: Any) -> None:
    asked = await unposted(world)

    assert "Your pictures are ready" in text_of(asked.response)
    assert labels_of(asked.response) == ROW
    assert world.art.history() == []
    assert await world.left(world.alice) == 9
    listed = await world.alice.slash(room, "jobs")
    assert "ready to pick up" in text_of(listed.response)


async def test_show_brings_the_pictures_to_the_member_alone_and_charges_once(
    world: World, room: Any
) -> None:
    asked = await unposted(world)
    await press(world.alice, asked, label="Show")
    await world.finished()

    assert "> a fox" in text_of(asked.response)
    assert labels_of(asked.response) == ["Edit", "Again", "Details", "Remove"]
    assert gallery(asked.response) == 1
    (job,) = await world.jobs(world.alice)
    assert (job.state, job.destination) == (JobState.DONE, Destination.INTERACTION)
    listed = await chosen(world, room)
    again = await press(world.alice, listed, label="Show")
    assert again.ephemeral
    assert gallery(again.response) == 1
    assert await world.left(world.alice) == 9
    assert world.art.history() == []


@pytest.mark.parametrize("settings", [{"quota": {"default": "20/day"}}])
async def test_more_pictures_than_one_message_holds_come_in_two(world: World) -> None:
    asked = await unposted(world, count=12, size="1K")
    await press(world.alice, asked, label="Show")
    await world.finished()

    assert "Pictures 1 to 10 of 12" in text_of(asked.response)
    assert await world.left(world.alice) == 8
    sent = [r for r in world.env.http_requests if r.method == "POST" and "/webhooks/" in r.path]
    assert len(sent) == 1
    assert sent[0].json
    assert sent[0].json["flags"] & 64, "the second message is hers alone as well"


async def test_share_posts_an_ordinary_result_where_it_is_pressed(world: World, room: Any) -> None:
    await unposted(world)
    listed = await chosen(world, room)
    await press(world.alice, listed, label="Share to channel")
    await world.finished()

    (result,) = pictures_in(room)
    assert labels_of(result) == ["Edit", "Again", "Details", "Remove"]
    assert "**Done**" in text_of(listed.response)
    assert str(result.id) in text_of(listed.response)
    assert await world.left(world.alice) == 9
    details = await press(world.bob, result, label="Details")
    assert "a fox" in text_of(details.response)


async def test_share_asks_the_same_of_a_place_as_every_way_in(world: World) -> None:
    asked = await unposted(world)
    pressed = await press(world.alice, asked, label="Share to channel")

    assert "You cannot send messages in this channel" in text_of(pressed.followups[-1])
    assert labels_of(asked.response) == ROW
    (job,) = await world.jobs(world.alice)
    assert job.waits_for_pickup


async def test_discard_refunds_and_ends_it(world: World, room: Any) -> None:
    asked = await unposted(world)
    await press(world.alice, asked, label="Discard")
    await world.finished()

    assert "**Discarded.** Nothing was charged." in text_of(asked.response)
    assert await world.left(world.alice) == 10
    (job,) = await world.jobs(world.alice)
    assert (job.state, job.reason) == (JobState.FAILED, Reason.UNDELIVERABLE)
    listed = await world.alice.slash(room, "jobs")
    assert "no picture, nothing charged" in text_of(listed.response)
    assert world.art.history() == []


@pytest.mark.parametrize("action", ["show", "share", "discard"])
async def test_somebody_elses_press_does_nothing(world: World, room: Any, action: str) -> None:
    await unposted(world)
    (job,) = await world.jobs(world.alice)
    world.env.backend.delete_channel(world.art.id)
    world.art = room

    told = await answer_to(world, buttons.job_button(action, job.job_id))
    assert "This request is no longer stored" in told
    assert (await world.jobs(world.alice))[0] == job


async def test_pictures_never_take_the_place_of_a_message_that_others_see(world: World) -> None:
    await out_of_time(world)
    (job,) = await world.jobs(world.alice)
    custom_id = buttons.job_button("show", job.job_id)
    await answer_to(world, custom_id)  # posts the button for everybody, and bob presses it
    (public,) = world.art.history()
    pressed = await press(world.alice, public, custom_id=custom_id)
    await world.finished()

    assert pressed.ephemeral
    assert gallery(pressed.response) == 1
    (still,) = world.art.history()
    assert not still.attachments


@pytest.mark.parametrize("action", ["Show", "Share to channel", "Discard"])
async def test_two_presses_count_once(world: World, room: Any, action: str) -> None:
    await unposted(world)
    lists = [await chosen(world, room), await chosen(world, room)]
    for listed in lists:
        await press(world.alice, listed, label=action)
    await world.finished()

    assert len(pictures_in(room)) == (action == "Share to channel")
    assert await world.left(world.alice) == (10 if action == "Discard" else 9)
    assert (await world.jobs(world.alice))[0].state.final


async def test_after_a_restart_it_waits_and_is_shown(world: World) -> None:
    asked = await unposted(world)
    await restart(world)
    await press(world.alice, asked, label="Show")
    await world.finished()

    assert gallery(asked.response) == 1
    assert await world.left(world.alice) == 9


async def test_a_private_result_that_came_too_late_is_in_the_list_alone(
    world: World, room: Any
) -> None:
    await out_of_time(world)
    assert world.art.history() == []
    listed = await chosen(world, room)
    assert labels_of(listed.response) == [*ROW, "Back"]
    await press(world.alice, listed, label="Show")
    await world.finished()

    assert "> a secret" in text_of(listed.response)
    assert world.art.history() == []
    assert await world.left(world.alice) == 9


async def test_a_deleted_channel_does_not_cost_the_pictures(world: World, room: Any) -> None:
    world.apis.gate.clear()
    await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.apis.until(lambda: world.apis.waiting == 1)
    world.env.inject_error("POST", "/channels/*/messages", status=404, code=10003, times=1)
    world.apis.gate.set()
    await world.finished()
    listed = await chosen(world, room)
    await press(world.alice, listed, label="Share to channel")
    await world.finished()

    assert len(pictures_in(room)) == 1
    assert await world.left(world.alice) == 9


async def test_files_that_are_gone_are_said_to_be_and_cost_nothing(
    world: World, expected_errors: list[str]
) -> None:
    expected_errors.append("has no pictures left")
    asked = await unposted(world)
    (job,) = await world.jobs(world.alice)
    world.app.spool.remove(job.job_id)
    await press(world.alice, asked, label="Show")

    assert "Nothing was charged." in text_of(asked.response)
    assert await world.left(world.alice) == 10


async def test_after_a_day_it_is_over_and_refunded(world: World, room: Any) -> None:
    asked = await unposted(world)
    await world.env.advance_time(PICKUP_SECONDS)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (await world.jobs(world.alice))[0].state.final:  # noqa: ASYNC110
            await asyncio.sleep(0.002)  # jobs move in the database
    await world.finished()
    listed = await world.alice.slash(room, "jobs")
    assert "no picture, nothing charged" in text_of(listed.response)
    await press(world.alice, asked, label="Share to channel")
    assert "nobody picked them up" in text_of(asked.response)
    assert await world.left(world.alice) == 10


# --- in public ------------------------------------------------------------------------------


async def test_the_author_of_a_reply_reads_one_line_and_gets_them_with_why(world: World) -> None:
    world.apis.gate.clear()
    asks = await world.alice.send(world.art, f"<@{world.env.bot.user.id}> --n 1 a red kite")  # pyright: ignore
    await world.apis.until(lambda: world.apis.waiting == 1)
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50013, times=1)
    world.apis.gate.set()
    await world.finished()

    message, line = world.art.history()
    assert message.id == asks.id
    assert message.reactions == []
    assert "could not be posted here" in line.content
    assert labels_of(line) == ["Why?"]
    told = await press(world.alice, line, label="Why?")
    assert told.ephemeral
    assert labels_of(told.response) == ROW
    await press(world.alice, told, label="Show")
    await world.finished()
    assert gallery(told.response) == 1
    assert len(world.art.history()) == 2


async def test_where_only_words_may_be_posted_a_late_result_is_announced(world: World) -> None:
    world.apis.gate.clear()
    await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.apis.until(lambda: world.apis.waiting == 1)
    await world.env.advance_time(901)
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50013, times=1)
    world.apis.gate.set()
    await world.finished()

    (line,) = world.art.history()
    assert f"<@{world.alice.id}>, your pictures are ready" in line.content
    assert labels_of(line) == ["Why?"]
