"""Makes pictures small enough for where they are posted, and knows which file stands for which."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.domain.job import Picture
from bot.domain.provenance import PostedMark, marks_stored, stored_marks
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
        name = self._name(picture)
        if (fitted := await self._spool.get(name)) is not None:
            size = fitted.stat().st_size
        if size <= limit_bytes:
            return size
        path = picture.path or ""
        source = await self._spool.get(path) or self._spool.path(path)
        facts = await self._pictures.fit(source, self._spool.path(name), limit_bytes=limit_bytes)
        await self._spool.put(name)
        return facts.bytes

    async def smaller(self, part: ResultPart) -> ResultPart:
        """Make the largest files of a part smaller than they were sent."""
        limit = int(max(path.stat().st_size for path in part.files) * SMALLER)
        for picture in part.pictures:
            await self.fit(picture, limit)
        return await self.with_files(part)

    async def fitted(self, picture: Picture) -> bool:
        """Tell whether another file than the service's stands for a picture."""
        return await self._spool.get(self._name(picture)) is not None

    async def posted(self, picture: Picture) -> Picture | None:
        """Return a picture with what was posted of it, where that is not the service's file."""
        path = await self._spool.get(self._name(picture))
        if path is None:
            return None
        facts = await self._pictures.inspect_result(path)
        # Of a file that was made here, nobody else signed.
        marks = {
            PostedMark.SIGNED if mark is PostedMark.KEPT else mark
            for mark in marks_stored(facts.marks) or ()
        }
        return replace(
            picture,
            posted_sha256=facts.sha256,
            pixel_hash=facts.pixel_hash,
            marks=stored_marks(marks),
        )

    async def with_files(self, part: ResultPart) -> ResultPart:
        """Return a part with the files to upload; FileNotFoundError where one is gone."""
        files: list[Path] = []
        fitted = False
        for picture in part.pictures:
            kept = await self._spool.get(self._name(picture))
            fitted = fitted or kept is not None
            kept = kept or await self._spool.get(picture.path or "")
            if kept is None:
                raise FileNotFoundError(picture.path)
            files.append(kept)
        return replace(part, files=tuple(files), fitted=fitted)

    def _name(self, picture: Picture) -> str:
        return self._spool.fitted(picture.job_id, picture.position)
