"""A hash of a picture's coded pixels, which metadata does not change. Bytes only, no decoder.

It finds a picture again whose marks or other metadata were taken out or written anew. A copy that
was encoded anew has another one.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator

from bot.domain.file_types import JPEG, PNG, WEBP
from bot.pictures.formats import jpeg, png

_PNG_PIXELS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT"})
_WEBP_PIXELS = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
_APP0, _APP15, _COM = 0xE0, 0xEF, 0xFE


def pixel_hash(data: bytes, mime: str) -> str:
    """Return the SHA-256 of what codes the pixels; of the whole file where its parts are unknown.

    How the pixels are divided into parts does not count, where the format leaves it open.
    """
    parts = {PNG: _png, JPEG: _jpeg, WEBP: _webp}.get(mime)
    digest = hashlib.sha256()
    view = memoryview(data)
    if parts is None:
        digest.update(view)
        return digest.hexdigest()
    try:
        for start, end in parts(data):
            digest.update(view[start:end])
    except (IndexError, struct.error):  # ran past the end: what is there counts
        pass
    return digest.hexdigest()


def _png(data: bytes) -> Iterator[tuple[int, int]]:
    for chunk in png.chunks(data):
        if chunk.kind in _PNG_PIXELS:
            yield chunk.start, chunk.end


def _jpeg(data: bytes) -> Iterator[tuple[int, int]]:
    for one in jpeg.segments(data):
        if not (_APP0 <= one.marker <= _APP15 or one.marker == _COM):
            yield one.start, one.scan_end


def _webp(data: bytes) -> Iterator[tuple[int, int]]:
    at = 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        start = at + 8
        at = start + size + size % 2
        if kind in _WEBP_PIXELS:
            yield start, min(start + size, len(data))
