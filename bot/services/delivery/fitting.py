"""Makes pictures small enough for where they are posted, and knows which file stands for which."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.domain.job import Picture
from bot.domain.message_limits import SMALLER
from bot.domain.provenance import PostedMark, marks_stored, stored_marks
from bot.services.ports import Pictures, ResultPart, Spool


class Fitting:
    """Re-encodes into the spool, beside the picture as the service made it."""

    def __init__(self, pictures: Pictures, spool: Spool) -> None:
        self._pictures = pictures
        self._spool = spool

    async def fit(self, picture: Picture, limit_bytes: int) -> int:
        """Return the bytes to upload, of a file with marks where the setting asks for them.

        A picture above the limit is re-encoded; PictureError when that never makes it small enough.
        """
        made = await self._made(picture)
        size = made.stat().st_size if made else picture.bytes or 0
        if size <= limit_bytes and (made or not self._pictures.writes_marks):
            return size
        path, content_id = picture.path or "", f"{picture.job_id}-{picture.position}"
        source = await self._spool.get(path) or self._spool.path(path)
        if size <= limit_bytes:
            name = self._marked(picture)
            marked = await self._pictures.mark(
                source, self._spool.path(name), limit_bytes=limit_bytes, content_id=content_id
            )
            if marked is None:
                return size
            await self._spool.put(name)
            return marked.bytes
        name = self._fitted(picture)
        facts = await self._pictures.fit(
            source, self._spool.path(name), limit_bytes=limit_bytes, content_id=content_id
        )
        await self._spool.put(name)
        return facts.bytes

    async def smaller(self, part: ResultPart, limit_bytes: int) -> ResultPart:
        """Make the largest files of a part smaller than they were sent.

        They are made to fit the limit; where they did, to less.
        """
        largest = max(path.stat().st_size for path in part.files)
        limit = limit_bytes if limit_bytes < largest else int(largest * SMALLER)
        for picture in part.pictures:
            await self.fit(picture, limit)
        return await self.with_files(part)

    async def posted(self, picture: Picture) -> Picture | None:
        """Return a picture with what was posted of it, where that is not the service's file."""
        path = await self._made(picture)
        if path is None:
            return None
        facts = await self._pictures.inspect_result(path)
        # Of a file that was made here, nobody else signed.
        marks = {
            PostedMark.SIGNED if mark is PostedMark.KEPT else mark
            for mark in marks_stored(facts.marks) or ()
        }
        knows = PostedMark.SIGNED in marks and self._pictures.knows_issuers
        if knows and (await self._pictures.marks(path)).issuer_known:
            marks.add(PostedMark.TRUSTED)
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
            fitted = fitted or await self._spool.get(self._fitted(picture)) is not None
            kept = await self._made(picture) or await self._spool.get(picture.path or "")
            if kept is None:
                raise FileNotFoundError(picture.path)
            files.append(kept)
        return replace(part, files=tuple(files), fitted=fitted)

    async def _made(self, picture: Picture) -> Path | None:
        """Return the file that was made of the service's, where there is one."""
        return await self._spool.get(self._fitted(picture)) or (
            await self._spool.get(self._marked(picture)) if self._pictures.writes_marks else None
        )

    def _fitted(self, picture: Picture) -> str:
        return self._spool.fitted(picture.job_id, picture.position)

    def _marked(self, picture: Picture) -> str:
        return self._spool.marked(picture.job_id, picture.position)
