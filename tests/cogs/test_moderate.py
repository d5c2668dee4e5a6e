"""`/moderate`: what each command does, for whom, and what it answers to the others."""

from __future__ import annotations

import csv
import io
from typing import Any

import discord
import pytest

from bot.domain.job import JobState, Reason
from bot.domain.quotas.rules import Rule, Subject
from bot.domain.quotas.windows import Window
from bot.services.moderation.audit_log_csv import record_csv
from bot.services.ports import AuditEntry
from bot.services.servers.decisions import BlockDecision
from bot.ui import buttons
from tests.cogs.member_actions import (
    manager,
    newest,
    picture,
    posted,
    press,
    removed,
    restart,
    show_to,
)
from tests.cogs.test_actions import answer_to, forged
from tests.world import World, labels_of, text_of

COMMANDS: dict[str, dict[str, Any]] = {
    "grant": {"member": "alice", "credits": 5},
    "revoke": {"grant": "1"},
    "reset": {"member": "alice"},
    "block": {"member": "alice"},
    "unblock": {"member": "alice"},
    "queue": {},
    "cancel": {"job": "0" * 13},
    "remove": {"picture": "123456789012345678"},
    "pause": {"reason": "a storm"},
    "resume": {},
    "history": {},
}


async def told(world: World, who: Any, command: str, **options: Any) -> str:
    """Give a command of `/moderate` and return the private answer."""
    asked = await moderate(world, who, command, **options)
    return text_of(asked.response)


async def moderate(world: World, who: Any, command: str, **options: Any) -> Any:
    asked = await who.slash(world.art, f"moderate {command}", **options)
    assert asked.ephemeral
    return asked


async def record(world: World) -> list[AuditEntry]:
    return await world.app.servers.changes.history(world.guild.id, limit=100)


async def limit(world: World, subject: Subject, credits: int, window: Window) -> None:
    rule = Rule(subject=subject, window=window, credits=credits)
    async with world.app.database.write() as uow:
        await uow.rules.put(world.guild.id, rule, by=1, now=0)
        await uow.versions.bump(world.guild.id)
        await uow.commit()
    world.app.servers.policies.forget(world.guild.id)


async def waiting(world: World, member: Any = None, **options: Any) -> Any:
    """Ask for a picture while nothing runs."""
    world.app.jobs.worker._draining = True
    return await (member or world.alice).slash(world.art, "imagine", prompt="a fox", **options)


def given(world: World, options: dict[str, Any]) -> dict[str, Any]:
    return {name: world.alice if v == "alice" else v for name, v in options.items()}


# --- who ------------------------------------------------------------------------------------


async def test_moderators_see_the_commands_and_members_do_not(world: World) -> None:
    admin = world.guild.create_role("Admins", permissions=discord.Permissions(administrator=True))
    ada = world.guild.add_member(world.env.create_user("ada"), roles=[admin])

    for who, sees in ((world.mora, True), (ada, True), (world.alice, False)):
        assert ("moderate block" in who.available_commands(world.art)) is sees
    assert "paused" in await told(world, ada, "pause", reason="a storm")


async def test_who_sees_the_commands_without_the_right_is_refused(world: World) -> None:
    show_to(world, "moderate", world.bob)
    for command, options in COMMANDS.items():
        answer = await told(world, world.bob, command, **given(world, options))
        assert "Only the server's moderators" in answer
    await waiting(world)
    for option, command in (("job", "cancel"), ("grant", "revoke")):
        assert await world.bob.autocomplete(world.art, f"moderate {command}", option, "") == []
    assert await record(world) == []


async def test_the_staff_role_moderates(world: World) -> None:
    role = world.guild.create_role("Helpers")
    helper = world.guild.add_member(world.env.create_user("helga"), roles=[role])
    show_to(world, "moderate", helper)
    await world.decide("staff_role", role.id)

    assert "5 credits" in await told(world, helper, "grant", member=world.alice, credits=5)


# --- credits --------------------------------------------------------------------------------


