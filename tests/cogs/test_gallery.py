"""The gallery of a server: posted once when enough members keep a result, and taken down again."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import discord
import pytest
import simcord

from bot.services.ports import GalleryState
from tests.cogs import test_compare
from tests.cogs.member_actions import edit, forbid, manager, newest, posted, press, removed, show_to
from tests.cogs.test_favourites import STAR, kept
from tests.cogs.test_places import for_adults
from tests.cogs.test_privacy import delete, rows
from tests.world import World, labels_of, text_of


async def opened(world: World, *, stars: int = 2, forum: bool = False) -> simcord.ChannelHandle:
    """Let a server have a gallery for so many stars."""
    make = world.guild.create_forum_channel if forum else world.guild.create_text_channel
    place = make("gallery")
    await world.env.settle()
    await world.decide("gallery_channel", place.id)
    await world.decide("gallery_stars", stars)
    return place


def shown(place: simcord.ChannelHandle) -> list[discord.Message]:
    return [message for message in place.history() if message.attachments]


async def settled(world: World) -> None:
    """Let everything happen that is due in the gallery."""
    await world.env.settle()  # what was pressed or deleted reaches the bot first
    world.app.gallery.gallery.wake()
    for _ in range(3):
        await world.app.gallery.gallery.round()
    await world.env.settle()


async def starred(world: World, result: discord.Message, *members: Any) -> None:
    for member in members or (world.bob, world.mora):
        await member.react(result, STAR)
    await settled(world)


async def state(world: World) -> list[str]:
    return [row["state"] for row in await rows(world, "gallery_posts")]


async def test_one_picture_of_a_comparison_comes_in_when_the_vote_on_it_has_ended(
    world: World,
) -> None:
    place = await opened(world)
    post = await test_compare.compared(world)
    details: Any = await world.bob.context_menu(world.art, "Picture details", post)
    await press(world.bob, details, label="Keep")
    details = await world.mora.context_menu(world.art, "Picture details", post)
    await press(world.mora, details, label="Keep")
    await settled(world)
    assert shown(place) == []
    await press(world.alice, post, label="End the vote")
    await test_compare.settled(world)
    await settled(world)
    (one,) = shown(place)
    assert len(one.attachments) == 1
    first = next(row for row in await test_compare.entries(world) if row["label"] == "A")
    assert test_compare.LABELS[first["model_id"]] in one.content


async def test_a_result_that_enough_members_keep_is_posted_once(world: World) -> None:
    place = await opened(world)
    result = await posted(world)
    await starred(world, result, world.bob)
    assert shown(place) == []
    await starred(world, result, world.mora)
    (post,) = shown(place)
    assert post.content == f"> a fox\n-# Seedream 4.5 · <@{world.alice.id}>"
    assert labels_of(post) == ["Edit", "Details", "Remove", "To the result"]
    assert post.attachments[0].description == "AI-made picture: a fox"
    zoe = world.guild.add_member(world.env.create_user("zoe"))
    await world.bob.unreact(result, STAR)
    await starred(world, result, zoe, world.bob)
    assert len(shown(place)) == 1


async def test_neither_the_maker_nor_who_is_blocked_counts(world: World) -> None:
    place = await opened(world)
    result = await posted(world)
    maya: Any = manager(world)
    show_to(world, "moderate", maya)
    await maya.slash(world.art, "moderate block", member=world.bob)
    await starred(world, result, world.alice, world.bob, world.mora)
    assert shown(place) == []
    assert await kept(world) == ["a fox"]
    await starred(world, result, maya)
    assert len(shown(place)) == 1


async def test_stars_by_details_and_on_the_gallery_count_too(world: World) -> None:
    place = await opened(world)
    result = await posted(world)
    details = await press(world.bob, result, label="Details")
    await press(world.bob, details, label="Keep")
    await starred(world, result, world.mora)
    (post,) = shown(place)
    zoe = world.guild.add_member(world.env.create_user("zoe"))
    await zoe.react(post, STAR)
    assert await kept(world, zoe) == ["a fox"]
    await zoe.unreact(post, STAR)
    assert await kept(world, zoe) == []
    assert len(shown(place)) == 1


async def test_two_last_stars_at_once_are_one_post(world: World) -> None:
    place = await opened(world)
    result = await posted(world)
    service = world.app.gallery.favourites
    await asyncio.gather(
        *(
            service.reacted(world.guild.id, world.art.id, result.id, member.id)
            for member in (world.bob, world.mora)
        ),
        world.app.gallery.gallery.round(),
        world.app.gallery.gallery.round(),
    )
    await settled(world)
    assert len(shown(place)) == 1


async def test_remove_takes_both(world: World) -> None:
    place = await opened(world)
    result = await posted(world)
    await starred(world, result)
    await removed(world, world.alice, result)
    await settled(world)
    assert shown(place) == world.results() == []
    assert await state(world) == ["gone"]
    await starred(world, await posted(world, "a hen"))
    (post,) = shown(place)
    await removed(world, world.mora, post)
    await settled(world)
    assert shown(place) == world.results() == []


async def test_a_message_that_somebody_deletes_takes_its_copy_along_and_not_back(
    world: World,
) -> None:
    place = await opened(world)
    result = await posted(world)
    await starred(world, result)
    (post,) = shown(place)
    world.env.backend.delete_message(place.id, post.id)
    await world.env.settle()
    zoe = world.guild.add_member(world.env.create_user("zoe"))
    await starred(world, result, zoe)
    assert shown(place) == []
    assert len(world.results()) == 1
    other = await posted(world, "a hen")
    await starred(world, other)
    world.env.backend.delete_message(world.art.id, other.id)
    await settled(world)
    assert shown(place) == []


async def test_who_opts_out_is_taken_down_and_does_not_come_in(world: World) -> None:
    place = await opened(world)
    result = await posted(world)
    await starred(world, result)
    card = await world.alice.slash(world.art, "privacy")
    await press(world.alice, card, label="Keep my pictures out of galleries")
    assert "Galleries do not show your pictures" in text_of(card.response)
    await settled(world)
    assert shown(place) == []
    await starred(world, await posted(world, "a hen"))
    assert shown(place) == []
    await press(world.alice, card, label="Let my pictures into galleries")
    await starred(world, await posted(world, "a cow"))
    assert [post.content.split("\n")[0] for post in shown(place)] == ["> a cow"]


@pytest.mark.parametrize("what", ["removed", "opted out"])
async def test_what_goes_while_it_is_posted_does_not_stay(world: World, what: str) -> None:
    place = await opened(world)
    result = await posted(world)
    service = world.app.gallery.gallery
    post = service._channel.post

    async def meanwhile(*args: Any, **values: Any) -> Any:
        found = await post(*args, **values)
        if what == "removed":
            await world.app.requests.results.remove((await newest(world)).job_id, by=world.alice.id)
        else:
            privacy = world.app.people.privacy
            await privacy.let_galleries_show(world.alice.id, allowed=False)
        return found

    service._channel.post = meanwhile  # type: ignore[method-assign]
    await starred(world, result)
    await settled(world)
    assert shown(place) == []
    assert await state(world) == ["gone"]


async def test_a_spoiler_is_kept_and_one_that_comes_later_comes_there_too(world: World) -> None:
    place = await opened(world)
    await starred(world, await posted(world, spoiler=True))
    result = await posted(world, "a hen")
    await starred(world, result)
    first, second = shown(place)
    assert first.attachments[0].is_spoiler()
    assert not second.attachments[0].is_spoiler()
    asked = await press(world.mora, result, label="Remove")
    await press(world.mora, asked, label="Hide behind a spoiler")
    await settled(world)
    assert all(post.attachments[0].is_spoiler() for post in shown(place))


async def test_where_discord_covers_nothing_the_copy_goes(world: World) -> None:
    place = await opened(world)
    result = await posted(world)
    await starred(world, result)
    world.rules.edits_spoilers = False
    asked = await press(world.mora, result, label="Remove")
    await press(world.mora, asked, label="Hide behind a spoiler")
    await settled(world)
    assert shown(place) == []


async def test_private_results_and_those_of_age_restricted_channels_stay_where_they_are(
    world: World,
) -> None:
    place = await opened(world, stars=1)
    result = await posted(world)
    for_adults(world, world.art)
    await starred(world, result)
    assert shown(place) == []
    for_adults(world, place)
    await starred(world, await posted(world, "a hen"))
    assert len(shown(place)) == 1


async def test_hidden_words_stay_hidden_and_forbidden_ones_too(world: World) -> None:
    place = await opened(world)
    maya: Any = manager(world)
    result = await posted(world, "a fox and a gun")
    await maya.slash(world.art, "easel words add", word="gun")
    await starred(world, result)
    assert "gun" not in shown(place)[0].content
    await world.decide("prompts_shown", False)
    await starred(world, await posted(world, "a hen"))
    assert shown(place)[1].content == f"-# Seedream 4.5 · <@{world.alice.id}>"


async def test_a_forum_gets_a_post_with_a_title_and_a_tag(world: World) -> None:
    place = await opened(world, forum=True)
    channel = world.env.bot.get_channel(place.id)
    assert isinstance(channel, discord.ForumChannel)
    stored = world.env.backend.get_channel(place.id)
    tags: list[Any] = [
        {"id": "11", "name": "staff", "moderated": True, "emoji_id": None, "emoji_name": None},
        {"id": "12", "name": "art", "moderated": False, "emoji_id": None, "emoji_name": None},
    ]
    stored.available_tags = tags
    channel._available_tags = {
        int(tag["id"]): discord.ForumTag.from_data(state=channel._state, data=tag) for tag in tags
    }
    channel._flags = discord.ChannelFlags(require_tag=True).value
    result = await posted(world)
    await starred(world, result)
    (thread,) = world.env.backend.active_threads(world.guild.id)
    assert thread.name == "a fox"
    assert [int(tag) for tag in thread.applied_tags] == [12]
    (row,) = await rows(world, "gallery_posts")
    assert row["place_id"] == thread.id
    await removed(world, world.alice, result)
    await settled(world)
    assert world.env.backend.active_threads(world.guild.id) == []
    assert await state(world) == ["gone"]


async def test_a_thread_of_the_gallery_that_is_deleted_is_not_posted_again(world: World) -> None:
    await opened(world, forum=True)
    await starred(world, await posted(world))
    (thread,) = world.env.backend.active_threads(world.guild.id)
    world.env.backend.delete_channel(thread.id)
    await settled(world)
    assert await state(world) == ["gone"]


async def test_what_the_gallery_refuses_now_is_posted_when_it_can_be(world: World) -> None:
    place = await opened(world)
    result = await posted(world)
    art, world.art = world.art, place
    await forbid(world, "send_messages")
    world.art = art
    await starred(world, result)
    assert shown(place) == []
    assert await state(world) == ["decided"]
    world.env.backend.channels[place.id].overwrites.clear()
    world.app.gallery.gallery._waiting.clear()
    await settled(world)
    assert len(shown(place)) == 1


async def test_a_gallery_that_was_deleted_or_moved_loses_nothing_twice(world: World) -> None:
    place = await opened(world)
    result = await posted(world)
    world.env.backend.delete_channel(place.id)
    await starred(world, result)
    assert await state(world) == ["decided"]
    other = world.guild.create_text_channel("hall-of-fame")
    await world.decide("gallery_channel", other.id)
    world.app.gallery.gallery._waiting.clear()
    await settled(world)
    assert len(shown(other)) == 1
    assert await state(world) == ["posted"]


async def test_a_gallery_that_is_turned_off_before_it_is_posted_posts_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = await opened(world)
    result = await posted(world)
    held = world.app.gallery.gallery._held
    monkeypatch.setattr(type(held), "holds", lambda *_: False)
    await starred(world, result)
    await world.decide("gallery_channel", None)
    monkeypatch.undo()
    await settled(world)
    assert shown(place) == []
    assert await rows(world, "gallery_posts") == []


async def test_a_reply_to_the_gallery_changes_the_picture(world: World) -> None:
    place = await opened(world)
    await starred(world, await posted(world))
    (post,) = shown(place)
    await edit(world, world.bob, post, "make it night")
    await world.finished()
    job = await newest(world, world.bob)
    assert job.parent_job_id == (await newest(world)).job_id
    details = await press(world.bob, post, label="Details")
    assert "> a fox" in text_of(details.response)
    (found,) = await world.app.requests.results.of_message(post.id)
    assert found.job.request.prompt == "a fox"


async def test_deleting_data_and_pictures_takes_them_from_the_gallery(world: World) -> None:
    place = await opened(world)
    await starred(world, await posted(world))
    await delete(world, world.alice, label="Delete, and remove my pictures")
    await settled(world)
    assert shown(place) == []


async def test_the_gallery_is_set_up_on_the_panel_with_undo(world: World) -> None:
    place = world.guild.create_text_channel("gallery")
    await world.env.settle()
    maya: Any = manager(world)
    panel = await maya.slash(world.art, "easel setup")
    await maya.select(panel.response.message, ["gallery_stars"], custom_id="s1:setup:members")
    await maya.select(panel.response.message, ["5"], custom_id="s1:set:gallery_stars")
    assert "Stars for the gallery: 3 → **5**" in text_of(panel.response)
    await maya.select(panel.response.message, ["gallery_channel"], custom_id="s1:setup:members")
    await maya.select(panel.response.message, [place], custom_id="s1:set:gallery_channel")
    assert f"Gallery: none → **<#{place.id}>**" in text_of(panel.response)
    await press(maya, panel, label="Undo")
    policy = await world.app.servers.policies.of(world.guild.id)
    assert (policy.settings.gallery_channel, policy.settings.gallery_stars) == (0, 5)


async def test_a_post_whose_number_was_lost_is_found_and_not_repeated(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = await opened(world)
    result = await posted(world)
    service = world.app.gallery.gallery
    post = service._channel.post

    async def lost(*args: Any, **values: Any) -> Any:
        await post(*args, **values)
        raise ConnectionError

    monkeypatch.setattr(service._channel, "post", lost)
    await starred(world, result)
    monkeypatch.undo()
    # Discord remembers a nonce for some minutes only.
    world.rules._nonces.clear()
    async with world.app.database.write() as uow:
        await uow.connection.exec_driver_sql("UPDATE gallery_posts SET tried_at = 1767225600")
        await uow.commit()
    service._waiting.clear()
    await settled(world)
    assert len(shown(place)) == 1
    assert await state(world) == [GalleryState.POSTED]


async def test_what_was_lost_and_removed_meanwhile_is_taken_down(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = await opened(world)
    result = await posted(world)
    service = world.app.gallery.gallery
    post = service._channel.post

    async def lost(*args: Any, **values: Any) -> Any:
        await post(*args, **values)
        raise ConnectionError

    monkeypatch.setattr(service._channel, "post", lost)
    await starred(world, result)
    assert len(shown(place)) == 1
    async with world.app.database.write() as uow:
        await uow.connection.exec_driver_sql("UPDATE gallery_posts SET tried_at = 1767225600")
        await uow.commit()
    await removed(world, world.alice, result)
    service._waiting.clear()
    await settled(world)
    assert shown(place) == []
    assert await state(world) == ["gone"]


async def test_what_a_forum_got_twice_is_deleted_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = await opened(world, forum=True)
    create = discord.ForumChannel.create_thread

    async def twice(self: Any, **values: Any) -> Any:
        files = values.pop("files")
        data = [file.fp.read() for file in files]
        await create(self, files=[_copy(f, d) for f, d in zip(files, data, strict=True)], **values)
        return await create(
            self, files=[_copy(f, d) for f, d in zip(files, data, strict=True)], **values
        )

    monkeypatch.setattr(discord.ForumChannel, "create_thread", twice)
    await starred(world, await posted(world))
    (thread,) = world.env.backend.active_threads(world.guild.id)
    (row,) = await rows(world, "gallery_posts")
    assert row["place_id"] == thread.id
    assert place.id != thread.id


def _copy(file: discord.File, data: bytes) -> discord.File:
    return discord.File(io.BytesIO(data), file.filename, description=file.description)
