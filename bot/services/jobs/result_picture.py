"""Brings one picture of a reply to the disk, whole, and makes it one that is shown."""

from __future__ import annotations

import logging
from pathlib import Path

from bot.domain.errors import PictureError, PictureProblem, ProviderError
from bot.domain.file_types import AVIF, PNG
from bot.domain.provenance import Credentials, PostedMark, marks_stored, stored_marks
from bot.services.ports import ImageService, Measures, PictureFile, Pictures, ReplyItem

log = logging.getLogger(__name__)

# A place for results takes less, and they are made smaller for it when they are posted.
_MOST_BYTES = 60_000_000
# What a download that went wrong looks like.
_DAMAGED = frozenset({PictureProblem.BROKEN, PictureProblem.NOT_A_PICTURE})


async def collect_result(
    service: ImageService, pictures: Pictures, item: ReplyItem, target: Path
) -> PictureFile:
    """Fetch a picture, once more if it is damaged; raises ProviderError and PictureError."""
    await service.collect(item, target)
    try:
        return await pictures.inspect_result(target)
    except PictureError as error:
        if item.url is None or error.problem not in _DAMAGED:
            raise
    await service.collect(item, target)
    return await pictures.inspect_result(target)


class ResultCredentials:
    """Checks the content credentials that services put into results, once for each."""

    def __init__(self, pictures: Pictures, measures: Measures) -> None:
        self._pictures = pictures
        self._measures = measures
        self._told: set[str] = set()

    async def checked(self, provider: str, facts: PictureFile, source: Path) -> str:
        """Return the marks of a result as they are stored, with what its credentials are worth."""
        marks = marks_stored(facts.marks) or ()
        if PostedMark.KEPT not in marks or not self._pictures.checks_credentials:
            return facts.marks
        read = await self._pictures.marks(source)
        found = read.credentials
        self._measures.credentials(provider, found)
        if found is Credentials.VALID:
            known = [PostedMark.TRUSTED] if read.issuer_known else []
            return stored_marks((*marks, PostedMark.VALID, *known))
        if provider not in self._told:
            # Each result says it in its Details; the log says it once.
            self._told.add(provider)
            log.warning("%s delivers pictures whose content credentials are %s", provider, found)
        if found is Credentials.BROKEN:
            return stored_marks((*marks, PostedMark.BROKEN))
        return facts.marks


async def make_viewable(
    pictures: Pictures, facts: PictureFile, source: Path, target: Path, *, chosen: str | None
) -> bool:
    """Re-encode a result that many viewers do not show, or an AVIF that was asked as another type.

    `chosen` is the request's format, if it names one. Returns whether `target` was written; a
    picture that cannot be re-encoded stays as it is (docs/spec/image-apis.md, 15.17, 15.18).
    """
    converted = facts.mime == AVIF and chosen is not None and facts.frames == 1
    if facts.common and not converted:
        return False
    mime = f"image/{chosen}" if chosen else PNG if facts.mime == PNG else None
    try:
        await pictures.fit(source, target, limit_bytes=_MOST_BYTES, mime=mime)
    except PictureError as error:
        log.warning("a result is kept as it came: %s", error)
        return False
    return True


def why_lost(error: ProviderError | PictureError) -> str:
    """Return the code of a picture's loss, as it is stored: short, with an HTTP status if any."""
    if isinstance(error, PictureError):
        return f"result_{error.problem}"
    failure = error.failure
    code = failure.code or failure.error_class.value
    return f"{code}_{failure.http_status}" if code == "result_status" else code
