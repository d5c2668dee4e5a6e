"""Favourites: stars as reactions, the button in Details, and the pages of `/favourites`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.job import new_job_id
from bot.services.gallery import favourites
from bot.storage.rows import canonical_json
from bot.storage.tables import favourites as table
from bot.storage.tables import jobs, post_pictures, posts
from bot.storage.tables import pictures as picture_table
from tests.cogs.member_actions import newest, picture, posted, press, removed, restart
from tests.cogs.test_history import choose, prompts_of, thumbnails_of
from tests.cogs.test_places import for_adults
from tests.cogs.test_privacy import delete, exported, rows
from tests.world import World, labels_of, text_of

STAR = "⭐"


async def page(world: World, member: Any = None) -> Any:
    shown = await (member or world.bob).slash(world.art, "favourites")
    assert shown.ephemeral
    return shown


async def kept(world: World, member: Any = None) -> list[str]:
    return prompts_of(await page(world, member))


def prompts(shown: Any) -> list[str]:
    return prompts_of(shown)


async def copies(world: World, many: int) -> list[str]:
    """Store results like alice's newest one, kept by bob from then on; return their ids."""
    job = await newest(world)
    made: list[str] = []
    async with world.app.database.write() as uow:
        (row,) = (
            await uow.connection.execute(select(jobs).where(jobs.c.job_id == job.job_id))
        ).all()
        (post,) = (await uow.connection.execute(select(posts))).all()[:1]
        for number in range(many):
            job_id = new_job_id()
            made.append(job_id)
            request = canonical_json(job.request.to_dict() | {"prompt": f"copy {number}"})
            values = {"job_id": job_id, "origin": job_id, "turn": row.turn - 1000 + number}
            await uow.connection.execute(
                jobs.insert().values(**(row._asdict() | values | {"request": request}))
            )
            picture_row = (
                await uow.connection.execute(
                    select(picture_table).where(picture_table.c.job_id == job.job_id)
                )
            ).first()
            assert picture_row is not None
            await uow.connection.execute(
                picture_table.insert().values(**(picture_row._asdict() | {"job_id": job_id}))
            )
            await uow.connection.execute(
                posts.insert().values(
                    **(
                        post._asdict()
                        | {"job_id": job_id, "nonce": job_id, "message_id": 1000 + number}
                    )
                )
            )
            await uow.connection.execute(
                post_pictures.insert().values(job_id=job_id, part=0, place=0, position=0)
            )
            await uow.connection.execute(
                table.insert().values(
                    user_id=world.bob.id,
                    job_id=job_id,
                    guild_id=world.guild.id,
                    kept_at=row.created_at + number // 3,
                )
            )
        await uow.commit()
    return made


async def test_a_star_keeps_a_result_and_taking_it_away_takes_it_back(world: World) -> None:
    result = await picture(world, count=2)
    await world.bob.react(result, STAR)
    shown = await page(world)

    told = text_of(shown.response)
    address = f"https://discord.com/channels/{world.guild.id}/{world.art.id}/{result.id}"
    assert "**1** · a fox" in told
    assert f"Seedream 4.0 · <@{world.alice.id}> · [2 pictures]({address})" in told
    assert len(thumbnails_of(shown)) == 1
    assert await kept(world, world.alice) == []

    await world.bob.unreact(result, STAR)
    assert "You keep no pictures here yet" in text_of((await page(world)).response)
    assert await rows(world, "favourites") == []


async def test_only_stars_on_results_count_and_bots_do_not(world: World) -> None:
    result = await posted(world)
    other = await world.alice.send(world.art, "my cat")
    robot = world.guild.add_member(world.env.create_user("robot", bot=True))
    await world.bob.react(result, "🔥")
    await world.bob.react(other, STAR)
    world.env.backend.set_reaction(world.art.id, result.id, STAR, robot.id, True)
    await world.env.settle()
    assert await rows(world, "favourites") == []


async def test_details_keeps_and_takes_back(world: World) -> None:
    result = await posted(world)
    details = await press(world.bob, result, label="Details")
    await press(world.bob, details, label="Keep")
    assert labels_of(details.response)[-1] == "Do not keep"
    assert await kept(world) == ["a fox"]
    await press(world.bob, details, label="Do not keep")
    assert labels_of(details.response)[-1] == "Keep"
    assert await kept(world) == []


async def test_what_was_taken_back_by_a_button_stays_so_while_its_star_stands(
    world: World,
) -> None:
    result = await posted(world)
    await world.bob.react(result, STAR)
    details = await press(world.bob, result, label="Details")
    await press(world.bob, details, label="Do not keep")
    await restart(world)
    await world.alice.react(result, STAR)
    assert await kept(world) == []
    assert await kept(world, world.alice) == ["a fox"]
    # The next star of the same member is a new one.
    await world.bob.unreact(result, STAR)
    await world.bob.react(result, STAR)
    assert await kept(world) == ["a fox"]


