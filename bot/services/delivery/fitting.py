"""Makes pictures small enough for where they are posted, and knows which file stands for which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.domain.job import Picture
from bot.services.ports import Pictures, ResultPart, Spool

# Where Discord refuses a size that it announced, fit to less, twice (docs/spec/crashes.md, K22).
SMALLER = 0.6


class Fitting:
    """Re-encodes into the spool, beside the picture as the service made it."""

    def __init__(self, pictures: Pictures, spool: Spool) -> None:
        self._pictures = pictures
        self._spool = spool

    async def fit(self, picture: Picture, limit_bytes: int) -> int:
        """Return the bytes to upload, re-encoding a picture that is above the limit.

        Raises PictureError when no re-encoding makes it small enough.
        """
        size = picture.bytes or 0
        if self.fitted(picture):
            size = self._target(picture).stat().st_size
        if size <= limit_bytes:
            return size
        source = self._spool.path(picture.path or "")
        facts = await self._pictures.fit(source, self._target(picture), limit_bytes=limit_bytes)
        return facts.bytes

    async def smaller(self, part: ResultPart) -> ResultPart:
        """Make the largest files of a part smaller than they were sent."""
        limit = int(max(path.stat().st_size for path in part.files) * SMALLER)
        for picture in part.pictures:
            await self.fit(picture, limit)
        return replace(part, files=self.files(part.pictures), fitted=True)

    def fitted(self, picture: Picture) -> bool:
        """Tell whether another file than the service's stands for a picture."""
        return self._target(picture).exists()

    def files(self, pictures: Sequence[Picture]) -> tuple[Path, ...]:
        """Return the files to upload."""
        return tuple(
            self._target(p) if self.fitted(p) else self._spool.path(p.path or "") for p in pictures
        )

    def _target(self, picture: Picture) -> Path:
        return self._spool.path(self._spool.fitted(picture.job_id, picture.position))
