"""Names that one process holds for a time. Part of one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, delete, or_, select, update

from bot.storage.engine.connect import insert_for
from bot.storage.engine.connection import Connection
from bot.storage.engine.server_notices import notify
from bot.storage.tables import leases

_named = leases.c.name.in_(bindparam("names", expanding=True))
_HELD = select(leases.c.name).where(_named, leases.c.until > bindparam("now"))
_MINE = leases.c.holder == bindparam("me")
_RENEW = (
    update(leases)
    .where(_MINE, _named, leases.c.until > bindparam("now"))
    .values(until=bindparam("new_until"))
    .returning(leases.c.name)
)
_SWEEP = delete(leases).where(leases.c.until < bindparam("before"))
_RELEASE = delete(leases).where(_MINE)
_RELEASE_SOME = _RELEASE.where(_named)


class SqlLeases:
    """Leases (port Leases)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def take(self, name: str, *, me: str, until: int, now: int) -> bool:
        """Take a name that nobody holds, or hold it longer; False when another process has it."""
        statement = insert_for(self._connection.dialect.name, leases)
        statement = statement.values(name=name, holder=me, until=until).on_conflict_do_update(
            index_elements=[leases.c.name],
            set_={"holder": me, "until": until},
            where=or_(leases.c.holder == me, leases.c.until <= now),
        )
        return (await self._connection.execute(statement)).rowcount > 0

    async def free(self, names: Sequence[str], *, now: int) -> list[str]:
        """Return those that nobody holds, in their order."""
        rows = await self._connection.execute(_HELD, {"names": list(names), "now": now})
        held = {row.name for row in rows}
        return [name for name in names if name not in held]

    async def renew(
        self, me: str, names: Sequence[str], *, until: int, now: int
    ) -> Collection[str]:
        """Hold longer those names that a process still holds; return them."""
        values = {"me": me, "names": list(names), "new_until": until, "now": now}
        return {row.name for row in await self._connection.execute(_RENEW, values)}

    async def sweep(self, *, before: int) -> None:
        """Delete what ran out before a time: the process that held it died."""
        await self._connection.execute(_SWEEP, {"before": before})

    async def release(self, me: str, names: Sequence[str] | None = None) -> None:
        """Give names back, all of them without a list."""
        if names is None:
            await self._connection.execute(_RELEASE, {"me": me})
        else:
            await self._connection.execute(_RELEASE_SOME, {"me": me, "names": list(names)})
        await notify(self._connection, "lease")
