"""Who may undo an entry of the audit log: the staff who may decide such a thing."""

from __future__ import annotations

from bot.domain.errors import Objection, StaffError
from bot.services.ports import AuditEntry
from bot.services.servers.staff_rights import Staff


def level_to_undo(entry: AuditEntry) -> Staff:
    """Return who may decide what an entry is about: single members and pauses, moderators.

    To lift a member's limit is for managers, also by way of Undo.
    """
    unlimited = isinstance(entry.old, dict) and entry.old.get("credits", 0) is None  # pyright: ignore[reportUnknownMemberType]
    of_member = entry.subject_kind == "rule" and entry.subject_id.startswith("member:")
    of_member = of_member and not unlimited
    pause = entry.subject_kind == "setting" and entry.subject_id == "paused"
    if of_member or pause or entry.subject_kind in ("block", "grant", "spoiler"):
        return Staff.MODERATOR
    return Staff.MANAGER


def check_undo(entry: AuditEntry, user_id: int) -> None:
    """Raise StaffError for a block of the very person who wants to undo it."""
    if entry.subject_kind == "block" and entry.subject_id == str(user_id):
        raise StaffError(Objection.UNBLOCK_YOURSELF)
