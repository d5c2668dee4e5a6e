"""Staff looks at held results: what everybody sees, and who may press what."""

from __future__ import annotations

from typing import Any

import discord
import pytest
import simcord
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.domain.job import HOLD_SECONDS, Job, JobState, Reason
from bot.ui import buttons
from bot.ui.cards.reports import has_pictures
from tests.cogs.member_actions import manager
from tests.cogs.test_actions import forged
from tests.cogs.test_report_cards import VIEW, shut
from tests.local_judge import LocalJudge
from tests.world import World, labels_of, text_of


@pytest.fixture
def settings(judge: LocalJudge) -> dict[str, dict[str, object]]:
    results = judge.settings("results")
    # Another name of the same classifier reads the words.
    words = judge.settings("prompts") | {"categories": {}, "minors": [], "flagged": "post"}
    return {"safety": {"judges": {"local": results, "words": words}}}


async def staff_channel(world: World) -> simcord.ChannelHandle:
    channel = world.guild.create_text_channel("staff")
    shut(world, channel)
    await world.decide("review_channel", channel.id)
    await world.env.settle()
    return channel


async def ask(world: World, **options: Any) -> tuple[Any, Job]:
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox", **options)
    await world.finished()
    job, *_ = await world.jobs(world.alice)
    return asked, job


async def card_in(world: World, channel: simcord.ChannelHandle) -> discord.Message:
    await world.until(lambda: bool(list(channel.history())))
    (card,) = channel.history()
    return card


async def test_a_held_result_is_shown_to_staff_and_posted_once_approved(world: World) -> None:
    channel = await staff_channel(world)
    before = await world.left(world.alice)
    asked, job = await ask(world)
    assert job.state is JobState.HELD
    assert world.results() == []
    assert "The staff of this server is looking at it" in text_of(asked.response.message)
    assert "Cancel" in labels_of(asked.response.message)
    listed: Any = await world.alice.slash(world.art, "jobs")
    assert "waits for the staff" in text_of(listed.response.message)
    queue: Any = await world.mora.slash(world.art, "moderate queue")
    assert "held for staff" in text_of(queue.response.message)
    card = await card_in(world, channel)
    assert has_pictures(card)
    assert labels_of(card) == ["Approve", "Refuse"]
    assert f"<@{world.alice.id}>" in text_of(card)
    assert "gore" in text_of(card)
    pressed: Any = await world.mora.click(card, label="Approve")
    assert "Approved" in text_of(pressed.response.message)
    await world.until(lambda: bool(world.results()))
    await world.finished()
    await world.until(lambda: not has_pictures(next(iter(channel.history()))))
    (card,) = channel.history()
    assert f"Approved by <@{world.mora.id}>" in text_of(card)
    assert "Review of a result" in text_of(card)
    assert labels_of(card) == []
    left = await world.left(world.alice)
    assert (before or 0) - (left or 0) == 1


async def test_a_refused_result_is_never_posted_and_its_member_is_told(world: World) -> None:
    channel = await staff_channel(world)
    before = await world.left(world.alice)
    asked, job = await ask(world)
    card = await card_in(world, channel)
    await world.mora.click(card, label="Refuse")
    await world.finished()
    (ended,) = await world.jobs(world.alice)
    assert (ended.state, ended.reason) == (JobState.FAILED, Reason.REFUSED_RESULT)
    assert "refused the result" in text_of(asked.response.message)
    assert labels_of(asked.response.message) == ["Why?", "Rephrase"]
    assert (world.results(), await world.left(world.alice)) == ([], before)
    # A second press finds it decided.
    again: Any = await world.mora.click(
        await forged(world, buttons.report_button("approve", job.job_id)),
        custom_id=buttons.report_button("approve", job.job_id),
    )
    assert "does not wait any more" in text_of(again.response.message)
    history: Any = await world.mora.slash(world.art, "moderate history")
    shown = text_of(history.response.message)
    assert "held for staff: gore" in shown
    assert "Refused: Safety check of a result" in shown


@pytest.mark.parametrize("action", ["approve", "refuse"])
async def test_only_staff_may_press(world: World, action: str) -> None:
    await staff_channel(world)
    _, job = await ask(world)
    custom_id = buttons.report_button(action, job.job_id)
    pressed: Any = await world.alice.click(await forged(world, custom_id), custom_id=custom_id)
    assert "Only the server's moderators" in text_of(pressed.response.message)
    assert (await world.jobs(world.alice))[0].state is JobState.HELD


