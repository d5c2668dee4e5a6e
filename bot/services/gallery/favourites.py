"""Favourites: results that a member keeps, with a star as a reaction or with a button.

Each way sets the same mark and takes it back. Reactions that came or went while nobody listened
are found when the message is looked at again: with the next star, or by Details.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from weakref import WeakValueDictionary

from cachetools import LRUCache

from bot.domain.errors import AccessError, Denial
from bot.domain.job import Job
from bot.services.gallery.gallery import Gallery
from bot.services.ports import (
    Clock,
    Database,
    Favourite,
    FavouriteEntry,
    FavouritesPage,
    ResultPicture,
    StarReader,
    UnitOfWork,
    of_server,
)
from bot.services.requests.picture_numbers import numbered
from bot.services.requests.thumbnails import Thumbnails
from bot.services.servers.policies import Policies
from bot.services.tasks.log_context import about_job

# A section with a thumbnail is three of the 40 components of a message.
PAGE = 10
# Of each member in each server.
MOST = 500
# Messages whose reactions are known to be stored as they are.
_REMEMBERED = 5000


class Favourites:
    """Keeps results for members, and shows each member their own."""

    def __init__(
        self,
        *,
        database: Database,
        policies: Policies,
        thumbnails: Thumbnails,
        stars: StarReader,
        gallery: Gallery,
        clock: Clock,
    ) -> None:
        self._database = database
        self._policies = policies
        self._thumbnails = thumbnails
        self._stars = stars
        self._gallery = gallery
        self._clock = clock
        self._read: LRUCache[int, bool] = LRUCache(_REMEMBERED)
        # Who put or took a star while the stars of a message are read: events are newer than that.
        self._reading: dict[int, set[int]] = {}
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def on(self, guild_id: int) -> bool:
        """Tell whether a server has favourites."""
        return (await self._policies.of(guild_id)).settings.favourites

    async def keeps(self, user_id: int, job: Job) -> bool:
        """Tell whether a member keeps a result."""
        async with self._database.read() as uow:
            known = await uow.favourites.get(user_id, job.job_id)
        return known is not None and known.kept_at is not None

    # --- by a button ----------------------------------------------------------------------------

    async def keep(self, user_id: int, job: Job) -> Job | None:
        """Keep a result; return the oldest favourite where no more fit, else None.

        Raises AccessError when the result was removed.
        """
        async with self._database.write(of_server(job.guild_id)) as uow:
            if not await _stands(uow, job):
                raise AccessError(Denial.PICTURE_GONE)
            known = await uow.favourites.get(user_id, job.job_id) or _nothing(user_id, job)
            if await self._keep(uow, job, known):
                await uow.commit()
                self._gallery.decided()
                return None
            oldest = await uow.favourites.oldest(user_id, job.guild_id)
            return await uow.job_queries.get(oldest.job_id) if oldest else job

    async def drop(self, user_id: int, job: Job) -> None:
        """Take a result out of a member's favourites; a reaction that stands is not taken again."""
        async with self._database.write(of_server(job.guild_id)) as uow:
            known = await uow.favourites.get(user_id, job.job_id)
            if known is not None:
                # Nobody can take a star away from a message that is gone.
                message_id = known.message_id if await _stands(uow, job) else None
                await uow.favourites.put(replace(known, kept_at=None, message_id=message_id))
                await uow.commit()

    # --- by a reaction --------------------------------------------------------------------------

    async def reacted(self, guild_id: int, channel_id: int, message_id: int, user_id: int) -> None:
        """A member put a star on a message of the bot's, or on any other."""
        self._reading.get(message_id, set[int]()).add(user_id)
        # What a member does twice in a moment stays in its order.
        async with self._turn(user_id):
            job = await self._result(guild_id, message_id)
            if job is None:
                return
            async with self._database.write(of_server(guild_id)) as uow:
                known = await uow.favourites.get(user_id, job.job_id) or _nothing(user_id, job)
                if known.message_id is None and await _stands(uow, job):
                    await self._keep(uow, job, replace(known, message_id=message_id))
                    await uow.commit()
        self._gallery.decided()
        await self.look(job, channel_id, message_id)

    async def unreacted(self, message_id: int, user_id: int) -> None:
        """A member took a star from a message."""
        self._reading.get(message_id, set[int]()).add(user_id)
        async with self._turn(user_id):
            async with self._database.read() as uow:
                known = _of(user_id, await uow.favourites.reacted_on(message_id))
            if known is None:
                return
            async with self._database.write(of_server(known.guild_id)) as uow:
                known = _of(user_id, await uow.favourites.reacted_on(message_id))
                if known is not None:
                    await uow.favourites.put(replace(known, kept_at=None, message_id=None))
                    await uow.commit()

    async def cleared(self, message_id: int) -> None:
        """A moderator took all stars from a message: its members keep it all the same."""
        async with self._database.read() as uow:
            known = await uow.favourites.reacted_on(message_id)
        if not known:
            return
        async with self._database.write(of_server(known[0].guild_id)) as uow:
            for one in await uow.favourites.reacted_on(message_id):
                await uow.favourites.put(replace(one, message_id=None))
            await uow.commit()

    def missed(self) -> None:
        """Discord may have told of reactions while nobody listened: look at each message again."""
        self._read.clear()

    @about_job
    async def look(self, job: Job, channel_id: int, message_id: int) -> None:
        """Store the stars of a message as they are, once until some may have been missed."""
        if message_id in self._read or not await self.on(job.guild_id):
            return
        self._read[message_id] = True
        if job.comparison_id and await self._shared(message_id):
            return
        newer = self._reading[message_id] = set[int]()
        try:
            found = await self._stars.stars(channel_id, message_id)
            if found is None:
                self._read.pop(message_id, None)
                return
            async with self._database.write(of_server(job.guild_id)) as uow:
                for one in await uow.favourites.reacted_on(message_id) if found.whole else ():
                    if one.user_id not in found.user_ids | newer:
                        await uow.favourites.put(replace(one, kept_at=None, message_id=None))
                for user_id in sorted(found.user_ids - newer) if await _stands(uow, job) else ():
                    known = await uow.favourites.get(user_id, job.job_id) or _nothing(user_id, job)
                    if known.message_id is None:
                        await self._keep(uow, job, replace(known, message_id=message_id))
                await uow.commit()
            self._gallery.decided()
        finally:
            self._reading.pop(message_id, None)

    # --- the pages ------------------------------------------------------------------------------

    async def page(
        self,
        *,
        user_id: int,
        guild_id: int,
        before: str = "",
        may_show: Callable[[ResultPicture], bool] = lambda _: True,
    ) -> FavouritesPage:
        """Return the favourites before one, or the newest; `may_show` as in `History.page`."""
        at, _, job_id = before.partition(".")
        cursor = (int(at), job_id) if job_id else None
        async with self._database.read() as uow:
            kept = await uow.favourites.page(user_id, guild_id, before=cursor, limit=PAGE + 1)
            found = [await _entry(uow, one) for one in kept[:PAGE]]
            full = None
            if not before and await uow.favourites.count(user_id, guild_id) >= MOST:
                oldest = await uow.favourites.oldest(user_id, guild_id)
                full = await uow.job_queries.get(oldest.job_id) if oldest else None
        entries = [one for one in found if one is not None]
        last = kept[PAGE - 1] if len(kept) > PAGE else None
        return FavouritesPage(
            entries=tuple(await self._pictured(entries, may_show)),
            before=before,
            older=f"{last.kept_at}.{last.job_id}" if last else None,
            full=full,
        )

    async def entry(self, user_id: int, job_id: str) -> FavouriteEntry | None:
        """Return one favourite of a member, without a thumbnail."""
        async with self._database.read() as uow:
            known = await uow.favourites.get(user_id, job_id)
            return await _entry(uow, known) if known else None

    async def _pictured(
        self, entries: list[FavouriteEntry], may_show: Callable[[ResultPicture], bool]
    ) -> list[FavouriteEntry]:
        """Add thumbnails; what turns out to be gone has none left to show."""
        pictures = [one.picture for one in entries if one.picture is not None]
        found = await self._thumbnails.of([one for one in pictures if may_show(one)])
        pictured: list[FavouriteEntry] = []
        for entry in entries:
            picture = entry.picture
            key = (picture.job.job_id, picture.number) if picture else ("", 0)
            if picture is not None and key in found and found[key] is None:
                left = [one for one in entry.shown if one.message_id != picture.message_id]
                entry = replace(entry, shown=tuple(left))
            pictured.append(replace(entry, thumbnail=found.get(key)))
        return pictured

    # --------------------------------------------------------------------------------------------

    async def _keep(self, uow: UnitOfWork, job: Job, known: Favourite) -> bool:
        """Keep a result as far as it fits, and count it; False where it does not."""
        if known.kept_at is not None:
            fits = True
        else:
            fits = await uow.favourites.count(known.user_id, known.guild_id) < MOST
            known = replace(known, kept_at=self._clock.now() if fits else None)
        await uow.favourites.put(known)
        if fits:
            await self._gallery.count(uow, job)
        return fits

    async def _shared(self, message_id: int) -> bool:
        """Tell whether a message shows several results."""
        async with self._database.read() as uow:
            return len(await uow.job_queries.sharing(message_id)) > 1

    async def _result(self, guild_id: int, message_id: int) -> Job | None:
        """Return the request of a result that a message shows to everybody."""
        async with self._database.read() as uow:
            shown = await uow.job_queries.sharing(message_id)
            # A star on several results says nothing of one.
            job = shown[0] if len(shown) == 1 else None
            # A star in the gallery is one for the result.
            job = job or await uow.gallery.of_message(message_id)
        if job is None or job.guild_id != guild_id or not await self.on(guild_id):
            return None
        return job

    def _turn(self, user_id: int) -> asyncio.Lock:
        return self._turns.setdefault(user_id, asyncio.Lock())


async def _entry(uow: UnitOfWork, kept: Favourite) -> FavouriteEntry | None:
    job = await uow.job_queries.get(kept.job_id)
    if job is None or kept.kept_at is None:
        return None
    posts, pictures = await uow.posts.of_job(job.job_id), await uow.calls.pictures(job.job_id)
    shown = numbered(job, posts, {one.position: one for one in pictures})
    return FavouriteEntry(job=job, kept_at=kept.kept_at, shown=tuple(shown))


async def _stands(uow: UnitOfWork, job: Job) -> bool:
    """Tell whether a result was posted and not removed."""
    posts = await uow.posts.of_job(job.job_id)
    return any(post.message_id and post.removed_at is None for post in posts)


def _nothing(user_id: int, job: Job) -> Favourite:
    return Favourite(
        user_id=user_id, job_id=job.job_id, guild_id=job.guild_id, kept_at=None, message_id=None
    )


def _of(user_id: int, known: Sequence[Favourite]) -> Favourite | None:
    return next((one for one in known if one.user_id == user_id), None)
