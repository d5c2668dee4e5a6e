"""`/quota`: what a member may still make here."""

from __future__ import annotations

from discord import app_commands, ui
from discord.ext import commands

from bot.services.ports import QuotaStatus
from bot.ui.cards import info
from bot.ui.cards.cards import Card
from bot.ui.messages import commands as words
from cogs import requesters, responses
from cogs.context import EaselBot, Interaction


class QuotaCog(commands.Cog):
    """Shows, and changes nothing."""

    def __init__(self, bot: EaselBot) -> None:
        self._intake = bot.services.requests.intake

    @app_commands.command(description=words.QUOTA)
    async def quota(self, interaction: Interaction) -> None:
        async with responses.refusals_answered(interaction):
            guild_id = requesters.scope_of(interaction)
            user = interaction.user
            asked = self._intake.quota_status(
                guild_id=guild_id, user_id=user.id, role_ids=requesters.roles_of(user)
            )
            quota_status = await responses.await_or_defer(interaction, asked)
            row = await more(interaction, quota_status)
            policy = await interaction.client.services.servers.policies.of(guild_id)
            most = policy.settings.max_pictures
            card = info.quota(quota_status, personal=not guild_id, most=most, row=row)
            await responses.answer(interaction, card)


async def more(interaction: Interaction, quota_status: QuotaStatus) -> list[ui.Button[Card]]:
    """Return Ask for more, where a member's quota is limited and moderators would hear of it."""
    if quota_status.left is None or quota_status.effective.denied or not interaction.guild_id:
        return []
    services = interaction.client.services
    heard = await services.requests.results.log_channel(requesters.scope_of(interaction))
    return info.more_row() if heard else []
