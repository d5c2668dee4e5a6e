"""Tells a whole picture by its structure: checksums, lengths and end marks. Bytes only, no decoder.

A file that was cut or changed on its way fails here. What its service wrote wrongly does not: a
PNG with right checksums around a damaged stream is found by whatever decodes it next
(docs/spec/image-apis.md section 15).
"""

from __future__ import annotations

import struct

from bot.domain.file_types import JPEG, PNG, WEBP
from bot.pictures.formats import jpeg, png

_WEBP_ANIMATED, _WEBP_EXIF = 0x02, 0x08
_VP8_START = b"\x9d\x01\x2a"
_EXIF = b"Exif\0\0"
_APP1 = 0xE1


def size_of_whole(data: bytes, mime: str) -> tuple[int, int] | None:
    """Return width and height of a still, upright, whole picture; None where decoding must tell."""
    read = {PNG: png.size_of_whole, JPEG: _jpeg, WEBP: _webp}.get(mime)
    try:
        size = read(data) if read else None
    except (IndexError, struct.error):  # ran past the end
        return None
    return size if size and all(size) else None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    if not data.endswith(jpeg.END) or not jpeg.is_common(data):
        return None
    size, scans = None, 0
    for one in jpeg.segments(data):
        payload = one.payload(data)
        if one.marker in jpeg.COMMON_FRAMES:
            _, height, width, components = struct.unpack_from(">BHHB", payload)
            if size is not None or components not in (1, 3):
                return None
            size = width, height
        elif one.marker == jpeg.SOS:
            scans += 1
        elif one.marker == _APP1 and payload.startswith(_EXIF):  # may turn it
            return None
        if not one.closed:
            return None
    return size if scans else None


def _webp(data: bytes) -> tuple[int, int] | None:
    (length,) = struct.unpack_from("<I", data, 4)
    if 8 + length != len(data):
        return None
    canvas, pixels, at = None, None, 12
    while at < len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        start, at = at + 8, at + 8 + size + size % 2
        if at > len(data):
            return None
        if kind == b"VP8X":
            if data[start] & (_WEBP_ANIMATED | _WEBP_EXIF):
                return None
            width, height = (
                int.from_bytes(data[place : place + 3], "little") + 1
                for place in (start + 4, start + 7)
            )
            canvas = width, height
        elif kind == b"VP8 " and data[start + 3 : start + 6] == _VP8_START:
            width, height = struct.unpack_from("<HH", data, start + 6)
            pixels = width & 0x3FFF, height & 0x3FFF
        elif kind == b"VP8L" and data[start] == 0x2F:
            (bits,) = struct.unpack_from("<I", data, start + 1)
            pixels = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return pixels if canvas in (None, pixels) else None
