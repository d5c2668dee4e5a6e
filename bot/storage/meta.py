"""Small facts about this installation: the salt of user tags, the hash of the commands."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from bot.storage.engine.connect import insert_for
from bot.storage.engine.connection import Connection
from bot.storage.tables import meta

_GET = select(meta.c.value).where(meta.c.key == bindparam("name"))


class SqlMeta:
    """Key and value as text; part of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, key: str) -> str | None:
        """Return a value, or None when it was never put."""
        return (await self._connection.execute(_GET, {"name": key})).scalar_one_or_none()

    async def put(self, key: str, value: str) -> None:
        """Write a value, over an older one."""
        statement = insert_for(self._connection.dialect.name, meta).values(key=key, value=value)
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[meta.c.key], set_={"value": statement.excluded.value}
            )
        )

    async def get_or_put(self, key: str, value: str) -> str:
        """Return what is there, or put this; the first of several processes wins."""
        statement = insert_for(self._connection.dialect.name, meta).values(key=key, value=value)
        await self._connection.execute(statement.on_conflict_do_nothing())
        return await self.get(key) or value
