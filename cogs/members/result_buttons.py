"""Buttons on results and on their details: what a press may do, and for whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import discord
from discord.ext import commands

from bot.domain.catalog import Operation
from bot.domain.errors import AccessError, Denial
from bot.domain.job import Destination, Job
from bot.services.requests import picture_numbers
from bot.services.requests.drafts import DraftsAndBasket
from bot.services.requests.results import ResultPicture
from bot.services.requests.visibility import may_see, readable_prompt
from bot.services.servers.staff_rights import Staff
from bot.ui import buttons, forms, suggestions
from bot.ui.cards import cards, details, picture_choice
from bot.ui.messages import results as words
from bot.ui.messages.alt_text import alt_text
from bot.ui.messages.staff import moderation as staff_words
from cogs import models_here, requesters, responses, submitting
from cogs.context import EaselBot, Interaction
from cogs.moderators import staff
from cogs.persistent_button import (
    JobButton,
    PersistentButton,
    PersistentSelect,
    blank_submission,
)
from cogs.styles import styles_here
from cogs.variations import variation_menu


class EditButton(JobButton, template=buttons.EDIT):
    """Edit: the form for a change of this message's picture, of several after a choice."""

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        await open_edit(interaction, await _pressed(interaction, job))


class EditPick(PersistentSelect, template=buttons.EDIT_PICK):
    """The list below a message's pictures: the form for a change of the one that was chosen."""

    async def chosen(self, interaction: Interaction, values: Sequence[str]) -> None:
        shown = await result_of(interaction, int(self.values["message"]))
        standing = picture_numbers.standing(shown)
        await _admit_edit(interaction, standing[0].job)
        every = [one.number for one in standing]
        await _open_edit_form(interaction, standing[0], every, picture_choice.meant(values, every))


class AgainButton(JobButton, template=buttons.AGAIN):
    """Again: the same request with another seed, on the quota of the member who presses."""

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        readable = await prompts_for(interaction)
        if readable(job) is None:
            # The ticket and the new result would tell.
            await responses.answer(interaction, cards.notice(words.AGAIN_HIDDEN))
            return
        repeats = interaction.client.services.requests.repeats
        repeating = repeats.again(job, blank_submission(interaction))
        submission = await responses.await_or_defer(interaction, repeating, fresh=True)
        await submitting.submit(interaction, submission)


class DetailsButton(JobButton, template=buttons.DETAILS):
    """Details: what made it, and where it comes from."""

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        await show_details(interaction, job)


class RemoveButton(JobButton, template=buttons.REMOVE):
    """Remove: asks once more."""

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        await ask_removal(interaction, job)


class RemoveSureButton(JobButton, template=buttons.REMOVE_SURE):
    """The removal itself."""

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        rights = interaction.client.services.moderation.removal_rights
        who = requesters.of(interaction)
        if not await rights.may_remove(who, job):
            await responses.answer(interaction, cards.notice(words.REMOVE_NOT_YOURS))
            return
        deleted = await responses.await_or_defer(interaction, rights.remove(who, job))
        text = words.REMOVED if deleted else words.REMOVED_NOT_DELETED
        await responses.replace(interaction, cards.notice(text))


class HideButton(JobButton, template=buttons.HIDE):
    """Hide behind a spoiler, beside the removal: for moderators."""

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        guild_id = await staff.require(interaction, Staff.MODERATOR)
        services = interaction.client.services
        actor = services.servers.changes.actor(guild_id, interaction.user.id)
        hiding = services.moderation.spoilers.hide(actor, job.job_id)
        entry, shown = await responses.await_or_defer(interaction, hiding)
        notes = [] if shown else [staff_words.HIDE_WAITS]
        await responses.replace(interaction, await staff.change_card(interaction, entry, notes))


class UseButton(JobButton, template=buttons.USE):
    """Use as reference: into the basket of the member who presses."""

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        number = int(self.values["number"])
        shown = await interaction.client.services.requests.results.of_job(job.job_id)
        await put_in_basket(interaction, [one for one in shown if one.number == number])


