"""What people with scripts of their own send: made-up ids and choices get a kind answer."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from discord import ui

from bot.domain.quotas.rules import AccessKind
from bot.services.servers.decisions import AccessDecision
from tests.cogs.member_actions import manager
from tests.cogs.test_actions import forged
from tests.cogs.test_moderate import record
from tests.world import World, text_of

HUGE = "9" * 20
NO_ID = str(2**63)


async def pressed(world: World, who: Any, custom_id: str) -> str:
    answer = await who.click(await forged(world, custom_id), custom_id=custom_id)
    return text_of(answer.response)


async def chosen(world: World, who: Any, custom_id: str, *values: str) -> Any:
    """Choose what no list of ours ever offered."""
    channel = world.env.bot.get_channel(world.art.id)
    assert isinstance(channel, discord.TextChannel)
    options = [discord.SelectOption(label=value, value=value) for value in values]
    view = ui.LayoutView(timeout=None)
    select = ui.Select[Any](custom_id=custom_id, options=options, max_values=len(options))
    view.add_item(ui.ActionRow(select))
    view.stop()
    return await who.select(await channel.send(view=view), list(values))


async def test_ids_that_no_database_takes_are_no_buttons(world: World) -> None:
    for typed in (HUGE, NO_ID, "١٢"):
        for template in ("u1:reset:{}", "u1:unblock:{}", "u1:block:{}", "u1:give:{}"):
            said = await pressed(world, world.mora, template.format(typed))
            assert "no longer works" in said
        said = await pressed(world, world.mora, f"m1:history:{typed}:0:0")
        assert "no longer works" in said
    assert await record(world) == []


async def test_numbers_of_nobody_and_nothing_are_answered(world: World) -> None:
    answers = {
        "u1:reset:0": "nothing to reset",
        "u1:unblock:0": "not blocked",
        "m1:queue:9999": "No requests are waiting",
        f"a1:undo:{'9' * 18}": "cannot be undone",
        "m1:history:0:0:8999999999999999999": "No changes found",
    }
    for custom_id, said in answers.items():
        assert said in await pressed(world, world.mora, custom_id)


@pytest.mark.parametrize("value", ["x|y", "abc", "|", f"m|{HUGE}", "123|0"])
@pytest.mark.parametrize("kind", list(AccessKind))
async def test_rules_that_nobody_made_cannot_be_taken_away(
    world: World, kind: AccessKind, value: str
) -> None:
    answer = await chosen(world, manager(world), f"s1:clear:{kind}", value)
    assert "no longer available" in text_of(answer.response)
    assert await record(world) == []


async def test_of_several_rules_those_that_stand_are_taken_away(world: World) -> None:
    changes = world.app.servers.changes
    actor = changes.actor(world.guild.id, world.mora.id)
    here = str(world.art.id)
    await changes.set(actor, AccessDecision(AccessKind.CHANNEL, here), "deny", action="access")
    policy = await world.app.servers.settings.policy(world.guild.id)
    assert not policy.channel_allowed((world.art.id,))
    await chosen(world, manager(world), "s1:clear:channel", f"{here}|0", "x|y")
    policy = await world.app.servers.settings.policy(world.guild.id)
    assert policy.channel_allowed((world.art.id,))
