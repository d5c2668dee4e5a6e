"""`/quota`, `/models` and `/help`, and the client around all commands."""

from __future__ import annotations

import discord

from tests.cogs.member_actions import manager
from tests.world import World, text_of


async def test_quota_shows_what_is_left_to_the_member_alone(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a fox", count=3)
    await world.finished()
    shown = await world.alice.slash(world.art, "quota")

    assert shown.ephemeral
    assert "3 of 10 credits used today · **7 left** · renews <t:1767312000:R>" in text_of(
        shown.response
    )
    assert "The server's budget: plenty left." in text_of(shown.response)
    other = await world.bob.slash(world.art, "quota")
    assert "0 of 10 credits used today · **10 left**" in text_of(other.response)


async def test_models_lists_them_all_or_shows_one(world: World) -> None:
    listed = await world.alice.slash(world.art, "models")
    assert listed.ephemeral
    for offer in world.app.adapters.catalog.models():
        assert offer.label in text_of(listed.response)
    assert "**Seedream 4.5** · the default\n" in text_of(listed.response)

    found = await world.alice.autocomplete(world.art, "models", "model", "gpt")
    shown = await world.alice.slash(world.art, "models", model=found[0]["value"])
    assert shown.ephemeral
    assert "**GPT Image 2**" in text_of(shown.response)
    assert "quality (auto, low, medium, high)" in text_of(shown.response)

    maya = manager(world)
    await maya.slash(world.art, "easel model", model="Seedream 4.5", rule="deny")
    without = text_of((await world.alice.slash(world.art, "models")).response)
    assert "**Seedream 5.0** · the default\n" in without
    assert "**Seedream 4.5**" not in without

    part = await world.alice.slash(world.art, "models", model="lite")
    assert "**Seedream 5.0 Lite**" in text_of(part.response)
    several = text_of((await world.alice.slash(world.art, "models", model="gateway")).response)
    assert "**Seedream 4.0 (gateway)**" in several
    assert "**Seedream 4.5**" not in several

    unknown = await world.alice.slash(world.art, "models", model="nothing")
    assert "There is no such model here." in text_of(unknown.response)


async def test_help_names_only_commands_that_exist(world: World) -> None:
    shown = await world.alice.slash(world.art, "help")

    assert shown.ephemeral
    known = {command.name for command in world.app.client.tree.get_commands()}
    named = {
        word.strip("/.,*·") for word in text_of(shown.response).split() if word.startswith("/")
    }
    assert named
    assert named <= known


async def test_commands_are_for_servers_only_and_within_discords_limits(world: World) -> None:
    commands = world.app.client.tree.get_commands()
    slash = {c.name for c in commands if isinstance(c, discord.app_commands.Command)}
    about = {"jobs", "favourites", "quota", "settings", "models", "help", "privacy"}
    assert slash == {"imagine", "edit", "blend", "compare"} | about
    menus = [c.type for c in commands if isinstance(c, discord.app_commands.ContextMenu)]
    assert menus.count(discord.AppCommandType.message) == 5
    assert menus.count(discord.AppCommandType.user) == 1
    for command in commands:
        known = command.to_dict(world.app.client.tree)
        assert known["contexts"] == [0]
        assert known["integration_types"] == [0]
        if isinstance(command, discord.app_commands.Command):
            assert 1 <= len(known["description"]) <= 100
        for option in known.get("options", []):
            assert 1 <= len(option["description"]) <= 100


async def test_the_options_of_imagine_stand_in_the_order_of_use(world: World) -> None:
    command = world.app.client.tree.get_command("imagine")
    assert isinstance(command, discord.app_commands.Command)
    assert " ".join(parameter.name for parameter in command.parameters) == (
        "prompt model style aspect count image1 image2 image3 image4 size related guidance seed "
        "format watermark spoiler private"
    )
    assert [p.name for p in command.parameters if p.required] == ["prompt"]


async def test_commands_are_synced_only_when_they_changed(world: World) -> None:
    def syncs() -> int:
        return sum(r.method == "PUT" and "commands" in r.path for r in world.env.http_requests)

    before = syncs()
    await world.env.restart_bot(world.app.new_client(1))
    assert syncs() == before

    changed = world.app.new_client(1)

    @changed.tree.command(description="Something new")
    async def news(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("news")

    await world.env.restart_bot(changed)
    assert syncs() == before + 1


async def test_the_client_asks_for_no_privileged_intent_and_caches_nobody(world: World) -> None:
    client = world.app.client
    assert not client.intents.members
    assert not client.intents.presences
    assert not client.intents.message_content
    assert list(client.cached_messages) == []
    await world.alice.send(world.art, "hello")
    assert list(client.cached_messages) == []
