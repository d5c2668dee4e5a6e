"""Thumbnails of earlier results: from the kept file, else from the message that shows it.

Addresses of Discord's files expire, so the message is read again; what it said is remembered for
some minutes, also that it cannot be read now.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cachetools import TTLCache

from bot.domain.errors import PictureError, StorageError
from bot.domain.job import Destination
from bot.services.ports import Clock, Messages, Pictures, ResultPicture, Spool
from bot.services.requests.results import Results

log = logging.getLogger(__name__)

# What a phone shows beside a text, in its own pixels.
LONGEST_EDGE = 256
# Addresses live for a day.
REMEMBERED_SECONDS = 900
REMEMBERED_MESSAGES = 2000
# Better a page without its last thumbnails than one that somebody waits for.
PATIENCE_SECONDS = 5.0


class Thumbnails:
    """Finds a small picture for each result, within a few seconds."""

    def __init__(
        self,
        *,
        results: Results,
        messages: Messages,
        pictures: Pictures,
        spool: Spool,
        clock: Clock,
    ) -> None:
        self._results = results
        self._messages = messages
        self._pictures = pictures
        self._spool = spool
        # Pictures on their way to their members need the decoders more: one at a time.
        self._one_at_a_time = asyncio.Lock()
        self._addresses: TTLCache[int, list[str]] = TTLCache(
            REMEMBERED_MESSAGES, REMEMBERED_SECONDS, timer=clock.now
        )

    async def of(self, shown: Sequence[ResultPicture]) -> dict[tuple[str, int], Path | str | None]:
        """Return a file or an address for each picture that was found in time.

        By job id and number of the picture. None: its message is gone.
        """
        found: dict[tuple[str, int], Path | str | None] = {}
        by_message: dict[int, list[ResultPicture]] = {}
        for one in shown:
            by_message.setdefault(one.message_id, []).append(one)

        async def look(pictures: Sequence[ResultPicture]) -> None:
            # One after the other: a message is read once for all of its pictures.
            for one in pictures:
                thumbnail = await self._of(one)
                if thumbnail != "":
                    found[one.job.job_id, one.number] = thumbnail

        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await asyncio.gather(*map(look, by_message.values()))
        return found

    async def _of(self, shown: ResultPicture) -> Path | str | None:
        """Return a file or an address; empty where there is none now, None for good."""
        if (file := await self._made(shown)) is not None:
            return file
        if shown.job.destination is not Destination.CHANNEL:
            return ""
        urls = self._addresses.get(shown.message_id)
        if urls is None:
            urls = await self._messages.pictures(shown.channel_id, shown.message_id)
            if urls is None:
                # Deleted while nobody looked: it is not to come back either.
                await self._results.deleted(shown.message_id)
                return None
            self._addresses[shown.message_id] = urls
        return urls[shown.place] if shown.place < len(urls) else ""

    async def _made(self, shown: ResultPicture) -> Path | None:
        """Return the thumbnail of a kept picture, made once and kept as long; None if broken."""
        try:
            kept = await self._results.kept(shown.picture)
            if kept is None:
                return None
            name = self._spool.thumbnail(shown.job.job_id, shown.picture.position)
            async with self._one_at_a_time:
                made = await self._spool.get(name)
                if made is None:
                    path = self._spool.path(name)
                    await self._pictures.thumbnail(kept, path, longest_edge=LONGEST_EDGE)
                    await self._spool.put(name)
                    made = await self._spool.get(name)
        except (PictureError, OSError, StorageError) as error:
            log.warning("job %s: no thumbnail: %r", shown.job.job_id, error)
            return None
        return made
