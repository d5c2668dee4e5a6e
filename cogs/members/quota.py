"""`/quota`: what a member may still make here."""

from __future__ import annotations

from discord import app_commands, ui
from discord.ext import commands

from bot.ui.cards import cards, info
from bot.ui.cards.cards import Card
from bot.ui.messages import commands as words
from cogs import error_cards, requesters, responses
from cogs.context import EaselBot, Interaction


class QuotaCog(commands.Cog):
    """Shows, and changes nothing."""

    def __init__(self, _: EaselBot) -> None:
        """Needs no service: those of the interaction do."""

    @app_commands.command(description=words.QUOTA)
    async def quota(self, interaction: Interaction) -> None:
        async with responses.refusals_answered(interaction):
            await show_own(interaction)


async def show_own(interaction: Interaction) -> None:
    """Show a member their own quota, and that they are blocked where they are."""
    services, user = interaction.client.services, interaction.user
    guild_id = requesters.scope_of(interaction)

    async def look() -> Card:
        quota_status = await services.requests.intake.quota_status(
            guild_id=guild_id, user_id=user.id, role_ids=requesters.roles_of(user)
        )
        block = await services.moderation.actions.blocked(guild_id, user.id)
        limited = quota_status.left is not None and not quota_status.effective.denied
        row = await ask_for_more(interaction) if limited and block is None else []
        policy = await services.servers.policies.of(guild_id)
        return info.quota(
            quota_status,
            personal=not guild_id,
            block=block,
            most=policy.settings.max_pictures,
            row=row,
        )

    await responses.answer(interaction, await responses.await_or_defer(interaction, look()))


async def ask_for_more(interaction: Interaction) -> list[ui.Button[Card]]:
    """Return Ask for more, where moderators would hear of it."""
    guild_id = interaction.guild_id
    heard = guild_id is not None and await error_cards.staff_hear(interaction.client, guild_id)
    return cards.more_row() if heard else []
