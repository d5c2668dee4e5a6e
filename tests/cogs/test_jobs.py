"""`/jobs`, Refresh, Why? and Retry: what became of a request, and asking for it once more."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest

from bot.domain.job import JobState, Reason
from bot.ui import buttons
from tests.cogs.member_actions import press
from tests.cogs.test_actions import answer_to, forged, waiting_ticket
from tests.world import World, labels_of, png, text_of


async def failed(world: World, **options: Any) -> Any:
    """Return the ticket of a request of alice's that the service did not answer in time."""
    world.apis.fail_next("524")
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox", **options)
    await world.finished()
    return asked


async def test_jobs_lists_what_waits_and_what_ended(world: World) -> None:
    first = await world.alice.slash(world.art, "jobs")
    assert first.ephemeral
    assert "have no requests here yet" in text_of(first.response)
    await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.finished()
    await waiting_ticket(world)
    listed = await world.alice.slash(world.art, "jobs")

    told = text_of(listed.response)
    assert "⏳ number" in told
    assert "✅" in told
    other = await world.mora.slash(world.art, "jobs")
    assert "fox" not in text_of(other.response)
    world.apis.gate.set()
    await world.finished()


async def choose(world: World, listed: Any, job_id: str) -> None:
    await world.alice.select(listed.response.message, [job_id], custom_id=buttons.choose("", ""))


async def test_a_waiting_request_is_cancelled_from_the_list_also_after_a_restart(
    world: World,
) -> None:
    await waiting_ticket(world)
    listed = await world.alice.slash(world.art, "jobs")
    (job,) = await world.jobs(world.alice)
    await world.env.restart_bot(world.app.new_client(1))
    await choose(world, listed, job.job_id)
    assert labels_of(listed.response) == ["Cancel", "Refresh", "Back"]
    await press(world.alice, listed, label="Cancel")

    assert "**Cancelled.**" in text_of(listed.response)
    await press(world.alice, listed, label="Back")
    assert "✖️ cancelled" in text_of(listed.response)
    assert await world.left(world.alice) == 10
    world.apis.gate.set()
    await world.finished()