async def test_stars_that_nobody_heard_of_are_found_with_the_next_one(world: World) -> None:
    result = await posted(world)
    await world.bob.react(result, STAR)
    quiet = world.env.backend.subscribers[:]
    world.env.backend.subscribers.clear()
    world.env.backend.set_reaction(world.art.id, result.id, STAR, world.bob.id, False)
    world.env.backend.set_reaction(world.art.id, result.id, STAR, world.mora.id, True)
    world.env.backend.subscribers.extend(quiet)
    assert await kept(world, world.mora) == []
    await restart(world)
    await world.alice.react(result, STAR)
    assert await kept(world) == []
    assert await kept(world, world.mora) == ["a fox"]
    assert await kept(world, world.alice) == ["a fox"]


async def test_stars_that_nobody_heard_of_are_found_by_details(world: World) -> None:
    result = await posted(world)
    quiet = world.env.backend.subscribers[:]
    world.env.backend.subscribers.clear()
    world.env.backend.set_reaction(world.art.id, result.id, STAR, world.bob.id, True)
    world.env.backend.subscribers.extend(quiet)
    await press(world.alice, result, label="Details")
    assert await kept(world) == ["a fox"]


async def test_a_star_put_while_stars_are_read_is_newer_than_what_was_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = await posted(world)
    job = await newest(world)
    service = world.app.gallery.favourites
    read = service._stars.stars
    await service.reacted(world.guild.id, world.art.id, result.id, world.mora.id)
    service.missed()

    async def slowly(channel_id: int, message_id: int) -> Any:
        found = await read(channel_id, message_id)
        assert found is not None
        # Read before: bob had none, mora had hers.
        await service.reacted(world.guild.id, world.art.id, result.id, world.bob.id)
        await service.unreacted(result.id, world.mora.id)
        return replace(found, user_ids=frozenset({world.mora.id}))

    monkeypatch.setattr(service._stars, "stars", slowly)
    await service.look(job, world.art.id, result.id)
    assert await kept(world) == ["a fox"]
    assert await kept(world, world.mora) == []


async def test_a_storm_of_stars_ends_as_the_last_one_says(world: World) -> None:
    result = await posted(world)
    service = world.app.gallery.favourites

    def put(member: Any) -> Any:
        return service.reacted(world.guild.id, world.art.id, result.id, member.id)

    def take(member: Any) -> Any:
        return service.unreacted(result.id, member.id)

    storm = [step for _ in range(20) for step in (put(world.bob), take(world.bob))]
    storm += [step for _ in range(20) for step in (take(world.mora), put(world.mora))]
    await asyncio.gather(*storm)
    assert await kept(world) == []
    assert await kept(world, world.mora) == ["a fox"]


async def test_a_moderator_who_clears_reactions_takes_nothing_out(world: World) -> None:
    result = await posted(world)
    await world.bob.react(result, STAR)
    world.env.backend.clear_reactions(world.art.id, result.id)
    await world.env.settle()
    assert await kept(world) == ["a fox"]


async def test_a_favourite_leads_to_edit_again_and_details_and_back(world: World) -> None:
    result = await posted(world)
    await world.bob.react(result, STAR)
    job = await newest(world)
    shown = await page(world)
    await choose_of(world, shown, job.job_id)
    assert "> a fox" in text_of(shown.response)
    assert labels_of(shown.response) == ["Edit", "Again", "Details", "Do not keep", "Back"]
    assert (await press(world.bob, shown, label="Edit")).modal
    details = await press(world.bob, shown, label="Details")
    assert f"Request {job.job_id}" in text_of(details.response)
    await press(world.bob, shown, label="Again")
    await world.finished()
    assert (await newest(world, world.bob)).request.prompt == "a fox"
    await press(world.bob, shown, label="Back")
    assert prompts(shown) == ["a fox"]
    await choose_of(world, shown, job.job_id)
    await press(world.bob, shown, label="Do not keep")
    assert "You keep no pictures here yet" in text_of(shown.response)


async def choose_of(world: World, shown: Any, job_id: str) -> None:
    await choose(replace_member(world), shown, job_id)


def replace_member(world: World) -> World:
    """Return the world as bob sees it: `choose` lets alice choose."""
    return replace(world, alice=world.bob)


async def test_the_message_is_read_again_for_the_picture_when_the_file_is_gone(
    world: World,
) -> None:
    result = await posted(world)
    await world.bob.react(result, STAR)
    world.app.spool.remove((await newest(world)).job_id)
    assert thumbnails_of(await page(world)) == [result.attachments[0].url]


