"""`/quota`: what a member may still make here."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.services.intake import Intake
from bot.ui import panels
from bot.ui.messages import commands as words
from cogs import answers
from cogs.answers import Interaction


class QuotaCog(commands.Cog):
    """Shows, and changes nothing."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    @app_commands.command(description=words.QUOTA)
    async def quota(self, interaction: Interaction) -> None:
        async with answers.refusals(interaction):
            guild_id = answers.server_of(interaction)
            user = interaction.user
            asked = self._intake.standing(
                guild_id=guild_id, user_id=user.id, role_ids=answers.roles_of(user)
            )
            standing = await answers.in_time(interaction, asked)
            card = panels.quota(standing)
            await answers.answer(interaction, card)
