"""Hears stars as reactions on the bot's pictures; answers nobody."""

from __future__ import annotations

import discord
from discord.ext import commands

from bot.ui.discord_api.gallery.stars import STAR
from cogs.context import EaselBot


class StarsCog(commands.Cog):
    """Passes Discord's events on."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._favourites = bot.services.gallery.favourites

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """Keep a result for a member who puts a star on it."""
        if not _is_star(event.emoji) or event.guild_id is None:
            return
        me = self._bot.user.id if self._bot.user else 0
        # Discord does not name the author of every message.
        if event.message_author_id not in (None, me) or event.member is None or event.member.bot:
            return
        await self._favourites.reacted(
            event.guild_id, event.channel_id, event.message_id, event.user_id
        )

    @commands.Cog.listener()
    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        """Take a result back with its star."""
        if _is_star(event.emoji):
            await self._favourites.unreacted(event.message_id, event.user_id)

    @commands.Cog.listener()
    async def on_raw_reaction_clear(self, event: discord.RawReactionClearEvent) -> None:
        await self._favourites.cleared(event.message_id)

    @commands.Cog.listener()
    async def on_raw_reaction_clear_emoji(self, event: discord.RawReactionClearEmojiEvent) -> None:
        if _is_star(event.emoji):
            await self._favourites.cleared(event.message_id)

    @commands.Cog.listener()
    async def on_shard_ready(self, _shard_id: int) -> None:
        # A new session: what came before it was told to nobody.
        self._favourites.missed()


def _is_star(emoji: discord.PartialEmoji) -> bool:
    # Some clients add the variation selector.
    return emoji.id is None and (emoji.name or "").rstrip("\ufe0f") == STAR
