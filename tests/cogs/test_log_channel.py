"""The log channel as staff see it: changes, results, and nobody pinged."""

from __future__ import annotations

from typing import Any

import discord

from tests.cogs.member_actions import forbid, manager, posted
from tests.world import World


async def told(world: World, channel: Any, count: int) -> list[discord.Message]:
    """Let the log be written, and return it once it has so many messages."""
    world.app.delivery.log_channel_feed.wake_event.wake()
    await world.until(lambda: len(channel.history()) == count)
    return channel.history()


async def log(world: World) -> Any:
    """Make a log channel, and read what tells of that."""
    channel = world.guild.create_text_channel("log")
    await world.decide("log_channel", channel.id)
    await told(world, channel, 1)
    # It looks once more after what it told, and would tell the first of two changes alone.
    event = world.app.delivery.log_channel_feed.wake_event._event  # pyright: ignore[reportPrivateUsage]
    await world.until(lambda: bool(event._waiters))  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
    return channel


async def test_changes_of_a_moment_come_as_one_message_that_pings_nobody(world: World) -> None:
    channel = await log(world)
    maya = manager(world)
    await maya.slash(world.art, "easel words add", word="turnip", reason="@everyone knows")
    await world.decide("replies", "off")
    *_, said = await told(world, channel, 2)

    first, second = said.content.splitlines()
    assert f"<@{maya.id}>" in first
    assert "Word “turnip”: allowed → **forbidden**" in first
    assert "Replies: ask first → **off**" in second
    posts = [r.json for r in world.env.http_requests if r.path.endswith(f"{channel.id}/messages")]
    for one in posts:
        assert one
        assert one["allowed_mentions"] == {"parse": []}
        assert one["enforce_nonce"]
        assert len(str(one["nonce"])) <= 25


async def test_results_are_logged_where_the_server_wants_that(world: World) -> None:
    channel = await log(world)
    await posted(world)
    await world.decide("log_results", True)
    await told(world, channel, 2)
    result = await posted(world, "a secret", count=2)
    *_, said = await told(world, channel, 3)

    assert f"/{world.art.id}/{result.id}" in said.content
    assert f"<@{world.alice.id}>" in said.content
    assert "Seedream" in said.content
    assert "2 pictures · 2 credits" in said.content
    assert "secret" not in said.content


async def test_a_private_result_is_logged_without_a_link(world: World) -> None:
    channel = await log(world)
    await world.decide("log_results", True)
    await told(world, channel, 2)
    await world.alice.slash(world.art, "imagine", prompt="a secret", private=True)
    await world.finished()
    *_, said = await told(world, channel, 3)

    assert said.content.startswith("Private result · ")
    assert "https://" not in said.content
    assert "secret" not in said.content


async def test_a_result_does_not_wait_for_a_closed_log_channel(world: World) -> None:
    channel = await log(world)
    await world.decide("log_results", True)
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50013, times=1)
    world.app.delivery.log_channel_feed.wake_event.wake()
    path = f"/{channel.id}/messages"
    # The first one told of the channel itself.
    await world.until(lambda: sum(r.path.endswith(path) for r in world.env.http_requests) > 1)
    result = await posted(world)

    assert result.attachments


async def test_changes_are_made_though_the_log_channel_is_closed(world: World) -> None:
    await log(world)
    await forbid(world, "send_messages")
    maya = manager(world)
    await maya.slash(world.art, "easel words add", word="turnip")
    assert await world.app.servers.settings.words(world.guild.id) == ["turnip"]
