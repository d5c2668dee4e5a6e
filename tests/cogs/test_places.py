"""Age-restricted channels, threads, forums, and the chat of a voice channel."""

from __future__ import annotations

from typing import Any

import discord
import pytest
import simcord

from bot.domain.quotas.rules import AccessKind
from bot.services.servers.decisions import AccessDecision
from tests.cogs.member_actions import (
    edit,
    forbid,
    posted,
    press,
)
from tests.cogs.test_pickup import chosen, gallery, unposted
from tests.world import World, labels_of, text_of

TOLD = "This picture comes from an age-restricted channel."


def for_adults(world: World, place: simcord.ChannelHandle) -> None:
    channel = world.env.bot.get_channel(place.id)
    assert isinstance(channel, discord.TextChannel | discord.ForumChannel)
    channel.nsfw = True


async def thread(world: World, parent: simcord.ChannelHandle, name: str = "fox art") -> Any:
    """Return a thread, in a forum a post, that alice opened."""
    made = world.env.backend.create_thread(parent.id, name, world.alice.id)
    await world.env.settle()
    return simcord.ChannelHandle(world.env, world.guild, made)


async def drawn(world: World, place: Any) -> list[discord.Message]:
    """Let alice draw somewhere; return the results there."""
    await world.alice.slash(place, "imagine", prompt="a fox")
    await world.finished()
    return [message for message in place.history() if message.attachments]


@pytest.fixture
def room(world: World) -> simcord.ChannelHandle:
    return world.guild.create_text_channel("room")


# --- age-restricted channels ----------------------------------------------------------------


async def test_what_adults_ask_stays_with_adults_wherever_results_are_posted(
    world: World, room: simcord.ChannelHandle
) -> None:
    await world.decide("post_to", room.id)
    for_adults(world, world.art)
    (result,) = await drawn(world, world.art)
    assert result.channel.id == world.art.id
    assert room.history() == []

    for_adults(world, room)
    assert len(await drawn(world, world.art)) == 1
    assert len([m for m in room.history() if m.attachments]) == 1


