"""Results that members keep. Part of one transaction (port FavouriteStore)."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, delete, func, or_, select

from bot.services.ports.jobs.favourites import Favourite
from bot.storage.engine.connect import insert_for
from bot.storage.engine.connection import Connection
from bot.storage.jobs.statements import of_job, rows_of
from bot.storage.rows import AnyRow
from bot.storage.tables import favourites

_mine = and_(favourites.c.user_id == bindparam("of_user"), favourites.c.job_id == of_job)
_GET = select(favourites).where(_mine)
_DROP = delete(favourites).where(_mine)
_REACTED_ON = select(favourites).where(favourites.c.message_id == bindparam("of_message"))
_KEPT_BY = select(favourites.c.user_id).where(
    favourites.c.job_id == of_job, favourites.c.kept_at.is_not(None)
)
_kept = and_(
    favourites.c.user_id == bindparam("of_user"),
    favourites.c.guild_id == bindparam("of_guild"),
    favourites.c.kept_at.is_not(None),
)
_COUNT = select(func.count()).select_from(favourites).where(_kept)
_PAGE = (
    select(favourites)
    .where(_kept)
    .order_by(favourites.c.kept_at.desc(), favourites.c.job_id.desc())
    .limit(bindparam("at_most"))
)
_PAGE_BEFORE = _PAGE.where(
    or_(
        favourites.c.kept_at < bindparam("kept_before"),
        and_(favourites.c.kept_at == bindparam("kept_before"), favourites.c.job_id < of_job),
    )
)
_OLDEST = (
    select(favourites).where(_kept).order_by(favourites.c.kept_at, favourites.c.job_id).limit(1)
)


class SqlFavourites:
    """Favourites of members."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, user_id: int, job_id: str) -> Favourite | None:
        """Return what a member decided about a result."""
        rows = await rows_of(self._connection, _GET, of_user=user_id, of_job=job_id)
        return _favourite(rows[0]) if rows else None

    async def put(self, favourite: Favourite) -> None:
        """Write it over an older one; one that says nothing any more is deleted."""
        key = {"of_user": favourite.user_id, "of_job": favourite.job_id}
        if favourite.kept_at is None and favourite.message_id is None:
            await self._connection.execute(_DROP, key)
            return
        statement = insert_for(self._connection.dialect.name, favourites).values(
            user_id=favourite.user_id,
            job_id=favourite.job_id,
            guild_id=favourite.guild_id,
            kept_at=favourite.kept_at,
            message_id=favourite.message_id,
        )
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[favourites.c.user_id, favourites.c.job_id],
                set_={
                    "kept_at": statement.excluded.kept_at,
                    "message_id": statement.excluded.message_id,
                },
            )
        )

    async def reacted_on(self, message_id: int) -> list[Favourite]:
        """Return those whose reactions on a message are known."""
        rows = await rows_of(self._connection, _REACTED_ON, of_message=message_id)
        return [_favourite(row) for row in rows]

    async def count(self, user_id: int, guild_id: int) -> int:
        """Return how many results a member keeps in a server."""
        key = {"of_user": user_id, "of_guild": guild_id}
        return (await self._connection.execute(_COUNT, key)).scalar_one()

    async def kept_by(self, job_id: str) -> set[int]:
        """Return who keeps a result."""
        return {row.user_id for row in await rows_of(self._connection, _KEPT_BY, of_job=job_id)}

    async def page(
        self, user_id: int, guild_id: int, *, before: tuple[int, str] | None, limit: int
    ) -> list[Favourite]:
        """Return what a member keeps in a server, the newest first."""
        values: dict[str, object] = {"of_user": user_id, "of_guild": guild_id, "at_most": limit}
        if before is None:
            rows = await rows_of(self._connection, _PAGE, **values)
        else:
            at, job_id = before
            rows = await rows_of(
                self._connection, _PAGE_BEFORE, kept_before=at, of_job=job_id, **values
            )
        return [_favourite(row) for row in rows]

    async def oldest(self, user_id: int, guild_id: int) -> Favourite | None:
        """Return the favourite that a member has kept for longest."""
        rows = await rows_of(self._connection, _OLDEST, of_user=user_id, of_guild=guild_id)
        return _favourite(rows[0]) if rows else None


def _favourite(row: AnyRow) -> Favourite:
    return Favourite(
        user_id=row.user_id,
        job_id=row.job_id,
        guild_id=row.guild_id,
        kept_at=row.kept_at,
        message_id=row.message_id,
    )
