"""What the commands and buttons of staff share: rights, and the answer to a change."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from bot.domain.errors import AccessError, Denial
from bot.services.ports import AuditEntry
from bot.ui.cards import audit_log, cards
from bot.ui.language import Text
from bot.ui.messages.staff import audit_log as words
from cogs import responses
from cogs.context import Interaction


class Staff(StrEnum):
    """Whom a command is for. `default_permissions` only hides it; this is the check."""

    MODERATOR = "moderator"
    MANAGER = "manager"
    OPERATOR = "operator"


async def require(interaction: Interaction, level: Staff) -> int:
    """Return the server's id, or raise AccessError: outside a server, or without the right."""
    who = responses.requester(interaction)
    interaction.client.services.servers.access.check_scope(who)
    if not who.scope:
        raise AccessError(Denial.DIRECT_MESSAGE)
    if not await _is(interaction, who.user_id, level):
        raise AccessError(Denial.NOT_STAFF, level=level.value)
    return who.scope


async def is_moderator(interaction: Interaction) -> bool:
    """Tell whether somebody may moderate here."""
    return await _is(interaction, interaction.user.id, Staff.MODERATOR)


async def is_manager(interaction: Interaction) -> bool:
    """Tell whether somebody has Manage Server."""
    return await _is(interaction, interaction.user.id, Staff.MANAGER)


async def _is(interaction: Interaction, user_id: int, level: Staff) -> bool:
    services, who = interaction.client.services, responses.requester(interaction)
    match level:
        case Staff.MODERATOR:
            return await services.servers.access.is_moderator(who)
        case Staff.MANAGER:
            return who.manager
        case Staff.OPERATOR:
            return user_id in services.operators


async def changed(
    interaction: Interaction, entry: AuditEntry | None, notes: Sequence[Text] = ()
) -> None:
    """Answer privately what changed, with Undo; None means that it was so already."""
    card = audit_log.change_card(entry, notes) if entry else cards.notice(words.SAME)
    await responses.answer(interaction, card)
