"""Counts the write-ahead marks of a database, and refuses a copy that is behind its file.

See docs/spec/data.md section 7. Other databases than SQLite have no file, and are never refused.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, String, cast, exists, select, update

from bot.storage.engine import schema
from bot.storage.engine.cancellation_shield import ShieldedConnection
from bot.storage.generation_file import Generation, new_lineage
from bot.storage.meta import SqlMeta
from bot.storage.tables import jobs, meta

if TYPE_CHECKING:
    from bot.storage.engine.database import SqlDatabase

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

    def __init__(self, connection: ShieldedConnection) -> None:
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


async def refuse_copy(database: SqlDatabase) -> None:
    """Raise SetupError for a copy that was not told to be one; changes nothing.

    A database without tables is new.
    """
    file = database.generation_file
    if file is None or await schema.current(database.address) is None:
        return
    # Read before the database, which is never behind it.
    written = await asyncio.to_thread(file.read)
    async with database.read() as uow:
        stored, used = await uow.generations.get(), await uow.generations.used()
    file.refuse_copy(stored, written, used=used)


async def begin(database: SqlDatabase) -> None:
    """Count this start, and keep file and database together from now on; raises SetupError.

    A database of an older release gets its lineage here, once.
    """
    file = database.generation_file
    if file is None:
        return
    await refuse_copy(database)
    if await asyncio.to_thread(file.read) is None:
        await asyncio.to_thread(file.create)
    await asyncio.to_thread(file.hold)
    written = await asyncio.to_thread(file.read)
    async with database.write() as uow:
        stored = await uow.generations.get()
        file.refuse_copy(stored, written, used=await uow.generations.used())
        known = [one for one in (stored, written) if one is not None]
        number = max(one.number for one in known) + 1
        generation = Generation(lineage=known[-1].lineage, number=number)
        await uow.generations.put(generation)
        await uow.commit()
    file.write(generation)


def begin_anew() -> Generation:
    """Return the first generation of another lineage."""
    return Generation(lineage=new_lineage(), number=1)
