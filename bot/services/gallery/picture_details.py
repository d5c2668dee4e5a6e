"""What anybody's picture says of itself, and whether it is one of ours.

Read in the picture workers within the limits of reference pictures; nothing of it is kept.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from cachetools import TTLCache

from bot.domain.provenance import Marks
from bot.services.ports import (
    Clock,
    PictureFile,
    Pictures,
    References,
    ReferenceSource,
    ResultPicture,
)
from bot.services.requests.results import Results
from bot.services.requests.visibility import may_see
from bot.services.servers.access import Requester

# Pictures that a member may have read in a while: reading takes a processor for a second.
LOOKS = 6
SECONDS = 60
# Pictures on their way to their members need the decoders more.
_AT_ONCE = 2
_REMEMBERED = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureOrigin:
    """What was found: the file's facts, its marks, and the picture of ours that it is.

    `ours` is None also where the member may not know of that one.
    """

    file: PictureFile
    marks: Marks
    ours: ResultPicture | None


class PictureDetails:
    """Looks at pictures of members."""

    def __init__(
        self,
        *,
        references: References,
        pictures: Pictures,
        results: Results,
        clock: Clock,
    ) -> None:
        self._references = references
        self._pictures = pictures
        self._results = results
        self._clock = clock
        self._few = asyncio.Semaphore(_AT_ONCE)
        self._looks: TTLCache[int, deque[int]] = TTLCache(_REMEMBERED, SECONDS, timer=clock.now)

    def begin(self, user_id: int) -> int | None:
        """Count one look of a member; return when the next is free if there were too many."""
        now = self._clock.now()
        looks = self._looks.get(user_id) or deque[int](maxlen=LOOKS)
        if len(looks) == LOOKS and now < looks[0] + SECONDS:
            return looks[0] + SECONDS
        looks.append(now)
        self._looks[user_id] = looks
        return None

    async def read(self, source: ReferenceSource, who: Requester) -> PictureOrigin:
        """Download and read a picture; PictureError where it cannot be had, or is none."""
        async with self._few:
            with tempfile.TemporaryDirectory(prefix="easel-") as folder:
                path = Path(folder) / "picture"
                await self._references.fetch(source, path)
                file = await self._pictures.inspect_result(path)
                marks = await self._pictures.marks(path)
        return PictureOrigin(file=file, marks=marks, ours=await self._ours(file, who))

    async def _ours(self, file: PictureFile, who: Requester) -> ResultPicture | None:
        """Find our own picture by its file, else by its pixels, among what the member may see."""
        for job, position in await self._results.of_file(who.scope, file):
            if may_see(who, job):
                shown = await self._results.of_job(job.job_id)
                return next((one for one in shown if one.picture.position == position), None)
        return None
