"""Counts the write-ahead marks of a database (docs/spec/data.md section 7)."""

from __future__ import annotations

from sqlalchemy import BigInteger, String, cast, exists, select, update

from bot.storage.engine.connection import Connection
from bot.storage.generation_file import Generation
from bot.storage.meta import SqlMeta
from bot.storage.tables import jobs, meta

_LINEAGE, _NUMBER = "lineage", "generation"
_NEXT = (
    update(meta)
    .where(meta.c.key == _NUMBER)
    .values(value=cast(cast(meta.c.value, BigInteger) + 1, String))
    .returning(meta.c.value)
)
_USED = select(exists(select(jobs.c.job_id)))


class SqlGenerations:
    """The database's own generation. Part of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._meta = SqlMeta(connection)

    async def get(self) -> Generation | None:
        """Return the stored generation; None where no lineage was begun."""
        lineage, number = await self._meta.get(_LINEAGE), await self._meta.get(_NUMBER)
        if lineage is None or number is None:
            return None
        return Generation(lineage=lineage, number=int(number))

    async def put(self, generation: Generation) -> None:
        """Begin a lineage, or go on with one."""
        await self._meta.put(_LINEAGE, generation.lineage)
        await self._meta.put(_NUMBER, str(generation.number))

    async def advance(self) -> int | None:
        """Count one mark more; None where no lineage was begun."""
        number = (await self._connection.execute(_NEXT)).scalar_one_or_none()
        return None if number is None else int(number)

    async def used(self) -> bool:
        """Tell whether the database has any request."""
        return bool((await self._connection.execute(_USED)).scalar_one())
