"""Styles of members and servers, and their example pictures. Part of one transaction."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, func, insert, or_, select

from bot.domain.styles.style import Style, key_of
from bot.services.ports import NOT_BY_OTHERS, StylePicture
from bot.storage.engine.connection import Connection
from bot.storage.policy_tables import member_settings, style_pictures, styles
from bot.storage.rows import AnyRow, canonical_json
from bot.storage.tables import posts

# Whose it is keeps others from using it; a server's style is for others than who made it.
_kept_from_others = and_(
    or_(styles.c.guild_id != 0, style_pictures.c.owner_id != styles.c.user_id),
    exists()
    .where(
        member_settings.c.user_id == style_pictures.c.owner_id,
        member_settings.c.key == NOT_BY_OTHERS,
    )
    .correlate(styles, style_pictures),
)
# A part of a result that was removed stands for all of it.
_removed = (
    exists()
    .where(
        posts.c.removed_at.is_not(None),
        posts.c.job_id.in_([style_pictures.c.of_job_id, styles.c.from_job_id]),
    )
    .correlate(styles, style_pictures)
)
_gone = or_(_kept_from_others, _removed)
_of_their_style = style_pictures.c.style_id == styles.c.style_id
_STANDING = (
    select(func.count())
    .where(_of_their_style, ~_gone)
    .correlate(styles)
    .scalar_subquery()
    .label("standing")
)
_STYLES = select(styles, _STANDING)
_user: ColumnElement[int] = bindparam("of_user", type_=styles.c.user_id.type)
_guild: ColumnElement[int] = bindparam("of_guild", type_=styles.c.guild_id.type)
_own = and_(styles.c.guild_id == 0, styles.c.user_id == _user)
_server = and_(styles.c.guild_id == _guild, styles.c.guild_id != 0)
# A member's own come first: they have no server.
_ORDER = (styles.c.guild_id != 0, styles.c.name_key)
_MINE_AND_HERE = _STYLES.where(or_(_own, _server)).order_by(*_ORDER)
_NAMED = (
    _STYLES.where(or_(_own, _server), styles.c.name_key == bindparam("key"))
    .order_by(*_ORDER)
    .limit(1)
)
_ONE = _STYLES.where(styles.c.style_id == bindparam("of_style"))
_FROM_JOB = select(styles.c.from_job_id).where(styles.c.style_id == bindparam("of_style"))
_PICTURES = (
    select(style_pictures)
    .join(styles, _of_their_style)
    .where(style_pictures.c.style_id == bindparam("of_style"), ~_gone)
    .order_by(style_pictures.c.position)
)


class SqlStyles:
    """Finds, keeps and deletes styles."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add_style(
        self, style: Style, pictures: Sequence[StylePicture], *, from_job_id: str | None
    ) -> None:
        """Keep a new style with its pictures."""
        row = {
            "style_id": style.style_id,
            "guild_id": style.guild_id,
            "user_id": style.user_id,
            "made_by": style.made_by,
            "name": style.name,
            "name_key": key_of(style.name),
            "words": style.words,
            "chosen": canonical_json(dict(style.values)),
            "from_job_id": from_job_id,
            "created_at": style.created_at,
        }
        await self._connection.execute(insert(styles).values(row))
        for position, picture in enumerate(pictures):
            job_id, number = picture.result or (None, None)
            values = {
                "picture_id": picture.picture_id,
                "style_id": style.style_id,
                "position": position,
                "path": picture.path,
                "owner_id": picture.owner_id,
                "of_job_id": job_id,
                "of_number": number,
            }
            await self._connection.execute(insert(style_pictures).values(values))

    async def of(self, *, user_id: int, guild_id: int) -> list[Style]:
        """Return a member's own styles, then those of a server, each by name."""
        key = {"of_user": user_id, "of_guild": guild_id}
        return [_style(row) for row in await self._all(_MINE_AND_HERE, key)]

    async def get(self, style_id: str) -> Style | None:
        """Return a style by its id."""
        return _first(await self._all(_ONE, {"of_style": style_id}))

    async def named(self, key: str, *, user_id: int, guild_id: int) -> Style | None:
        """Return a member's own style of this name, else the server's."""
        values = {"of_user": user_id, "of_guild": guild_id, "key": key}
        return _first(await self._all(_NAMED, values))

    async def pictures(self, style_id: str) -> list[StylePicture]:
        """Return the example pictures that may be used, in their order."""
        return [
            StylePicture(
                picture_id=row.picture_id,
                path=row.path,
                owner_id=row.owner_id,
                result=(row.of_job_id, row.of_number) if row.of_job_id else None,
            )
            for row in await self._all(_PICTURES, {"of_style": style_id})
        ]

    async def from_job(self, style_id: str) -> str | None:
        """Return the result that a style was made from."""
        return next((row[0] for row in await self._all(_FROM_JOB, {"of_style": style_id})), None)

    async def remove_style(self, style_id: str) -> list[str]:
        """Delete a style; return the ids of its pictures."""
        ids = await self._take(style_pictures.c.style_id == style_id)
        await self._connection.execute(delete(styles).where(styles.c.style_id == style_id))
        return ids

    async def forget(self, user_id: int) -> list[str]:
        """Delete what somebody made, and pictures of theirs anywhere; return the pictures' ids."""
        theirs = or_(styles.c.made_by == user_id, styles.c.user_id == user_id)
        mine = select(styles.c.style_id).where(theirs)
        ids = await self._take(
            or_(style_pictures.c.owner_id == user_id, style_pictures.c.style_id.in_(mine))
        )
        await self._connection.execute(delete(styles).where(theirs))
        return ids

    async def purge(self, guild_id: int) -> None:
        """Delete the styles of a server; their files go as those of nothing."""
        here = styles.c.guild_id == guild_id
        mine = select(styles.c.style_id).where(here)
        await self._take(style_pictures.c.style_id.in_(mine))
        await self._connection.execute(delete(styles).where(here))

    async def sweep(self) -> None:
        """Delete pictures that may not be used any more; their files go as those of nothing."""
        gone = select(style_pictures.c.picture_id).join(styles, _of_their_style).where(_gone)
        await self._take(style_pictures.c.picture_id.in_(gone))

    async def known_pictures(self, picture_ids: Collection[str]) -> set[str]:
        """Return which of these ids are pictures of a style."""
        found = select(style_pictures.c.picture_id)
        every = {row.picture_id for row in await self._all(found)}
        return every.intersection(picture_ids)

    async def _take(self, which: ColumnElement[bool]) -> list[str]:
        found = await self._all(select(style_pictures.c.picture_id).where(which))
        ids = [row.picture_id for row in found]
        if ids:
            these = style_pictures.c.picture_id.in_(ids)
            await self._connection.execute(delete(style_pictures).where(these))
        return ids

    async def _all(self, statement: Any, values: Any = None) -> Sequence[AnyRow]:
        return (await self._connection.execute(statement, values)).all()


def _first(rows: Sequence[AnyRow]) -> Style | None:
    return _style(rows[0]) if rows else None


def _style(row: AnyRow) -> Style:
    return Style(
        style_id=row.style_id,
        guild_id=row.guild_id,
        user_id=row.user_id,
        made_by=row.made_by,
        name=row.name,
        words=row.words,
        values=json.loads(row.chosen),
        pictures=row.standing,
        created_at=row.created_at,
    )