async def test_without_a_decision_it_is_refused_after_a_day(world: World) -> None:
    channel = await staff_channel(world)
    await ask(world)
    await card_in(world, channel)
    await world.env.advance_time(HOLD_SECONDS + 1)
    await world.app.moderation.reviews.sweep()
    await world.finished()
    (ended,) = await world.jobs(world.alice)
    assert ended.reason is Reason.HOLD_EXPIRED
    # Its own loop may be the one that shows it.
    await world.until(lambda: not has_pictures(next(iter(channel.history()))))
    (card,) = channel.history()
    assert "Nobody decided in time" in text_of(card)


async def test_a_channel_that_everyone_reads_is_not_taken(world: World) -> None:
    boss = manager(world)
    shown: Any = await boss.slash(world.art, "easel setup")
    await boss.select(shown.response, ["review_channel"], custom_id="s1:setup:place")
    await boss.select(shown.response, [world.art], custom_id="s1:set:review_channel")
    assert "Everyone can read that channel" in text_of(shown.response.message)
    policy = await world.app.servers.policies.of(world.guild.id)
    assert policy.settings.review_channel == 0


# --- a process without a gateway ------------------------------------------------------------


def reads(world: World) -> list[str]:
    """Return what Discord was asked about servers and channels themselves."""
    asked = [call.path for call in world.env.http_requests if call.method == "GET"]
    return [path for path in asked if len(path.strip("/").split("/")) == 2]


@pytest.fixture
def deaf(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bot know no channel, as a worker does."""
    monkeypatch.setattr(world.app.client, "get_channel", lambda _channel_id: None)  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType]


@pytest.mark.usefixtures("deaf")
async def test_a_worker_asks_discord_who_reads_the_channel_and_remembers_it(world: World) -> None:
    channel = await staff_channel(world)
    await ask(world)
    await card_in(world, channel)
    assert reads(world) == [f"/guilds/{world.guild.id}", f"/channels/{channel.id}"]
    await ask(world)
    await world.until(lambda: len(list(channel.history())) == 2)
    assert len(reads(world)) == 2


@pytest.mark.usefixtures("deaf")
async def test_a_worker_shows_nothing_in_a_channel_that_everybody_reads_by_now(
    world: World,
) -> None:
    channel = await staff_channel(world)
    open_to = Overwrite(target_id=world.guild.id, type=OverwriteType.ROLE, allow=VIEW, deny=0)
    world.env.backend.set_overwrite(channel.id, open_to)
    before = await world.left(world.alice)
    asked, _ = await ask(world)
    await world.until(lambda: "is looking at it" not in text_of(asked.response.message))
    (ended,) = await world.jobs(world.alice)
    assert (ended.state, ended.reason) == (JobState.FAILED, Reason.HOLD_EXPIRED)
    assert list(channel.history()) == []
    assert await world.left(world.alice) == before


@pytest.mark.usefixtures("deaf")
async def test_a_worker_waits_where_discord_does_not_say_who_reads_the_channel(
    world: World,
) -> None:
    channel = await staff_channel(world)
    world.env.inject_error("GET", "/guilds/*", status=500, times=None)
    _, job = await ask(world)
    await world.until(lambda: bool(reads(world)))
    assert job.state is JobState.HELD
    assert list(channel.history()) == []
    world.env.backend.faults.clear()
    await world.app.moderation.reviews.sweep()
    await card_in(world, channel)


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.usefixtures("deaf")
async def test_of_a_thread_a_worker_asks_who_reads_the_channel_around_it(
    world: World, closed: bool
) -> None:
    channel = await staff_channel(world) if closed else world.art
    made = world.env.backend.create_thread(channel.id, "held", world.mora.id)
    thread = simcord.ChannelHandle(world.env, world.guild, made)
    await world.decide("review_channel", thread.id)
    asked, _ = await ask(world)
    await world.until(
        lambda: (
            bool(list(thread.history()))
            or "is looking at it" not in text_of(asked.response.message)
        )
    )
    assert bool(list(thread.history())) is closed
