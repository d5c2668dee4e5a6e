"""Servers, channels and members that are gone: nothing waits for them, nothing is charged."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.job import Destination, JobState, Reason
from bot.services.people.guild_removal import ASK_AFTER_SECONDS
from bot.storage.ledger import ledger_check
from tests.cogs.member_actions import newest, posted, restart
from tests.cogs.test_actions import waiting_ticket
from tests.world import World

DAY = 86400


async def rows(world: World, table: str) -> list[Any]:
    async with world.app.database.read() as uow:
        return list((await uow.connection.exec_driver_sql(f"SELECT * FROM {table}")).mappings())  # noqa: S608


async def the_end(world: World) -> None:
    world.apis.gate.set()
    await world.finished()
    assert await ledger_check.problems(world.app.database, now=world.app.clock.now()) == []


async def test_a_server_that_removes_the_bot_pays_for_nothing_that_waited(world: World) -> None:
    await waiting_ticket(world)
    waiting = await newest(world)
    world.env.backend.remove_guild(world.guild.id)
    await world.env.settle()

    ended = await newest(world)
    assert ended.job_id == waiting.job_id
    assert (ended.state, ended.reason) == (JobState.CANCELLED, Reason.UNDELIVERABLE)
    assert [one["guild_id"] for one in await rows(world, "left_guilds")] == [world.guild.id]
    await the_end(world)


async def test_a_removal_while_the_bot_was_away_is_noticed_at_its_start(world: World) -> None:
    await posted(world)
    await world.app.people.guild_removal.present([world.guild.id])
    assert await rows(world, "left_guilds") == []
    await world.app.people.guild_removal.present([])
    assert len(await rows(world, "left_guilds")) == 1
    await restart(world)
    await world.env.settle()
    assert await rows(world, "left_guilds") == []


async def test_a_server_that_comes_back_in_time_finds_its_decisions(world: World) -> None:
    await world.decide("replies", "instant")
    await world.app.people.guild_removal.guild_left(world.guild.id)
    await world.env.advance_time(30 * DAY)
    await world.app.people.guild_removal.sweep()
    await world.app.people.guild_removal.guild_joined(world.guild.id)
    await world.env.advance_time(30 * DAY)
    await world.app.people.guild_removal.sweep()
    assert [one["key"] for one in await rows(world, "settings")] == ["replies"]


async def test_a_month_after_a_server_left_its_data_is_gone_and_the_sums_stay(
    world: World,
) -> None:
    await posted(world, "a secret fox")
    await world.decide("replies", "instant")
    before = sum(one["delta"] for one in await rows(world, "ledger"))
    await world.app.people.guild_removal.guild_left(world.guild.id)
    await world.env.advance_time(32 * DAY)
    await world.app.people.guild_removal.sweep()

    for table in ("settings", "audit", "left_guilds", "reference_pictures", "blocks"):
        assert await rows(world, table) == [], table
    for table in ("jobs", "holds", "counters", "ledger", "grants"):
        text = str(await rows(world, table))
        assert "secret" not in text
        assert str(world.alice.id) not in text
    assert sum(one["delta"] for one in await rows(world, "ledger")) == before
    await the_end(world)


async def test_what_waits_for_a_deleted_channel_is_refunded(world: World) -> None:
    await waiting_ticket(world)
    world.env.backend.delete_channel(world.art.id)
    await world.env.settle()
    job = await newest(world)
    assert (job.state, job.reason) == (JobState.CANCELLED, Reason.UNDELIVERABLE)
    assert await world.left(world.alice) == 10
    await the_end(world)


async def test_results_in_a_deleted_channel_count_as_removed(world: World) -> None:
    result = await posted(world)
    world.env.backend.delete_channel(world.art.id)
    await world.env.settle()
    shown = await world.app.requests.results.of_message(result.id)
    assert all(one.removed for one in shown)


async def test_a_banned_member_s_requests_end_without_a_word(world: World) -> None:
    await waiting_ticket(world)
    said = len(world.art.history())
    world.env.backend.apply_ban(world.guild.id, world.alice.id, None)
    await world.env.settle()
    job = await newest(world)
    assert (job.state, job.reason) == (JobState.CANCELLED, Reason.BLOCKED)
    assert len(world.art.history()) == said
    await the_end(world)


async def test_a_ban_elsewhere_or_of_somebody_else_touches_nothing(world: World) -> None:
    await waiting_ticket(world)
    world.env.backend.apply_ban(world.guild.id, world.bob.id, None)
    await world.env.settle()
    assert (await newest(world)).state is JobState.QUEUED
    await the_end(world)


@pytest.mark.parametrize("gone", [True, False])
async def test_whoever_left_while_their_request_waited_long_gets_no_picture(
    world: World, gone: bool
) -> None:
    await waiting_ticket(world)
    job = await newest(world)
    if gone:
        world.env.backend.remove_member(world.guild.id, world.alice.id)
    await world.env.advance_time(ASK_AFTER_SECONDS)
    await the_end(world)

    ended = await newest(world)
    assert ended.job_id == job.job_id
    if gone:
        assert (ended.state, ended.reason) == (JobState.CANCELLED, Reason.UNDELIVERABLE)
        assert "a fox" not in str(world.apis.requests)
    else:
        assert ended.state is JobState.DONE


async def test_in_doubt_whether_a_member_is_there_the_request_runs(world: World) -> None:
    await waiting_ticket(world)
    world.env.inject_error("GET", f"/guilds/{world.guild.id}/members/{world.alice.id}", status=403)
    await world.env.advance_time(ASK_AFTER_SECONDS)
    await the_end(world)
    ended = await newest(world)
    assert (ended.state, ended.destination) == (JobState.DONE, Destination.CHANNEL)


async def test_open_grants_of_a_server_left_for_good_end(world: World) -> None:
    actor = world.app.servers.changes.actor(world.guild.id, world.mora.id)
    await world.app.moderation.actions.grant(actor, world.alice.id, 5, expires_at=None)
    await world.app.people.guild_removal.guild_left(world.guild.id)
    await world.env.advance_time(32 * DAY)
    await world.app.people.guild_removal.sweep()
    async with world.app.database.read() as uow:
        assert await uow.grants.open_credits(world.guild.id, now=world.app.clock.now()) == 0
    assert str(world.alice.id) not in str(await rows(world, "grants"))
    assert str(world.mora.id) not in str(await rows(world, "ledger"))
    await the_end(world)


async def test_a_deleted_channel_of_results_counts_though_nobody_asked_there(
    world: World,
) -> None:
    gallery = world.guild.create_text_channel("gallery")
    await world.decide("post_to", gallery.id)
    await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.finished()
    (result,) = gallery.history()
    world.env.backend.delete_channel(gallery.id)
    await world.env.settle()
    shown = await world.app.requests.results.of_message(result.id)
    assert [one.removed for one in shown] == [True]
