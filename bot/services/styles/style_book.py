"""Keeps styles: saves them with their example pictures, lists them, shares and deletes them.

A picture is written into the spool before the transaction that names it; a crash in between leaves
a folder that belongs to nothing, which the sweep deletes after an hour. A request that uses a style
has copies of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.domain.errors import AccessError, Denial, PictureError, StorageError
from bot.domain.job import Job, new_job_id
from bot.domain.requests.consent import Whose
from bot.domain.requests.request import OptionValue
from bot.domain.styles.style import (
    MOST_PICTURES,
    MOST_STYLES,
    Style,
    StyleError,
    StyleProblem,
    key_of,
    named,
    require_allowed,
    worded,
)
from bot.services.ports import (
    EXPECTED_PICTURE_BYTES,
    NOT_BY_OTHERS,
    AuditEntry,
    Clock,
    Database,
    References,
    ReferenceSource,
    Spool,
    StylePicture,
    UnitOfWork,
    of_member,
    of_server,
)
from bot.services.servers.access import Access, Requester
from bot.services.servers.changes import Changes
from bot.services.servers.policies import Policies
from bot.services.styles.style_cache import StyleCache
from bot.services.tasks.conflicts import repeatable


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStyle:
    """A style to be kept: from which result, and with which pictures."""

    name: str
    words: str
    values: Mapping[str, OptionValue] = field(default_factory=dict[str, OptionValue])
    pictures: Sequence[ReferenceSource] = ()
    from_job_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A style that is kept, and how many of its pictures could not be."""

    style: Style
    left_out: int = 0
    entry: AuditEntry | None = None


