"""Reference pictures: fetched into files, looked at and converted by the picture workers."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from yarl import URL

from bot.domain.catalog import ReferenceRule
from bot.domain.errors import PictureError, PictureProblem
from bot.domain.requests.request import Reference
from bot.domain.variations.canvas import Margins
from bot.providers.http.address_guard import origin_of
from bot.providers.http.download import DownloadError, DownloadProblem, Downloads
from bot.providers.http.part_file import part_file
from bot.providers.references.picture_workers import PictureWorkers
from bot.services.ports import (
    PictureFacts,
    PreparedReference,
    ReferenceSource,
    forbid_transaction,
)

CAP_BYTES = 25_000_000
TIMEOUT_SECONDS = 15.0
_SECONDS = re.compile("[0-9a-f]{1,8}", re.IGNORECASE)

_DOWNLOADS = {
    DownloadProblem.FORBIDDEN: PictureProblem.FORBIDDEN_ADDRESS,
    DownloadProblem.TOO_LARGE: PictureProblem.TOO_MANY_BYTES,
    DownloadProblem.TIMEOUT: PictureProblem.SLOW_DOWNLOAD,
}


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
            source = await self._fetched(source, target)
        found = await self._pictures.inspect(target)
        reference = Reference(
            url=source.url,
            url_expires_at=_signed_until(source.url) if source.url else None,
            altered=found.frames > 1 or found.rotated,
        )
        return _measured(reference, found)

    async def prepare(self, path: Path, found: Reference, rule: ReferenceRule) -> PreparedReference:
        """Convert a fetched file in place to what the rule takes, without metadata.

        Where only addresses are sent, the file is left alone: no picture leaves from here then.
        What the service fetches at the member's own public address, EXIF and all, is what
        anybody gets there, and nothing of ours could clean it.
        """
        if not rule.inline:
            return PreparedReference(reference=found)
        needs = self._needs(
            formats=rule.formats,
            max_bytes=rule.max_bytes,
            min_side_exclusive=rule.min_side,
            max_pixels=rule.max_pixels,
        )
        made = await self._pictures.prepare(path, path, needs)
        return PreparedReference(
            reference=_measured(found, made.info),
            changes=tuple(map(str, made.changes)),
            converted=not made.same_bytes,
        )

    async def prepare_mask(
        self, path: Path, rule: ReferenceRule, *, width: int, height: int
    ) -> Reference:
        """Make a mask of exactly this size in place of what the member gave."""
        made = await self._pictures.mask(
            path, path, width=width, height=height, limit_bytes=rule.mask_max_bytes
        )
        return _measured(Reference(), made)

    async def extend(self, path: Path, mask: Path, margins: Margins) -> tuple[Reference, Reference]:
        """Extend a fetched file in place, and write the mask of what is new."""
        canvas, made = await self._pictures.extend(path, path, mask, margins=margins)
        return _measured(Reference(altered=True), canvas), _measured(Reference(), made)

    async def close(self) -> None:
        """Close the connections."""
        await self._downloads.close()

    async def _fetched(self, source: ReferenceSource, target: Path) -> ReferenceSource:
        """Download from a site, or what Discord keeps of it where the site refuses us."""
        try:
            await self._download(source, target)
        except PictureError:
            if source.proxy_url is None:
                raise
            source = replace(source, url=source.proxy_url, proxy_url=None)
            await self._download(source, target)
        return source

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
            limits = {
                PictureProblem.TOO_MANY_BYTES: CAP_BYTES,
                PictureProblem.SLOW_DOWNLOAD: self._timeout_seconds,
            }
            values = {"limit": limits[problem]} if problem in limits else {}
            raise PictureError(problem, str(error.status or ""), **values) from None


def _copy(source: Path, target: Path) -> None:
    """Copy a local file, which the command line names."""
    try:
        if source.stat().st_size > CAP_BYTES:
            raise PictureError(PictureProblem.TOO_MANY_BYTES, limit=CAP_BYTES)
        shutil.copyfile(source, target)
    except OSError as error:
        raise PictureError(PictureProblem.UNREACHABLE, error.strerror or "") from None


def _measured(reference: Reference, found: PictureFacts) -> Reference:
    return replace(
        reference,
        mime=found.mime,
        width=found.width,
        height=found.height,
        bytes=found.bytes,
    )


def _signed_until(url: str) -> int | None:
    """Read the end of a Discord attachment's signature: `ex`, hexadecimal UTC seconds."""
    query = URL(url).query
    if {"ex", "is", "hm"} <= query.keys() and _SECONDS.fullmatch(query["ex"]):
        return int(query["ex"], 16)
    return None
