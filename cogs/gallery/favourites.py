"""`/favourites`: the results that a member keeps, and the buttons that keep them.

Every answer is read anew for the member who presses, in the server where they press: the custom
ids say only where a page begins.
"""

from __future__ import annotations

from collections.abc import Sequence

from discord import app_commands
from discord.ext import commands

from bot.domain.job import Job
from bot.services.gallery import favourites
from bot.services.ports import FavouritesPage, ResultPicture
from bot.ui import buttons
from bot.ui.cards import cards
from bot.ui.cards.gallery import favourites as pages
from bot.ui.messages.requests import favourites as words
from cogs import models_here, requesters, responses
from cogs.context import EaselBot, Interaction
from cogs.members.result_buttons import details_card, prompts_for
from cogs.persistent_button import JobButton, PersistentButton, PersistentSelect, visible_job


class FavouritesCog(commands.Cog):
    """Lists favourites."""

    def __init__(self, _: EaselBot) -> None:
        super().__init__()

    @app_commands.command(description=words.COMMAND)
    async def favourites(self, interaction: Interaction) -> None:
        async with responses.refusals_answered(interaction):
            await _show(interaction)


class FavouritesPageButton(PersistentButton, template=buttons.FAVOURITES_PAGE):
    """Another page, or the way back to one."""

    async def pressed(self, interaction: Interaction) -> None:
        await _show(interaction, before=self.values["before"])


class ChooseFavourite(PersistentSelect, template=buttons.FAVOURITE):
    """The list below `/favourites`: shows the chosen result in its place."""

    async def chosen(self, interaction: Interaction, values: Sequence[str]) -> None:
        job = await visible_job(interaction, "".join(values[:1]))
        kept = interaction.client.services.gallery.favourites
        entry = await kept.entry(interaction.user.id, job.job_id) if job else None
        if job is None or entry is None:
            await responses.answer(interaction, cards.notice(words.GONE))
            return
        prompt = (await prompts_for(interaction))(job)
        card = pages.chosen(
            entry,
            models_here.label_of(interaction.client, job),
            prompt,
            before=self.values["before"],
        )
        await responses.replace(interaction, card, files=())


class DropFavourite(PersistentButton, template=buttons.FAVOURITE_DROP):
    """Do not keep: takes the chosen result out, and shows its page anew."""

    async def pressed(self, interaction: Interaction) -> None:
        job = await visible_job(interaction, self.values["job"])
        if job is not None:
            await interaction.client.services.gallery.favourites.drop(interaction.user.id, job)
        await _show(interaction, before=self.values["before"])


class StarButton(JobButton, template=buttons.STAR):
    """Keep, in Details."""

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        kept = interaction.client.services.gallery.favourites
        if not await kept.on(job.guild_id):
            await responses.answer(interaction, cards.notice(words.OFF))
            return
        oldest = await responses.await_or_defer(interaction, kept.keep(interaction.user.id, job))
        if oldest is None:
            await responses.replace(interaction, await details_card(interaction, job))
            return
        text = pages.full(oldest, await prompts_for(interaction), favourites.MOST)
        await responses.answer(interaction, cards.notice(text))


class UnstarButton(JobButton, template=buttons.UNSTAR):
    """Do not keep, in Details."""

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        kept = interaction.client.services.gallery.favourites
        await responses.await_or_defer(interaction, kept.drop(interaction.user.id, job))
        await responses.replace(interaction, await details_card(interaction, job))


async def _show(interaction: Interaction, *, before: str = "") -> None:
    """Show a page in the place of the one that was pressed, or as the answer to the command."""
    services = interaction.client.services
    place, guild_id = interaction.channel_id or 0, requesters.scope_of(interaction)
    if not await services.gallery.favourites.on(guild_id):
        await responses.answer(interaction, cards.notice(words.OFF))
        return

    def may_show(picture: ResultPicture) -> bool:
        return services.publisher.may_move(picture.channel_id, place)

    # Ten small pictures are made and uploaded: too much for the three seconds of a first answer.
    if interaction.message is not None:
        await responses.defer_in_place(interaction)
    else:
        await responses.defer(interaction, fresh=True)
    shown = await services.gallery.favourites.page(
        user_id=interaction.user.id, guild_id=guild_id, before=before, may_show=may_show
    )
    if not await _answered(interaction, shown, thumbnails=True):
        # Discord may not have liked a picture, which is no reason to show nothing.
        await _answered(interaction, shown, thumbnails=False)


async def _answered(interaction: Interaction, shown: FavouritesPage, *, thumbnails: bool) -> bool:
    card, files = pages.page(
        shown,
        lambda job: models_here.label_of(interaction.client, job),
        await prompts_for(interaction),
        most=favourites.MOST,
        thumbnails=thumbnails,
    )
    if interaction.message is not None:
        return await responses.replace(interaction, card, files)
    return await responses.answer(interaction, card, files)
