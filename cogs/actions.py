"""What presses of persistent buttons do; rights are checked at every press.

The buttons are DynamicItems: any process answers them, also after a restart. No other buttons
exist, so what matches none of them is old or made up.
"""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import ui
from discord.ext import commands

from bot.domain.job import Reason
from bot.services.ports import Progress
from bot.ui import buttons, cards
from bot.ui.messages import tickets as words
from cogs import answers
from cogs.answers import Interaction


class CancelButton(ui.DynamicItem[ui.Button[ui.LayoutView]], template=buttons.CANCEL):
    """Cancel or Stop on a ticket: for the member who asked."""

    def __init__(self, job_id: str) -> None:
        super().__init__(ui.Button(custom_id=buttons.cancel_id(job_id)))
        self._job_id = job_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> CancelButton:
        return cls(match["job"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        # discord.py only logs what a dynamic item raises; the member must hear of it.
        try:
            await self._cancel(interaction)
        except Exception as error:
            await answers.explain(interaction, error)

    async def _cancel(self, interaction: Interaction) -> None:
        services = interaction.client.services
        job = await services.intake.find(self._job_id)
        if job is None or job.guild_id != interaction.guild_id:
            await answers.answer(interaction, cards.notice(words.REQUEST_UNKNOWN))
            return
        if job.user_id != interaction.user.id:
            await answers.answer(interaction, cards.notice(words.REQUEST_NOT_YOURS))
            return
        cancelling = services.intake.cancel(self._job_id, by=Reason.BY_MEMBER)
        job = await answers.in_time(interaction, cancelling)
        if job is None:
            await answers.answer(interaction, cards.notice(words.REQUEST_ENDED))
            return
        await answers.replace(interaction, services.publisher.card(Progress(job=job)))


BUTTONS = (CancelButton,)


class ActionsCog(commands.Cog):
    """Answers presses of buttons that no class knows, instead of "This interaction failed"."""

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        if interaction.type is not discord.InteractionType.component:
            return
        custom_id = str((interaction.data or {}).get("custom_id", ""))
        if not any(template.fullmatch(custom_id) for template in buttons.TEMPLATES):
            await answers.answer(interaction, cards.notice(words.BUTTON_UNKNOWN))
