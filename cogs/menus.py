"""Menus on messages and on members: what can be done with a picture that is there already."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.catalog import Operation
from bot.services.intake import Intake
from bot.services.keeping import Keeping
from bot.services.ports import ReferenceSource, Standing
from bot.services.wishes import Wish
from bot.ui import buttons, cards, choices, details, finder, forms, moderation, panels
from bot.ui.messages import commands as names
from bot.ui.messages import forms as words
from cogs import answers, presses, staff
from cogs import results as result_presses
from cogs.answers import Interaction
from cogs.quota import more
from cogs.results import result_of


class MenusCog(commands.Cog):
    """Five menus on messages, one on members: as many as a phone shows."""

    def __init__(self, tree: app_commands.CommandTree, intake: Intake, keeping: Keeping) -> None:
        self._intake = intake
        self._keeping = keeping
        for name, callback in (
            (names.MENU_EDIT, self._edit),
            (names.MENU_USE, self._use),
            (names.MENU_DETAILS, self._details),
            (names.MENU_REPORT, self._report),
            (names.MENU_REMOVE, self._remove),
        ):
            tree.add_command(app_commands.ContextMenu(name=name, callback=callback))
        tree.add_command(app_commands.ContextMenu(name=names.MENU_QUOTA, callback=self._quota))

    async def _edit(self, interaction: Interaction, message: discord.Message) -> None:
        async with answers.refusals(interaction):
            if shown := await result_of(interaction, message.id):
                await result_presses.open_edit(interaction, shown)
                return
            found = finder.pictures(message)
            if not found:
                await answers.answer(interaction, cards.notice(words.NO_PICTURE))
                return
            await self._intake.admit(answers.requester(interaction))
            await self._open_kept(interaction, found)

    async def _open_kept(self, interaction: Interaction, found: list[ReferenceSource]) -> None:
        """Open the form for pictures that are not ours, which are kept until it comes back."""
        wish: Wish = presses.blank_wish(interaction)
        draft_id = await self._keeping.keep_pictures(wish, found)
        form = forms.edit(
            buttons.draft_button("edit", draft_id),
            numbers=range(1, len(found) + 1),
            models=choices.models(self._intake.catalog.models(Operation.EDIT), ""),
        )
        await answers.ask(interaction, form)

    async def _use(self, interaction: Interaction, message: discord.Message) -> None:
        async with answers.refusals(interaction):
            if shown := await result_of(interaction, message.id):
                await result_presses.put_in_basket(interaction, shown)
                return
            found = finder.pictures(message)
            if not found:
                await answers.answer(interaction, cards.notice(words.NO_PICTURE))
                return
            place = interaction.channel_id or 0
            count = await self._keeping.put_in_basket(interaction.user.id, place, found)
            await answers.answer(interaction, details.basket(count))

    async def _details(self, interaction: Interaction, message: discord.Message) -> None:
        async with answers.refusals(interaction):
            if shown := await result_of(interaction, message.id):
                await result_presses.show_details(interaction, shown[0].job)
            else:
                await answers.answer(interaction, cards.notice(words.NOT_MINE))

    async def _report(self, interaction: Interaction, message: discord.Message) -> None:
        async with answers.refusals(interaction):
            if shown := await result_of(interaction, message.id):
                await result_presses.open_report(interaction, shown)
            else:
                await answers.answer(interaction, cards.notice(words.NOT_MINE))

    async def _remove(self, interaction: Interaction, message: discord.Message) -> None:
        async with answers.refusals(interaction):
            if shown := await result_of(interaction, message.id):
                await result_presses.ask_removal(interaction, shown[0].job)
            else:
                await answers.answer(interaction, cards.notice(words.NOT_MINE))

    async def _quota(self, interaction: Interaction, member: discord.Member) -> None:
        async with answers.refusals(interaction):
            mine = member.id == interaction.user.id
            if not mine and not await staff.is_moderator(interaction):
                await answers.answer(interaction, cards.notice(words.QUOTA_NOT_YOURS))
                return
            guild_id = answers.scope_of(interaction)
            asked = self._intake.standing(
                guild_id=guild_id, user_id=member.id, role_ids=answers.roles_of(member)
            )
            standing = await answers.in_time(interaction, asked)
            if mine:
                row = await more(interaction, standing)
                card = panels.quota(standing, personal=not guild_id, row=row)
            else:
                card = await self._of_member(interaction, standing, member)
            await answers.answer(interaction, card)

    async def _of_member(
        self, interaction: Interaction, standing: Standing, member: discord.Member
    ) -> cards.Card:
        """Return somebody's quota with what a moderator may do about it."""
        services, guild_id = interaction.client.services, interaction.guild_id or 0
        services.staff_lists.heard(member.id, member.display_name)
        block = await services.moderation.blocked(guild_id, member.id)
        row = [] if member.bot else moderation.member_row(member.id, blocked=block is not None)
        return panels.quota(standing, member.id, block=block, row=row)
