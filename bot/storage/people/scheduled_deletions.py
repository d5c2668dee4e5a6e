"""Messages and signs of the bot that are to be taken away. Part of one transaction.

A sign stands on a member's message and is kept under the negative id of that message: Discord's
own are positive. Code that takes it for a message finds none, and deletes nothing of a member's.
"""

from __future__ import annotations

from sqlalchemy import bindparam, delete, select

from bot.storage.engine.connect import insert_for
from bot.storage.engine.connection import Connection
from bot.storage.tables import scheduled_deletions

_DUE = (
    select(
        scheduled_deletions.c.channel_id,
        scheduled_deletions.c.message_id,
        scheduled_deletions.c.until,
    )
    .where(scheduled_deletions.c.until <= bindparam("now"), scheduled_deletions.c.message_id > 0)
    .order_by(scheduled_deletions.c.until)
)
_SIGNS_DUE = (
    select(
        scheduled_deletions.c.channel_id,
        scheduled_deletions.c.message_id,
        scheduled_deletions.c.until,
    )
    .where(scheduled_deletions.c.until <= bindparam("now"), scheduled_deletions.c.message_id < 0)
    .order_by(scheduled_deletions.c.until)
)
_GONE = delete(scheduled_deletions).where(
    scheduled_deletions.c.message_id == bindparam("of_message")
)


class SqlScheduledDeletions:
    """What is to be deleted on Discord later (port Passing)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def put(self, channel_id: int, message_id: int, *, until: int) -> None:
        """Remember a message, or give it a new time."""
        statement = insert_for(self._connection.dialect.name, scheduled_deletions).values(
            message_id=message_id, channel_id=channel_id, until=until
        )
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[scheduled_deletions.c.message_id],
                set_={"until": statement.excluded.until},
            )
        )

    async def due(self, *, now: int) -> list[tuple[int, int, int]]:
        """Return channel, message and time of everything whose time has come."""
        rows = await self._connection.execute(_DUE, {"now": now})
        return [(row.channel_id, row.message_id, row.until) for row in rows]

    async def gone(self, message_id: int) -> None:
        """Forget a message."""
        await self._connection.execute(_GONE, {"of_message": message_id})

    async def put_sign(self, channel_id: int, message_id: int, *, until: int) -> None:
        """Remember the ⏳ on a message whose request is not accepted yet."""
        await self.put(channel_id, -message_id, until=until)

    async def signs_due(self, *, now: int) -> list[tuple[int, int, int]]:
        """Return channel, message and time of every sign whose time has come."""
        rows = await self._connection.execute(_SIGNS_DUE, {"now": now})
        return [(row.channel_id, -row.message_id, row.until) for row in rows]

    async def sign_gone(self, message_id: int) -> None:
        """Forget the sign on a message."""
        await self.gone(-message_id)
