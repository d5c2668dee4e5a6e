"""Buttons for moderators: pages of the queue and of the history, and what reports ask for."""

from __future__ import annotations

import asyncio
import io
import re
from typing import TypeAlias

import discord

from bot.domain.errors import Objection, StaffError
from bot.domain.job import Job
from bot.services.moderation.audit_log_csv import MOST_ROWS, record_csv
from bot.services.servers.staff_rights import Staff
from bot.ui import buttons
from bot.ui.cards import cards, moderation
from bot.ui.language import speaking
from bot.ui.messages.staff import moderation as words
from bot.ui.messages.words import REPORT_REASON, sentences
from cogs import responses
from cogs.context import Interaction
from cogs.moderators import member_actions, staff
from cogs.persistent_button import NEVER, PersistentButton

REPORT_BLOCK_SECONDS = 86_400


# What the custom ids of the buttons are like that stay.
Keep: TypeAlias = tuple[re.Pattern[str], ...]


class QueuePage(PersistentButton, template=buttons.QUEUE_PAGE):
    """Another page of the queue, or the same one anew."""

    async def pressed(self, interaction: Interaction) -> None:
        guild_id = await staff.require(interaction, Staff.MODERATOR)
        showing = queue(interaction, guild_id, int(self.values["page"]))
        await responses.replace(interaction, await responses.await_or_defer(interaction, showing))


class QueueDrop(PersistentButton, template=buttons.QUEUE_DROP):
    """Cancel beside a request of the queue."""

    async def pressed(self, interaction: Interaction) -> None:
        guild_id = await staff.require(interaction, Staff.MODERATOR)
        services = interaction.client.services
        actor = member_actions.actor_of(interaction, guild_id)
        try:
            await services.moderation.actions.cancel(actor, self.values["job"])
        except StaffError as error:
            # It ended a moment ago: the page as it is now says so.
            if error.objection is not Objection.JOB_ENDED:
                raise
        services.moderation.suggestions.changed(guild_id)
        showing = queue(interaction, guild_id, int(self.values["page"]))
        await responses.replace(interaction, await responses.await_or_defer(interaction, showing))


class HistoryPage(PersistentButton, template=buttons.HISTORY_PAGE):
    """Older entries of the history, or the newest."""

    async def pressed(self, interaction: Interaction) -> None:
        guild_id = await staff.require(interaction, Staff.MODERATOR)
        before, about, actor_id = (int(self.values[name]) for name in ("before", "about", "actor"))
        showing = history(interaction, guild_id, before=before, about=about, actor_id=actor_id)
        await responses.replace(interaction, await responses.await_or_defer(interaction, showing))


class ReportButton(PersistentButton, template=NEVER):
    """A button below a report."""

    async def pressed(self, interaction: Interaction) -> None:
        guild_id = await staff.require(interaction, Staff.MODERATOR)
        job = await interaction.client.services.requests.intake.find(self.values["job"])
        if job is None or job.guild_id != guild_id or interaction.message is None:
            raise StaffError(Objection.PICTURE_UNKNOWN)
        # The report is everybody's of the staff: what became of it is, too.
        with speaking(await responses.public_locale(interaction)):
            line, keep = await responses.await_or_defer(interaction, self.settle(interaction, job))
            card = moderation.settled(interaction.message, line, keep)
        await responses.replace(interaction, card)

    async def settle(self, interaction: Interaction, job: Job) -> tuple[str, Keep]:
        """Do it; return what became of the report, and which buttons stay."""
        raise StaffError(Objection.PICTURE_UNKNOWN)


class ReportRemove(ReportButton, template=buttons.REPORT_REMOVE):
    """Remove: takes the reported result away."""

    async def settle(self, interaction: Interaction, job: Job) -> tuple[str, Keep]:
        services, me = interaction.client.services, interaction.user.id
        actor = member_actions.actor_of(interaction, job.guild_id, REPORT_REASON.english)
        keep = (buttons.REPORT_BLOCK,)
        try:
            _, deleted = await services.moderation.actions.remove(actor, job.job_id)
        except StaffError as error:
            if error.objection is not Objection.PICTURE_REMOVED:
                raise
            return words.report_removed_before(me), keep
        line = words.report_removed(me)
        return (line if deleted else sentences(line, words.REMOVE_LEFT)), keep


class ReportBlock(ReportButton, template=buttons.REPORT_BLOCK):
    """Block 1 day: keeps the picture's member from asking."""

    async def settle(self, interaction: Interaction, job: Job) -> tuple[str, Keep]:
        actor = member_actions.actor_of(interaction, job.guild_id, REPORT_REASON.english)
        until, keep = actor.now + REPORT_BLOCK_SECONDS, (buttons.REPORT_REMOVE,)
        current = await interaction.client.services.moderation.actions.blocked(
            job.guild_id, job.user_id
        )
        if current is not None and (current.until is None or current.until >= until):
            # Never shorter than what somebody decided before.
            return words.report_blocked_before(interaction.user.id, current), keep
        await member_actions.block(interaction, actor, job.user_id, until)
        line = words.report_blocked(interaction.user.id, job.user_id, until)
        return line, keep


class ReportDismiss(ReportButton, template=buttons.REPORT_DISMISS):
    """Dismiss: nothing is wrong with it."""

    async def settle(self, interaction: Interaction, job: Job) -> tuple[str, Keep]:
        actor = member_actions.actor_of(interaction, job.guild_id)
        await interaction.client.services.moderation.actions.dismiss(actor, job)
        return words.report_dismissed(interaction.user.id), ()


async def queue(interaction: Interaction, guild_id: int, page: int = 0) -> cards.Card:
    """Return a page of what waits and runs in a server."""
    jobs = await interaction.client.services.moderation.actions.queue(guild_id)
    return moderation.queue(jobs, page)


async def history_file(
    interaction: Interaction, guild_id: int, *, about: int, actor_id: int
) -> discord.File:
    """Return what was changed in a server as a table."""
    entries = await interaction.client.services.servers.changes.history(
        guild_id, limit=MOST_ROWS, about=about or None, actor_id=actor_id or None
    )
    table = await asyncio.to_thread(record_csv, entries)
    return discord.File(io.BytesIO(table.encode()), filename="easel-history.csv")


async def history(
    interaction: Interaction, guild_id: int, *, before: int = 0, about: int = 0, actor_id: int = 0
) -> cards.Card:
    """Return a page of what was changed in a server; 0 where nothing is meant."""
    entries = await interaction.client.services.servers.changes.history(
        guild_id,
        limit=moderation.HISTORY_ROWS + 1,
        before=before or None,
        about=about or None,
        actor_id=actor_id or None,
    )
    return moderation.history(entries, before=before, about=about, actor_id=actor_id)
