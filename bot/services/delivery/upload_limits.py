"""How large a file each server takes: learnt from interactions, boosts and refusals of Discord.

Stored beside the server's settings, so that a worker without a gateway and the next process know
it too. Written only when it changes.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from cachetools import LRUCache, TTLCache

from bot.domain.catalog import Offer
from bot.domain.comparisons.comparison import MOST_MODELS
from bot.domain.errors import StorageError
from bot.domain.job import Destination, Job
from bot.domain.message_limits import (
    MESSAGE_BYTES,
    MESSAGE_FILES,
    UPLOAD_BYTES,
    Announcement,
    UploadLimit,
)
from bot.domain.requests.options import asked_to_fit
from bot.services.ports import Clock, Database, Publisher, ResultPart, UnitOfWork, of_server

log = logging.getLogger(__name__)

# Its name among the settings of a server; 0 stands for everything outside servers.
KEY = "upload_limit"
# Who announced what may be forgotten: then the next interaction counts.
_REMEMBERED = 5000
# What another process learnt is used a minute later: Discord says of a file that it is too large.
_USED_SECONDS = 60


class UploadLimits:
    """Keeps the limits of servers."""

    def __init__(self, *, database: Database, publisher: Publisher, clock: Clock) -> None:
        self._database = database
        self._publisher = publisher
        self._clock = clock
        self._heard: LRUCache[int, Announcement] = LRUCache(_REMEMBERED)
        self._used: TTLCache[int, UploadLimit | None] = TTLCache(
            _REMEMBERED, _USED_SECONDS, timer=self._now
        )

    async def of(self, job: Job) -> int:
        """Return the bytes that a file of a job's result may have where it is posted."""
        try:
            known = self._used[job.guild_id]
        except KeyError:
            async with self._database.read() as uow:
                known = self._used[job.guild_id] = await self._known(uow, job.guild_id)
        boosts = self._publisher.upload_limit(job)
        return known.bytes_at(self._clock.now(), boosts=boosts) if known else boosts

    async def of_each(self, job: Job, count: int) -> int:
        """Return the bytes that each of so many pictures of a job's result may have."""
        limit = await self.of(job)
        if job.destination is Destination.CHANNEL:
            return limit
        if job.destination is Destination.COMPARISON:
            count = MOST_MODELS
        # What fits one message is one there, so its pictures share the room.
        return min(limit, MESSAGE_BYTES // min(max(count, 1), MESSAGE_FILES))

    async def asked_to_fit(self, job: Job, offer: Offer) -> Job:
        """Return a new job that asks for a smaller format where its pictures may not fit."""
        request = job.request
        if asked_to_fit(request, offer, limit_bytes=0) is request:
            return job  # whatever the limit is, so nothing is read
        limit = await self.of_each(job, request.count)
        return replace(job, request=asked_to_fit(request, offer, limit))

    async def announced(
        self, guild_id: int, user_id: int, limit_bytes: int, *, boosts: int
    ) -> None:
        """Hear what an interaction of a member says; `boosts` is what Discord's table says."""
        heard = Announcement(limit_bytes=limit_bytes, user_id=user_id, at=self._clock.now())
        before = self._heard.get(guild_id)
        if before is not None and not before.outdone_by(heard):
            return
        self._heard[guild_id] = heard
        if before is None or before.limit_bytes != limit_bytes:
            await self._learn(guild_id, limit_bytes, usual=boosts == UPLOAD_BYTES)

    async def boosted(self, guild_id: int, limit_bytes: int) -> None:
        """Hear that a server's boosts changed, and what Discord's table says of them."""
        self._heard.pop(guild_id, None)
        await self._learn(guild_id, limit_bytes)

    async def refused(self, part: ResultPart) -> None:
        """Learn from a post that was too large for Discord.

        Of several small files it may have been their sum, which says nothing of one file.
        """
        largest = max(file.stat().st_size for file in part.files)
        if len(part.files) > 1 and largest <= UPLOAD_BYTES:
            return
        guild_id, boosts = part.job.guild_id, self._publisher.upload_limit(part.job)
        async with self._database.write(of_server(guild_id)) as uow:
            known = await self._known(uow, guild_id) or UploadLimit(announced_bytes=boosts)
            learnt = known.refuse(largest, self._clock.now())
            await uow.settings.put(guild_id, KEY, learnt.stored)
            await uow.commit()
        self._used.pop(guild_id, None)
        log.info("server %d refused a file of %d bytes", guild_id, largest)

    async def _learn(self, guild_id: int, limit_bytes: int, *, usual: bool = False) -> None:
        """Store an announced limit, unless it is the one that is known: then a refusal stays.

        Where every process would guess it, as `usual` says, there is nothing to know.
        """
        try:
            async with self._database.read() as uow:
                known = await self._known(uow, guild_id)
            before = UPLOAD_BYTES if known is None and usual else known and known.announced_bytes
            if before == limit_bytes:
                return
            async with self._database.write(of_server(guild_id)) as uow:
                known = await self._known(uow, guild_id)
                if known is None or known.announced_bytes != limit_bytes:
                    learnt = UploadLimit(announced_bytes=limit_bytes)
                    await uow.settings.put(guild_id, KEY, learnt.stored)
                    await uow.commit()
            self._used.pop(guild_id, None)
        except StorageError as error:
            # The next interaction says it again.
            self._heard.pop(guild_id, None)
            log.warning("the upload limit of server %d was not stored: %s", guild_id, error)

    def _now(self) -> int:
        return self._clock.now()

    async def _known(self, uow: UnitOfWork, guild_id: int) -> UploadLimit | None:
        return UploadLimit.of(await uow.settings.get(guild_id, KEY))
