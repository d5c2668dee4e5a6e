"""Reports, the card of a member, and asking for more: what moderators do about them."""

from __future__ import annotations

from typing import Any

import discord
import pytest
import simcord

from bot.domain.job import Reason
from bot.ui import buttons
from tests.cogs.member_actions import (
    manager,
    newest,
    posted,
    press,
    restart,
)
from tests.cogs.test_actions import answer_to, forged
from tests.cogs.test_moderate import record, waiting
from tests.world import World, labels_of, text_of

ALL = ["Remove", "Hide behind a spoiler", "Block 1 day", "Dismiss"]


async def log_of(world: World) -> simcord.ChannelHandle:
    """Give the server a channel for its moderators."""
    log = world.guild.create_text_channel("mod-log")
    await world.decide("log_channel", log.id)
    return log


def cards_in(log: simcord.ChannelHandle, word: str) -> list[discord.Message]:
    return [one for one in log.history() if word in text_of(one)]


async def reported(world: World, log: simcord.ChannelHandle) -> discord.Message:
    """Let Bob report Alice's result; return the card."""
    result = await posted(world)
    form = await world.bob.context_menu(world.art, "Report picture", result)
    await world.bob.submit_modal(form, {"reason": "hate", "text": "look *here*"})
    return cards_in(log, "**Report**")[-1]


async def now(log: simcord.ChannelHandle, card: discord.Message) -> discord.Message:
    return next(one for one in log.history() if one.id == card.id)


async def on_member(world: World, who: Any, member: Any) -> Any:
    asked = await who.context_menu(world.art, "Image quota", member)
    assert asked.ephemeral
    return asked


# --- reports --------------------------------------------------------------------------------


async def test_a_report_is_a_card_with_four_buttons(world: World) -> None:
    log = await log_of(world)
    card = await reported(world, log)

    assert labels_of(card) == ALL
    assert f"Made with Seedream 4.5 for <@{world.alice.id}>" in text_of(card)
    assert "look \\*here\\*" in text_of(card)


async def test_a_moderator_removes_the_picture_and_may_then_block(world: World) -> None:
    log = await log_of(world)
    card = await reported(world, log)
    await restart(world)
    await press(world.mora, card, label="Remove")

    assert world.results() == []
    card = await now(log, card)
    assert f"<@{world.mora.id}> removed the picture" in text_of(card)
    assert labels_of(card) == ["Block 1 day"]
    await press(world.mora, card, label="Block 1 day")
    card = await now(log, card)
    assert f"blocked <@{world.alice.id}> until" in text_of(card)
    assert labels_of(card) == []
    asked = await world.alice.slash(world.art, "imagine", prompt="a fox")
    assert "blocked" in text_of(asked.response)
    assert [entry.action for entry in await record(world)][:2] == ["block", "remove"]


async def test_a_dismissed_report_is_recorded_and_has_no_buttons(world: World) -> None:
    log = await log_of(world)
    card = await reported(world, log)
    await press(world.mora, card, label="Dismiss")

    assert labels_of(await now(log, card)) == []
    assert len(world.results()) == 1
    assert (await record(world))[0].action == "dismiss"


async def test_only_moderators_press_the_buttons_of_a_report(world: World) -> None:
    log = await log_of(world)
    card = await reported(world, log)
    job = await newest(world)
    for action in ("remove", "hide", "block", "dismiss"):
        told = await answer_to(world, buttons.report_button(action, job.job_id))
        assert "Only the server's moderators" in told
    assert labels_of(await now(log, card)) == ALL
    assert len(world.results()) == 1


async def test_a_picture_that_is_gone_already_settles_the_report(world: World) -> None:
    log = await log_of(world)
    card = await reported(world, log)
    world.env.backend.delete_message(world.art.id, world.results()[0].id)
    await world.env.settle()
    await press(world.mora, card, label="Remove")

    assert "already removed" in text_of(await now(log, card))


async def test_a_report_shortens_no_block_and_blocks_no_staff(world: World) -> None:
    log = await log_of(world)
    card = await reported(world, log)
    await world.mora.slash(world.art, "moderate block", member=world.alice)
    await press(world.mora, card, label="Block 1 day")
    assert "already blocked" in text_of(await now(log, card))
    blocked = await world.app.moderation.actions.blocked(world.guild.id, world.alice.id)
    assert blocked is not None
    assert blocked.until is None

    maya = manager(world)
    await maya.slash(world.art, "imagine", prompt="a fox")
    await world.finished()
    (job,) = await world.jobs(maya)
    button = await forged(world, buttons.report_button("block", job.job_id))
    refused = await press(world.mora, button, label="Press")
    assert "Only somebody with a higher rank" in text_of(refused.followups[-1])


async def test_one_member_reports_a_picture_once(world: World) -> None:
    log = await log_of(world)
    await reported(world, log)
    form = await world.bob.context_menu(world.art, "Report picture", world.results()[0])
    told = await world.bob.submit_modal(form, {"reason": "other"})

    assert "reported this already" in text_of(told.response)
    assert len(cards_in(log, "**Report**")) == 1


# --- the card of a member -------------------------------------------------------------------


