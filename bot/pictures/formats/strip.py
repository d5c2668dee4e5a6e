"""Takes metadata and trailing bytes out of PNG, JPEG and WebP without touching a pixel.

What stays is a short list of parts that a decoder needs, colour profiles among them: without its
profile an untouched pixel would change its colour. Knows bytes only, no decoder.
"""

from __future__ import annotations

import struct
import zlib

from bot.domain.file_types import JPEG, PNG, WEBP
from bot.pictures.formats import png
from bot.pictures.formats.jpeg import END, SOS, segments

_APP0, _APP2, _APP14, _APP15, _COM = 0xE0, 0xE2, 0xEE, 0xEF, 0xFE
# Frame headers and Huffman tables (C0-CF), DQT, DNL, DRI, start of scan.
_JPEG_KEPT = frozenset({*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD, SOS}) - {0xC8}

_WEBP_KEPT = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP"})
_WEBP_METADATA_FLAGS = 0x08 | 0x04  # EXIF, XMP


def strip(data: bytes, mime: str) -> bytes | None:
    """Return the same picture without metadata; None where that takes decoding it.

    Only for a still picture that was decoded to its last row before.
    """
    try:
        if mime == PNG:
            return png.without_metadata(data)
        if mime == JPEG:
            return _jpeg(data)
        if mime == WEBP:
            return _webp(data)
    except (IndexError, KeyError, StopIteration, struct.error, zlib.error):  # ran past the end
        return None
    return None


def _jpeg(data: bytes) -> bytes | None:
    parts = [data[:2]]
    for one in segments(data):
        payload = one.payload(data)
        if one.marker in _JPEG_KEPT or _describes_colour(one.marker, payload):
            parts.append(data[one.start : one.end])
        elif one.marker == _APP0 and payload.startswith(b"JFIF\x00"):
            # Units and density stay, the thumbnail behind them goes.
            parts.append(b"\xff\xe0\x00\x10" + payload[:12] + b"\x00\x00")
        elif not (_APP0 <= one.marker <= _APP15 or one.marker == _COM):
            return None
        if not one.closed:  # what follows the last row may be anything
            return None
        parts.append(data[one.end : one.scan_end])
    return b"".join([*parts, END])


def _describes_colour(marker: int, payload: bytes) -> bool:
    if marker == _APP2:
        return payload.startswith(b"ICC_PROFILE\x00")
    return marker == _APP14 and payload.startswith(b"Adobe") and len(payload) == 12


def _webp(data: bytes) -> bytes | None:
    (length,) = struct.unpack_from("<I", data, 4)
    parts, at, end = [b"WEBP"], 12, 8 + length
    if end > len(data):
        return None
    while at < end:
        kind, size = struct.unpack_from("<4sI", data, at)
        following = at + 8 + size + size % 2
        if following > end or kind in (b"ANIM", b"ANMF"):
            return None
        if kind == b"VP8X":
            flags = data[at + 8] & ~_WEBP_METADATA_FLAGS
            parts.append(data[at : at + 8] + bytes([flags]) + data[at + 9 : following])
        elif kind in _WEBP_KEPT:
            parts.append(data[at:following])
        at = following
    body = b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body