async def test_a_result_that_is_gone_says_so_and_can_be_taken_out(world: World) -> None:
    result = await posted(world)
    await world.bob.react(result, STAR)
    job = await newest(world)
    await removed(world, world.alice, result)
    shown = await page(world)
    assert "🗑️ removed, kept" in text_of(shown.response)
    assert thumbnails_of(shown) == []
    await choose_of(world, shown, job.job_id)
    assert labels_of(shown.response) == ["Do not keep", "Back"]
    await press(world.bob, shown, label="Do not keep")
    assert await rows(world, "favourites") == []


async def test_a_message_that_was_deleted_while_nobody_looked_is_gone(world: World) -> None:
    result = await posted(world)
    await world.bob.react(result, STAR)
    world.app.spool.remove((await newest(world)).job_id)
    quiet = world.env.backend.subscribers[:]
    world.env.backend.subscribers.clear()
    world.env.backend.delete_message(world.art.id, result.id)
    world.env.backend.subscribers.extend(quiet)
    assert "🗑️ removed, kept" in text_of((await page(world)).response)


async def test_words_are_shown_as_the_server_shows_them(world: World) -> None:
    result = await posted(world)
    await world.bob.react(result, STAR)
    await world.alice.react(result, STAR)
    await world.decide("prompts_shown", False)
    shown = await page(world)
    assert "a fox" not in text_of(shown.response)
    assert "(words not shown)" in text_of(shown.response)
    assert await kept(world, world.alice) == ["a fox"]


async def test_pages_lead_to_older_ones_and_back(world: World) -> None:
    await posted(world)
    await copies(world, 23)
    shown = await page(world)
    first = prompts(shown)
    assert len(first) == 10
    assert labels_of(shown.response) == ["Older"]
    await press(world.bob, shown, label="Older")
    second = prompts(shown)
    assert labels_of(shown.response) == ["Older", "Newest"]
    await press(world.bob, shown, label="Older")
    third = prompts(shown)
    assert {*first, *second, *third} == {f"copy {number}" for number in range(23)}
    assert len(third) == 3
    await press(world.bob, shown, label="Newest")
    assert prompts(shown) == first


async def test_full_favourites_name_the_oldest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = await posted(world)
    await copies(world, 3)
    monkeypatch.setattr(favourites, "MOST", 3)
    details = await press(world.bob, result, label="Details")
    refused = await press(world.bob, details, label="Keep")
    assert "Your favourites are full: 3 pictures" in text_of(refused.response)
    assert "The oldest is “copy " in text_of(refused.response)
    await world.bob.react(result, STAR)
    shown = await page(world)
    assert len(prompts(shown)) == 3
    assert "Your favourites are full" in text_of(shown.response)


async def test_a_server_can_turn_favourites_off(world: World) -> None:
    result = await posted(world)
    details = await press(world.bob, result, label="Details")
    await world.decide("favourites", False)
    await world.bob.react(result, STAR)
    assert await rows(world, "favourites") == []
    assert "no favourites" in text_of((await page(world)).response)
    again = await press(world.bob, result, label="Details")
    assert "Keep" not in labels_of(again.response)
    late = await press(world.bob, details, label="Keep")
    assert "no favourites" in text_of(late.response)


async def test_ones_own_private_result_can_be_kept_and_nobody_elses(world: World) -> None:
    asked = await world.alice.slash(world.art, "imagine", prompt="a secret", private=True)
    await world.finished()
    details = await press(world.alice, asked, label="Details")
    await press(world.alice, details, label="Keep")
    shown = await page(world, world.alice)
    assert "1 picture, only for you" in text_of(shown.response)
    assert await kept(world) == []


async def test_pictures_of_age_restricted_channels_have_thumbnails_only_there(
    world: World,
) -> None:
    result = await posted(world)
    await world.bob.react(result, STAR)
    for_adults(world, world.art)
    hall = world.guild.create_text_channel("hall")
    shown = await world.bob.slash(hall, "favourites")
    assert thumbnails_of(shown) == []
    assert len(thumbnails_of(await page(world))) == 1


async def test_favourites_are_exported_and_deleted_with_the_rest(world: World) -> None:
    result = await posted(world)
    await world.bob.react(result, STAR)
    await world.alice.react(result, STAR)
    (mine,) = (await exported(world, world.bob))["favourites"]
    assert mine["message_id"] == str(result.id)
    await delete(world, world.bob)
    (left,) = await rows(world, "favourites")
    assert left["user_id"] == world.alice.id


async def test_favourites_of_a_server_that_removed_the_bot_go_with_it(world: World) -> None:
    result = await posted(world)
    await world.bob.react(result, STAR)
    async with world.app.database.write() as uow:
        await uow.removed_guilds.purge(world.guild.id)
        await uow.commit()
    assert await rows(world, "favourites") == []
