"""Brings one picture of a reply to the disk and decodes it once, to be sure that it is one."""

from __future__ import annotations

from pathlib import Path

from bot.domain.errors import PictureError, PictureProblem, ProviderError
from bot.services.ports import ImageService, PictureFacts, Pictures, ReplyItem

# What a download that went wrong looks like.
_DAMAGED = frozenset({PictureProblem.BROKEN, PictureProblem.NOT_A_PICTURE})


async def collect_result(
    service: ImageService, pictures: Pictures, item: ReplyItem, target: Path
) -> PictureFacts:
    """Fetch a picture, once more if it does not decode; raises ProviderError and PictureError."""
    await service.collect(item, target)
    try:
        return await pictures.inspect(target)
    except PictureError as error:
        if item.url is None or error.problem not in _DAMAGED:
            raise
    await service.collect(item, target)
    return await pictures.inspect(target)


def why_lost(error: ProviderError | PictureError) -> str:
    """Return the code of a picture's loss, as it is stored: short, with an HTTP status if any."""
    if isinstance(error, PictureError):
        return f"result_{error.problem}"
    failure = error.failure
    code = failure.code or failure.error_class.value
    return f"{code}_{failure.http_status}" if code == "result_status" else code
