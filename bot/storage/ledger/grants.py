"""Extra credits as moderators give and take them, each with its ledger entry (port Grants)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, insert, or_, select, update

from bot.services.ports import Grant, LedgerKind
from bot.storage.engine.connection import Connection
from bot.storage.rows import AnyRow
from bot.storage.tables import grants, ledger

_this = grants.c.grant_id == bindparam("of_grant")
_open = (
    grants.c.guild_id == bindparam("of_guild"),
    grants.c.revoked_at.is_(None),
    or_(grants.c.expires_at.is_(None), grants.c.expires_at > bindparam("now")),
    grants.c.used < grants.c.amount,
)
_GIVE = insert(grants).returning(grants.c.grant_id)
_GET = select(grants).where(_this)
_REVOKE = (
    update(grants)
    .where(_this, grants.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"))
    .returning(grants)
)
_RESTORE = (
    update(grants)
    .where(_this, grants.c.revoked_at.is_not(None))
    .values(revoked_at=None)
    .returning(grants)
)
_OF_GUILD = (
    select(grants).where(*_open).order_by(grants.c.grant_id.desc()).limit(bindparam("at_most"))
)
# What the ledger says was given and not taken back.
_GIVEN = select(func.coalesce(func.sum(ledger.c.delta), 0)).where(
    ledger.c.grant_id == bindparam("of_grant"),
    ledger.c.kind.in_((LedgerKind.GRANT.value, LedgerKind.REVOKE.value)),
)
_OPEN_CREDITS = select(func.coalesce(func.sum(grants.c.amount - grants.c.used), 0)).where(*_open)
_ENTER = insert(ledger)


class SqlGrants:
    """Gives and takes back; what jobs use of a grant is moved by `bot.storage.ledger.quotas`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def give(
        self,
        guild_id: int,
        user_id: int,
        amount: int,
        *,
        expires_at: int | None,
        by: int,
        reason: str | None,
        now: int,
    ) -> int:
        """Write a grant with its ledger entry; return its id."""
        row = {"guild_id": guild_id, "user_id": user_id, "amount": amount}
        more = {"expires_at": expires_at, "given_by": by, "reason": reason, "created_at": now}
        grant_id: int = (await self._connection.execute(_GIVE, {**row, **more})).scalar_one()
        kind = LedgerKind.GRANT
        await self._enter(guild_id, user_id, grant_id, kind, amount, by, reason, now)
        return grant_id

    async def get(self, grant_id: int) -> Grant | None:
        """Return a grant in any state."""
        row = (await self._connection.execute(_GET, {"of_grant": grant_id})).one_or_none()
        return None if row is None else grant_of(row)

    async def revoke(self, grant_id: int, *, by: int, reason: str | None, now: int) -> int | None:
        """Take back what is left, with a ledger entry; None when it was taken back before."""
        row = await self._changed(_REVOKE, of_grant=grant_id, at=now)
        if row is None:
            return None
        left = row.amount - row.used
        kind = LedgerKind.REVOKE
        await self._enter(row.guild_id, row.user_id, grant_id, kind, -left, by, reason, now)
        return left

    async def restore(self, grant_id: int, *, by: int, reason: str | None, now: int) -> bool:
        """Open a grant again that was taken back; False when it is open."""
        row = await self._changed(_RESTORE, of_grant=grant_id)
        if row is None:
            return False
        # What was taken back, which a refund since then does not change.
        given = (await self._connection.execute(_GIVEN, {"of_grant": grant_id})).scalar_one()
        kind, back = LedgerKind.GRANT, row.amount - int(given)
        await self._enter(row.guild_id, row.user_id, grant_id, kind, back, by, reason, now)
        return True

    async def of_guild(self, guild_id: int, *, now: int, limit: int) -> list[Grant]:
        """Return open grants with something left, newest first."""
        values = {"of_guild": guild_id, "now": now, "at_most": limit}
        return [grant_of(row) for row in await self._connection.execute(_OF_GUILD, values)]

    async def open_credits(self, guild_id: int, *, now: int) -> int:
        """Return what open grants of a server still let through."""
        values = {"of_guild": guild_id, "now": now}
        # PostgreSQL sums 64-bit numbers to a decimal.
        return int((await self._connection.execute(_OPEN_CREDITS, values)).scalar_one())

    async def record_reset(
        self, guild_id: int, user_id: int, credits: int, *, by: int, reason: str | None, now: int
    ) -> None:
        """Enter in the ledger that a member's windows were reset."""
        await self._enter(guild_id, user_id, None, LedgerKind.RESET, -credits, by, reason, now)

    async def _enter(
        self,
        guild_id: int,
        user_id: int,
        grant_id: int | None,
        kind: LedgerKind,
        delta: int,
        by: int,
        reason: str | None,
        now: int,
    ) -> None:
        entry: dict[str, Any] = {
            "at": now,
            "guild_id": guild_id,
            "user_id": user_id,
            "grant_id": grant_id,
            "kind": kind.value,
            "delta": delta,
            "actor_id": by,
            "reason": reason,
        }
        await self._connection.execute(_ENTER, entry)

    async def _changed(self, statement: Any, **values: object) -> AnyRow | None:
        return (await self._connection.execute(statement, values)).one_or_none()


def grant_of(row: AnyRow) -> Grant:
    """Read a row of `grants`."""
    return Grant(
        grant_id=row.grant_id,
        amount=row.amount,
        used=row.used,
        expires_at=row.expires_at,
        guild_id=row.guild_id,
        user_id=row.user_id,
        revoked_at=row.revoked_at,
    )
