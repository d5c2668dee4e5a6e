"""Each way in against what another process decided a moment ago: the transaction looks itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

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
from tests.cogs.member_actions import mention, press
from tests.cogs.test_gate import Way
from tests.world import World, labels_of, png, text_of

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


async def others_basket(world: World) -> Callable[[], Awaitable[Any]]:
    message = await world.alice.send(world.art, "my cat", attachments=[("cat.png", png())])
    await world.bob.context_menu(world.art, "Use as reference", message)
    form = await world.bob.slash(world.art, "blend")
    return lambda: world.bob.submit_modal(form, {"prompt": "in a hat"})


async def others_reply(world: World) -> Callable[[], Awaitable[Any]]:
    files = [("cat.png", png())]
    message = await world.alice.send(world.art, f"{mention(world)} wow", attachments=files)
    said = f"{mention(world)} in a hat"
    return lambda: world.bob.send(world.art, said, reply_to=message)


async def others_again(world: World) -> Callable[[], Awaitable[Any]]:
    ask = await gate.others_form(world)
    await ask()
    await world.finished()
    result = world.results()[-1]
    return lambda: world.bob.click(result, label="Again")


async def others_retry(world: World) -> Callable[[], Awaitable[Any]]:
    ask = await gate.others_form(world)
    world.apis.fail_next("524")
    asked = await ask()
    await world.finished()
    return lambda: press(world.bob, asked, label="Retry")


async def others_fix(world: World) -> Callable[[], Awaitable[Any]]:
    message = await world.alice.send(world.art, "my cat", attachments=[("cat.png", png())])
    form = await world.bob.context_menu(world.art, "Edit picture", message)
    asked = await world.bob.submit_modal(form, {"prompt": "in a hat --size 10x10"})
    fix = await press(world.bob, asked, label="Fix it")
    return lambda: world.bob.submit_modal(fix, {"prompt": "in a hat"})


PHOTOGRAPHS = [
    gate.others_form,
    others_basket,
    others_reply,
    others_again,
    others_retry,
    others_fix,
]
UPLOADS = [gate.edit, gate.blend]


@pytest.mark.parametrize("way", PHOTOGRAPHS)
async def test_every_way_to_a_photograph_asks_its_owner(world: World, way: Way) -> None:
    ask = await way(world)
    await world.finished()
    before, jobs = len(world.apis.requests), len(await world.jobs(world.bob))
    await elsewhere(world, {SettingDecision("photos"): "ask"})
    await ask()
    await world.until(lambda: any("Allow" in labels_of(m) for m in world.art.history()))
    assert len(world.apis.requests) == before
    assert len(await world.jobs(world.bob)) == jobs


@pytest.mark.parametrize("way", [*PHOTOGRAPHS, *UPLOADS])
async def test_every_way_to_a_photograph_is_closed_where_only_results_are_changed(
    world: World, way: Way
) -> None:
    ask = await way(world)
    await world.finished()
    before, jobs = len(world.apis.requests), len(await world.jobs(world.bob))
    await elsewhere(world, {SettingDecision("photos"): "nobody"})
    await ask()
    await world.finished()
    assert len(world.apis.requests) == before
    assert len(await world.jobs(world.bob)) == jobs


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
