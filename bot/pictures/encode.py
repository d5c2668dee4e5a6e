"""Scales and encodes decoded pictures, down to a number of bytes where one is set.

Runs in a worker. Knows pixels and bytes, not what they are for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from math import sqrt

from PIL import Image

from bot.domain.errors import PictureError, PictureProblem
from bot.domain.file_types import JPEG, PNG, WEBP
from bot.pictures.decode import is_transparent
from bot.pictures.picture_values import PictureInfo

BEST_QUALITY = 95
QUALITIES = (90, 80, 70)  # docs/spec/image-apis.md section 10.4
LONGEST_EDGE = {JPEG: 65_500, WEBP: 16_383, PNG: 2**31 - 1}  # of the formats themselves

_PILLOW_NAMES = {PNG: "PNG", JPEG: "JPEG", WEBP: "WEBP"}


def encode(image: Image.Image, mime: str, quality: int = BEST_QUALITY) -> bytes:
    """Encode as PNG, JPEG or WebP; JPEG is for opaque pictures only."""
    buffer = BytesIO()
    image.save(buffer, _PILLOW_NAMES[mime], quality=quality)
    return buffer.getvalue()


def squeeze(
    image: Image.Image,
    mime: str,
    *,
    limit_bytes: int,
    qualities: tuple[int, ...] = QUALITIES,
    edges: Iterable[int],
    min_side_exclusive: int = 0,
) -> tuple[Image.Image, bytes]:
    """Encode within limit_bytes: first at falling quality, then at falling longest edges.

    Returns the picture at the size that fitted and its bytes; CANNOT_FIT where nothing fits.
    """
    for quality in qualities:
        data = encode(image, mime, quality)
        if len(data) <= limit_bytes:
            return image, data
    for edge in edges:
        smaller = scaled(image, fitted(*image.size, max_edge=edge))
        if min(smaller.size) <= min_side_exclusive:
            break
        data = encode(smaller, mime, qualities[-1])
        if len(data) <= limit_bytes:
            return smaller, data
    width, height = image.size
    raise PictureError(PictureProblem.CANNOT_FIT, width=width, height=height, limit=limit_bytes)


def falling_edges(image: Image.Image) -> Iterator[int]:
    """Yield longest edges, each four fifths of the last: little size is given away."""
    edge = max(image.size) * 4 // 5
    while edge:
        yield edge
        edge = edge * 4 // 5


def fitted(
    width: int, height: int, *, max_pixels: int | None = None, max_edge: int | None = None
) -> tuple[int, int]:
    """Return the largest size of the same shape within both limits.

    Rounds towards the square: a picture of exactly 16:1 must not become one of 16.01:1, which
    image APIs refuse.
    """
    factor = 1.0
    if max_edge is not None:
        factor = min(factor, max_edge / max(width, height))
    if max_pixels is not None:
        factor = min(factor, sqrt(max_pixels / (width * height)))
    if factor == 1.0:
        return width, height
    short, long = sorted((width, height))
    new_short = int(short * factor + 1e-9)
    new_long = new_short * long // short
    if new_short == 0:  # thinner than a pixel: the shape cannot be kept
        new_short, new_long = 1, max(1, min(int(long * factor), max_pixels or long))
    return (new_short, new_long) if width <= height else (new_long, new_short)


def scaled(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Resize a picture; the picture itself where it has that size already."""
    if image.size == size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def flattened(image: Image.Image) -> Image.Image:
    """Lay a transparent picture on white, as most viewers show it."""
    if image.mode == "RGB":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def describe(data: bytes, mime: str, image: Image.Image) -> PictureInfo:
    """Describe an encoded still picture by its bytes and its pixels."""
    return PictureInfo(
        mime=mime,
        width=image.width,
        height=image.height,
        bytes=len(data),
        has_alpha=is_transparent(image),
        rotated=False,
        frames=1,
        sha256=hashlib.sha256(data).hexdigest(),
    )
