"""Each way in against what another process decided a moment ago: the transaction looks itself."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.domain.quotas.rules import Subject
from bot.domain.quotas.windows import Window
from bot.services.servers.decisions import (
    Actor,
    BlockDecision,
    Decision,
    RuleDecision,
    SettingDecision,
    WordDecision,
)
from tests.cogs import test_gate as gate
from tests.cogs.test_gate import Way
from tests.world import World, text_of

Decided = Mapping[Decision, object]

OTHERS = [gate.edit_form, gate.others_form, gate.reply, gate.pencil, gate.pick]
WAYS = [gate.imagine, gate.edit, gate.again, gate.retry, gate.fix, gate.blend, gate.mention]


async def elsewhere(world: World, decided: Decided) -> None:
    """Decide through another process: this one remembers what was before."""
    await world.app.servers.policies.of(world.guild.id)
    actor = Actor(guild_id=world.guild.id, actor_id=1, reason=None, now=0)
    async with world.app.database.write() as uow:
        for decision, value in decided.items():
            await decision.write(uow, actor, value)
        await uow.versions.bump(world.guild.id)
        await uow.commit()


async def test_a_first_look_at_the_memory_is_not_the_last(world: World) -> None:
    nothing = RuleDecision(Subject.MEMBER, world.bob.id, Window.DAY)
    decisions: dict[str, Decided] = {
        "cannot make pictures": {nothing: {"credits": 0, "until": None}},
        "does not allow": {WordDecision("hen"): True},
        "Pictures are paused": {SettingDecision("paused"): {"until": None, "reason": "a storm"}},
    }
    for said, decided in decisions.items():
        await elsewhere(world, decided)
        asked = await world.bob.slash(world.art, "imagine", prompt="a hen")
        assert said in text_of(asked.response)
        await elsewhere(world, dict.fromkeys(decided))
        world.app.servers.policies.forget(world.guild.id)
    assert await world.left(world.bob) == 10


@pytest.mark.parametrize("way", [*WAYS, *OTHERS])
async def test_every_way_in_meets_a_block_made_elsewhere(world: World, way: Way) -> None:
    ask = await way(world)
    await world.finished()
    before = len(world.apis.requests)
    await elsewhere(world, {BlockDecision(world.bob.id): {"until": None, "reason": None}})
    asked = await ask()
    await world.finished()
    assert asked.ephemeral
    assert "requests are blocked" in text_of(asked.response)
    assert len(world.apis.requests) == before
    assert await world.left(world.bob) == 10


@pytest.mark.parametrize("way", OTHERS)
async def test_every_way_to_somebody_elses_picture_meets_a_choice_made_elsewhere(
    world: World, way: Way
) -> None:
    ask = await way(world)
    await world.finished()
    before = len(world.apis.requests)
    await elsewhere(world, {SettingDecision("others_pictures"): False})
    asked = await ask()
    await world.finished()
    assert "own pictures" in text_of(asked.response)
    assert len(world.apis.requests) == before
    assert await world.left(world.bob) == 10