async def test_a_worker_asks_discord_whether_a_channel_is_for_adults(
    world: World, room: simcord.ChannelHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows no channel; and where Discord does not say, a result stays where it was asked."""
    await world.decide("post_to", room.id)
    client, publisher = world.app.client, world.app.adapters.publisher
    real, adults = client.http.get_channel, {world.art.id}

    async def get_channel(channel_id: int) -> Any:
        return {**await real(channel_id), "nsfw": channel_id in adults}

    monkeypatch.setattr(client.http, "get_channel", get_channel)
    monkeypatch.setattr(client, "get_channel", lambda _channel_id: None)  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType]
    world.env.inject_error("GET", "/channels/*", status=500, times=None)
    assert len(await drawn(world, world.art)) == 1
    world.env.backend.faults.clear()
    assert len(await drawn(world, world.art)) == 2
    assert len(await drawn(world, await thread(world, world.art))) == 1
    assert room.history() == []

    adults.add(room.id)
    publisher._for_adults.clear()
    await drawn(world, world.art)
    assert len([m for m in room.history() if m.attachments]) == 1


async def test_a_thread_is_for_adults_where_its_channel_is(
    world: World, room: simcord.ChannelHandle
) -> None:
    await world.decide("post_to", room.id)
    for_adults(world, world.art)
    inside = await thread(world, world.art)
    assert len(await drawn(world, inside)) == 1
    assert room.history() == []


async def test_an_adults_picture_cannot_be_named_elsewhere(
    world: World, room: simcord.ChannelHandle
) -> None:
    for_adults(world, world.art)
    await posted(world)
    (job,) = await world.jobs(world.alice)
    taken = {"prompt": "in a hat", "of": f"{job.job_id}:1"}
    refused = await world.alice.slash(room, "edit", **taken)
    assert refused.ephemeral
    assert TOLD in text_of(refused.response)
    assert len(await world.jobs(world.alice)) == 1

    await world.alice.slash(world.art, "edit", **taken)
    await world.finished()
    assert len(world.results()) == 2


async def test_an_adults_picture_that_waits_is_not_shared_elsewhere(
    world: World, room: simcord.ChannelHandle
) -> None:
    for_adults(world, world.art)
    await unposted(world)
    for_adults(world, world.art)
    listed = await chosen(world, room)
    shared = await press(world.alice, listed, label="Share to channel")
    assert TOLD in text_of(shared.followups[-1])
    assert room.history() == []
    await press(world.alice, listed, label="Show")
    await world.finished()
    assert gallery(listed.response) == 1


# --- threads and forums ---------------------------------------------------------------------


async def test_a_post_of_a_forum_takes_requests_replies_and_presses(world: World) -> None:
    post = await thread(world, world.guild.create_forum_channel("gallery"))
    (result,) = await drawn(world, post)
    assert labels_of(result) == ["Edit", "Again", "Details", "Remove"]
    await edit(world, world.bob, result, "make it night")
    await world.finished()
    await world.bob.send(post, "1: in a hat", reply_to=result)
    await world.finished()
    texts = [m.content for m in post.history() if m.attachments]
    assert len(texts) == 3
    assert "make it night" in texts[1]
    assert "in a hat" in texts[2]


@pytest.mark.parametrize("kind", ["forum", "channel"])
async def test_what_is_decided_for_a_channel_holds_in_its_threads(world: World, kind: str) -> None:
    parent = world.guild.create_forum_channel("gallery") if kind == "forum" else world.art
    inside = await thread(world, parent)
    changes = world.app.servers.changes
    denied = AccessDecision(AccessKind.CHANNEL, str(parent.id), 0)
    actor = changes.actor(world.guild.id, world.mora.id)
    await changes.set(actor, denied, "deny", action="access")
    refused = await world.alice.slash(inside, "imagine", prompt="a fox")
    assert "You cannot make pictures in this channel." in text_of(refused.response)

    own = AccessDecision(AccessKind.CHANNEL, str(inside.id), 0)
    await changes.set(actor, own, "allow", action="access")
    assert len(await drawn(world, inside)) == 1


async def test_a_locked_thread_is_refused_and_one_locked_meanwhile_keeps_the_pictures(
    world: World,
) -> None:
    inside = await thread(world, world.art)
    world.apis.gate.clear()
    asked = await world.alice.slash(inside, "imagine", prompt="a fox")
    await world.apis.until(lambda: world.apis.waiting == 1)
    locked = {"locked": True, "archived": True}
    world.env.backend.edit_channel(inside.id, {}, thread_metadata=locked)
    await world.env.settle()
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=160005, times=1)
    world.apis.gate.set()
    await world.finished()

    assert "Your pictures are ready" in text_of(asked.response)
    refused = await world.alice.slash(inside, "imagine", prompt="another")
    assert "This thread is locked" in text_of(refused.response)


async def test_who_may_write_in_the_channel_may_not_yet_write_in_threads(world: World) -> None:
    inside = await thread(world, world.art)
    await forbid(world, "send_messages_in_threads")
    refused = await world.alice.slash(inside, "imagine", prompt="a fox")
    assert "You cannot send messages in this channel" in text_of(refused.response)
    assert len(await drawn(world, world.art)) == 1


async def test_the_newest_picture_of_a_thread_is_not_that_of_its_channel(world: World) -> None:
    await posted(world, prompt="a hen")
    inside = await thread(world, world.art)
    refused = await world.alice.slash(inside, "edit", prompt="in a hat")
    assert "You have no picture in this channel that I can change" in text_of(refused.response)


async def test_the_chat_of_a_voice_channel_takes_requests(world: World) -> None:
    voice = world.guild.create_voice_channel("listening")
    assert len(await drawn(world, voice)) == 1


async def test_in_a_thread_whose_channel_is_unknown_the_rights_in_the_server_count(
    world: World,
) -> None:
    inside = await thread(world, world.art)
    (result,) = await drawn(world, inside)
    guild = world.env.bot.get_guild(world.guild.id)
    assert guild is not None
    parent = guild.get_channel(world.art.id)
    assert parent is not None
    guild._remove_channel(parent)
    await world.bob.send(inside, "1: make it night", reply_to=result)
    await world.finished()
    assert len([m for m in inside.history() if m.attachments]) == 2
