"""A server's own words around every prompt, from `/easel setup` to the service and to Details."""

from __future__ import annotations

from typing import Any

from bot.domain.text.prompt_parts import PromptParts
from tests.cogs.member_actions import manager, newest, posted, press
from tests.cogs.test_server import panel, setting
from tests.world import World, text_of

PARTS = {"before": "watercolour of", "after": "soft light"}


async def write(world: World, who: Any, **fields: str) -> Any:
    """Open the panel, the page of prompt parts, and send its form; return the panel."""
    shown = await panel(world, who)
    await who.select(shown.response, ["prompt_parts"], custom_id="s1:setup:members")
    form = await press(who, shown, label="Write")
    await who.submit_modal(form, fields)
    return shown


async def test_parts_are_written_recorded_shown_and_undone(world: World) -> None:
    maya = manager(world)
    shown = await write(world, maya, **PARTS)

    assert await setting(world, "prompt_parts") == PromptParts(**PARTS)
    assert "Prompt parts: none → **watercolour of … soft light**" in text_of(shown.response)
    (entry,) = await world.app.servers.changes.history(world.guild.id, limit=5)
    assert (entry.actor_id, entry.subject_id, entry.new) == (maya.id, "prompt_parts", PARTS)
    await press(maya, shown, label="Undo")
    assert await setting(world, "prompt_parts") == PromptParts()


async def test_the_form_shows_what_is_there_and_empties_it(world: World) -> None:
    maya = manager(world)
    shown = await write(world, maya, **PARTS)
    await maya.select(shown.response, ["prompt_parts"], custom_id="s1:setup:members")
    form = await press(maya, shown, label="Write")
    assert "watercolour of" in str(form.modal)
    await maya.submit_modal(form, {"before": "", "after": ""})

    assert await setting(world, "prompt_parts") == PromptParts()
    _, entry = reversed(await world.app.servers.changes.history(world.guild.id, limit=5))
    assert (entry.old, entry.new) == (PARTS, None)


async def test_words_to_forbid_join_the_list_that_there_is(world: World) -> None:
    maya = manager(world)
    shown = await write(world, maya, **PARTS, never="spiders, x")

    assert await world.app.servers.settings.words(world.guild.id) == ["spiders"]
    text = text_of(shown.response)
    assert "Word “spiders”: allowed → **forbidden**" in text
    assert "“x”" in text
    asked = await world.alice.slash(world.art, "imagine", prompt="two spiders")
    assert "spiders" in text_of(asked.response)
    assert not world.apis.requests


async def test_only_managers_open_and_send_the_form(world: World) -> None:
    maya = manager(world)
    shown = await panel(world, maya)
    await maya.select(shown.response, ["prompt_parts"], custom_id="s1:setup:members")
    form = await press(maya, shown, label="Write")
    world.env.backend.edit_member(world.guild.id, maya.id, {"role_ids": []})

    told = await maya.submit_modal(form, PARTS)
    assert "Manage Server" in text_of(told.followups[-1] if told.followups else told.response)
    assert await setting(world, "prompt_parts") == PromptParts()


async def test_the_service_gets_the_whole_and_everybody_reads_the_members_words(
    world: World,
) -> None:
    await world.decide("prompt_parts", PARTS)
    result = await posted(world, "a fox")

    assert (world.apis.requests[-1].body or {})["prompt"] == "watercolour of a fox soft light"
    assert "a fox" in result.content
    assert "watercolour" not in result.content + str(result.attachments[0].description)
    details = await press(world.bob, result, label="Details")
    assert "The server added: watercolour of … soft light" in text_of(details.response)
    job = await newest(world)
    assert (job.request.prompt, job.request.parts) == ("a fox", PromptParts(**PARTS))


async def test_again_uses_the_members_words_with_the_parts_of_today(world: World) -> None:
    await world.decide("prompt_parts", PARTS)
    result = await posted(world, "a fox")
    await world.decide("prompt_parts", {"after": "in ink"})
    await press(world.bob, result, label="Again")
    await world.finished()

    assert (world.apis.requests[-1].body or {})["prompt"] == "a fox in ink"
    before = await press(world.bob, result, label="Details")
    assert "watercolour of … soft light" in text_of(before.response)


async def test_details_hide_the_parts_with_the_prompt(world: World) -> None:
    await world.decide("prompt_parts", PARTS)
    await world.decide("prompts_shown", False)
    result = await posted(world, "a fox")

    theirs = await press(world.bob, result, label="Details")
    assert "watercolour" not in text_of(theirs.response)
    own = await press(world.alice, result, label="Details")
    assert "watercolour" in text_of(own.response)


async def test_the_servers_words_are_not_held_against_a_member(world: World) -> None:
    await world.decide("prompt_parts", {"before": "no spiders"})
    actor = world.app.servers.changes.actor(world.guild.id, world.mora.id)
    await world.app.servers.settings.add_words(actor, "spiders")
    result = await posted(world, "a fox")
    assert "a fox" in result.content
