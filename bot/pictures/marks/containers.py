"""Finds where files keep their marks: content credentials, XMP and texts. Bytes only, no decoder.

See docs/spec/marks.md section 1. PNG, JPEG and WebP, which are posted, are read part by part. Of
other types it is told whether the marks stand in them, wherever that is.
"""

from __future__ import annotations

import contextlib
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.domain.file_types import JPEG, PNG, WEBP
from bot.pictures.formats import jpeg, png

# What is larger says nothing that is looked for, and takes its time.
TEXT_BYTES = 4 << 20
PNG_XMP = b"XML:com.adobe.xmp"
JPEG_XMP = b"http://ns.adobe.com/xap/1.0/\0"
AIGC_TEXT = b"AIGC"
_EXIF = b"Exif\0\0"
_APP1, _APP11 = 0xE1, 0xEB
# A superbox (ISO 19566-5) that is labelled as a store of C2PA manifests.
_JUMBF, _C2PA_LABEL = b"jumb", b"c2pa"
_C2PA_UUID = bytes.fromhex("63327061 00110010 800000AA00389B71")
_JPEG_XT = b"JP"  # of segments that hold boxes
_XMP_START, _XMP_END = b"<x:xmpmeta", b"</x:xmpmeta>"
# The JSON object of the field in a comment of EXIF.
_AIGC_ANYWHERE = re.compile(rb'\{\s*"AIGC"\s*:\s*\{[^{}]{0,4096}\}\s*\}')


@dataclass(slots=True, kw_only=True)
class Found:
    """What a file holds: whether there are credentials, and the texts that may be marks."""

    credentials: bool = False
    xmp: list[bytes] = field(default_factory=list[bytes])
    aigc: list[bytes] = field(default_factory=list[bytes])

    @property
    def anything(self) -> bool:
        return self.credentials or bool(self.xmp or self.aigc)


def find(data: bytes, mime: str) -> Found:
    """Find the marks of a file; what stands behind damage is not found."""
    found = Found()
    look: Callable[[bytes, Found], None]
    look = {PNG: _png, JPEG: _jpeg, WEBP: _webp}.get(mime, _anywhere)
    with contextlib.suppress(IndexError, struct.error, zlib.error):  # ran past the end
        look(data, found)
    return found


def _png(data: bytes, found: Found) -> None:
    for chunk in png.chunks(data):
        if chunk.kind == b"caBX":
            found.credentials = True
        elif chunk.kind in (b"iTXt", b"tEXt", b"zTXt") and chunk.end - chunk.start <= TEXT_BYTES:
            keyword, text = png_text(chunk.kind, data[chunk.start : chunk.end])
            if keyword == PNG_XMP:
                found.xmp.append(text)
            elif keyword == AIGC_TEXT:
                found.aigc.append(text)
        elif chunk.kind == b"eXIf":
            _comments(data[chunk.start : chunk.end], found)


def png_text(kind: bytes, payload: bytes) -> tuple[bytes, bytes]:
    """Return keyword and text of a text chunk; the text is empty where it makes no sense."""
    keyword, _, rest = payload.partition(b"\0")
    packed = kind == b"zTXt"
    if kind == b"iTXt":
        packed = rest[:1] == b"\1"
        language = rest[2:].partition(b"\0")[2]
        rest = language.partition(b"\0")[2]
    elif packed:
        rest = rest[1:]
    if not packed:
        return keyword, rest
    try:
        return keyword, zlib.decompressobj().decompress(rest, TEXT_BYTES)
    except zlib.error:
        return keyword, b""


def _jpeg(data: bytes, found: Found) -> None:
    for one in jpeg.segments(data):
        payload = one.payload(data)
        if one.marker == _APP11 and is_jumbf(payload):
            found.credentials = found.credentials or _C2PA_UUID in payload[:128]
        elif one.marker == _APP1 and payload.startswith(JPEG_XMP):
            found.xmp.append(payload[len(JPEG_XMP) :])
        elif one.marker == _APP1 and payload.startswith(_EXIF):
            _comments(payload, found)


def is_jumbf(payload: bytes) -> bool:
    """Whether an APP11 segment holds a superbox, or a part of one."""
    return payload.startswith(_JPEG_XT) and payload[12:16] == _JUMBF


def _webp(data: bytes, found: Found) -> None:
    at = 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        start = at + 8
        at = start + size + size % 2
        if kind == b"C2PA":
            found.credentials = True
        elif kind == b"XMP " and size <= TEXT_BYTES:
            found.xmp.append(data[start : start + size])
        elif kind == b"EXIF":
            _comments(data[start : start + size], found)


def _anywhere(data: bytes, found: Found) -> None:
    found.credentials = _C2PA_UUID in data and _C2PA_LABEL in data and _JUMBF in data
    start = data.find(_XMP_START)
    end = data.find(_XMP_END, start)
    if 0 <= start < end <= start + TEXT_BYTES:
        found.xmp.append(data[start : end + len(_XMP_END)])
    _comments(data, found)


def _comments(exif: bytes, found: Found) -> None:
    found.aigc += [match[0] for match in _AIGC_ANYWHERE.finditer(exif)][:4]
