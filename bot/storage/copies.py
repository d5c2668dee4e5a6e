"""Refuses a copy of a database that is behind the file beside it (docs/spec/data.md section 7).

Other databases than SQLite have no file, and are never refused.
"""

from __future__ import annotations

import asyncio

from bot.services.ports import EVERYTHING
from bot.storage.engine import schema
from bot.storage.engine.database import SqlDatabase
from bot.storage.generation_file import Generation, new_lineage


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
    async with database.write(EVERYTHING) as uow:
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
