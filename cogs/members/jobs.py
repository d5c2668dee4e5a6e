"""`/jobs`: what a member asked for, and what can be done about it.

Every answer is read anew for the member who presses, in the server where they press: the custom
ids say only where a page begins and what is searched for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from discord import app_commands
from discord.ext import commands

from bot.services.ports import HistoryPage, ResultPicture
from bot.ui import buttons, forms
from bot.ui.cards import cards, history
from bot.ui.messages import commands as names
from bot.ui.messages import tickets as words
from cogs import models_here, requesters, responses, typed_prompt
from cogs.context import EaselBot, Interaction
from cogs.form_fields import Fields
from cogs.persistent_button import PersistentButton, PersistentSelect, visible_job


class JobsCog(commands.Cog):
    """Lists requests."""

    def __init__(self, bot: EaselBot) -> None:
        pass

    @app_commands.command(description=names.JOBS)
    @app_commands.describe(search=names.JOBS_SEARCH)
    async def jobs(
        self,
        interaction: Interaction,
        search: app_commands.Range[str, 1, buttons.SEARCH_CHARACTERS] | None = None,
    ) -> None:
        async with responses.refusals_answered(interaction):
            await _show(interaction, search=_searched(interaction, search or ""))


class JobsPage(PersistentButton, template=buttons.JOBS_PAGE):
    """Another page, or the way back to one."""

    async def pressed(self, interaction: Interaction) -> None:
        await _show(interaction, before=self.values["before"] or "", search=self.values["search"])


class FindButton(PersistentButton, template=buttons.FIND):
    """Search: the form for the words."""

    async def pressed(self, interaction: Interaction) -> None:
        await responses.open_form(interaction, forms.find(buttons.FIND_ID))


class ChooseJob(PersistentSelect, template=buttons.CHOOSE):
    """The list below `/jobs`: shows the chosen request in its place."""

    async def chosen(self, interaction: Interaction, values: Sequence[str]) -> None:
        job = await visible_job(interaction, "".join(values[:1]))
        if job is None or job.user_id != interaction.user.id:
            await responses.answer(interaction, cards.notice(words.REQUEST_UNKNOWN))
            return
        requests = interaction.client.services.requests
        roles = requesters.roles_of(interaction.user)
        progress = await requests.intake.progress(job.job_id, role_ids=roles)
        entry = await requests.history.entry(job.job_id)
        if progress is not None and entry is not None:
            ticket = responses.ticket(interaction, progress)
            label = models_here.label_of(interaction.client, job)
            before, search = self.values["before"] or "", self.values["search"] or ""
            card = history.chosen(entry, ticket, label, before=before, search=search)
            if _in_place(interaction):
                await responses.replace(interaction, card, files=())
            else:
                await responses.answer(interaction, card)


async def searched(interaction: Interaction, match: re.Match[str], fields: Fields) -> None:
    """Show the requests that have the words of the form."""
    await _show(interaction, search=_searched(interaction, fields.text("search")))


async def _show(interaction: Interaction, *, before: str = "", search: str = "") -> None:
    """Show a page in the place of the one that was pressed, or as the answer to the command."""
    services = interaction.client.services
    place = interaction.channel_id or 0

    def may_show(picture: ResultPicture) -> bool:
        return services.publisher.may_move(picture.channel_id, place)

    # Ten small pictures are made and uploaded: too much for the three seconds of a first answer.
    if _in_place(interaction):
        await responses.defer_in_place(interaction)
    else:
        await responses.defer(interaction, fresh=True)
    shown = await services.requests.history.page(
        user_id=interaction.user.id,
        guild_id=requesters.scope_of(interaction),
        before=before,
        search=search,
        may_show=may_show,
    )
    if not await _answered(interaction, shown, thumbnails=True):
        # Discord may not have liked a picture, which is no reason to show nothing.
        await _answered(interaction, shown, thumbnails=False)


async def _answered(interaction: Interaction, shown: HistoryPage, *, thumbnails: bool) -> bool:
    card, files = history.page(
        shown, lambda job: models_here.label_of(interaction.client, job), thumbnails=thumbnails
    )
    if _in_place(interaction):
        return await responses.replace(interaction, card, files)
    return await responses.answer(interaction, card, files)


def _in_place(interaction: Interaction) -> bool:
    """Tell whether the answer takes the place of a message: never of one that others see."""
    return interaction.message is not None and interaction.message.flags.ephemeral


def _searched(interaction: Interaction, typed: str) -> str:
    """Return what is searched for, as prompts are stored and short enough for a custom id."""
    named = typed_prompt.named(interaction.guild, typed)
    return " ".join(named.split())[: buttons.SEARCH_CHARACTERS]
