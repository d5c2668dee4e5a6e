"""Who asks and where, with the rights that Discord tells of: read off an event of Discord."""

from __future__ import annotations

import asyncio
import dataclasses

import aiohttp
import discord

from bot.domain.requests.consent import Consent
from bot.services.servers.access import Requester
from bot.ui.discord_api import discord_limits
from cogs.context import Interaction


def scope_of(interaction: Interaction) -> int:
    """Return the server that decides, 0 outside servers; AccessError where that is closed."""
    return interaction.client.services.servers.access.scope(of(interaction))


def of(interaction: Interaction) -> Requester:
    """Return who asks and where, with the member's and the bot's permissions there."""
    channel_id, visiting = interaction.channel_id or 0, _elsewhere(interaction)
    if interaction.guild_id is None:
        # Other people's direct messages and groups: only the interaction reaches them.
        found = _alone(interaction.user, channel_id, visiting=visiting)
    else:
        found = _requester(
            interaction.user,
            interaction.channel,
            guild_id=interaction.guild_id,
            channel_id=channel_id,
            member=interaction.permissions,
            bot=interaction.app_permissions,
            visiting=visiting,
        )
    mine, theirs = interaction.locale, interaction.guild_locale or interaction.locale
    return dataclasses.replace(found, locale=str(mine), server_locale=str(theirs))


def _elsewhere(interaction: Interaction) -> bool:
    """Tell whether the bot is no member of the place: only its user installed it.

    Where it is a member the server decides, however the command came.
    """
    if interaction.guild_id is None:
        return bool(interaction.context.private_channel)
    known = interaction.client.get_guild(interaction.guild_id) is not None
    return not known and not interaction.is_guild_integration()


def _alone(user: discord.User | discord.Member, channel_id: int, *, visiting: bool) -> Requester:
    """Return who asks outside servers: nobody has rights over others there, or needs any."""
    return Requester(
        user_id=user.id,
        guild_id=None,
        channel_id=channel_id,
        is_bot=user.bot,
        visiting=visiting,
    )


def of_message(message: discord.Message, author: discord.Member | None = None) -> Requester:
    """Return who wrote a message and where; permissions come from the server's roles.

    A message that was fetched knows its author without roles: then an event's `author` does.
    """
    channel, user = message.channel, author or message.author
    if message.guild is None:
        return _alone(user, channel.id, visiting=False)
    member = bot = discord.Permissions.none()
    if isinstance(user, discord.Member):
        member, bot = _permissions(channel, user, message.guild.me)
    found = _requester(
        user, channel, guild_id=message.guild.id, channel_id=channel.id, member=member, bot=bot
    )
    return dataclasses.replace(found, server_locale=str(message.guild.preferred_locale))


async def now(client: discord.Client, consent: Consent) -> Requester | None:
    """Return who asked for something with their rights as they are now.

    None: the member or the channel is gone. LookupError where this process cannot tell.
    """
    guild = client.get_guild(consent.guild_id)
    if guild is None:
        raise LookupError(f"server {consent.guild_id} is not known here")
    try:
        async with asyncio.timeout(discord_limits.ANSWER_SECONDS):
            user = await guild.fetch_member(consent.user_id)
            channel = guild.get_channel_or_thread(consent.channel_id)
            channel = channel or await guild.fetch_channel(consent.channel_id)
    except (discord.NotFound, discord.Forbidden):
        return None
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        raise LookupError(f"member {consent.user_id} cannot be fetched: {error!r}") from error
    member, bot = _permissions(channel, user, guild.me)
    found = _requester(
        user, channel, guild_id=guild.id, channel_id=consent.channel_id, member=member, bot=bot
    )
    return dataclasses.replace(
        found, locale=consent.locale, server_locale=str(guild.preferred_locale)
    )


def _permissions(
    channel: object, user: discord.Member, me: discord.Member
) -> tuple[discord.Permissions, discord.Permissions]:
    """Return what a member and the bot may do in a channel."""
    try:
        if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            return channel.permissions_for(user), channel.permissions_for(me)
    except discord.ClientException:
        pass  # a thread whose channel is not known
    return user.guild_permissions, me.guild_permissions


def _requester(
    user: discord.User | discord.Member,
    channel: object,
    *,
    guild_id: int,
    channel_id: int,
    member: discord.Permissions,
    bot: discord.Permissions,
    visiting: bool = False,
) -> Requester:
    thread = channel if isinstance(channel, discord.Thread) else None
    locked = thread is not None and thread.locked
    return Requester(
        user_id=user.id,
        guild_id=guild_id,
        channel_id=channel_id,
        is_bot=user.bot,
        can_post=bot.view_channel and _may_send(bot, thread) and bot.attach_files,
        may_send=_may_send(member, thread),
        may_attach=member.attach_files,
        timed_out=isinstance(user, discord.Member) and user.is_timed_out(),
        # Who manages threads may write in a locked one; the bot has to be able to as well.
        thread_locked=locked and not (member.manage_threads and bot.manage_threads),
        # Where the bot only visits, its member's rights over others are none of its business.
        moderator=member.moderate_members and not visiting,
        manager=member.manage_guild and not visiting,
        role_ids=roles_of(user),
        places=_places(channel, channel_id),
        joined_at=_joined_at(user),
        visiting=visiting,
    )


def roles_of(user: discord.User | discord.Member) -> frozenset[int]:
    """Return the roles of a member, as an event or a command brought them."""
    return frozenset(role.id for role in getattr(user, "roles", ()))


def _joined_at(user: discord.User | discord.Member) -> int | None:
    joined = user.joined_at if isinstance(user, discord.Member) else None
    return int(joined.timestamp()) if joined else None


def _places(channel: object, channel_id: int) -> tuple[int, ...]:
    """Return a channel and what it lies in: a thread's channel, a channel's category."""
    if isinstance(channel, discord.Thread):
        category = channel.parent.category_id if channel.parent else None
        return tuple(place for place in (channel_id, channel.parent_id, category) if place)
    category = getattr(channel, "category_id", None)
    return tuple(place for place in (channel_id, category) if place)


def _may_send(allowed: discord.Permissions, thread: discord.Thread | None) -> bool:
    return allowed.send_messages_in_threads if thread else allowed.send_messages
