"""Menus on messages and on members: what can be done with a picture that is there already."""

from __future__ import annotations

from collections.abc import Sequence

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.catalog import Operation
from bot.domain.errors import PictureError
from bot.services.ports import QuotaStatus, ReferenceSource
from bot.services.requests.submission import Submission
from bot.ui import buttons, forms, suggestions
from bot.ui.cards import (
    cards,
    details,
    info,
    moderation,
    picture_choice,
)
from bot.ui.discord_api import picture_finder
from bot.ui.messages import commands as names
from bot.ui.messages import forms as words
from bot.ui.messages.requests import provenance as origin_words
from bot.ui.messages.requests import violations
from cogs import models_here, persistent_button, requesters, responses
from cogs.context import EaselBot, Interaction
from cogs.members import result_buttons
from cogs.members.quota import show_own
from cogs.members.result_buttons import result_of
from cogs.moderators import staff
from cogs.persistent_button import PersistentSelect
from cogs.styles import styles_here


class KeptPick(PersistentSelect, template=buttons.KEPT_PICK):
    """The list below somebody's pictures: the form for a change of the one that was chosen."""

    async def chosen(self, interaction: Interaction, values: Sequence[str]) -> None:
        requests, draft_id = interaction.client.services.requests, self.values["draft"]
        kept = await requests.drafts.kept(draft_id, interaction.user.id)
        if kept is None:
            await responses.answer(interaction, cards.notice(words.FORM_STALE))
            return
        await requests.intake.admit(requesters.of(interaction))
        every = range(1, kept.pictures + 1)
        await _open_kept(interaction, draft_id, every, picture_choice.meant(values, every))


class OriginPick(PersistentSelect, template=buttons.ORIGIN_PICK):
    """The list below somebody's pictures: what the one that was chosen says of itself."""

    async def chosen(self, interaction: Interaction, values: Sequence[str]) -> None:
        await responses.defer(interaction, fresh=True)
        drafts, who = interaction.client.services.requests.drafts, requesters.of(interaction)
        kept = await drafts.submission(self.values["draft"], who, f"i:{interaction.id}")
        if kept is None:
            await responses.answer(interaction, cards.notice(origin_words.STALE))
            return
        numbers = picture_choice.meant(values, range(1, len(kept.sources) + 1))
        if numbers:
            await _look(interaction, kept.sources[numbers[0] - 1], numbers[0])


