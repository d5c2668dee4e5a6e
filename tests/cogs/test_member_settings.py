"""A member's own defaults: chosen on a card, kept where they can be, named where not."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.domain.job import Destination
from bot.domain.quotas.rules import AccessKind
from tests.cogs.member_actions import newest, posted, press
from tests.world import World, text_of

V40 = "doubao-seedream-4-0-250828"
V30 = "doubao-seedream-3-0-t2i-250415"


async def choose(world: World, **defaults: str) -> Any:
    """Choose defaults on the card, as Alice does."""
    shown: Any = await world.alice.slash(world.art, "settings")
    assert shown.ephemeral
    for name, value in defaults.items():
        await world.alice.select(shown.response, [value], custom_id=f"u1:default:{name}")
    return shown


async def asked(world: World, **options: Any) -> Any:
    shown: Any = await world.alice.slash(world.art, "imagine", prompt="a fox", **options)
    await world.finished()
    return shown


async def test_defaults_hold_where_nothing_is_said(world: World) -> None:
    shown = await choose(world, model=V40, aspect="16:9", count="2", spoiler="yes", private="yes")
    (model,) = [one for one in _selected(shown.response) if one.startswith("Model")]
    assert model == "Model: Seedream 4.0"
    await asked(world)
    job = await newest(world)
    width, height = map(int, job.request.size.split("x"))
    assert (job.request.model, job.request.count, width > height) == (V40, 2, True)
    assert (job.spoiler, job.destination) == (True, Destination.INTERACTION)


async def test_what_is_said_wins_over_a_default(world: World) -> None:
    await choose(world, model=V40, aspect="16:9", count="2", spoiler="yes", private="yes")
    await asked(world, model=V30, aspect="1:1", count=1, spoiler=False, private=False)
    job = await newest(world)
    width, height = map(int, job.request.size.split("x"))
    assert (job.request.model, job.request.count, width == height) == (V30, 1, True)
    assert (job.spoiler, job.destination) == (False, Destination.CHANNEL)


async def test_no_default_again(world: World) -> None:
    await choose(world, count="2")
    await choose(world, count="none")
    await asked(world)
    assert (await newest(world)).request.count == 1


async def test_what_a_model_cannot_do_is_left_out_and_said(world: World) -> None:
    await choose(world, size="4K")
    shown = await asked(world, model=V30)
    assert "defaults of yours" in text_of(shown.response)
    assert "size" in text_of(shown.response)
    assert (await newest(world)).state == "done"


async def test_the_limits_of_a_server_win_and_both_answers_say_so(world: World) -> None:
    await world.decide("max_pictures", 2)
    shown = await choose(world, count="4")
    assert "allows 2 pictures in a request at most" in text_of(shown.response)
    ticket = await asked(world)
    assert "defaults of yours" in text_of(ticket.response)
    assert (await newest(world)).request.count == 2


async def test_a_model_that_is_denied_is_left_out_and_said(world: World) -> None:
    await choose(world, model=V40)
    actor = world.app.servers.changes.actor(world.guild.id, world.mora.id)
    await world.app.servers.settings.allow(actor, AccessKind.MODEL, V40, False)
    ticket = await asked(world)
    assert "defaults of yours" in text_of(ticket.response)
    assert (await newest(world)).request.model != V40
    shown: Any = await world.alice.slash(world.art, "settings")
    assert "You cannot use Seedream 4.0 in this server" in text_of(shown.response)


async def test_a_default_style_is_named_and_yields_to_another(world: World) -> None:
    await posted(world)
    for name in ("Ink", "Oil"):
        await world.alice.slash(world.art, "style save", name=name, words=f"in {name}")
    async with world.app.database.read() as uow:
        ink, _ = await uow.styles.of(user_id=world.alice.id, guild_id=0)
    await choose(world, style=ink.style_id)
    ticket = await asked(world)
    assert "With the style “Ink”" in text_of(ticket.response)
    assert (await newest(world)).request.styled_prompt == "a fox, in Ink"
    await asked(world, style="Oil")
    assert (await newest(world)).request.styled_prompt == "a fox, in Oil"


async def test_a_reply_is_not_private_and_says_so(world: World) -> None:
    result = await posted(world)
    await choose(world, private="yes")
    await world.alice.send(world.art, "1: make it night", reply_to=result)
    await world.finished()
    job = await newest(world)
    assert (job.destination, job.request.operation) == (Destination.CHANNEL, "edit")
    assert [one.kind for one in job.request.notes] == ["default_left_out"]


async def test_again_takes_no_default(world: World) -> None:
    result = await posted(world)
    await choose(world, count="3")
    await press(world.alice, result, label="Again")
    await world.finished()
    assert (await newest(world)).request.count == 1


async def test_tickets_are_in_the_chosen_language(world: World) -> None:
    await choose(world, language="zh-CN")
    ticket = await asked(world)
    assert "完成" in text_of(ticket.response)


async def test_a_request_that_was_fixed_keeps_the_defaults(world: World) -> None:
    await choose(world, count="2")
    refused = await asked(world, size="10x10")
    form = await press(world.alice, refused, label="Fix it")
    await world.alice.submit_modal(form, {"prompt": "a fox"})
    await world.finished()
    assert (await newest(world)).request.count == 2


@pytest.mark.parametrize("value", ["nonsense", "99", ""])
async def test_made_up_values_are_no_default(world: World, value: str) -> None:
    preferences = world.app.styles.preferences
    for name in ("aspect", "size", "count", "private", "language"):
        await preferences.set(world.alice.id, name, value)
    assert (await preferences.of(world.alice.id)).stored() is None


async def test_deleting_ones_data_deletes_the_defaults(world: World) -> None:
    await choose(world, count="2")
    await world.app.people.privacy.forget(world.alice.id)
    assert (await world.app.styles.preferences.of(world.alice.id)).stored() is None


def _selected(source: Any) -> list[str]:
    found: list[str] = []
    for part in source.components:
        stack = [part if isinstance(part, dict) else part.to_dict()]
        while stack:
            raw = stack.pop()
            stack += raw.get("components", ())
            if raw.get("type") == discord.ComponentType.select.value:
                found += [one["label"] for one in raw["options"] if one.get("default")]
    return found