async def test_a_grant_is_given_shown_and_undone(world: World) -> None:
    asked = await moderate(
        world, world.mora, "grant", member=world.alice, credits=5, expires="1 day", reason="prize"
    )
    text = text_of(asked.response)
    assert "none → **5 credits, until" in text
    assert "Reason: prize" in text
    assert await world.left(world.alice) == 15

    undone = await press(world.mora, asked, label="Undo")
    assert "Undone" in text_of(undone.response)
    assert await world.left(world.alice) == 10


async def test_a_grant_beyond_the_months_budget_is_refused_with_the_number(world: World) -> None:
    await limit(world, Subject.BUDGET, 20, Window.MONTH)
    await posted(world)
    await told(world, world.mora, "grant", member=world.bob, credits=9)

    answer = await told(world, world.mora, "grant", member=world.bob, credits=11)
    assert "room for 10 credits more" in answer
    assert await world.left(world.bob) == 19
    assert "10 credits" in await told(world, world.mora, "grant", member=world.bob, credits=10)
    assert "room for 0 credits more" in await told(
        world, world.mora, "grant", member=world.bob, credits=1
    )


async def test_a_time_that_is_none_is_refused_and_nothing_is_given(world: World) -> None:
    for expires, word in (("soonish", "cannot read"), ("2020-01-01", "in the past")):
        answer = await told(
            world, world.mora, "grant", member=world.alice, credits=5, expires=expires
        )
        assert word in answer
    assert await world.left(world.alice) == 10


async def test_bots_get_nothing(world: World) -> None:
    robot = world.guild.add_member(world.env.create_user("robot", bot=True))

    for command, options in (("grant", {"credits": 5}), ("reset", {}), ("block", {})):
        answer = await told(world, world.mora, command, member=robot, **options)
        assert "Bots cannot make pictures" in answer
    assert await record(world) == []


async def test_extra_credits_are_chosen_from_a_list_and_taken_back(world: World) -> None:
    await told(world, world.mora, "grant", member=world.alice, credits=5)
    await told(world, world.mora, "grant", member=world.bob, credits=7)
    lists = world.app.moderation.suggestions
    await world.until(lambda: len(lists.of(world.guild.id).grants) == 2)
    before = len(world.env.http_requests)
    found = await world.mora.autocomplete(world.art, "moderate revoke", "grant", "ali")

    assert [choice["name"] for choice in found] == ["alice · 5 of 5 credits left · no. 1"]
    assert len(world.env.http_requests) == before + 1  # the answer itself
    asked = await moderate(world, world.mora, "revoke", grant=found[0]["value"])
    assert "5 credits → **none**" in text_of(asked.response)
    assert await world.left(world.alice) == 10
    assert "are gone" in await told(world, world.mora, "revoke", grant="1")
    await press(world.mora, asked, label="Undo")
    assert await world.left(world.alice) == 15


async def test_grants_typed_by_hand_are_refused_kindly(world: World) -> None:
    for typed in ("99", "-1", "alice", "9" * 40, "²"):
        assert "cannot find these" in await told(world, world.mora, "revoke", grant=typed)


async def test_a_reset_begins_anew_and_leaves_nothing_to_reset(world: World) -> None:
    await posted(world)
    answer = await told(world, world.mora, "reset", member=world.alice, reason="a mistake")
    assert "1 credit used → **0 credits used**" in answer
    assert await world.left(world.alice) == 10
    assert "nothing to reset" in await told(world, world.mora, "reset", member=world.alice)


# --- blocks ---------------------------------------------------------------------------------


async def test_a_block_stops_and_refunds_what_waits_and_keeps_the_member_out(world: World) -> None:
    first, _ = await waiting(world, count=2), await waiting(world, private=True)
    answer = await told(
        world, world.mora, "block", member=world.alice, duration="1 day", reason="spam_"
    )

    assert "not blocked → **blocked, until" in answer
    assert "2 requests stopped" in answer
    jobs = await world.jobs(world.alice)
    assert [(job.state, job.reason) for job in jobs] == [(JobState.CANCELLED, Reason.BLOCKED)] * 2
    assert await world.left(world.alice) == 10
    await world.until(lambda: "Cancelled" in text_of(first.response))
    assert "requests are blocked" in text_of(first.response)
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox")
    assert "this ends" in text_of(asked.response)
    assert "Reason: spam\\_" in text_of(asked.response)


