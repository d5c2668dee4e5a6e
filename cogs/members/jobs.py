"""`/jobs`: what a member asked for lately, and what can be done about it."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.ui import buttons
from bot.ui.cards import cards, info
from bot.ui.messages import commands as names
from bot.ui.messages import tickets as words
from cogs import requesters, responses
from cogs.context import EaselBot, Interaction
from cogs.persistent_button import visible_job

# All that is ready to pick up, everything under way, and as many that ended.
ENDED_SHOWN = 10
LOOKED_AT = 50


class JobsCog(commands.Cog):
    """Lists requests."""

    def __init__(self, bot: EaselBot) -> None:
        self._intake = bot.services.requests.intake
        self._pickups = bot.services.delivery.pickups

    @app_commands.command(description=names.JOBS)
    async def jobs(self, interaction: Interaction) -> None:
        async with responses.refusals_answered(interaction):
            listing = self._list(requesters.scope_of(interaction), interaction.user.id)
            await responses.answer(
                interaction, await responses.await_or_defer(interaction, listing)
            )

    async def _list(self, guild_id: int, user_id: int) -> cards.Card:
        ready = await self._pickups.waiting(guild_id=guild_id, user_id=user_id)
        jobs = await self._intake.recent(guild_id=guild_id, user_id=user_id, limit=LOOKED_AT)
        under_way = [job for job in jobs if not (job.state.final or job.waits_for_pickup)]
        # What a member deleted is not theirs to see any more, for as long as it still counts.
        ended = [job for job in jobs if job.state.final and job.request.prompt][:ENDED_SHOWN]
        shown = (*ready, *under_way, *ended)
        progress = [await self._intake.progress(job.job_id) for job in shown]
        return info.jobs([one for one in progress if one is not None])


class ChooseJob(ui.DynamicItem[ui.Select[Any]], template=buttons.CHOOSE):
    """The list below `/jobs`: shows the chosen request in its place."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(ui.Select(custom_id=match.string))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        async with responses.errors_answered(interaction):
            await self._choose(interaction)

    async def _choose(self, interaction: Interaction) -> None:
        services = interaction.client.services
        job = await visible_job(interaction, "".join(self.item.values[:1]))
        if job is None or job.user_id != interaction.user.id:
            await responses.answer(interaction, cards.notice(words.REQUEST_UNKNOWN))
            return
        progress = await services.requests.intake.progress(
            job.job_id, role_ids=requesters.roles_of(interaction.user)
        )
        if progress is not None:
            await responses.replace(interaction, responses.ticket(interaction, progress))
