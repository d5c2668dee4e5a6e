"""Reference pictures: fetched into files, looked at and converted by the picture workers."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.domain.catalog import ReferenceRule
from bot.domain.errors import PictureError, PictureProblem
from bot.domain.request import Reference
from bot.providers.addresses import origin_of
from bot.providers.download import DownloadError, DownloadProblem, Downloads
from bot.providers.part_file import part_file
from bot.providers.workers import Inspected, PictureWorkers, as_picture_error
from bot.services.ports import ReferenceSource, forbid_transaction

CAP_BYTES = 25_000_000
TIMEOUT_SECONDS = 15.0

_DOWNLOADS = {
    DownloadProblem.FORBIDDEN: PictureProblem.FORBIDDEN_ADDRESS,
    DownloadProblem.TOO_LARGE: PictureProblem.TOO_MANY_BYTES,
    DownloadProblem.TIMEOUT: PictureProblem.TIMEOUT,
}
_TINY_FORMATS = frozenset({"image/png", "image/jpeg"})
_TINY_EDGE = 64


class HttpReferences:
    """Fetches references over HTTP or from the disk, and makes them fit for a rule.

    `needs` makes the workers' own description of a rule; `cdn_base` is where attachments lie.
    """

    def __init__(
        self,
        *,
        pictures: PictureWorkers,
        needs: Callable[..., Any],
        cdn_base: str,
        downloads: Downloads | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._pictures = pictures
        self._needs = needs
        self._cdn = frozenset({origin_of(cdn_base)})
        self._downloads = downloads or Downloads()
        self._timeout_seconds = timeout_seconds

    async def fetch(self, source: ReferenceSource, target: Path) -> Reference:
        """Download or copy within 25 MB, decode fully, and tell what it is.

        Raises PictureError; a URL typed by a person is never trusted.
        """
        forbid_transaction("fetching a reference")
        if (source.declared_bytes or 0) > CAP_BYTES:
            raise PictureError(PictureProblem.TOO_MANY_BYTES, limit=CAP_BYTES)
        if source.path is not None:
            await asyncio.to_thread(_copy, source.path, target)
        else:
            await self._download(source, target)
        with as_picture_error():
            found = await self._pictures.inspect(target)
        altered = found.frames > 1 or await self._is_rotated(target)
        return replace(_reference(found), url=source.url, altered=altered)

    async def prepare(self, path: Path, rule: ReferenceRule) -> tuple[Reference, tuple[str, ...]]:
        """Convert the file in place to what the rule takes; names what was changed.

        Where only addresses are sent, the file is left alone.
        """
        with as_picture_error():
            if not rule.inline:
                return _reference(await self._pictures.inspect(path)), ()
            needs = self._needs(
                formats=rule.formats,
                max_bytes=rule.max_bytes,
                min_side_exclusive=rule.min_side,
                max_pixels=rule.max_pixels,
            )
            converted = await self._pictures.prepare(path, path, needs)
        return _reference(converted.info), tuple(map(str, converted.changes))

    async def prepare_mask(
        self, path: Path, rule: ReferenceRule, *, width: int, height: int
    ) -> Reference:
        """Make a mask of exactly this size in place of what the member gave."""
        with as_picture_error():
            found = await self._pictures.mask(
                path, path, width=width, height=height, limit_bytes=rule.mask_max_bytes
            )
        return _reference(found)

    async def close(self) -> None:
        """Close the connections."""
        await self._downloads.close()

    async def _download(self, source: ReferenceSource, target: Path) -> None:
        trusted = self._cdn if source.trusted else frozenset[tuple[str, str, int]]()
        try:
            async with part_file(target) as file:
                await self._downloads.fetch(
                    source.url or "",
                    file,
                    cap_bytes=CAP_BYTES,
                    timeout_seconds=self._timeout_seconds,
                    trusted=trusted,
                )
                await file.commit()
        except DownloadError as error:
            problem = _DOWNLOADS.get(error.problem, PictureProblem.UNREACHABLE)
            limit = {"limit": CAP_BYTES} if problem is PictureProblem.TOO_MANY_BYTES else {}
            status = {"status": error.status} if error.status is not None else {}
            raise PictureError(problem, **limit, **status) from None

    async def _is_rotated(self, path: Path) -> bool:
        """Whether the bytes hold the picture in another position than it is seen in."""
        scratch = path.with_name(path.name + ".scratch")
        # A tiny copy, in which only the way there is of interest.
        needs = self._needs(formats=_TINY_FORMATS, max_bytes=1_000_000, max_edge=_TINY_EDGE)
        try:
            with as_picture_error():
                converted = await self._pictures.prepare(path, scratch, needs)
        except PictureError:
            # Too much for a copy: `prepare` will say so, should one be needed.
            return False
        finally:
            scratch.unlink(missing_ok=True)
        return "rotated" in map(str, converted.changes)


def _copy(source: Path, target: Path) -> None:
    """Copy a local file, which the command line names."""
    try:
        if source.stat().st_size > CAP_BYTES:
            raise PictureError(PictureProblem.TOO_MANY_BYTES, limit=CAP_BYTES)
        shutil.copyfile(source, target)
    except OSError as error:
        raise PictureError(PictureProblem.UNREACHABLE, reason=error.strerror) from None


def _reference(found: Inspected) -> Reference:
    return Reference(mime=found.mime, width=found.width, height=found.height, bytes=found.bytes)
