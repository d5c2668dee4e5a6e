"""Takes metadata and trailing bytes out of PNG, JPEG and WebP without touching a pixel.

What stays is a short list of parts that a decoder needs, colour profiles among them: without its
profile an untouched pixel would change its colour. Knows bytes only, no decoder.
"""

from __future__ import annotations

import re
import struct

from bot.domain.file_types import JPEG, PNG, WEBP

_PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP"}
)

_SOS, _EOI, _APP0, _APP2, _APP14, _APP15, _COM = 0xDA, 0xD9, 0xE0, 0xE2, 0xEE, 0xEF, 0xFE
# Frame headers and Huffman or arithmetic tables (C0-CF), DQT, DNL, DRI, start of scan.
_JPEG_KEPT = frozenset({*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD, _SOS}) - {0xC8}
# In a scan FF is followed by 00 or a restart mark; anything else ends it.
_SCAN_END = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")

_WEBP_KEPT = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP"})
_WEBP_METADATA_FLAGS = 0x08 | 0x04  # EXIF, XMP


def strip(data: bytes, mime: str) -> bytes | None:
    """Return the same picture without metadata; None where that takes decoding it.

    Only for a still picture that was decoded before: checksums are not looked at here.
    """
    try:
        if mime == PNG:
            return _png(data)
        if mime == JPEG:
            return _jpeg(data)
        if mime == WEBP:
            return _webp(data)
    except (IndexError, struct.error):  # ran past the end
        return None
    return None


def _png(data: bytes) -> bytes | None:
    parts, at, kind = [data[:8]], 8, b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            return None
        if kind in _PNG_KEPT:
            parts.append(data[at:end])
        at = end
    return b"".join(parts)


def _jpeg(data: bytes) -> bytes | None:
    parts, at = [data[:2]], 2
    while True:
        while data[at : at + 2] == b"\xff\xff":  # fill bytes
            at += 1
        marker = data[at + 1]
        if data[at] != 0xFF:
            return None
        if marker == _EOI:
            return b"".join([*parts, b"\xff\xd9"])
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        if length < 2 or end > len(data):
            return None
        if marker in _JPEG_KEPT or _describes_colour(marker, data[at + 4 : end]):
            parts.append(data[at:end])
        elif marker == _APP0 and data[at + 4 : at + 9] == b"JFIF\x00":
            # Units and density stay, the thumbnail behind them goes.
            parts.append(b"\xff\xe0\x00\x10" + data[at + 4 : at + 16] + b"\x00\x00")
        elif not (_APP0 <= marker <= _APP15 or marker == _COM):
            return None
        at = end
        if marker == _SOS:
            scan_end = _SCAN_END.search(data, at)
            if scan_end is None:
                return None
            parts.append(data[at : scan_end.start()])
            at = scan_end.start()


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
