"""Comparisons when something goes wrong: Discord refuses, a message is lost, staff has to look."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.domain.job import Destination, JobState
from tests.cogs.member_actions import forbid, press
from tests.cogs.test_compare import MODELS, compared, now, settled, started, vote
from tests.cogs.test_guild_removal import DAY
from tests.cogs.test_privacy import rows
from tests.cogs.test_reviews import staff_channel
from tests.local_judge import LocalJudge, local_judge
from tests.world import World, labels_of, text_of


async def states(world: World) -> list[str]:
    return [row["state"] for row in await rows(world, "comparisons")]


async def test_k52_what_was_posted_and_not_stored_is_found_and_not_posted_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = world.app.comparisons.comparisons
    record, lost = service._record, list[int]()  # pyright: ignore[reportPrivateUsage]

    async def lose_once(comparison: Any, ready: Any, message_id: int) -> None:
        if not lost:
            lost.append(message_id)
            raise ConnectionError("the database is away")
        await record(comparison, ready, message_id)

    monkeypatch.setattr(service, "_record", lose_once)
    await started(world)
    await world.until(lambda: bool(lost))
    assert {job.state for job in await world.jobs(world.alice)} == {JobState.DELIVERING}
    await world.env.advance_time(5)
    await settled(world)
    (post,) = world.results()
    assert post.id == lost[0]
    assert await states(world) == ["voting"]
    assert await world.left(world.alice) == 8


async def test_k53_the_end_of_a_vote_is_shown_however_often_discord_refuses_it(
    world: World,
) -> None:
    post = await compared(world)
    world.env.inject_error("PATCH", f"/channels/{world.art.id}/messages/{post.id}", status=500)
    await press(world.alice, post, label="End the vote")
    # The try that fails may end only after the clock was moved once.
    for _ in range(3):
        await world.env.advance_time(30)
        await settled(world)
    assert "**Nobody voted.**" in now(world, post).content


async def test_it_comes_into_the_channel_that_the_server_set_for_results(world: World) -> None:
    results = world.guild.create_text_channel("results")
    await world.decide("post_to", results.id)
    await world.env.settle()
    await started(world)
    await settled(world)
    (post,) = results.history()
    assert len(post.attachments) == 2
    assert world.results() == []


async def test_what_discord_refuses_waits_for_its_member(world: World) -> None:
    world.apis.gate.clear()
    ticket = await started(world)
    await world.apis.until(lambda: world.apis.waiting == 2)
    await forbid(world, "send_messages")
    world.apis.gate.set()
    await settled(world)
    found = await world.jobs(world.alice)
    assert {job.destination for job in found} == {Destination.PICKUP}
    assert all(job.waits_for_pickup for job in found)
    assert "**Your pictures are ready**" in text_of(ticket.response)
    assert await states(world) == ["over"]


async def test_a_picture_whose_file_is_lost_is_refunded_and_the_other_comes_alone(
    world: World, monkeypatch: pytest.MonkeyPatch, expected_errors: list[str]
) -> None:
    expected_errors.append("has lost its picture")
    service = world.app.comparisons.comparisons
    post = service._post  # pyright: ignore[reportPrivateUsage]

    async def lose_one(comparison: Any, ready: Any, failed: Any) -> None:
        world.app.spool.path(ready[0].picture.path).unlink(missing_ok=True)
        await post(comparison, ready, failed)

    monkeypatch.setattr(service, "_post", lose_one)
    await started(world)
    await settled(world)
    (only,) = world.results()
    assert labels_of(only) == ["Edit", "Again", "Details", "Remove"]
    assert await world.left(world.alice) == 9


async def test_a_server_that_left_for_good_leaves_no_comparison(world: World) -> None:
    post = await compared(world)
    await vote(world.bob, post, "A")
    await world.app.people.guild_removal.guild_left(world.guild.id)
    await world.env.advance_time(32 * DAY)
    await world.app.people.guild_removal.sweep()
    for table in ("comparisons", "comparison_entries", "comparison_votes"):
        assert await rows(world, table) == []


async def test_a_star_on_the_message_keeps_none_of_its_pictures(world: World) -> None:
    post = await compared(world)
    await world.bob.react(post, "⭐")
    await world.env.settle()
    assert await rows(world, "favourites") == []


class TestHeld:
    """A judge is not sure about every result."""

    @pytest_asyncio.fixture
    async def judge(self) -> AsyncIterator[LocalJudge]:
        async with local_judge() as judge:
            yield judge

    @pytest.fixture
    def settings(self, judge: LocalJudge) -> dict[str, dict[str, object]]:
        return {"safety": {"judges": {"local": judge.settings("results")}}}

    async def test_a_comparison_waits_for_staff_and_says_so(self, world: World) -> None:
        channel = await staff_channel(world)
        await started(world)
        await world.until(lambda: len(list(channel.history())) == 2)
        found = await world.jobs(world.alice)
        assert {job.state for job in found} == {JobState.HELD}
        for card in list(channel.history()):
            await world.mora.click(card, label="Approve")
        await settled(world)
        (post,) = world.results()
        assert len(post.attachments) == 2
        assert await states(world) == ["voting"]

    async def test_what_staff_refuses_is_left_out(self, world: World) -> None:
        channel = await staff_channel(world)
        await started(world, *MODELS)
        await world.until(lambda: len(list(channel.history())) == 3)
        first, *others = list(channel.history())
        await world.mora.click(first, label="Refuse")
        for card in others:
            await world.mora.click(card, label="Approve")
        await settled(world)
        (post,) = world.results()
        assert len(post.attachments) == 2
        assert "made no picture. Nothing was charged for it." in post.content
        assert await world.left(world.alice) == 8
