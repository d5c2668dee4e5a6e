"""Undo as it is pressed: who may bring back what, and who hears why not."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.job import JobState, Reason
from bot.domain.quotas.rules import Subject
from bot.domain.quotas.windows import Window
from bot.ui import buttons
from tests.cogs.member_actions import (
    manager,
    newest,
    press,
    show_to,
)
from tests.cogs.test_actions import forged
from tests.cogs.test_moderate import _moderators, limit, record, told, waiting
from tests.world import World, text_of


async def undone(world: World, who: Any, action: str) -> str:
    """Press Undo of the newest such change, which all of the staff find in the history."""
    entry = next(one for one in await record(world) if one.action == action)
    button = await forged(world, buttons.undo_button(entry.audit_id, entry.at))
    return text_of((await press(who, button, label="Press")).response)


async def test_undo_of_an_entry_that_is_gone_does_not_meet_another_with_its_number(
    world: World,
) -> None:
    await told(world, world.mora, "block", member=world.bob)
    entry = (await record(world))[0]
    # As a copy would have it that was made before the entry: its number was given again.
    button = await forged(world, buttons.undo_button(entry.audit_id, entry.at - 60))
    pressed = await press(world.mora, button, label="Press")
    assert "cannot be undone" in text_of(pressed.response)
    assert await world.app.moderation.actions.blocked(world.guild.id, world.bob.id)


async def test_a_block_does_not_come_back_on_somebody_who_became_staff(world: World) -> None:
    await told(world, world.mora, "block", member=world.bob)
    await told(world, world.mora, "unblock", member=world.bob)
    world.env.backend.add_member_role(world.guild.id, world.bob.id, _moderators(world).id)
    await world.env.settle()

    assert "Only somebody with a higher rank" in await undone(world, world.mora, "unblock")
    assert await world.app.moderation.actions.blocked(world.guild.id, world.bob.id) is None
    assert "**blocked**" in await undone(world, manager(world), "unblock")


async def test_a_block_that_comes_back_refunds_what_was_asked_for_meanwhile(world: World) -> None:
    await told(world, world.mora, "block", member=world.alice)
    await told(world, world.mora, "unblock", member=world.alice)
    asked = await waiting(world, count=3)
    assert "**blocked**" in await undone(world, world.mora, "unblock")

    job = await newest(world)
    assert (job.state, job.reason) == (JobState.CANCELLED, Reason.BLOCKED)
    assert await world.left(world.alice) == 10
    await world.until(lambda: "requests are blocked" in text_of(asked.response))


async def test_credits_taken_back_do_not_come_back_beyond_the_budget(world: World) -> None:
    await limit(world, Subject.BUDGET, 20, Window.MONTH)
    await told(world, world.mora, "grant", member=world.alice, credits=20)
    await told(world, world.mora, "revoke", grant="1")
    await told(world, world.mora, "grant", member=world.bob, credits=15)

    assert "room for 5 credits more" in await undone(world, world.mora, "revoke")
    assert await world.left(world.alice) == 10


@pytest.mark.parametrize(
    ("who", "said"), [("mora", "The whole server may use"), ("maya", "9,000 credits")]
)
async def test_a_managers_limit_comes_back_above_the_budget_by_managers_alone(
    world: World, who: str, said: str
) -> None:
    maya = manager(world)
    show_to(world, "limits", maya)
    for credits in (9000, 5):
        await maya.slash(
            world.art, "limits member", member=world.alice, window="day", credits=credits
        )
    answer = await undone(world, maya if who == "maya" else world.mora, "limit")
    assert said in answer
    assert await world.left(world.alice) == (9000 if who == "maya" else 5)
