"""Hears what happens to servers: those that are gone, and how large a file they take.

Answers nobody.
"""

from __future__ import annotations

import discord
from discord.ext import commands

from bot.domain.message_limits import UPLOAD_BYTES
from cogs.context import EaselBot, Interaction


class GuildRemovalCog(commands.Cog):
    """Passes Discord's events on."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._guild_removal = bot.services.people.guild_removal

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        # Servers that are away because of an outage are among them.
        await self._guild_removal.present(
            [guild.id for guild in self._bot.guilds], ours=self._is_ours
        )

    def _is_ours(self, guild_id: int) -> bool:
        """Tell whether a server belongs to a shard of this process."""
        # discord-api-docs, Gateway, Sharding Formula
        return (guild_id >> 22) % (self._bot.shard_count or 1) in self._bot.shards

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._guild_removal.guild_joined(guild.id)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        await self._guild_removal.guild_left(guild.id)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        await self._guild_removal.channel_gone(channel.id)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        await self._guild_removal.channel_gone(event.thread_id)

    @commands.Cog.listener()
    async def on_member_ban(
        self, guild: discord.Guild, user: discord.User | discord.Member
    ) -> None:
        await self._guild_removal.banned(guild.id, user.id)


class UploadLimitsCog(commands.Cog):
    """Passes on what interactions and boosts say of the largest file that a server takes."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._limits = bot.services.delivery.upload_limits

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        # Where only its member installed the bot, it posts as the member may.
        guild = self._bot.get_guild(interaction.guild_id) if interaction.guild_id else None
        await self._limits.announced(
            guild.id if guild else 0,
            interaction.user.id,
            interaction.filesize_limit,
            boosts=guild.filesize_limit if guild else UPLOAD_BYTES,
        )

    @commands.Cog.listener()
    async def on_guild_update(self, before: discord.Guild, after: discord.Guild) -> None:
        if before.premium_tier != after.premium_tier:
            await self._limits.boosted(after.id, after.filesize_limit)