async def test_moderators_see_a_members_quota_with_what_they_can_do(world: World) -> None:
    asked = await on_member(world, world.mora, world.alice)
    assert labels_of(asked.response) == ["Grant", "Reset", "Block"]
    refused = await on_member(world, world.bob, world.alice)
    assert "Only moderators" in text_of(refused.response)
    own = await on_member(world, world.mora, world.mora)
    assert labels_of(own.response) == []


async def test_the_staff_role_sees_it_too(world: World) -> None:
    role = world.guild.create_role("Helpers")
    helper = world.guild.add_member(world.env.create_user("helga"), roles=[role])
    await world.decide("staff_role", role.id)
    asked = await on_member(world, helper, world.alice)
    assert labels_of(asked.response) == ["Grant", "Reset", "Block"]


async def test_a_grant_by_the_form(world: World) -> None:
    asked = await on_member(world, world.mora, world.alice)
    form = await press(world.mora, asked, label="Grant")
    given = await world.mora.submit_modal(
        form, {"credits": "5", "expires": "1 week", "reason": "prize"}
    )
    assert "5 credits, until" in text_of(given.response)
    assert await world.left(world.alice) == 15


@pytest.mark.parametrize("credits", ["five", "0", "-3", "1.5", "100001", "9" * 40, "²"])
async def test_a_number_that_is_none_gives_nothing(world: World, credits: str) -> None:
    asked = await on_member(world, world.mora, world.alice)
    form = await press(world.mora, asked, label="Grant")
    told = await world.mora.submit_modal(form, {"credits": credits})
    assert "whole number" in text_of(told.response)
    assert await world.left(world.alice) == 10


async def test_reset_and_block_by_the_card(world: World) -> None:
    await posted(world)
    asked = await on_member(world, world.mora, world.alice)
    told = await press(world.mora, asked, label="Reset")
    assert "1 credit used → **0 credits used**" in text_of(told.response)
    assert await world.left(world.alice) == 10

    await waiting(world)
    form = await press(world.mora, asked, label="Block")
    done = await world.mora.submit_modal(
        form, {"duration": "1 day", "remove": ["86400"], "reason": "spam"}
    )
    text = text_of(done.response)
    assert "not blocked → **blocked" in text
    assert "1 request stopped" in text
    assert "1 result removed" in text
    assert (await newest(world)).reason is Reason.BLOCKED

    again = await on_member(world, world.mora, world.alice)
    assert "**Blocked** until" in text_of(again.response)
    assert labels_of(again.response) == ["Grant", "Reset", "Unblock"]
    freed = await press(world.mora, again, label="Unblock")
    assert "**not blocked**" in text_of(freed.response)


async def test_the_buttons_of_a_member_are_for_moderators_alone(world: World) -> None:
    for action in ("grant", "give", "reset", "block", "unblock", "seen"):
        told = await answer_to(world, buttons.member_button(action, world.bob.id))
        assert "Only the server's moderators" in told
    assert await world.left(world.bob) == 10


async def test_a_form_is_refused_when_the_right_is_gone(world: World) -> None:
    asked = await on_member(world, world.mora, world.alice)
    form = await press(world.mora, asked, label="Grant")
    world.env.backend.get_guild(world.guild.id).members[world.mora.id].role_ids.clear()
    told = await world.mora.submit_modal(form, {"credits": "5"})
    assert "Only the server's moderators" in text_of(told.response)
    assert await world.left(world.alice) == 10


# --- asking for more ------------------------------------------------------------------------


async def test_without_a_channel_nobody_is_asked_for_more(world: World) -> None:
    asked = await world.alice.slash(world.art, "quota")
    assert labels_of(asked.response) == []
    assert "ask a moderator directly" in await answer_to(world, buttons.MORE_ID)


async def test_a_member_asks_for_more_and_gets_it(world: World) -> None:
    log = await log_of(world)
    asked = await world.alice.slash(world.art, "quota")
    told = await press(world.alice, asked, label="Ask for more")
    assert "I told the moderators" in text_of(told.response)
    again = await press(world.alice, asked, label="Ask for more")
    assert "a while ago" in text_of(again.response)

    (card,) = cards_in(log, "asks for more")
    form = await press(world.mora, card, label="Grant")
    given = await world.mora.submit_modal(form, {"credits": "5"})
    assert "**5 credits**" in text_of(given.response)
    assert given.ephemeral
    card = await now(log, card)
    assert f"<@{world.mora.id}> gave 5 credits" in text_of(card)
    assert labels_of(card) == []
    assert await world.left(world.alice) == 15


async def test_a_wish_for_more_can_be_dismissed_and_made_again_later(world: World) -> None:
    log = await log_of(world)
    asked = await world.alice.slash(world.art, "quota")
    await press(world.alice, asked, label="Ask for more")
    (card,) = cards_in(log, "asks for more")
    await press(world.mora, card, label="Dismiss")
    assert labels_of(await now(log, card)) == []

    await world.env.advance_time(6 * 3600)
    asked = await world.alice.slash(world.art, "quota")
    await press(world.alice, asked, label="Ask for more")
    assert len(cards_in(log, "asks for more")) == 2


async def test_who_is_blocked_does_not_ask_for_more(world: World) -> None:
    log = await log_of(world)
    await world.mora.slash(world.art, "moderate block", member=world.bob)
    assert "blocked" in await answer_to(world, buttons.MORE_ID)
    assert cards_in(log, "asks for more") == []
