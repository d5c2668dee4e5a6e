"""`/jobs`: what a member asked for lately, and what can be done about it."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.domain.job import Job
from bot.services.intake import Intake
from bot.ui import buttons, cards, panels
from bot.ui import results as result_files
from bot.ui.messages import commands as names
from bot.ui.messages import tickets as words
from cogs import answers
from cogs.answers import Interaction
from cogs.presses import JobPress, visible_job

# Everything under way, and as many that ended.
ENDED_SHOWN = 10
LOOKED_AT = 50


class JobsCog(commands.Cog):
    """Lists requests."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    @app_commands.command(description=names.JOBS)
    async def jobs(self, interaction: Interaction) -> None:
        async with answers.refusals(interaction):
            listing = self._list(answers.server_of(interaction), interaction.user.id)
            await answers.answer(interaction, await answers.in_time(interaction, listing))

    async def _list(self, guild_id: int, user_id: int) -> cards.Card:
        jobs = await self._intake.recent(guild_id=guild_id, user_id=user_id, limit=LOOKED_AT)
        under_way = [job for job in jobs if not job.state.final]
        ended = [job for job in jobs if job.state.final][:ENDED_SHOWN]
        progress = [await self._intake.progress(job.job_id) for job in (*under_way, *ended)]
        return panels.jobs([one for one in progress if one is not None])


class ChooseJob(ui.DynamicItem[ui.Select[Any]], template=buttons.CHOOSE):
    """The list below `/jobs`: shows the chosen request in its place."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(ui.Select(custom_id=match.string))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        try:
            await self._choose(interaction)
        except Exception as error:
            await answers.explain(interaction, error)

    async def _choose(self, interaction: Interaction) -> None:
        services = interaction.client.services
        job = await visible_job(interaction, "".join(self.item.values[:1]))
        if job is None or job.user_id != interaction.user.id:
            await answers.answer(interaction, cards.notice(words.REQUEST_UNKNOWN))
            return
        progress = await services.intake.progress(job.job_id)
        if progress is not None:
            await answers.replace(interaction, services.publisher.card(progress))


class ShowButton(JobPress, template=buttons.SHOW):
    """Show: the pictures of a request once more, for the member alone."""

    own = True

    async def act(self, interaction: Interaction, job: Job) -> None:
        services = interaction.client.services
        shown = await services.results.of_job(job.job_id)
        kept = [(one, services.results.posted_file(one)) for one in shown if not one.removed]
        paths = {one.number: path for one, path in kept if path is not None}
        if not paths:
            await answers.answer(interaction, cards.notice(words.PICTURES_NOT_KEPT))
            return
        await answers.defer(interaction, fresh=True)
        opened = result_files.reopened(job, paths)
        await answers.answer(interaction, result_files.shown_again(job, opened), opened)


BUTTONS = (ChooseJob, ShowButton)