class MenusCog(commands.Cog):
    """Five menus on messages, one on members: as many as a phone shows."""

    def __init__(self, bot: EaselBot) -> None:
        self._intake = bot.services.requests.intake
        self._drafts = bot.services.requests.drafts
        for name, callback in (
            (names.MENU_EDIT, self._edit),
            (names.MENU_USE, self._use),
            (names.MENU_DETAILS, self._details),
            (names.MENU_REPORT, self._report),
            (names.MENU_REMOVE, self._remove),
        ):
            bot.tree.add_command(app_commands.ContextMenu(name=name, callback=callback))
        bot.tree.add_command(app_commands.ContextMenu(name=names.MENU_QUOTA, callback=self._quota))

    async def _edit(self, interaction: Interaction, message: discord.Message) -> None:
        async with responses.refusals_answered(interaction):
            if shown := await result_of(interaction, message.id):
                await result_buttons.open_edit(interaction, shown)
                return
            found = picture_finder.pictures(message)
            if not found:
                await responses.answer(interaction, cards.notice(words.NO_PICTURE))
                return
            await self._intake.admit(requesters.of(interaction))
            await self._edit_kept(interaction, found)

    async def _edit_kept(self, interaction: Interaction, found: list[ReferenceSource]) -> None:
        """Open the form for a picture that is not ours, or show several to choose from.

        They are kept until the form comes back.
        """
        submission: Submission = persistent_button.blank_submission(interaction)
        draft_id = await self._drafts.keep_pictures(submission, found)
        if len(found) == 1:
            await _open_kept(interaction, draft_id, [1], [1])
            return
        await responses.defer(interaction, fresh=True)
        custom_id = buttons.draft_button("pick", draft_id)
        await result_buttons.ask_which(interaction, custom_id, _choices(found))

    async def _use(self, interaction: Interaction, message: discord.Message) -> None:
        async with responses.refusals_answered(interaction):
            if shown := await result_of(interaction, message.id):
                await result_buttons.put_in_basket(interaction, shown)
                return
            found = picture_finder.pictures(message)
            if not found:
                await responses.answer(interaction, cards.notice(words.NO_PICTURE))
                return
            place = interaction.channel_id or 0
            count = await self._drafts.put_in_basket(interaction.user.id, place, found)
            await responses.answer(interaction, details.basket(count))

    async def _details(self, interaction: Interaction, message: discord.Message) -> None:
        async with responses.refusals_answered(interaction):
            if shown := await result_of(interaction, message.id):
                await result_buttons.show_details(interaction, shown[0].job)
                return
            found = picture_finder.pictures(message)
            if not found:
                await responses.answer(interaction, cards.notice(words.NO_PICTURE))
                return
            # Downloads take their time.
            await responses.defer(interaction, fresh=True)
            if len(found) == 1:
                await _look(interaction, found[0])
                return
            blank: Submission = persistent_button.blank_submission(interaction)
            draft_id = await self._drafts.keep_pictures(blank, found)
            custom_id = buttons.draft_button("origin", draft_id)
            question = picture_choice.TO_LOOK_AT
            await result_buttons.ask_which(interaction, custom_id, _choices(found), question)

    async def _report(self, interaction: Interaction, message: discord.Message) -> None:
        async with responses.refusals_answered(interaction):
            if shown := await result_of(interaction, message.id):
                await result_buttons.open_report(interaction, shown)
            else:
                await responses.answer(interaction, cards.notice(words.NOT_MINE))

    async def _remove(self, interaction: Interaction, message: discord.Message) -> None:
        async with responses.refusals_answered(interaction):
            if shown := await result_of(interaction, message.id):
                await result_buttons.ask_removal(interaction, shown[0].job)
            else:
                await responses.answer(interaction, cards.notice(words.NOT_MINE))

    async def _quota(self, interaction: Interaction, member: discord.Member) -> None:
        async with responses.refusals_answered(interaction):
            mine = member.id == interaction.user.id
            if not mine and not await staff.is_moderator(interaction):
                await responses.answer(interaction, cards.notice(words.QUOTA_NOT_YOURS))
                return
            if mine:
                await show_own(interaction)
                return
            asked = self._intake.quota_status(
                guild_id=requesters.scope_of(interaction),
                user_id=member.id,
                role_ids=requesters.roles_of(member),
            )
            quota_status = await responses.await_or_defer(interaction, asked)
            card = await self._of_member(interaction, quota_status, member)
            await responses.answer(interaction, card)

    async def _of_member(
        self, interaction: Interaction, quota_status: QuotaStatus, member: discord.Member
    ) -> cards.Card:
        """Return somebody's quota with what a moderator may do about it."""
        services, guild_id = interaction.client.services, interaction.guild_id or 0
        services.moderation.suggestions.heard(member.id, member.display_name)
        block = await services.moderation.actions.blocked(guild_id, member.id)
        row = [] if member.bot else moderation.member_row(member.id, blocked=block is not None)
        return info.quota(quota_status, member.id, block=block, row=row)


def _choices(found: Sequence[ReferenceSource]) -> list[picture_choice.Choice]:
    """Return somebody's pictures to choose from, by Discord's own addresses."""
    return [
        picture_choice.Choice(
            number=number,
            alt=words.picture(number),
            spoiler=one.spoiler,
            thumbnail=one.proxy_url or one.url,
        )
        for number, one in enumerate(found, start=1)
    ]


async def _look(interaction: Interaction, source: ReferenceSource, number: int = 1) -> None:
    """Show what a picture says of itself, and of ours what made it; the answer was promised."""
    looks, who = interaction.client.services.requests.picture_details, requesters.of(interaction)
    requesters.scope_of(interaction)  # raises where the bot may not be used
    until = looks.begin(who.user_id)
    if until is not None:
        await responses.answer(interaction, cards.notice(origin_words.too_often(until)))
        return
    try:
        found = await looks.read(source, who)
    except PictureError as error:
        values = {"position": number, "name": source.name, **error.values}
        sentence = violations.picture_problem(error.problem, values)
        await responses.answer(interaction, cards.notice(sentence))
        return
    if found.ours is None:
        await responses.answer(interaction, details.unknown_picture(found.file, found.marks))
        return
    origin = details.origin(found.file, found.marks, ours=True)
    await result_buttons.show_details(interaction, found.ours.job, origin)


async def _open_kept(
    interaction: Interaction, draft_id: str, numbers: Sequence[int], chosen: Sequence[int]
) -> None:
    """Open the form for kept pictures."""
    form = forms.edit(
        # Each form is a request of its own: several can be opened from one card.
        buttons.opened_by(buttons.draft_button("edit", draft_id), interaction.id),
        numbers=numbers,
        models=suggestions.models(await models_here.offered(interaction, Operation.EDIT), ""),
        chosen=chosen,
        styles=await styles_here.listed(interaction, Operation.EDIT),
    )
    await responses.open_form(interaction, form)
