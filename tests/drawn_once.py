"""Draws each picture of the local image APIs once: the same request draws the same bytes.

To draw and encode one takes as long as everything else that a request does, and most tests ask for
the same few.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.sandbox.image_apis.apis.checked_request import CheckedRequest, Size
    from bot.sandbox.image_apis.apis.references import References

Draw = Callable[..., bytes]
KEPT = 500  # pictures of about 100 kB


def drawn_once(draw: Draw) -> Draw:
    """Return the same function with a memory of what it drew."""
    drawn: dict[object, bytes] = {}

    def once(
        order: CheckedRequest, index: int, size: Size, references: References, *, huge: bool
    ) -> bytes:
        # What the drawing reads of its arguments.
        key = (
            *(order.model, order.prompt, order.seed, order.transparent, order.watermark),
            *(order.output_format, order.compression, index, size, huge),
            *_digests(references),
        )
        if key not in drawn:
            if len(drawn) >= KEPT:
                drawn.clear()
            drawn[key] = draw(order, index, size, references, huge=huge)
        return drawn[key]

    return once


def _digests(references: References) -> Iterator[Any]:
    previews = [one and one.preview for one in references.pictures]
    for image in (*previews, references.mask):
        yield image and (image.mode, image.size, hashlib.sha256(image.tobytes()).digest())
