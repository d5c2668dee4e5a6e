"""Scales and encodes decoded pictures, down to a number of bytes where one is set.

Runs in a worker. Knows pixels and bytes, not what they are for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from math import inf, sqrt

from PIL import Image

from bot.domain.errors import PictureError, PictureProblem
from bot.domain.file_types import JPEG, PNG, WEBP
from bot.domain.provenance import PostedMark
from bot.pictures.decode import is_transparent
from bot.pictures.formats.pixel_data import pixel_hash
from bot.pictures.marks.posted import marks_in
from bot.pictures.picture_values import PictureInfo

BEST_QUALITY = 95
QUALITIES = (90, 80, 70)  # docs/spec/image-apis.md section 10.4
LONGEST_EDGE = {JPEG: 65_500, WEBP: 16_383, PNG: 2**31 - 1}  # of the formats themselves

# Trying costs little below, and guessing might cost quality.
_SMALL_PIXELS = 4_000_000
# A guess is made from so many samples of so many pixels, spread over the picture. What it finds
# this much too large is not tried; a WebP is the slowest.
_SAMPLES, _SAMPLE_EDGE = 6, 128
_DOUBT = {JPEG: 1.25, WEBP: 1.05, PNG: 2.0}
_DOUBT_AFTER_TRYING, _DOUBT_OF_SCALING = 1.02, 1.5

_PILLOW_NAMES = {PNG: "PNG", JPEG: "JPEG", WEBP: "WEBP"}


def encode(
    image: Image.Image, mime: str, quality: int = BEST_QUALITY, *, fast: bool = False
) -> bytes:
    """Encode as PNG, JPEG or WebP; JPEG is for opaque pictures only."""
    buffer = BytesIO()
    options = {"quality": quality}
    if mime == WEBP and (fast or image.width * image.height > _SMALL_PIXELS):
        options["method"] = 0  # three times as fast as the default, for a little more of bytes
    image.save(buffer, _PILLOW_NAMES[mime], **options)
    return buffer.getvalue()


def may_fit(image: Image.Image, mime: str, limit_bytes: int) -> bool:
    """Guess whether a large picture might meet a limit at the best quality; small ones might."""
    guess = _guess(image, mime, BEST_QUALITY)
    return guess is None or guess <= _DOUBT[mime] * limit_bytes


def _guess(image: Image.Image, mime: str, quality: int) -> float | None:
    """Estimate from samples how many bytes a large picture takes; None for a small one."""
    pixels = image.width * image.height
    if pixels <= _SMALL_PIXELS or min(image.size) < _SAMPLE_EDGE:
        return None
    side = _SAMPLES * _SAMPLE_EDGE
    sample = Image.new(image.mode, (side, side))
    for row in range(_SAMPLES):
        for column in range(_SAMPLES):
            left = (image.width - _SAMPLE_EDGE) * column // (_SAMPLES - 1)
            top = (image.height - _SAMPLE_EDGE) * row // (_SAMPLES - 1)
            piece = image.crop((left, top, left + _SAMPLE_EDGE, top + _SAMPLE_EDGE))
            sample.paste(piece, (column * _SAMPLE_EDGE, row * _SAMPLE_EDGE))
    return len(encode(sample, mime, quality, fast=True)) * pixels / (side * side)


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

    Returns the picture at the size that fitted and its bytes; CANNOT_FIT where nothing fits. Of
    a large picture, what will not fit by far is not tried: one try may take seconds.
    """
    expected, trust, doubt = None, 1.0, _DOUBT[mime]
    for quality in qualities:
        if expected == inf and quality != qualities[-1]:
            continue
        guess = _guess(image, mime, quality)
        expected = None if guess is None else guess * trust
        if expected is not None and expected > doubt * limit_bytes:
            continue
        data = encodable(image, mime, quality)
        if data is not None and len(data) <= limit_bytes:
            return image, data
        if data is None:
            expected = inf
        elif guess is not None:
            expected, trust, doubt = len(data), len(data) / guess, _DOUBT_AFTER_TRYING
    per_pixel = 0 if expected in (None, inf) else expected / (image.width * image.height)
    for edge in edges:
        size = fitted(*image.size, max_edge=edge)
        if min(size) <= min_side_exclusive:
            break
        pixels = size[0] * size[1]
        if pixels > _SMALL_PIXELS and per_pixel * pixels > _DOUBT_OF_SCALING * limit_bytes:
            continue
        smaller = scaled(image, size)
        data = encodable(smaller, mime, qualities[-1])
        if data is None:
            continue
        if len(data) <= limit_bytes:
            return smaller, data
        per_pixel = len(data) / pixels
    width, height = image.size
    raise PictureError(PictureProblem.CANNOT_FIT, width=width, height=height, limit=limit_bytes)


def encodable(image: Image.Image, mime: str, quality: int = BEST_QUALITY) -> bytes | None:
    """Encode, or None for a WebP of more detail than the format has room for."""
    try:
        return encode(image, mime, quality)
    except ValueError:
        if mime != WEBP:
            raise
        return None


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
        pixel_hash=pixel_hash(data, mime),
        marks=marks_in(data, mime, credentials=PostedMark.SIGNED),
    )
