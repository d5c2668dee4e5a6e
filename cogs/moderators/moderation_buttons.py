"""Buttons for moderators: pages of the queue and of the history."""

from __future__ import annotations

import asyncio
import io

import discord

from bot.domain.errors import Objection, StaffError
from bot.services.moderation.audit_log_csv import MOST_ROWS, record_csv
from bot.services.servers.staff_rights import Staff
from bot.ui import buttons
from bot.ui.cards import cards, moderation
from cogs import responses
from cogs.context import Interaction
from cogs.moderators import member_actions, staff
from cogs.persistent_button import PersistentButton


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
    undo = await staff.may_undo(interaction, entries)
    return moderation.history(entries, before=before, about=about, actor_id=actor_id, undo=undo)