async def test_a_private_result_is_shown_once_more(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a secret", private=True)
    await world.finished()
    (job,) = await world.jobs(world.alice)
    listed = await world.alice.slash(world.art, "jobs")
    await choose(world, listed, job.job_id)
    shown = await press(world.alice, listed, label="Show")

    assert shown.ephemeral
    assert "> a secret" in text_of(shown.response)
    assert await world.left(world.alice) == 9
    world.app.spool.remove(job.job_id)
    gone = await press(world.alice, listed, label="Show")
    assert "are no longer stored" in text_of(gone.response)


async def test_refresh_shows_where_a_request_stands_now(world: World) -> None:
    asked = await waiting_ticket(world)
    (job,) = await world.jobs(world.alice)
    await world.env.advance_time(1000)
    world.apis.gate.set()
    await world.finished()
    assert "**Done**" not in text_of(asked.response)
    await press(world.alice, asked, custom_id=f"e1:refresh:{job.job_id}")

    assert "**Done**" in text_of(asked.response)


async def test_refresh_pressed_while_a_private_result_arrives_does_not_take_its_place(
    world: World,
) -> None:
    asked = await waiting_ticket(world, private=True)
    job = (await world.jobs(world.alice))[0]
    async with world.app.delivery.tickets.replacing(job):
        world.apis.gate.set()
        async with asyncio.timeout(8):
            while (await world.jobs(world.alice))[0].state is not JobState.DELIVERING:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        pressing = asyncio.create_task(press(world.alice, asked, label="Refresh"))
        await asyncio.sleep(0.05)
        assert not pressing.done()
    await pressing
    assert world.first_answers()[-1] is discord.InteractionResponseType.deferred_message_update
    await world.finished()
    assert "Refresh" not in labels_of(asked.response)


async def test_a_failed_request_is_retried_once(world: World) -> None:
    asked = await failed(world, image1=("cat.png", png()))
    assert labels_of(asked.response) == ["Why?", "Retry"]
    assert await world.left(world.alice) == 10
    again = await press(world.alice, asked, label="Retry")
    twice = await press(world.alice, asked, label="Retry")
    await world.finished()

    assert again.ephemeral
    assert "> a fox" in text_of(twice.response)
    assert len(world.results()) == 1
    assert await world.left(world.alice) == 9
    jobs = await world.jobs(world.alice)
    assert [job.state for job in jobs] == [JobState.DONE, JobState.FAILED]
    assert jobs[1].retried_by == jobs[0].job_id
    assert world.apis.requests[-1].references == 1


async def test_only_the_requester_retries_and_only_what_failed(world: World) -> None:
    await failed(world)
    (job,) = await world.jobs(world.alice)
    retry = buttons.job_button("retry", job.job_id)
    assert "someone else's request" in await answer_to(world, retry)

    await world.bob.slash(world.art, "imagine", prompt="a hen")
    await world.finished()
    (done,) = await world.jobs(world.bob)
    told = await answer_to(world, buttons.job_button("retry", done.job_id))
    assert "did not fail" in told


@pytest.mark.parametrize("settings", [{"quota": {"default": "1/day"}}])
async def test_a_retry_meets_the_quota(world: World) -> None:
    asked = await failed(world)
    await world.alice.slash(world.art, "imagine", prompt="a hen")
    again = await press(world.alice, asked, label="Retry")
    await world.finished()

    assert "your quota for today is used up" in text_of(again.response)
    assert labels_of(asked.response) == ["Why?", "Retry"]


async def test_why_on_a_ticket_tells_more_than_the_ticket(world: World) -> None:
    world.apis.fail_next("moderation", times=2)
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox", count=2)
    await world.finished()
    why = await press(world.alice, asked, label="Why?")

    assert why.ephemeral
    told = text_of(why.response)
    assert "**What went wrong**\n- The safety filter refused the request." in told
    assert "2 credits were reserved and have been refunded." in told
    assert "2 pictures" in told
    (job,) = await world.jobs(world.alice)
    assert f"Request {job.job_id}" in told
    assert "What went wrong" not in text_of(asked.response)
    assert labels_of(why.response) == ["Rephrase"]


async def test_why_of_a_lost_call_speaks_of_no_money_but_the_members(world: World) -> None:
    world.apis.fail_next("reset")
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.finished()
    why = await press(world.alice, asked, label="Why?")

    assert "may have been made and charged" not in text_of(why.response)
    assert "1 credit was reserved and has been refunded." in text_of(why.response)


async def test_the_public_line_of_a_failure_tells_its_reason_to_the_requester_only(
    world: World,
) -> None:
    world.apis.gate.clear()
    world.apis.fail_next("moderation")
    await world.alice.slash(world.art, "imagine", prompt="a secret wish")
    await world.apis.until(lambda: world.apis.waiting == 1)
    await world.env.advance_time(1000)
    world.apis.gate.set()
    await world.finished()
    (line,) = world.art.history()
    assert labels_of(line) == ["Why?"]

    told = await press(world.alice, line, label="Why?")
    assert told.ephemeral
    assert "safety filter refused" in text_of(told.response)
    other = await press(world.bob, line, label="Why?")
    assert "someone else's request" in text_of(other.response)
    form = await press(world.alice, told, label="Rephrase")
    await world.alice.submit_modal(form, {"prompt": "another wish"})
    await world.finished()
    assert len(world.results()) == 1


async def test_retry_behind_why_is_gone_once_it_was_pressed(world: World) -> None:
    asked = await failed(world)
    why = await press(world.alice, asked, label="Why?")
    await press(world.alice, why, label="Retry")
    await world.finished()
    assert len(world.results()) == 1
    again = await press(world.alice, asked, label="Why?")
    assert labels_of(again.response) == []


async def test_moderators_cancel_what_others_asked_for(world: World) -> None:
    await waiting_ticket(world)
    (job,) = await world.jobs(world.alice)
    button = await forged(world, buttons.job_button("cancel", job.job_id))
    await press(world.mora, button, label="Press")
    await world.env.advance_time(31)
    world.apis.gate.set()
    await world.finished()

    (job,) = await world.jobs(world.alice)
    assert (job.state, job.reason) == (JobState.CANCELLED, Reason.BY_MODERATOR)
    assert await world.left(world.alice) == 10


async def test_who_waited_long_is_called_once(world: World) -> None:
    world.apis.gate.clear()
    await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.apis.until(lambda: world.apis.waiting == 1)
    await world.env.advance_time(61)
    world.apis.gate.set()
    await world.finished()

    (result,) = world.results()
    assert [user.id for user in result.mentions] == [world.alice.id]


async def test_a_server_may_do_without_calls(world: World) -> None:
    await world.decide("ping_after_long_waits", False)
    world.apis.gate.clear()
    await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.apis.until(lambda: world.apis.waiting == 1)
    await world.env.advance_time(61)
    world.apis.gate.set()
    await world.finished()

    (post,) = [r for r in world.env.http_requests if r.path.endswith("/messages") and r.json]
    assert post.json
    assert post.json["allowed_mentions"] == {"parse": []}
