"""Undo: takes one change back, once, as a change of its own."""

from __future__ import annotations

from bot.services.moderation.staff_hierarchy import Rank
from bot.services.moderation.undo_rights import check_undo, level_to_undo
from bot.services.ports import AuditEntry
from bot.services.servers.changes import UndoOffer
from bot.services.servers.staff_rights import Staff
from bot.ui import buttons
from bot.ui.cards import audit_log, cards
from bot.ui.messages.staff import audit_log as words
from cogs import responses
from cogs.context import Interaction
from cogs.moderators import member_actions, staff
from cogs.persistent_button import PersistentButton

_SENTENCES = {
    UndoOffer.TWICE: words.UNDONE_TWICE,
    UndoOffer.CHANGED_SINCE: words.CHANGED_SINCE,
    UndoOffer.NOT_POSSIBLE: words.NOT_UNDOABLE,
}
# For what is about nobody's standing.
_NO_RANKS = (Rank.MODERATOR, Rank.MEMBER)


class UndoButton(PersistentButton, template=buttons.UNDO):
    """Undo: for everybody who may decide such a thing, not only for who did."""

    async def pressed(self, interaction: Interaction) -> None:
        guild_id = await staff.require(interaction, Staff.MODERATOR)
        services, audit_id = interaction.client.services, int(self.values["entry"])
        made_at = self.values["at"]
        entry = await services.servers.changes.entry(audit_id)
        if entry is None or entry.guild_id != guild_id or made_at not in (None, str(entry.at)):
            await responses.answer(interaction, cards.notice(words.NOT_UNDOABLE))
            return
        await staff.require(interaction, level_to_undo(entry))
        if entry.undone_by is None and not audit_log.undoable(entry):
            await responses.answer(interaction, cards.notice(words.NOT_UNDOABLE))
            return
        check_undo(entry, interaction.user.id)
        undoing = _undo(interaction, entry)
        how, undone = await responses.await_or_defer(interaction, undoing, fresh=True)
        if undone is not None:
            await staff.changed(interaction, undone)
        else:
            await responses.answer(interaction, cards.notice(_SENTENCES[how]))


async def _undo(interaction: Interaction, entry: AuditEntry) -> tuple[UndoOffer, AuditEntry | None]:
    services = interaction.client.services
    actor = services.servers.changes.actor(entry.guild_id, interaction.user.id)
    # Only a block that comes back is about who stands above whom.
    again = entry.subject_kind == "block" and entry.old is not None
    ranks = await member_actions.ranks(interaction, int(entry.subject_id)) if again else _NO_RANKS
    manager = staff.is_manager(interaction)
    return await services.moderation.undo.undo(entry.audit_id, actor, manager=manager, ranks=ranks)
