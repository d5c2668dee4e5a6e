"""Cards for moderators that show a copy of a result's pictures. Part of one transaction.

A card is outdated once its message of the result was removed, by whichever way: so every removal
takes the copies too.
"""

from __future__ import annotations

from sqlalchemy import and_, bindparam, delete, insert, select

from bot.services.ports import ReportCard
from bot.storage.engine.connection import Connection
from bot.storage.jobs.statements import rows_of
from bot.storage.tables import posts, report_cards

_PUT = insert(report_cards)
_OUTDATED = (
    select(report_cards)
    .join(posts, and_(posts.c.job_id == report_cards.c.job_id, posts.c.part == report_cards.c.part))
    .where(posts.c.removed_at.is_not(None))
)
_GONE = delete(report_cards).where(report_cards.c.message_id == bindparam("of_message"))


class SqlReportCards:
    """Report cards that still show pictures (port ReportCards)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def put(self, card: ReportCard) -> None:
        """Remember a card."""
        await self._connection.execute(
            _PUT,
            {
                "message_id": card.message_id,
                "guild_id": card.guild_id,
                "channel_id": card.channel_id,
                "job_id": card.job_id,
                "part": card.part,
            },
        )

    async def outdated(self) -> list[ReportCard]:
        """Return the cards that show pictures whose message was removed."""
        return [
            ReportCard(
                message_id=row.message_id,
                guild_id=row.guild_id,
                channel_id=row.channel_id,
                job_id=row.job_id,
                part=row.part,
            )
            for row in await rows_of(self._connection, _OUTDATED)
        ]

    async def gone(self, message_id: int) -> None:
        """Forget a card."""
        await self._connection.execute(_GONE, {"of_message": message_id})
