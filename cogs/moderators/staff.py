"""What the commands and buttons of staff share: rights, and the answer to a change."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.ports import AuditEntry
from bot.services.servers.staff_rights import Staff
from bot.ui.cards import audit_log, cards
from bot.ui.language import Text
from bot.ui.messages.staff import audit_log as words
from cogs import requesters, responses
from cogs.context import Interaction


async def require(interaction: Interaction, level: Staff) -> int:
    """Return the server's id; AccessError outside a server, or without the right."""
    rights = interaction.client.services.servers.staff_rights
    return await rights.require(requesters.of(interaction), level)


async def is_moderator(interaction: Interaction) -> bool:
    """Tell whether somebody may moderate here."""
    rights = interaction.client.services.servers.staff_rights
    return await rights.is_moderator(requesters.of(interaction))


def seems_moderator(interaction: Interaction) -> bool:
    """Tell from memory whether suggestions may name members and requests."""
    rights = interaction.client.services.servers.staff_rights
    return rights.seems_moderator(requesters.of(interaction))


def is_manager(interaction: Interaction) -> bool:
    """Tell whether somebody has Manage Server."""
    return requesters.of(interaction).manager


async def changed(
    interaction: Interaction, entry: AuditEntry | None, notes: Sequence[Text] = ()
) -> None:
    """Answer privately what changed, with Undo; None means that it was so already."""
    if entry is None:
        await responses.answer(interaction, cards.notice(words.SAME))
    else:
        await responses.answer(interaction, await change_card(interaction, entry, notes))


async def change_card(
    interaction: Interaction, entry: AuditEntry, notes: Sequence[Text] = ()
) -> cards.Card:
    """Return a change for who reads this answer, with Undo if they may undo it."""
    return audit_log.change_card(entry, notes, undo=await may_undo(interaction, [entry]))


async def may_undo(interaction: Interaction, entries: Sequence[AuditEntry]) -> set[int]:
    """Return the ids of the changes that who acts may undo now."""
    services, guild_id = interaction.client.services, interaction.guild_id or 0
    if not entries or not await is_moderator(interaction):
        return set()
    actor = services.servers.changes.actor(guild_id, interaction.user.id)
    return await services.moderation.undo.offered(entries, actor, manager=is_manager(interaction))