@pytest.mark.parametrize(("remove", "left"), [(0, 2), (3600, 1), (86400, 0)])
async def test_a_block_takes_the_newest_results_away(world: World, remove: int, left: int) -> None:
    await posted(world, "an old fox")
    await world.env.advance_time(7200)
    await posted(world, "a new fox")
    answer = await told(world, world.mora, "block", member=world.alice, remove=remove)
    await world.until(lambda: len(world.results()) == left)

    assert ("removed" in answer) is (left < 2)
    removals = [entry for entry in await record(world) if entry.action == "remove"]
    assert len(removals) == 2 - left


async def test_nobody_blocks_themselves_the_owner_the_bot_or_other_staff(world: World) -> None:
    other = world.guild.add_member(world.env.create_user("olaf"), roles=[_moderators(world)])
    assert "cannot block yourself" in await told(world, world.mora, "block", member=world.mora)
    assert "Only somebody with a higher rank" in await told(
        world, world.mora, "block", member=other
    )
    assert "Only somebody with a higher rank" in await told(
        world, world.mora, "block", member=manager(world)
    )
    assert "owner" in await told(world, world.mora, "block", member=world.guild.owner)
    assert await record(world) == []


async def test_a_manager_blocks_a_moderator_who_cannot_undo_it(world: World) -> None:
    maya = manager(world)
    show_to(world, "moderate", maya)
    asked = await moderate(world, maya, "block", member=world.mora)
    assert "blocked" in text_of(asked.response)

    assert "You cannot unblock yourself" in await told(
        world, world.mora, "unblock", member=world.mora
    )
    page = await moderate(world, world.mora, "history")
    assert "Undo" not in labels_of(page.response)
    (entry,) = await record(world)
    button = await forged(world, buttons.undo_button(entry.audit_id, entry.at))
    undone = await press(world.mora, button, label="Press")
    assert "You cannot unblock yourself" in text_of(undone.response)
    blocked = await world.mora.slash(world.art, "imagine", prompt="a fox")
    assert "blocked" in text_of(blocked.response)


async def test_somebody_who_is_no_member_is_blocked_by_their_id(world: World) -> None:
    gone = world.env.create_user("gone")
    answer = await told(world, world.mora, "block", member=gone)
    assert f"Block of <@{gone.id}>" in answer
    assert f"Block of <@{gone.id}>" in await told(world, world.mora, "unblock", member=gone)


async def test_unblocking_twice_is_answered_kindly(world: World) -> None:
    await told(world, world.mora, "block", member=world.alice, duration="1 h")
    assert "blocked" in await told(world, world.mora, "unblock", member=world.alice)
    assert "were not blocked" in await told(world, world.mora, "unblock", member=world.alice)
    await told(world, world.mora, "block", member=world.alice, duration="1 h")
    await world.env.advance_time(3601)
    assert "were not blocked" in await told(world, world.mora, "unblock", member=world.alice)
    await posted(world)


async def test_a_block_of_the_operator_is_the_operators_to_end(world: World) -> None:
    changes = world.app.servers.changes
    await changes.set(
        changes.actor(0, 0),
        BlockDecision(world.alice.id),
        {"until": None, "reason": "x"},
        action="block",
    )
    assert "operator blocked them" in await told(world, world.mora, "unblock", member=world.alice)


# --- queue ----------------------------------------------------------------------------------


async def test_the_queue_shows_who_waits_and_cancels_beside_each(world: World) -> None:
    await waiting(world)
    await waiting(world, world.bob, private=True)
    shown = await moderate(world, world.mora, "queue")
    text = text_of(shown.response)
    assert "**2 requests in this server**" in text
    assert f"<@{world.alice.id}>" in text
    assert "a private request" in text

    cancels = [one for one in ids_of(shown.response) if one.startswith("m1:drop")]
    await restart(world)
    await press(world.mora, shown, custom_id=cancels[1])
    assert "**1 request in this server**" in text_of(shown.response)
    assert (await newest(world, world.bob)).reason is Reason.BY_MODERATOR
    assert await world.left(world.bob) == 10
    (entry,) = await record(world)
    assert (entry.action, entry.actor_id) == ("cancel", world.mora.id)


