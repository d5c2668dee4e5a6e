"""Comparisons when something goes wrong: Discord refuses, a message is lost, staff has to look."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.domain.errors import AccessError, Denial
from bot.domain.job import Destination, JobState
from bot.services.comparisons import comparisons
from bot.services.comparisons.voting import Voted
from tests.cogs.member_actions import forbid, manager, press, show_to
from tests.cogs.test_compare import MODELS, asked, compared, entries, now, settled, started, vote
from tests.cogs.test_guild_removal import DAY
from tests.cogs.test_privacy import rows
from tests.cogs.test_reviews import staff_channel
from tests.cogs.test_styles import requester
from tests.local_judge import LocalJudge
from tests.world import World, labels_of, text_of


async def states(world: World) -> list[str]:
    return [row["state"] for row in await rows(world, "comparisons")]


async def test_k52_what_was_posted_and_not_stored_is_found_and_not_posted_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = world.app.comparisons.comparisons
    record, lost = service._record, list[int]()  # pyright: ignore[reportPrivateUsage]

    async def lose_once(comparison: Any, ready: Any, message_id: int, closes_at: int) -> None:
        if not lost:
            lost.append(message_id)
            raise ConnectionError("the database is away")
        await record(comparison, ready, message_id, closes_at)

    monkeypatch.setattr(service, "_record", lose_once)
    await started(world)
    await world.until(lambda: bool(lost))
    assert {job.state for job in await world.jobs(world.alice)} == {JobState.DELIVERING}
    await world.env.advance_time(3 * 3600)
    await settled(world)
    (post,) = world.results()
    assert post.id == lost[0]
    assert await states(world) == ["voting"]
    # The vote ends when the message says so.
    (row,) = await rows(world, "comparisons")
    assert f"The vote ends <t:{row['closes_at']}:R>" in post.content
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


async def test_a_vote_that_cannot_be_counted_holds_no_other_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await compared(world), await compared(world)
    broken = (await rows(world, "comparisons"))[0]["comparison_id"]
    end = world.app.comparisons.voting.end

    async def fail(comparison: Any) -> bool:
        if comparison.comparison_id == broken:
            raise ConnectionError("the database is away")
        return await end(comparison)

    monkeypatch.setattr(world.app.comparisons.voting, "end", fail)
    await world.env.advance_time(DAY)
    await settled(world)
    shown = [now(world, post).content.count("**Nobody voted.**") for post in (first, second)]
    assert sorted(shown) == [0, 1]


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


async def test_of_three_pictures_two_are_lettered_anew_when_a_file_is_lost(
    world: World, monkeypatch: pytest.MonkeyPatch, expected_errors: list[str]
) -> None:
    expected_errors.append("has lost its picture")
    service = world.app.comparisons.comparisons
    sent = service._sent  # pyright: ignore[reportPrivateUsage]

    async def lose_first(comparison: Any, shown: Any, first: Any) -> tuple[int, int]:
        if len(shown.pictures) == 3:
            world.app.spool.path(first.picture.path).unlink()
        return await sent(comparison, shown, first)

    monkeypatch.setattr(service, "_sent", lose_first)
    await started(world, *MODELS)
    await settled(world)
    (post,) = world.results()
    assert "A and B in this order" in post.content
    assert "made no picture. Nothing was charged for it." in post.content
    assert sorted(row["label"] for row in await entries(world)) == ["A", "B"]
    await vote(world.bob, post, "A")
    await press(world.alice, post, label="End the vote")
    await settled(world)
    text = now(world, post).content
    assert "won with 1 vote." in text
    assert text.count("-# B · ") == 1
    assert "-# C · " not in text
    assert await world.left(world.alice) == 8


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


async def test_a_vote_that_ends_while_its_message_is_posted_again_is_shown_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await compared(world)
    (row,) = await rows(world, "comparisons")
    spoilers, alice = world.app.moderation.spoilers._spoilers, requester(world, world.alice)  # pyright: ignore[reportPrivateUsage]
    post_again = spoilers.post_again

    async def refuse(*_: Any, **__: Any) -> bool:
        return False

    async def end_then(*place: Any, **options: Any) -> int | None:
        new_id = await post_again(*place, **options)
        await world.app.comparisons.voting.close(alice, row["comparison_id"])
        await world.app.comparisons.comparisons.round()
        return new_id

    monkeypatch.setattr(spoilers, "cover", refuse)
    monkeypatch.setattr(spoilers, "post_again", end_then)
    show_to(world, "moderate", world.mora)
    asked_for = await press(world.mora, post, label="Remove")
    await press(world.mora, asked_for, label="Hide behind a spoiler")
    await settled(world)
    (again,) = world.results()
    assert again.id != post.id
    assert "**Nobody voted.**" in again.content


async def test_a_message_that_is_gone_when_the_vote_ends_counts_as_removed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await compared(world)
    channel = world.app.comparisons.comparisons._channel  # pyright: ignore[reportPrivateUsage]

    async def gone(*_: object) -> bool:
        return False

    monkeypatch.setattr(channel, "close", gone)
    await press(world.alice, post, label="End the vote")
    for _ in range(2):
        await world.env.advance_time(5)
        await settled(world)
    assert all(one["removed_at"] for one in await rows(world, "posts"))
    assert all(one["shown_at"] for one in await rows(world, "comparisons"))


async def test_taps_at_once_are_one_comparison(world: World) -> None:
    await asked(world, *MODELS)
    (draft,) = await rows(world, "drafts")
    origin = f"d:{draft['draft_id']}"
    who = requester(world, world.alice)
    kept = await world.app.requests.drafts.submission(draft["draft_id"], who, origin)
    assert kept is not None
    comparing = world.app.comparisons.comparing

    async def tap() -> object:
        return await comparing.accept(await comparing.plan(kept, MODELS))

    accepted = await asyncio.gather(*(tap() for _ in range(5)))
    assert sum(one is not None for one in accepted) == 1
    await settled(world)
    assert len(world.results()) == 1
    assert await world.left(world.alice) == 7


async def test_votes_and_two_ends_at_once_are_counted_once(world: World) -> None:
    post = await compared(world)
    (row,) = await rows(world, "comparisons")
    comparison_id, voting = row["comparison_id"], world.app.comparisons.voting
    alice, bob, mora = (requester(world, one) for one in (world.alice, world.bob, world.mora))
    await voting.vote(bob, comparison_id, "A")
    taps = await asyncio.gather(
        voting.vote(bob, comparison_id, "A"),
        voting.close(alice, comparison_id),
        voting.close(alice, comparison_id),
        voting.vote(mora, comparison_id, "A"),
        return_exceptions=True,
    )
    refused = [one for one in taps if isinstance(one, AccessError)]
    assert len(refused) >= 1
    assert {one.denial for one in refused} == {Denial.COMPARISON_OVER}
    await settled(world)
    counted = 1 + isinstance(taps[-1], Voted)
    assert sum(one["votes"] for one in await rows(world, "comparison_entries")) == counted
    assert f"won with {counted} vote" in now(world, post).content


async def test_a_channel_that_is_deleted_meanwhile_leaves_the_pictures_to_their_member(
    world: World,
) -> None:
    world.apis.gate.clear()
    await started(world)
    await world.apis.until(lambda: world.apis.waiting == 2)
    world.env.backend.delete_channel(world.art.id)
    await world.env.settle()
    world.apis.gate.set()
    await settled(world)
    assert all(job.waits_for_pickup for job in await world.jobs(world.alice))
    assert await states(world) == ["over"]


async def test_a_channel_for_results_that_is_deleted_meanwhile_is_not_waited_for(
    world: World,
) -> None:
    results = world.guild.create_text_channel("results")
    await world.decide("post_to", results.id)
    await world.env.settle()
    world.apis.gate.clear()
    await started(world)
    await world.apis.until(lambda: world.apis.waiting == 2)
    world.env.backend.delete_channel(results.id)
    world.apis.gate.set()
    await settled(world)
    (post,) = world.results()
    assert len(post.attachments) == 2


async def test_a_model_that_is_denied_meanwhile_is_left_out(world: World) -> None:
    question = await asked(world, *MODELS)
    (label,) = labels_of(question.response)
    await manager(world).slash(world.art, "easel model", model=MODELS[0], rule="deny")
    ticket = await press(world.alice, question, label=label)
    text = text_of(ticket.response)
    assert "**Comparing Seedream 5.0 and Seedream 4.5** · 2 credits, 8 left" in text
    assert "Left out: **Seedream 4.0** · You cannot use the model" in text


async def test_who_is_blocked_meanwhile_gets_what_was_sent_(world: World) -> None:
    world.apis.gate.clear()
    await started(world)
    await world.apis.until(lambda: world.apis.waiting == 2)
    maya = manager(world)
    show_to(world, "moderate", maya)
    await maya.slash(world.art, "moderate block", member=world.alice)
    world.apis.gate.set()
    await settled(world)
    (post,) = world.results()
    assert len(post.attachments) == 2
    assert await world.left(world.alice) == 8


class TestHeld:
    """A judge is not sure about every result."""

    @pytest.fixture
    def settings(
        self, judge: LocalJudge, monkeypatch: pytest.MonkeyPatch
    ) -> dict[str, dict[str, object]]:
        # Who posts is woken, and does not only look from time to time.
        monkeypatch.setattr(comparisons, "POLL_SECONDS", 600)
        return {"safety": {"judges": {"local": judge.settings("results")}}}

    async def test_a_comparison_waits_for_staff_and_says_so(self, world: World) -> None:
        channel = await staff_channel(world)
        await started(world)
        await world.until(lambda: len(list(channel.history())) == 2)
        found = await world.jobs(world.alice)
        assert {job.state for job in found} == {JobState.HELD}
        said = [message.content for message in world.art.history()]
        assert [text for text in said if "your pictures need more time" in text] == said
        assert len(said) == 1
        for card in list(channel.history()):
            await world.mora.click(card, label="Approve")
        await world.until(lambda: bool(world.results()))
        (post,) = world.results()
        assert len(post.attachments) == 2
        await world.finished()
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
