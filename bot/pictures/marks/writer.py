"""Writes an XMP packet into a PNG, JPEG, WebP or GIF without touching a pixel. Bytes only.

It takes the place of the packet that was there. Content credentials go with it: whatever is
written after they were signed would break them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from bot.domain.file_types import GIF, JPEG, PNG, WEBP
from bot.pictures.formats import gif, jpeg, png
from bot.pictures.marks.containers import JPEG_XMP, PNG_XMP, is_jumbf, png_text

WRITABLE = frozenset({PNG, JPEG, WEBP, GIF})
_APP0, _APP1, _APP11 = 0xE0, 0xE1, 0xEB
_EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_TEXTS = (b"iTXt", b"tEXt", b"zTXt")
_HEADER_END = 33  # of a PNG: its signature and IHDR
_WEBP_XMP, _WEBP_ALPHA = 0x04, 0x10
_GIF_XMP, _GIF_CREDENTIALS = b"XMP DataXMP", b"C2PA_GIF"
# Read as lengths of parts, it leads from any byte of the packet to the end of its block.
_GIF_XMP_END = bytes((0x01, *range(0xFF, -1, -1), 0x00))
_VP8X, _REPLACED = b"VP8X", frozenset({b"XMP ", b"C2PA"})


def with_xmp(data: bytes, mime: str, packet: bytes) -> bytes:
    """Return a whole picture with this packet and without credentials."""
    write = {PNG: _png, JPEG: _jpeg, WEBP: _webp, GIF: _gif}[mime]
    return write(data, packet)


def _png(data: bytes, packet: bytes) -> bytes:
    parts = [data[:_HEADER_END], png.framed(b"iTXt", PNG_XMP + b"\0\0\0\0\0" + packet)]
    for chunk in png.chunks(data):
        payload = data[chunk.start : chunk.end]
        is_xmp = chunk.kind in _TEXTS and png_text(chunk.kind, payload)[0] == PNG_XMP
        if chunk.start > _HEADER_END and not is_xmp and chunk.kind != b"caBX":
            parts.append(data[chunk.start - 8 : chunk.end + 4])
    return b"".join(parts)


def _jpeg(data: bytes, packet: bytes) -> bytes:
    payload = JPEG_XMP + packet
    written = struct.pack(">BBH", 0xFF, _APP1, len(payload) + 2) + payload
    parts = [data[:2]]
    for one in jpeg.segments(data):
        inside = one.payload(data)
        # Whatever describes the file begins it; JFIF's own segment is the first of all.
        if one.marker != _APP0 and written:
            parts.append(written)
            written = b""
        is_xmp = one.marker == _APP1 and inside.startswith((JPEG_XMP, _EXTENDED_XMP))
        if not is_xmp and not (one.marker == _APP11 and is_jumbf(inside)):
            parts.append(data[one.start : one.scan_end])
    return b"".join([*parts, jpeg.END])


def _webp(data: bytes, packet: bytes) -> bytes:
    chunks = [one for one in _webp_chunks(data) if one[0] not in _REPLACED]
    kind, first = chunks[0]
    if kind == _VP8X:
        chunks[0] = kind, bytes([first[0] | _WEBP_XMP]) + first[1:]
    else:
        chunks.insert(0, (_VP8X, _extended(kind, first)))
    chunks.append((b"XMP ", packet))
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)
        for kind, payload in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        yield kind, data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _extended(kind: bytes, pixels: bytes) -> bytes:
    """Return the header that a plain WebP needs before it may have metadata."""
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", pixels, 1)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        alpha = _WEBP_ALPHA if bits >> 28 & 1 else 0
    else:
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", pixels, 6))
        alpha = 0
    sides = b"".join((side - 1).to_bytes(3, "little") for side in (width, height))
    return bytes([_WEBP_XMP | alpha, 0, 0, 0]) + sides


def _gif(data: bytes, packet: bytes) -> bytes:
    kept = (
        data[one.start : one.end]
        for one in gif.blocks(data)
        if one.application != _GIF_XMP and not one.application.startswith(_GIF_CREDENTIALS)
    )
    written = bytes((0x21, 0xFF, len(_GIF_XMP))) + _GIF_XMP + packet + _GIF_XMP_END
    # Blocks of applications came with this version.
    screen = b"GIF89a" + data[6 : gif.screen_end(data)]
    return b"".join([screen, *kept, written, gif.TRAILER])
