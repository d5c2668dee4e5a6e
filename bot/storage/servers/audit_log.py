"""The record of who changed what (port Audit). Part of one transaction."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from sqlalchemy import and_, bindparam, insert, or_, select, update

from bot.services.ports import AuditEntry
from bot.storage.engine.connection import Connection
from bot.storage.policy_tables import audit
from bot.storage.rows import AnyRow, canonical_json

_this = audit.c.audit_id == bindparam("of_entry")
_GET = select(audit).where(_this)
_ADD = insert(audit).returning(audit.c.audit_id)
_UNDONE = (
    update(audit).where(_this, audit.c.undone_by.is_(None)).values(undone_by=bindparam("undoing"))
)
_UNECHOED = (
    select(audit)
    .where(
        audit.c.echoed_at.is_(None),
        audit.c.guild_id.not_in(bindparam("without", expanding=True)),
    )
    .order_by(audit.c.audit_id)
    .limit(bindparam("at_most"))
)
_UNTOLD = (
    select(audit)
    .where(audit.c.guild_id == bindparam("of_guild"), audit.c.echoed_at.is_(None))
    .order_by(audit.c.audit_id)
    .limit(bindparam("at_most"))
)
_these = audit.c.audit_id.in_(bindparam("entries", expanding=True))
_CLAIM = update(audit).where(_these).values(claimed_at=bindparam("now"))
_UNCLAIM = (
    update(audit).where(_these, audit.c.claimed_at == bindparam("of_claim")).values(claimed_at=None)
)
_ECHOED = update(audit).where(_these).values(echoed_at=bindparam("now"))


class SqlAudit:
    """Entries are added, and marked as echoed or undone; nothing else of them changes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(
        self,
        guild_id: int,
        *,
        at: int,
        actor_id: int,
        action: str,
        subject_kind: str,
        subject_id: str,
        old: object,
        new: object,
        reason: str | None,
    ) -> AuditEntry:
        """Record a change, `old` and `new` as plain JSON values."""
        row = {
            "at": at,
            "guild_id": guild_id,
            "actor_id": actor_id,
            "action": action,
            "subject_kind": subject_kind,
            "subject_id": subject_id,
            "old": None if old is None else canonical_json(old),
            "new": None if new is None else canonical_json(new),
            "reason": reason,
        }
        audit_id = (await self._connection.execute(_ADD, row)).scalar_one()
        return AuditEntry(
            audit_id=audit_id,
            at=at,
            guild_id=guild_id,
            actor_id=actor_id,
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            old=old,
            new=new,
            reason=reason,
        )

    async def get(self, audit_id: int) -> AuditEntry | None:
        """Return an entry."""
        row = (await self._connection.execute(_GET, {"of_entry": audit_id})).one_or_none()
        return None if row is None else _entry(row)

    async def undone(self, audit_id: int, *, by: int) -> bool:
        """Mark as undone by another entry; False when it was."""
        values = {"of_entry": audit_id, "undoing": by}
        return (await self._connection.execute(_UNDONE, values)).rowcount > 0

    async def of_guild(
        self,
        guild_id: int,
        *,
        limit: int,
        before: int | None = None,
        about: int | None = None,
        actor_id: int | None = None,
    ) -> list[AuditEntry]:
        """Return entries, newest first; `about` a member, by an actor, older than `before`."""
        wanted = [audit.c.guild_id == guild_id]
        if before is not None:
            wanted.append(audit.c.audit_id < before)
        if actor_id is not None:
            wanted.append(audit.c.actor_id == actor_id)
        if about is not None:
            # A rule's subject is `member:ID:WINDOW`, that of a grant ends with its member.
            wanted.append(
                or_(
                    and_(
                        audit.c.subject_kind.in_(("block", "member")),
                        audit.c.subject_id == str(about),
                    ),
                    audit.c.subject_id.like(f"member:{about}:%"),
                    audit.c.subject_id.like(f"%:{about}"),
                )
            )
        found = select(audit).where(*wanted).order_by(audit.c.audit_id.desc()).limit(limit)
        return [_entry(row) for row in await self._connection.execute(found)]

    async def unechoed(self, *, limit: int, without: Collection[int] = ()) -> list[AuditEntry]:
        """Return entries that no log channel had yet, oldest first; not of servers `without`."""
        values = {"at_most": limit, "without": list(without)}
        rows = await self._connection.execute(_UNECHOED, values)
        return [_entry(row) for row in rows]

    async def claim(self, guild_id: int, *, limit: int, now: int, ran_out: int) -> list[AuditEntry]:
        """Take untold entries of a server to tell them, oldest first; none while another does.

        Those of a claim from before `ran_out` come again as they were then.
        """
        values = {"of_guild": guild_id, "at_most": limit}
        rows = list(await self._connection.execute(_UNTOLD, values))
        claims = [row.claimed_at for row in rows if row.claimed_at is not None]
        if any(claimed_at > ran_out for claimed_at in claims):
            return []
        if claims:
            rows = [row for row in rows if row.claimed_at == min(claims)]
        if rows:
            taken = {"entries": [row.audit_id for row in rows], "now": now}
            await self._connection.execute(_CLAIM, taken)
        return [_entry(row) for row in rows]

    async def unclaim(self, audit_ids: Sequence[int], *, claimed_at: int) -> None:
        """Give back what one's own claim took."""
        if audit_ids:
            values = {"entries": list(audit_ids), "of_claim": claimed_at}
            await self._connection.execute(_UNCLAIM, values)

    async def echoed(self, audit_ids: Sequence[int], *, now: int) -> None:
        """Mark entries as told."""
        if audit_ids:
            await self._connection.execute(_ECHOED, {"entries": list(audit_ids), "now": now})


def _entry(row: AnyRow) -> AuditEntry:
    return AuditEntry(
        audit_id=row.audit_id,
        at=row.at,
        guild_id=row.guild_id,
        actor_id=row.actor_id,
        action=row.action,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        old=None if row.old is None else json.loads(row.old),
        new=None if row.new is None else json.loads(row.new),
        reason=row.reason,
        undone_by=row.undone_by,
    )
