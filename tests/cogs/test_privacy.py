"""`/privacy` as members use it: the card, the file, the choice about others, deleting."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from bot.domain.job import JobState
from bot.storage.ledger import ledger_check
from tests.cogs.member_actions import newest, posted, press
from tests.cogs.test_actions import waiting_ticket
from tests.world import World, labels_of, png, text_of

DAY = 86400


async def card(world: World, member: Any) -> Any:
    shown = await member.slash(world.art, "privacy")
    assert shown.ephemeral
    return shown


async def delete(world: World, member: Any, label: str = "Delete") -> str:
    asked = await card(world, member)
    await press(member, asked, label="Delete")
    await press(member, asked, label=label)
    await world.env.settle()
    return text_of(asked.response)


async def exported(world: World, member: Any) -> Any:
    given = await press(member, await card(world, member), label="Export")
    assert given.ephemeral
    shown = given.response.message.components[0].to_dict()
    (file,) = [part["file"] for part in shown["components"] if part["type"] == 13]
    data = world.env.backend.cdn.get(file["url"])
    assert data is not None
    return json.loads(data)


async def rows(world: World, table: str, where: str = "1 = 1") -> list[Any]:
    async with world.app.database.read() as uow:
        found = await uow.connection.exec_driver_sql(f"SELECT * FROM {table} WHERE {where}")  # noqa: S608
        return list(found.mappings())


async def books_are_right(world: World) -> None:
    assert await ledger_check.problems(world.app.database, now=world.app.clock.now()) == []


async def test_the_card_says_what_is_kept_and_offers_four_things(world: World) -> None:
    shown = await card(world, world.alice)
    told = text_of(shown.response)
    assert "Kept until you delete it" in told
    assert "a code instead of your name" in told
    assert labels_of(shown.response) == [
        "Export",
        "Do not let others edit my pictures",
        "Keep my pictures out of galleries",
        "Delete",
    ]


@pytest.mark.parametrize("settings", [{"access": {"open": False, "guilds": [1]}}])
async def test_everybody_may_see_and_delete_their_data_wherever_they_are(world: World) -> None:
    assert "Deleted" in await delete(world, world.alice)


async def test_the_export_holds_ones_own_requests_and_nothing_of_others(world: World) -> None:
    await posted(world, "a fox", image1=("cat.png", png()))
    await world.bob.slash(world.art, "imagine", prompt="a hen")
    await world.finished()
    found = await exported(world, world.alice)
    assert [one["request"]["prompt"] for one in found["requests"]] == ["a fox"]
    assert len(found["pictures_given"]) == len(found["messages"]) == 1
    assert found["credits_used"][0]["used"] == 1
    text = json.dumps(found)
    assert "hen" not in text
    assert str(world.bob.id) not in text
    assert "ticket_token" not in text


async def test_others_may_be_kept_from_editing_and_let_in_again(world: World) -> None:
    result = await posted(world)
    shown = await card(world, world.alice)
    await press(world.alice, shown, label="Do not let others edit my pictures")
    assert "Others cannot edit your pictures" in text_of(shown.response)
    form = await press(world.bob, result, label="Edit")
    refused = await world.bob.submit_modal(form, {"prompt": "night"})
    assert "does not let others" in text_of(refused.response)

    await press(world.alice, shown, label="Let others edit my pictures")
    form = await press(world.bob, result, label="Edit")
    await world.bob.submit_modal(form, {"prompt": "night"})
    await world.finished()
    assert len(world.results()) == 2


async def test_deleting_asks_first_and_says_what_stays(world: World) -> None:
    asked = await card(world, world.alice)
    await press(world.alice, asked, label="Delete")
    told = text_of(asked.response)
    assert "deleting your data gives you no new quota" in told
    assert "blocks and limits that moderators set" in told
    assert labels_of(asked.response) == ["Delete", "Delete, and remove my pictures"]


async def test_what_was_asked_goes_at_once_and_no_new_quota_is_gained(world: World) -> None:
    await posted(world, "a secret fox", image1=("cat.png", png()))
    job = await newest(world)
    await delete(world, world.alice)

    assert await world.left(world.alice) == 9
    for table in ("jobs", "reference_pictures", "pictures", "drafts", "baskets"):
        assert "secret" not in str(await rows(world, table))
    assert await rows(world, "reference_pictures") == []
    assert job.job_id not in world.app.spool.job_ids()
    assert "secret" not in text_of((await world.alice.slash(world.art, "jobs")).response)
    assert await world.alice.autocomplete(world.art, "edit", "of", "") == []
    await books_are_right(world)


async def test_a_tombstone_takes_their_place_when_the_window_is_over(world: World) -> None:
    await posted(world)
    await delete(world, world.alice)
    await world.env.advance_time(DAY + 1)
    await world.app.people.privacy.sweep()

    (job,) = await rows(world, "jobs")
    (tombstone,) = await rows(world, "forgotten")
    assert job["user_id"] == tombstone["tombstone_id"] < 0
    for table in ("jobs", "counters", "holds", "ledger", "posts"):
        assert str(world.alice.id) not in str(await rows(world, table))
    await books_are_right(world)

    await world.env.advance_time(31 * DAY)
    await world.app.people.privacy.sweep()
    assert await rows(world, "forgotten") == []
    assert await world.left(world.alice) == 10


async def test_who_comes_back_begins_anew_and_keeps_what_is_new(world: World) -> None:
    await posted(world, "the old one")
    await delete(world, world.alice)
    await world.env.advance_time(10)
    await posted(world, "the new one")
    assert await world.left(world.alice) == 8
    await world.env.advance_time(DAY)
    await world.app.people.privacy.sweep()

    (job,) = await world.jobs(world.alice)
    assert job.request.prompt == "the new one"
    await books_are_right(world)
    await posted(world, "another")
    assert await world.left(world.alice) == 9
    await books_are_right(world)


async def test_what_waits_is_cancelled_and_what_runs_is_finished_first(world: World) -> None:
    ticket = await waiting_ticket(world)
    told = await delete(world, world.alice)
    assert "cancelled and refunded" in told
    assert "**Cancelled.**" in text_of(ticket.response)
    world.apis.gate.set()
    await world.finished()
    await world.app.people.privacy.sweep()

    found = await world.jobs(world.alice)
    assert found
    assert all(job.state.final and not job.request.prompt for job in found)
    async with asyncio.timeout(10):
        # What tickets say is written down some time after it was said.
        while await rows(world, "jobs", "ticket_token IS NOT NULL"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await books_are_right(world)


async def test_posted_pictures_stay_unless_they_are_removed_too(world: World) -> None:
    await posted(world)
    await delete(world, world.alice)
    assert len(world.results()) == 1

    await posted(world)
    told = await delete(world, world.alice, "Delete, and remove my pictures")
    assert "being removed now" in told
    await world.until(lambda: not world.results())
    await books_are_right(world)


async def test_pictures_of_the_forgotten_can_still_be_edited_but_not_made_again(
    world: World,
) -> None:
    result = await posted(world)
    await delete(world, world.alice)
    again = await press(world.bob, result, label="Again")
    assert "was deleted" in text_of(again.response)
    details = await press(world.bob, result, label="Details")
    assert "deleted" in text_of(details.response)
    form = await press(world.bob, result, label="Edit")
    await world.bob.submit_modal(form, {"prompt": "night"})
    await world.finished()
    assert len(world.results()) == 2


async def test_a_choice_against_edits_outlives_the_deletion(world: World) -> None:
    result = await posted(world)
    shown = await card(world, world.alice)
    await press(world.alice, shown, label="Do not let others edit my pictures")
    await delete(world, world.alice)
    await world.env.advance_time(DAY + 1)
    await world.app.people.privacy.sweep()

    form = await press(world.bob, result, label="Edit")
    refused = await world.bob.submit_modal(form, {"prompt": "night"})
    assert "does not let others" in text_of(refused.response)


async def test_deleting_twice_and_again_after_a_month_is_harmless(world: World) -> None:
    await posted(world)
    await delete(world, world.alice)
    first = await rows(world, "forgotten")
    await delete(world, world.alice)
    assert [one["tombstone_id"] for one in await rows(world, "forgotten")] == [
        one["tombstone_id"] for one in first
    ]
    assert await world.left(world.alice) == 9
    await world.env.advance_time(40 * DAY)
    await world.app.people.privacy.sweep()
    await delete(world, world.alice)
    await books_are_right(world)


async def test_who_has_nothing_stored_can_delete_and_export_all_the_same(world: World) -> None:
    assert "Deleted" in await delete(world, world.bob)
    assert (await exported(world, world.bob))["requests"] == []


async def test_a_deletion_is_only_ever_about_whoever_presses(world: World) -> None:
    await posted(world)
    asked = await card(world, world.alice)
    await press(world.alice, asked, label="Delete")
    await delete(world, world.bob)
    (job,) = await world.jobs(world.alice)
    assert (job.state, job.request.prompt) == (JobState.DONE, "a fox")