class PromptButton(JobButton, template=buttons.PROMPT):
    """Use this prompt: the form of a new picture, with these words in it."""

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        prompt = (await prompts_for(interaction))(job)
        if not prompt:
            hidden = words.PROMPT_HIDDEN if prompt is None else words.PROMPT_GONE
            await responses.answer(interaction, cards.notice(hidden))
            return
        requests = interaction.client.services.requests
        await requests.intake.admit(requesters.of(interaction), private=job.secret)
        form = forms.imagine(
            buttons.prompt_form(job.job_id, interaction.id),
            prompt,
            suggestions.models(await models_here.offered(interaction, Operation.GENERATE), ""),
        )
        await responses.open_form(interaction, form)


class ReportButton(JobButton, template=buttons.REPORT):
    """Report: the form for the moderators."""

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        await open_report(interaction, await _pressed(interaction, job))


class ClearButton(PersistentButton, template=buttons.CLEAR):
    """Empties the basket of the member who presses."""

    async def pressed(self, interaction: Interaction) -> None:
        drafts: DraftsAndBasket = interaction.client.services.requests.drafts
        channel_id = interaction.channel_id or 0
        await responses.await_or_defer(
            interaction, drafts.clear_basket(interaction.user.id, channel_id)
        )
        await responses.replace(interaction, details.basket(0))


class ResultsCog(commands.Cog):
    """Notices results that are deleted on Discord itself: nothing brings them back either."""

    def __init__(self, bot: EaselBot) -> None:
        self._results = bot.services.requests.results

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        await self._results.deleted(event.message_id)

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        for message_id in event.message_ids:
            await self._results.deleted(message_id)


async def open_edit(interaction: Interaction, shown: Sequence[ResultPicture]) -> None:
    """Open the form that edits the picture of one message, or show several to choose from.

    Raises AccessError, QuotaError.
    """
    standing = picture_numbers.standing(shown)
    first = standing[0]
    here = [one for one in standing if one.message_id == first.message_id]
    await _admit_edit(interaction, first.job)
    if len(here) == 1:
        await _open_edit_form(interaction, first, [first.number], [first.number])
        return
    # Small pictures are made and uploaded: too much for the three seconds of a first answer.
    await responses.defer(interaction, fresh=True)
    found = await choices(interaction, here)
    await ask_which(interaction, buttons.edit_pick(first.message_id), found)


async def choices(
    interaction: Interaction, shown: Sequence[ResultPicture]
) -> list[picture_choice.Choice]:
    """Return the pictures of one result to choose from; AccessError when they are gone."""
    found = await interaction.client.services.requests.thumbnails.of(shown)
    if None in found.values():
        raise AccessError(Denial.PICTURE_GONE)
    readable = await prompts_for(interaction)
    return [
        picture_choice.Choice(
            number=one.number,
            alt=alt_text(one.number, one.of, readable(one.job)),
            spoiler=one.job.spoiler,
            thumbnail=found.get((one.job.job_id, one.number)),
        )
        for one in shown
    ]


async def ask_which(
    interaction: Interaction,
    custom_id: str,
    choices: Sequence[picture_choice.Choice],
    question: picture_choice.Question = picture_choice.TO_CHANGE,
) -> None:
    """Show pictures to choose from; the answer was promised before."""
    for thumbnails in (True, False):
        card, files = picture_choice.card(
            custom_id, choices, thumbnails=thumbnails, question=question
        )
        # Discord may not have liked a picture, which is no reason to show nothing.
        if await responses.answer(interaction, card, files):
            return


async def _admit_edit(interaction: Interaction, job: Job) -> None:
    private = job.destination is not Destination.CHANNEL
    intake = interaction.client.services.requests.intake
    await intake.admit(requesters.of(interaction), private=private)


async def _open_edit_form(
    interaction: Interaction, first: ResultPicture, numbers: Sequence[int], chosen: Sequence[int]
) -> None:
    form = forms.edit(
        buttons.edit_form(first.channel_id, first.message_id, interaction.id),
        numbers=numbers,
        models=suggestions.models(await models_here.offered(interaction, Operation.EDIT), ""),
        chosen=chosen,
        styles=await styles_here.listed(interaction, Operation.EDIT),
    )
    await responses.open_form(interaction, form)