async def test_a_long_queue_has_pages(world: World) -> None:
    for _ in range(9):
        await waiting(world)
    shown = await moderate(world, world.mora, "queue")
    assert labels_of(shown.response).count("Cancel") == 8
    await press(world.mora, shown, label="▶")
    assert labels_of(shown.response) == ["Cancel", "◀", "Refresh"]
    await press(world.mora, shown, label="Cancel")
    assert labels_of(shown.response).count("Cancel") == 8


async def test_a_request_that_ended_meanwhile_leaves_the_queue(world: World) -> None:
    await waiting(world)
    shown = await moderate(world, world.mora, "queue")
    await world.app.requests.intake.cancel((await newest(world)).job_id, by=Reason.BY_MEMBER)
    await press(world.mora, shown, label="Cancel")

    assert "No requests are waiting" in text_of(shown.response)
    assert await record(world) == []


async def test_a_request_is_chosen_from_a_list_and_cancelled_once(world: World) -> None:
    await waiting(world)
    lists = world.app.moderation.suggestions
    await world.until(lambda: len(lists.of(world.guild.id).jobs) == 1)
    (choice,) = await world.mora.autocomplete(world.art, "moderate cancel", "job", "fox")
    assert choice["name"] == "alice · waiting · a fox"

    answer = await told(world, world.mora, "cancel", job=choice["value"], reason="too many")
    assert f"Cancelled: Request of <@{world.alice.id}>" in answer
    assert "got the credits back" in answer
    assert "already stopped or finished" in await told(
        world, world.mora, "cancel", job=choice["value"]
    )
    for typed in ("fox", "0" * 13, "🦊"):
        assert "cannot find this request" in await told(world, world.mora, "cancel", job=typed)


# --- pictures -------------------------------------------------------------------------------


async def test_a_result_is_removed_by_its_link_once(world: World) -> None:
    result = await posted(world)
    answer = await told(world, world.mora, "remove", picture=result.jump_url, reason="rules")

    assert f"Removed: Picture of <@{world.alice.id}>" in answer
    assert world.results() == []
    assert "already removed" in await told(world, world.mora, "remove", picture=result.jump_url)


async def test_a_result_is_removed_by_the_ids_that_discord_copies(world: World) -> None:
    for _ in range(3):
        await posted(world)
    job = (await world.jobs(world.alice))[-1]
    for typed in (
        str(world.results()[2].id),
        f"{world.art.id}-{world.results()[1].id}",
        job.job_id.lower(),
    ):
        assert "Removed" in await told(world, world.mora, "remove", picture=f" {typed} ")
    assert world.results() == []


async def test_what_is_no_result_is_not_removed(world: World) -> None:
    message = await world.alice.send(world.art, "hello")
    elsewhere = (await posted(world)).jump_url.replace(str(world.guild.id), "1" * 18)
    await world.alice.slash(world.art, "imagine", prompt="a secret", private=True)
    await world.finished()
    secret = await newest(world)

    for typed in (message.jump_url, "a fox", "https://example.com/1", elsewhere):
        assert "not one of my results" in await told(world, world.mora, "remove", picture=typed)
    assert "Only its member could see" in await told(
        world, world.mora, "remove", picture=secret.job_id
    )
    assert len(world.results()) == 1
    assert await record(world) == []


async def test_a_removal_that_discord_refuses_is_said(world: World) -> None:
    result = await posted(world)
    world.env.inject_error("DELETE", "/channels/*/messages/*", status=403, code=50013, times=1)
    answer = await told(world, world.mora, "remove", picture=str(result.id))
    assert "does not let me delete" in answer


# --- pause ----------------------------------------------------------------------------------


async def test_a_pause_tells_members_why_and_ends(world: World) -> None:
    asked = await moderate(world, world.mora, "pause", reason="a storm", duration="1 h")
    assert "running → **paused, until" in text_of(asked.response)
    refused = await world.alice.slash(world.art, "imagine", prompt="a fox")
    assert "paused" in text_of(refused.response)
    assert "Reason: a storm" in text_of(refused.response)

    assert "**running**" in await told(world, world.mora, "resume")
    assert "were not paused" in await told(world, world.mora, "resume")
    await posted(world)


