"""What members do in tests of behaviour: results that they make, presses, replies, mentions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import discord
from simcord.backend.models import AllowedMentions, Overwrite
from simcord.enums import OverwriteType

from bot.domain.job import Job
from bot.services.ports import Progress
from tests.world import World


async def posted(world: World, prompt: str = "a fox", **options: Any) -> discord.Message:
    """Return alice's newest result."""
    await world.alice.slash(world.art, "imagine", prompt=prompt, **options)
    await world.finished()
    return world.results()[-1]


async def press(member: Any, shown: Any, **which: str) -> Any:
    """Press a button by its label or custom id, on a message or on the answer to something."""
    message = shown if isinstance(shown, discord.Message) else shown.response.message
    return await member.click(message, **which)


async def restart(world: World) -> None:
    """Log another client in; no ticket is edited while neither of them is connected."""
    publisher, connected = world.app.adapters.publisher, asyncio.Event()
    show = publisher.show

    async def show_then(progress: Progress) -> bool:
        await connected.wait()
        return await show(progress)

    publisher.show = show_then
    try:
        await world.env.restart_bot(world.app.new_client(1))
    finally:
        publisher.show = show
        connected.set()


async def edit(
    world: World, member: Any, message: discord.Message, prompt: str, **fields: Any
) -> Any:
    """Press Edit, choose where there are several pictures, fill the form in and send it."""
    shown = await press(member, message, label="Edit")
    form = shown if shown.modal else await chosen(member, shown, *fields.get("which", ["1"])[:1])
    return await member.submit_modal(form, {"prompt": prompt, **fields})


async def chosen(member: Any, card: Any, *values: str) -> Any:
    """Choose on the card of several pictures; return the form that opens."""
    return await member.select(card.response.message, list(values))


async def forbid(world: World, right: str) -> None:
    """Take a right from everyone in the channel."""
    denied = discord.Permissions(**{right: True}).value
    everyone = Overwrite(target_id=world.guild.id, type=OverwriteType.ROLE, allow=0, deny=denied)
    world.env.backend.set_overwrite(world.art.id, everyone)
    await world.env.settle()


async def picture(world: World, *, count: int = 1, prompt: str = "a fox") -> discord.Message:
    """Let Alice make a result."""
    await world.alice.slash(
        world.art,
        "imagine",
        prompt=prompt,
        count=count,
        model="doubao-seedream-4-0-250828",
        size="960x960",
    )
    await world.finished()
    return world.results()[-1]


async def quiet(world: World, text: str, reply_to: discord.Message, **more: Any) -> None:
    """Reply with the ping off: the bot gets an empty message."""
    world.env.backend.create_message(
        world.art.id,
        world.alice.id,
        text,
        allowed_mentions=AllowedMentions(replied_user=False),
        reference={"channel_id": str(world.art.id), "message_id": str(reply_to.id)},
        **more,
    )
    await world.env.settle()


def mention(world: World) -> str:
    assert world.env.bot.user
    return f"<@{world.env.bot.user.id}>"


def signs(world: World, message: discord.Message) -> list[str]:
    """Return the reactions on a message as it is now."""
    (now,) = [one for one in world.art.history() if one.id == message.id]
    return [str(one.emoji) for one in now.reactions]


def signs_in(messages: Iterable[discord.Message]) -> list[str]:
    """Return the reactions on messages."""
    return [str(one.emoji) for message in messages for one in message.reactions]


async def newest(world: World, member: Any = None) -> Job:
    return (await world.jobs(member or world.alice))[0]


def tickets_of(world: World) -> list[discord.Message]:
    return [m for m in world.art.history() if m.flags.components_v2]


async def removed(world: World, member: Any, result: discord.Message) -> Any:
    asked = await press(member, result, label="Remove")
    assert asked.ephemeral
    await press(member, asked, label="Remove")
    await world.env.settle()
    return asked


def manager(world: World, name: str = "maya") -> Any:
    """Add a member with Manage Server."""
    rights = discord.Permissions(manage_guild=True, view_channel=True, send_messages=True)
    role = world.guild.create_role(f"Managers of {name}", permissions=rights)
    return world.guild.add_member(world.env.create_user(name), roles=[role])


def show_to(world: World, command: str, *members: Any) -> None:
    """Let members see a command that its default hides, as a server's Integrations page can."""
    commands = world.env.backend.commands[None].values()
    (command_id,) = [int(one["id"]) for one in commands if one["name"] == command]
    world.guild.set_command_permissions(command_id, dict.fromkeys(members, True))
