"""What members and managers put aside: drafts, baskets, settings. Part of one transaction."""

from __future__ import annotations

import json

from sqlalchemy import and_, bindparam, delete, func, insert, select

from bot.storage.engine.connect import insert_for
from bot.storage.engine.connection import Connection
from bot.storage.policy_tables import settings
from bot.storage.rows import canonical_json
from bot.storage.tables import baskets, drafts

_now = bindparam("now", type_=drafts.c.expires_at.type)
_my_draft = and_(
    drafts.c.draft_id == bindparam("of_draft"),
    drafts.c.user_id == bindparam("of_user"),
    drafts.c.expires_at > _now,
)
_GET_DRAFT = select(drafts.c.draft).where(_my_draft)
_OLD_DRAFTS = delete(drafts).where(drafts.c.expires_at <= _now)

_my_basket = and_(
    baskets.c.user_id == bindparam("of_user"), baskets.c.channel_id == bindparam("of_channel")
)
_IN_BASKET = (
    select(baskets.c.reference)
    .where(_my_basket, baskets.c.expires_at > _now)
    .order_by(baskets.c.position)
)
_NEXT_PLACE = select(func.coalesce(func.max(baskets.c.position), -1) + 1).where(_my_basket)
_OLD_BASKETS = delete(baskets).where(baskets.c.expires_at <= _now)
_EMPTY_BASKET = delete(baskets).where(_my_basket)

_SETTINGS = select(settings.c.key, settings.c.value).where(
    settings.c.guild_id == bindparam("of_guild")
)
_BY_GUILD = select(settings.c.guild_id, settings.c.value).where(settings.c.key == bindparam("name"))
_CLEAR_SETTING = delete(settings).where(
    settings.c.guild_id == bindparam("of_guild"), settings.c.key == bindparam("name")
)
_SETTING = select(settings.c.value).where(
    settings.c.guild_id == bindparam("of_guild"), settings.c.key == bindparam("name")
)


class SqlDrafts:
    """Refused requests (port Drafts)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def put(self, draft_id: str, user_id: int, draft: str, *, expires_at: int) -> None:
        """Keep a draft under a new id."""
        row = {"draft_id": draft_id, "user_id": user_id, "draft": draft, "expires_at": expires_at}
        await self._connection.execute(insert(drafts).values(row))

    async def get(self, draft_id: str, user_id: int, *, now: int) -> str | None:
        """Return a member's draft; None when it is not there (any more)."""
        key = {"of_draft": draft_id, "of_user": user_id, "now": now}
        return (await self._connection.execute(_GET_DRAFT, key)).scalar_one_or_none()

    async def sweep(self, *, now: int) -> None:
        """Delete what is over."""
        await self._connection.execute(_OLD_DRAFTS, {"now": now})


class SqlBaskets:
    """Pictures put aside (port Baskets)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(
        self, user_id: int, channel_id: int, reference: str, *, expires_at: int, now: int
    ) -> int:
        """Put a picture in, once; return how many are there."""
        await self._connection.execute(_OLD_BASKETS, {"now": now})
        there = await self.list(user_id, channel_id, now=now)
        if reference in there:
            return len(there)
        key = {"of_user": user_id, "of_channel": channel_id}
        place = (await self._connection.execute(_NEXT_PLACE, key)).scalar_one()
        row = {
            "user_id": user_id,
            "channel_id": channel_id,
            "position": place,
            "reference": reference,
            "expires_at": expires_at,
        }
        await self._connection.execute(insert(baskets).values(row))
        return len(there) + 1

    async def clear(self, user_id: int, channel_id: int) -> None:
        """Take everything out."""
        key = {"of_user": user_id, "of_channel": channel_id}
        await self._connection.execute(_EMPTY_BASKET, key)

    async def list(self, user_id: int, channel_id: int, *, now: int) -> list[str]:
        """Return what is in a basket, in the order it was put in."""
        key = {"of_user": user_id, "of_channel": channel_id, "now": now}
        return [row.reference for row in await self._connection.execute(_IN_BASKET, key)]


class SqlSettings:
    """Decisions of managers for their server (port Settings)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, guild_id: int, key: str) -> object:
        """Return a value, None when nothing was decided."""
        values = {"of_guild": guild_id, "name": key}
        found = (await self._connection.execute(_SETTING, values)).scalar_one_or_none()
        return None if found is None else json.loads(found)

    async def of_guild(self, guild_id: int) -> dict[str, object]:
        """Return everything that a server decided."""
        rows = await self._connection.execute(_SETTINGS, {"of_guild": guild_id})
        return {row.key: json.loads(row.value) for row in rows}

    async def by_guild(self, key: str) -> dict[int, object]:
        """Return a value for each server that decided it."""
        rows = await self._connection.execute(_BY_GUILD, {"name": key})
        return {row.guild_id: json.loads(row.value) for row in rows}

    async def put(self, guild_id: int, key: str, value: object) -> None:
        """Write a value, over an older one; None takes it away."""
        if value is None:
            await self._connection.execute(_CLEAR_SETTING, {"of_guild": guild_id, "name": key})
            return
        statement = insert_for(self._connection.dialect.name, settings).values(
            guild_id=guild_id, key=key, value=canonical_json(value)
        )
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[settings.c.guild_id, settings.c.key],
                set_={"value": statement.excluded.value},
            )
        )
