"""Presses of buttons that no class knows: those of a later build, or made up."""

from __future__ import annotations

import discord
from discord.ext import commands

from bot.ui import buttons
from bot.ui.cards import cards
from bot.ui.messages import tickets as words
from cogs import responses
from cogs.context import EaselBot, Interaction


class UnknownButtonsCog(commands.Cog):
    """Answers these presses, instead of Discord's "This interaction failed"."""

    def __init__(self, _: EaselBot) -> None:
        """Needs no service."""

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        if interaction.type is not discord.InteractionType.component:
            return
        custom_id = str((interaction.data or {}).get("custom_id", ""))
        if not any(template.fullmatch(custom_id) for template in buttons.TEMPLATES):
            responses.use_members_language(interaction)
            await responses.answer(interaction, cards.notice(words.BUTTON_UNKNOWN))