async def test_a_pause_that_is_over_is_no_pause_any_more(world: World) -> None:
    await told(world, world.mora, "pause", reason="a storm", duration="1 h")
    await world.env.advance_time(3601)
    await posted(world)
    assert "were not paused" in await told(world, world.mora, "resume")


async def test_a_pause_without_a_word_is_refused(world: World) -> None:
    assert "give a reason" in await told(world, world.mora, "pause", reason="   ")
    await posted(world)


# --- history --------------------------------------------------------------------------------


async def test_the_whole_history_is_handed_over_as_a_table(world: World) -> None:
    for credits in range(1, 9):
        await told(world, world.mora, "grant", member=world.alice, credits=credits)
    await told(world, world.mora, "block", member=world.bob, reason="=1+1")
    shown = await moderate(world, world.mora, "history", export=True)
    assert "Every change, newest first" in text_of(shown.response)
    entries = await world.app.servers.changes.history(world.guild.id, limit=100)
    rows = list(csv.reader(io.StringIO(record_csv(entries).removeprefix("\ufeff"))))
    assert len(rows) == 1 + 9
    assert (rows[1][3], rows[1][5], rows[1][8]) == ("block", str(world.bob.id), "'=1+1")


async def test_the_history_has_pages_filters_and_undo(world: World) -> None:
    for credits in range(1, 9):
        await told(world, world.mora, "grant", member=world.alice, credits=credits)
    await told(world, world.mora, "block", member=world.bob, reason="x" * 400)
    shown = await moderate(world, world.mora, "history")
    assert labels_of(shown.response) == ["Undo"] * 6 + ["Older"]
    await press(world.mora, shown, label="Older")
    assert "**1 credit**" in text_of(shown.response)
    await restart(world)
    await press(world.mora, shown, label="Newest")
    assert f"Block of <@{world.bob.id}>" in text_of(shown.response)

    about = await moderate(world, world.mora, "history", member=world.bob)
    assert labels_of(about.response) == ["Undo"]
    by = await told(world, world.mora, "history", moderator=world.alice)
    assert "No changes found" in by

    await press(world.mora, about, label="Undo")
    twice = await press(world.mora, about, label="Undo")
    assert "already undone" in text_of(twice.response)
    again = await told(world, world.mora, "history", member=world.bob)
    assert "*undone*" in again


async def test_pages_are_for_moderators_alone(world: World) -> None:
    for custom_id in ("m1:queue:0", "m1:history:0:0:0", f"m1:drop:0:{'0' * 13}"):
        assert "Only the server's moderators" in await answer_to(world, custom_id)


# --- the buttons of members' requests ---------------------------------------------------------


async def test_the_staff_role_cancels_and_removes_by_the_buttons(world: World) -> None:
    role = world.guild.create_role("Helpers")
    helper = world.guild.add_member(world.env.create_user("helga"), roles=[role])
    await world.decide("staff_role", role.id)
    result = await picture(world)
    await removed(world, helper, result)
    assert world.results() == []

    await waiting(world)
    job = await newest(world)
    button = await forged(world, buttons.job_button("cancel", job.job_id))
    await press(helper, button, label="Press")
    assert (await newest(world)).reason is Reason.BY_MODERATOR
    assert [entry.action for entry in await record(world)][:2] == ["cancel", "remove"]


def _moderators(world: World) -> Any:
    return world.guild.create_role(
        "More moderators", permissions=discord.Permissions(moderate_members=True)
    )


def ids_of(source: Any) -> list[str]:
    """Return the custom ids of a layout."""
    return [str(raw["custom_id"]) for raw in _raw(source.components) if raw.get("custom_id")]


def _raw(components: Any) -> Any:
    for part in components:
        raw = part if isinstance(part, dict) else part.to_dict()
        yield raw
        if accessory := raw.get("accessory"):
            yield accessory
        yield from _raw(raw.get("components", ()))