class StyleBook:
    """All styles; each method says which transaction makes it true."""

    def __init__(
        self,
        *,
        database: Database,
        access: Access,
        policies: Policies,
        changes: Changes,
        references: References,
        spool: Spool,
        clock: Clock,
        cache: StyleCache,
    ) -> None:
        self._database = database
        self._access = access
        self._policies = policies
        self._changes = changes
        self._references = references
        self._spool = spool
        self._clock = clock
        self._cache = cache

    async def given(self, job: Job) -> list[ReferenceSource]:
        """Return the pictures that a request was given and that its member may go on using.

        Somebody else's own were for that request alone, with consent where the server asks for it;
        some are stored no more.
        """
        async with self._database.read() as uow:
            stored = await uow.job_queries.references(job.job_id)
            owners = {
                one.result[0]: of.user_id
                for one in stored
                if one.result and (of := await uow.job_queries.get(one.result[0]))
            }
        found: list[ReferenceSource] = []
        for one in stored:
            theirs = one.owner_id not in (None, job.user_id) or one.whose is not Whose.MEMBER
            if one.role == "mask" or (one.result is None and theirs):
                continue
            path = await self._spool.get(one.path)
            if path is not None:
                owner_id = owners.get(one.result[0], job.user_id) if one.result else job.user_id
                found.append(
                    ReferenceSource(path=path, name=path.name, result=one.result, owner_id=owner_id)
                )
        return found[:MOST_PICTURES]

    async def save(self, who: Requester, new: NewStyle) -> Saved:
        """Keep a style of a member's own: true with the transaction that inserts it.

        Raises AccessError, StyleError. The very same style a second time is the first one.
        """
        style = Style(
            style_id=new_job_id(),
            name=named(new.name),
            words=worded(new.words),
            values=dict(new.values),
            made_by=who.user_id,
            user_id=who.user_id,
            created_at=self._clock.now(),
        )
        return await self._keep(who, style, new)

    async def share(self, who: Requester, style: str, reason: str | None = None) -> Saved:
        """Publish a style as the server's: a copy that stays when its maker deletes theirs.

        The transaction that inserts it records it as a decision of staff. Raises StyleError.
        """
        found = await self.visible(who, style)
        if found.guild_id:
            raise StyleError(StyleProblem.NAME_TAKEN, name=found.name)
        async with self._database.read() as uow:
            pictures = await uow.styles.pictures(found.style_id)
            from_job_id = await uow.styles.from_job(found.style_id)
        sources = [await self._source(one) for one in pictures]
        published = replace(
            found,
            style_id=new_job_id(),
            guild_id=who.scope,
            user_id=0,
            created_at=self._clock.now(),
        )
        new = NewStyle(
            name=found.name,
            words=found.words,
            values=found.values,
            pictures=[one for one in sources if one is not None],
            from_job_id=from_job_id,
        )
        return await self._keep(who, published, new, reason=reason)

    async def delete(self, who: Requester, style: str, *, manager: bool) -> Style:
        """Delete a style: true with the transaction that removes its rows; files go after it."""
        found = await self.visible(who, style)
        if found.guild_id and not manager:
            raise StyleError(StyleProblem.NOT_YOURS)
        pictures = await self._removed(who, found)
        self._cache.gone(found.style_id)
        if found.guild_id:
            self._changes.forget(found.guild_id)
        await asyncio.to_thread(self._remove, pictures)
        return found

    @repeatable
    async def _removed(self, who: Requester, style: Style) -> list[str]:
        scope = of_server(style.guild_id) if style.guild_id else of_member(who.user_id)
        async with self._database.write(scope) as uow:
            pictures = await uow.styles.remove_style(style.style_id)
            if style.guild_id:
                actor = self._changes.actor(style.guild_id, who.user_id)
                await self._changes.record(
                    uow, actor, "style", style.name, True, None, action="style"
                )
            await uow.commit()
        return pictures

    async def of(self, who: Requester) -> list[Style]:
        """Return what somebody can use here: their own, then the server's."""
        async with self._database.read() as uow:
            return await uow.styles.of(user_id=who.user_id, guild_id=who.scope)

    async def visible(self, who: Requester, style: str) -> Style:
        """Return a style by its id or name; StyleError for what is not theirs to see."""
        async with self._database.read() as uow:
            found = await looked_up(uow, style, user_id=who.user_id, guild_id=who.scope)
        if found is None:
            raise StyleError(StyleProblem.UNKNOWN, name=style)
        return found

    # --- keeping ----------------------------------------------------------------------------

    async def _keep(
        self, who: Requester, style: Style, new: NewStyle, *, reason: str | None = None
    ) -> Saved:
        if not style.words and not new.pictures and len(style.values) < 2:
            raise StyleError(StyleProblem.EMPTY)
        async with self._database.read() as uow:
            await self._check(uow, who, style, new)
            if known := await self._twin(uow, style):
                return Saved(style=known)
        pictures = await self._fetched(new.pictures)
        folders = [one.picture_id for one in pictures]
        try:
            kept, entry = await self._written(who, style, pictures, new, reason)
        except StorageError:
            # Nobody knows whether it is kept: what belongs to nothing is swept in time.
            raise
        except BaseException:
            await asyncio.to_thread(self._remove, folders)
            raise
        if kept.style_id != style.style_id:
            await asyncio.to_thread(self._remove, folders)
            return Saved(style=kept)
        self._cache.changed(user_id=style.user_id, guild_id=style.guild_id)
        if style.guild_id:
            self._changes.forget(style.guild_id)
        return Saved(style=kept, left_out=len(new.pictures) - kept.pictures, entry=entry)

    @repeatable
    async def _written(
        self,
        who: Requester,
        style: Style,
        pictures: Sequence[StylePicture],
        new: NewStyle,
        reason: str | None,
    ) -> tuple[Style, AuditEntry | None]:
        """Insert a style, in one transaction; return it as it is kept, or was kept before."""
        scope = of_server(style.guild_id) if style.guild_id else of_member(style.user_id)
        async with self._database.write(scope) as uow:
            await self._check(uow, who, style, new)
            if known := await self._twin(uow, style):
                return known, None
            entry = await self._insert(uow, who, style, pictures, new, reason)
            kept = await uow.styles.get(style.style_id) or style
            await uow.commit()
        return kept, entry

    async def _check(self, uow: UnitOfWork, who: Requester, style: Style, new: NewStyle) -> None:
        """Ask the gate, and the rules of the place; blocks hold for what is kept as well."""
        policy = await self._access.confirm(uow, who, private=True, paced=False)
        if not policy.settings.styles.on:
            raise StyleError(StyleProblem.SWITCHED_OFF)
        require_allowed(policy.words, style.name, style.words)
        for owner_id in {one.owner_id or who.user_id for one in new.pictures} - {who.user_id}:
            if not policy.settings.others_pictures:
                raise AccessError(Denial.NOT_YOUR_PICTURE, server=True)
            if (await uow.members.of(owner_id)).get(NOT_BY_OTHERS):
                raise AccessError(Denial.NOT_YOUR_PICTURE, server=False)

    async def _twin(self, uow: UnitOfWork, style: Style) -> Style | None:
        """Return the same style, kept before; StyleError where the name is another one's."""
        there = await uow.styles.of(user_id=style.user_id, guild_id=style.guild_id)
        of_holder = [one for one in there if bool(one.guild_id) == bool(style.guild_id)]
        for one in of_holder:
            if key_of(one.name) == key_of(style.name):
                if (one.words, dict(one.values)) == (style.words, dict(style.values)):
                    return one
                raise StyleError(StyleProblem.NAME_TAKEN, name=one.name)
        if len(of_holder) >= MOST_STYLES:
            raise StyleError(StyleProblem.TOO_MANY, limit=MOST_STYLES)
        return None

    async def _insert(
        self,
        uow: UnitOfWork,
        who: Requester,
        style: Style,
        pictures: Sequence[StylePicture],
        new: NewStyle,
        reason: str | None,
    ) -> AuditEntry | None:
        await uow.styles.add_style(style, pictures, from_job_id=new.from_job_id)
        if not style.guild_id:
            return None
        actor = self._changes.actor(style.guild_id, who.user_id, reason)
        return await self._changes.record(
            uow, actor, "style", style.name, None, True, action="style"
        )

    async def _fetched(self, sources: Sequence[ReferenceSource]) -> list[StylePicture]:
        """Bring pictures into the spool; return those that could be had."""
        if not sources:
            return []
        if not await self._spool.room_for(EXPECTED_PICTURE_BYTES, granted=False):
            raise AccessError(Denial.NO_ROOM)
        found = await asyncio.gather(*(self._fetch(one) for one in sources[:MOST_PICTURES]))
        return [one for one in found if one is not None]

    async def _fetch(self, source: ReferenceSource) -> StylePicture | None:
        picture_id = new_job_id()
        relative = self._spool.reference(picture_id, "picture", 0)
        try:
            await self._references.fetch(source, self._spool.path(relative))
        except PictureError:
            await asyncio.to_thread(self._spool.remove, picture_id)
            return None
        await self._spool.put(relative)
        return StylePicture(
            picture_id=picture_id,
            path=relative,
            owner_id=source.owner_id or 0,
            result=source.result,
        )

    async def _source(self, picture: StylePicture) -> ReferenceSource | None:
        path = await self._spool.get(picture.path)
        if path is None:
            return None
        return ReferenceSource(
            path=path, name=path.name, result=picture.result, owner_id=picture.owner_id
        )

    def _remove(self, folders: Sequence[str]) -> None:
        for name in folders:
            self._spool.remove(name)


async def looked_up(uow: UnitOfWork, style: str, *, user_id: int, guild_id: int) -> Style | None:
    """Find a style by its id or name, among those that somebody may use in a place."""
    by_name = await uow.styles.named(key_of(style), user_id=user_id, guild_id=guild_id)
    if by_name is not None:
        return by_name
    found = await uow.styles.get(style) if len(style) == 13 else None
    if found is None:
        return None
    own = found.guild_id == 0 and found.user_id == user_id
    return found if own or (found.guild_id and found.guild_id == guild_id) else None
