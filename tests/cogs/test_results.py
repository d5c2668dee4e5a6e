"""Buttons on results: who may press them, what they do, and that they go on working."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.job import JobState
from bot.ui import buttons
from tests.cogs.member_actions import (
    edit,
    posted,
    press,
    removed,
    restart,
)
from tests.cogs.test_actions import answer_to, forged
from tests.world import World, labels_of, png, text_of


async def test_every_result_has_its_buttons(world: World) -> None:
    result = await posted(world)

    assert labels_of(result) == ["Edit", "Again", "Details", "Remove"]
    assert not result.flags.components_v2


# --- edit -----------------------------------------------------------------------------------


async def test_anybody_edits_a_picture_on_their_own_quota(world: World) -> None:
    result = await posted(world)
    asked = await edit(world, world.bob, result, "make it night")

    assert asked.ephemeral
    assert "> make it night" in text_of(asked.response)
    await world.finished()
    first, second = world.results()
    assert "**Done**" in text_of(asked.response)
    assert world.apis.requests[-1].references == 1
    assert await world.left(world.bob) == 9
    assert await world.left(world.alice) == 9
    (job,) = await world.jobs(world.bob)
    (parent,) = await world.jobs(world.alice)
    assert (job.parent_job_id, job.parent_index) == (parent.job_id, 1)
    rows: list[Any] = second.components
    (url,) = [b.url for row in rows for b in row.children if b.label == "Parent"]
    assert url == first.jump_url


async def test_a_picture_of_a_set_is_chosen_in_the_form(world: World) -> None:
    result = await posted(world, count=3)
    asked = await edit(world, world.alice, result, "make it night", which=["2"])
    await world.finished()

    assert "**Done**" in text_of(asked.response)
    job = (await world.jobs(world.alice))[0]
    assert job.parent_index == 2
    assert job.request.references == 1


async def test_the_form_takes_flags_and_numbers_too(world: World) -> None:
    result = await posted(world, count=3)
    await edit(world, world.alice, result, "2: make it night --n 2 --ar 16:9", which=["1"])
    await world.finished()

    job = (await world.jobs(world.alice))[0]
    assert (job.parent_index, job.request.count) == (2, 2)
    assert job.request.prompt == "make it night"
    assert job.request.size == "2848x1600"


async def test_a_change_can_be_private(world: World) -> None:
    result = await posted(world)
    asked = await edit(world, world.bob, result, "make it night --private")
    await world.finished()

    assert len(world.results()) == 1
    assert "> make it night" in text_of(asked.response)


async def test_a_model_that_cannot_edit_is_refused(world: World) -> None:
    result = await posted(world)
    asked = await edit(
        world, world.bob, result, "make it night --model doubao-seedream-3-0-t2i-250415"
    )

    assert asked.ephemeral
    assert "can only make new pictures" in text_of(asked.response)
    assert await world.left(world.bob) == 10


async def test_more_pictures_come_after_the_edited_one(world: World) -> None:
    result = await posted(world)
    await edit(world, world.alice, result, "with this hat", more=[("hat.png", png())])
    await world.finished()

    assert world.apis.requests[-1].references == 2


async def test_a_form_is_answered_after_a_restart(world: World) -> None:
    result = await posted(world)
    form = await press(world.alice, result, label="Edit")
    await restart(world)
    asked = await world.alice.submit_modal(form, {"prompt": "make it night"})
    await world.finished()

    assert "**Done**" in text_of(asked.response)
    assert len(world.results()) == 2


async def test_a_year_later_after_a_restart_every_button_works(world: World) -> None:
    result = await posted(world)
    await world.env.advance_time(366 * 86400)
    await restart(world)

    asked = await edit(world, world.bob, result, "make it night")
    assert "> make it night" in text_of(asked.response)
    again = await press(world.bob, result, label="Again")
    assert "> a fox" in text_of(again.response)
    shown = await press(world.bob, result, label="Details")
    assert "> a fox" in text_of(shown.response)
    await world.finished()
    assert len(world.results()) == 3


async def test_an_edit_works_when_only_the_post_is_left(world: World) -> None:
    result = await posted(world)
    (job,) = await world.jobs(world.alice)
    world.app.spool.remove(job.job_id)
    await edit(world, world.bob, result, "make it night")
    await world.finished()

    assert len(world.results()) == 2
    assert world.apis.requests[-1].references == 1


async def test_a_form_sent_twice_is_one_wish(world: World) -> None:
    result = await posted(world)
    form = await press(world.alice, result, label="Edit")
    await world.alice.submit_modal(form, {"prompt": "make it night"})
    form._interaction.modal_consumed = False
    second = await world.alice.submit_modal(form, {"prompt": "make it night"})
    await world.finished()

    assert "> make it night" in text_of(second.response)
    assert len(await world.jobs(world.alice)) == 2
    assert await world.left(world.alice) == 8


async def test_a_picture_deleted_in_between_cannot_be_edited(world: World) -> None:
    result = await posted(world)
    (job,) = await world.jobs(world.alice)
    card = await forged(world, buttons.job_button("edit", job.job_id))
    form = await press(world.bob, card, label="Press")
    world.env.backend.delete_message(world.art.id, result.id)
    await world.env.settle()
    asked = await world.bob.submit_modal(form, {"prompt": "make it night"})

    assert "This picture is gone" in text_of(asked.response)
    assert "This picture is gone" in await answer_to(world, buttons.job_button("edit", job.job_id))
    assert await world.left(world.bob) == 10


async def test_a_picture_deleted_while_the_bot_was_away_cannot_be_edited(world: World) -> None:
    result = await posted(world)
    (job,) = await world.jobs(world.alice)
    card = await forged(world, buttons.job_button("edit", job.job_id))
    form = await press(world.bob, card, label="Press")
    del world.env.backend.messages[world.art.id][result.id]
    asked = await world.bob.submit_modal(form, {"prompt": "make it night"})

    assert "This picture is gone" in text_of(asked.response)
    assert "This picture is gone" in await answer_to(world, buttons.job_button("edit", job.job_id))


# --- details --------------------------------------------------------------------------------


async def test_details_show_the_chain_with_links(world: World) -> None:
    first = await posted(world, count=2)
    await edit(world, world.bob, first, "make it night", which=["2"])
    await world.finished()
    second = world.results()[-1]
    await edit(world, world.alice, second, "add a moon")
    await world.finished()
    shown = await press(world.alice, world.results()[-1], label="Details")

    told = text_of(shown.response)
    assert shown.ephemeral
    assert "> add a moon" in told
    assert f"1. [picture 1 of this]({second.jump_url}) · make it night" in told
    assert f"2. [picture 2 of this]({first.jump_url}) · a fox" in told


async def test_a_reencoded_picture_has_a_link_to_its_original_for_a_day(world: World) -> None:
    world.rules.file_limits[world.guild.id] = 20_000
    result = await posted(world)
    assert "Re-encoded" in result.content
    shown = await press(world.alice, result, label="Details")
    assert "[Original of picture 1](http" in text_of(shown.response)

    await world.env.advance_time(86401)
    late = await press(world.alice, result, label="Details")
    assert "Original" not in text_of(late.response)


# --- removal --------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["alice", "mora"])
async def test_requester_and_moderators_remove_a_result(world: World, who: str) -> None:
    result = await posted(world)
    asked = await removed(world, getattr(world, who), result)

    assert "**Removed.**" in text_of(asked.response)
    assert world.results() == []
    assert await world.left(world.alice) == 9


async def test_nobody_else_removes_a_result(world: World) -> None:
    result = await posted(world)
    (job,) = await world.jobs(world.alice)
    asked = await press(world.bob, result, label="Remove")

    assert "Only moderators and the person who requested this result" in text_of(asked.response)
    forged = await answer_to(world, buttons.job_button("gone", job.job_id))
    assert "Only moderators and the person who requested this result" in forged
    assert len(world.results()) == 1


async def test_a_removed_picture_is_no_parent_and_is_not_brought_back(world: World) -> None:
    result = await posted(world)
    await edit(world, world.bob, result, "make it night")
    await world.finished()
    child = world.results()[-1]
    (job,) = await world.jobs(world.alice)
    await removed(world, world.alice, result)

    for action in ("edit", "again"):
        told = await answer_to(world, buttons.job_button(action, job.job_id))
        assert "This picture is gone" in told
    again = await press(world.bob, child, label="Again")
    assert "This picture is gone" in text_of(again.response)
    shown = await press(world.bob, child, label="Details")
    assert "no longer there" in text_of(shown.response)
    assert await world.left(world.bob) == 9


async def test_a_removal_that_discord_refuses_still_counts(world: World) -> None:
    result = await posted(world)
    (job,) = await world.jobs(world.alice)
    world.env.inject_error("DELETE", "/channels/*/messages/*", status=403, code=50013, times=1)
    asked = await removed(world, world.alice, result)

    assert "does not let me delete" in text_of(asked.response)
    told = await answer_to(world, buttons.job_button("again", job.job_id))
    assert "This picture is gone" in told


# --- basket ---------------------------------------------------------------------------------


async def test_a_picture_goes_into_the_basket_and_out_again(world: World) -> None:
    result = await posted(world)
    details = await press(world.bob, result, label="Details")
    kept = await press(world.bob, details, label="Use as reference")

    assert "1 picture in your basket" in text_of(kept.response)
    basket = await world.app.requests.drafts.basket(world.bob.id, world.art.id)
    assert [source.result is not None for source in basket] == [True]
    await press(world.bob, kept, label="Clear")
    assert "empty" in text_of(kept.response)
    assert await world.app.requests.drafts.basket(world.bob.id, world.art.id) == []


# --- privacy --------------------------------------------------------------------------------


async def test_a_private_result_stays_with_its_member(world: World) -> None:
    asked = await world.alice.slash(world.art, "imagine", prompt="a secret", private=True)
    await world.finished()
    (job,) = await world.jobs(world.alice)

    for action in ("edit", "again", "details", "remove"):
        told = await answer_to(world, buttons.job_button(action, job.job_id))
        assert "This request is no longer stored" in told
    again = await press(world.alice, asked, label="Again")
    assert "only you can see it" in text_of(again.response)
    await world.finished()
    assert world.results() == []
    assert [j.state for j in await world.jobs(world.alice)] == [JobState.DONE] * 2


async def test_buttons_stay_known_when_results_come_and_go(world: World) -> None:
    items = world.env.bot._connection._view_store._dynamic_items
    before = dict(items)
    assert len(before) == len(buttons.TEMPLATES)
    result = await posted(world)
    await edit(world, world.bob, result, "make it night")
    await world.finished()
    await removed(world, world.alice, result)
    await world.env.advance_time(1000)

    assert dict(items) == before
    assert world.env.bot._connection._view_store._views == {}
    assert world.env.bot._connection._view_store._modals == {}
