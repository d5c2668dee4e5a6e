"""`/quota`: what a member may still make here."""

from __future__ import annotations

from discord import app_commands, ui
from discord.ext import commands

from bot.services.intake import Intake
from bot.services.ports import Standing
from bot.ui import panels
from bot.ui.cards import Card
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
            guild_id = answers.scope_of(interaction)
            user = interaction.user
            asked = self._intake.standing(
                guild_id=guild_id, user_id=user.id, role_ids=answers.roles_of(user)
            )
            standing = await answers.in_time(interaction, asked)
            row = await more(interaction, standing)
            policy = await interaction.client.services.policies.of(guild_id)
            most = policy.settings.max_pictures
            card = panels.quota(standing, personal=not guild_id, most=most, row=row)
            await answers.answer(interaction, card)


async def more(interaction: Interaction, standing: Standing) -> list[ui.Button[Card]]:
    """Return Ask for more, where a member's quota is limited and moderators would hear of it."""
    if standing.left is None or standing.effective.denied or not interaction.guild_id:
        return []
    services = interaction.client.services
    heard = await services.results.log_channel(answers.scope_of(interaction))
    return panels.more_row() if heard else []