async def show_details(interaction: Interaction, job: Job, origin: Sequence[str] = ()) -> None:
    """Show what made a result, to the member who asks; `origin` is what its file says."""
    await responses.answer(interaction, await details_card(interaction, job, origin))
    if not job.secret:
        # Stars that nobody heard of are found on this occasion.
        kept = interaction.client.services.gallery.favourites
        for place in await interaction.client.services.requests.results.messages(job.job_id):
            await kept.look(job, *place)


async def details_card(
    interaction: Interaction, job: Job, origin: Sequence[str] = ()
) -> cards.Card:
    """Return what made a result, for the member who asks."""
    services = interaction.client.services
    kept = services.gallery.favourites
    shown = await services.requests.results.of_job(job.job_id)
    chain = await services.requests.results.chain(job.job_id)
    readable = await prompts_for(interaction)
    return details.details(
        job,
        shown,
        chain,
        label=models_here.label_of(interaction.client, job),
        now=int(interaction.created_at.timestamp()),
        prompt_of=readable,
        lost=await services.requests.results.lost(job.job_id),
        kept=await kept.keeps(interaction.user.id, job) if await kept.on(job.guild_id) else None,
        origin=origin,
        menu=await variation_menu.menu(interaction, job, shown, readable=readable(job) is not None),
    )


async def prompts_for(interaction: Interaction) -> Callable[[Job], str | None]:
    """Return what somebody may read of prompts: all of their own, and moderators of everyone's."""
    policy = await interaction.client.services.servers.policies.of(requesters.scope_of(interaction))
    moderator, user_id = await staff.is_moderator(interaction), interaction.user.id
    return lambda job: readable_prompt(job, policy, user_id=user_id, moderator=moderator)


async def ask_removal(interaction: Interaction, job: Job) -> None:
    """Ask the requester or a moderator whether to remove a result."""
    services = interaction.client.services
    shown = await services.requests.results.of_job(job.job_id)
    who = requesters.of(interaction)
    if not await services.moderation.removal_rights.may_remove(who, job):
        card = cards.notice(words.REMOVE_NOT_YOURS)
    elif shown and all(one.removed for one in shown):
        card = cards.notice(words.REMOVED_BEFORE)
    else:
        hidable = job.destination is Destination.CHANNEL and not job.spoiler
        hide = bool(shown) and hidable and await staff.is_moderator(interaction)
        card = details.remove_sure(job, hide=hide)
    await responses.answer(interaction, card)


async def put_in_basket(interaction: Interaction, shown: Sequence[ResultPicture]) -> None:
    """Put pictures of results into the basket of the member who asks, in this channel."""
    services = interaction.client.services

    async def keep() -> int:
        sources = [
            await services.requests.results.source(one) for one in picture_numbers.standing(shown)
        ]
        place = interaction.channel_id or 0
        return await services.requests.drafts.put_in_basket(interaction.user.id, place, sources)

    count = await responses.await_or_defer(interaction, keep(), fresh=True)
    await responses.answer(interaction, details.basket(count))


async def open_report(interaction: Interaction, shown: Sequence[ResultPicture]) -> None:
    """Open the form that reports a message, if this server has a place for reports."""
    first = picture_numbers.standing(shown)[0]
    if not await interaction.client.services.moderation.reports.channels(first.job.guild_id):
        await responses.answer(interaction, cards.notice(words.REPORT_NOWHERE))
        return
    await responses.open_form(
        interaction, forms.report(buttons.report_form(first.channel_id, first.message_id))
    )


async def result_of(interaction: Interaction, message_id: int) -> list[ResultPicture]:
    """Return the pictures of a message that the member may know of; none for any other."""
    shown = await interaction.client.services.requests.results.of_message(message_id)
    who = requesters.of(interaction)
    return [one for one in shown if may_see(who, one.job)]


async def _pressed(interaction: Interaction, job: Job) -> list[ResultPicture]:
    """Return the pictures of the very message, or of the job where a card was pressed."""
    shown = await interaction.client.services.requests.results.of_job(job.job_id)
    message_id = interaction.message.id if interaction.message else 0
    return [one for one in shown if one.message_id == message_id] or shown
