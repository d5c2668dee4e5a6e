"""The chunks of a PNG: what a decoder needs of them, as every viewer takes it. Bytes only.

A chunk that only describes is left out where its checksum is wrong, and a PNG that merely lacks
its end gets one. What is left is what libpng shows.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

SIGNATURE_BYTES = 8
_DEPTH, _COLOUR_TYPE = 24, 25  # where they are in the header
# A profile that unpacks to more is as good as none. Readers that use Pillow as it comes refuse a
# picture with a large one.
PROFILE_BYTES = 4 << 20
LARGE_PROFILE_BYTES = 1 << 20

_PIXELS = (b"IDAT", b"fdAT")
_ANIMATION = frozenset({b"acTL", b"fcTL", b"fdAT"})
_COLOURS = frozenset({b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP"})
# Of ancillary chunks; text is not among them, however much of it there is.
_USEFUL = _COLOURS | _ANIMATION | {b"eXIf"}
_KEPT = _COLOURS | {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
_LENGTHS = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"cICP": 4, b"acTL": 8, b"fcTL": 26, b"fdAT": 4}
_KEY_LENGTHS = {0: 2, 2: 6, 3: 1}  # of tRNS, by colour type; others have an alpha channel
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PIECE = 1 << 20
# Movement, an orientation, and colours told by number are for a decoder.
_DECODED_WITH = _ANIMATION | {b"eXIf", b"cICP"}
# Colour types with the depths that each may have (PNG, table 11.1).
_DEPTHS = frozenset(
    {(0, 1), (0, 2), (0, 4), (3, 1), (3, 2), (3, 4), (3, 8)}
    | {(colour_type, depth) for colour_type in (0, 2, 4, 6) for depth in (8, 16)}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PngFacts:
    """A PNG with its needless chunks left out, and what the decoder does not say of it."""

    data: bytes
    depth: int
    cicp: bytes | None  # primaries, transfer, matrix, full range


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    kind: bytes
    start: int  # of the payload
    end: int
    whole: bool

    def sound(self, data: bytes) -> bool:
        """Whether it is all there and its checksum right."""
        checksum = zlib.crc32(memoryview(data)[self.start - 4 : self.end]).to_bytes(4, "big")
        return self.whole and data[self.end : self.end + 4] == checksum


def read(data: bytes) -> PngFacts:
    """Take a PNG apart; one that is no PNG inside is left to its decoder to refuse."""
    parts, cicp, pixels = [data[:SIGNATURE_BYTES]], None, False
    colour_type = data[_COLOUR_TYPE] if len(data) > _COLOUR_TYPE else 0
    for chunk in chunks(data):
        kind = chunk.kind
        if kind == b"IEND":
            break
        pixels = pixels or kind in _PIXELS
        payload = data[chunk.start : chunk.end]
        if not _ancillary(kind):
            whole = data[chunk.start - 8 : chunk.end + 4]
            parts.append(whole if chunk.whole else framed(kind, payload))
            continue
        late = pixels and kind in _COLOURS
        if late or kind not in _USEFUL or not _readable(kind, payload, colour_type):
            continue
        if kind != b"fdAT" and not chunk.sound(data):
            continue
        if kind == b"cICP":
            cicp = payload
        parts.append(data[chunk.start - 8 : chunk.end + 4])
    parts.append(framed(b"IEND", b""))
    return PngFacts(
        data=b"".join(parts), depth=data[_DEPTH] if len(data) > _DEPTH else 8, cicp=cicp
    )


def without_metadata(data: bytes) -> bytes:
    """Return the same pixels and nothing that only describes; whole, also where the end was lost.

    Only for a still picture that was decoded to its last row.
    """
    parts, pixels, ended = [data[:SIGNATURE_BYTES]], list[bytes](), False
    for chunk in chunks(data):
        kind, payload = chunk.kind, data[chunk.start : chunk.end]
        if kind not in _KEPT:
            continue
        sound = chunk.sound(data)
        if _ancillary(kind):
            useful = sound and not pixels and _readable(kind, payload, data[_COLOUR_TYPE])
            if not useful:
                continue
        if kind == b"IDAT":
            pixels.append(payload)
        parts.append(data[chunk.start - 8 : chunk.end + 4] if sound else framed(kind, payload))
        if kind == b"IEND":
            ended = True
            break
    if not ended:
        whole = _whole_stream(data, b"".join(pixels))
        if whole is not None:
            at = parts.index(_first(parts, b"IDAT"))
            rest = [part for part in parts[at:] if part[4:8] != b"IDAT"]
            parts[at:] = [framed(b"IDAT", whole), *rest]
        parts.append(framed(b"IEND", b""))
    return b"".join(parts)


def size_of_whole(data: bytes) -> tuple[int, int] | None:
    """Return the size of a still PNG whose checksums and end are right; None for any other.

    One that some viewers show otherwise, by its colours, is for the decoder too.
    """
    width, height, depth, colour_type = struct.unpack_from(">IIBB", data, SIGNATURE_BYTES + 8)
    pixels = False
    for number, chunk in enumerate(chunks(data)):
        first = chunk.kind == b"IHDR"
        if not chunk.sound(data) or chunk.kind in _DECODED_WITH or first != (number == 0):
            return None
        if chunk.kind == b"tRNS" and (colour_type, depth) in ((0, 2), (0, 4)):
            return None
        if chunk.kind == b"iCCP" and not _profile_fits(
            data[chunk.start : chunk.end], LARGE_PROFILE_BYTES
        ):
            return None
        if chunk.kind == b"IDAT" and not pixels:
            pixels = _starts_stream(data[chunk.start : chunk.start + 2])
            if not pixels:
                return None
        if chunk.kind == b"IEND":
            whole = chunk.end + 4 == len(data) and (colour_type, depth) in _DEPTHS
            return (width, height) if whole and pixels else None
    return None


def _starts_stream(head: bytes) -> bool:
    """Whether these two bytes begin a zlib stream of the only method there is (RFC 1950)."""
    return len(head) == 2 and head[0] & 0x0F == 8 and int.from_bytes(head, "big") % 31 == 0


def chunks(data: bytes) -> Iterator[Chunk]:
    at = SIGNATURE_BYTES
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if not kind.isalpha():
            return
        start = at + 8
        at = start + length + 4
        yield Chunk(
            kind=kind, start=start, end=min(start + length, len(data)), whole=at <= len(data)
        )


def _ancillary(kind: bytes) -> bool:
    return bool(kind[0] & 0x20)


def framed(kind: bytes, payload: bytes) -> bytes:
    body = kind + payload
    return struct.pack(">I", len(payload)) + body + struct.pack(">I", zlib.crc32(body))


def _first(parts: list[bytes], kind: bytes) -> bytes:
    return next(part for part in parts if part[4:8] == kind)


def _readable(kind: bytes, payload: bytes, colour_type: int) -> bool:
    if kind == b"tRNS":
        return len(payload) >= _KEY_LENGTHS.get(colour_type, len(payload) + 1)
    if kind == b"iCCP":
        return _profile_fits(payload)
    return len(payload) >= _LENGTHS.get(kind, 0)


def _profile_fits(payload: bytes, limit_bytes: int = PROFILE_BYTES) -> bool:
    name, found, packed = payload.partition(b"\0")
    if not found or packed[:1] != b"\0" or len(name) > 79:
        return False
    try:
        unpacked = zlib.decompressobj().decompress(packed[1:], limit_bytes + 1)
    except zlib.error:
        return False
    return len(unpacked) <= limit_bytes


def _whole_stream(data: bytes, packed: bytes) -> bytes | None:
    """Return the pixels packed anew where their stream lacks its end; None where it does not."""
    width, height, depth, colour_type = struct.unpack_from(">IIBB", data, SIGNATURE_BYTES + 8)
    row = 1 + (width * depth * _CHANNELS[colour_type] + 7) // 8
    left = 2 * row * height + 8 * height  # more than any kind of interlacing takes
    unpacker, packer, parts = zlib.decompressobj(), zlib.compressobj(), list[bytes]()
    while packed and left > 0 and not unpacker.eof:
        piece = unpacker.decompress(packed, _PIECE)
        packed = unpacker.unconsumed_tail
        left -= len(piece)
        parts.append(packer.compress(piece))
    if unpacker.eof:
        return None
    return b"".join([*parts, packer.compress(unpacker.flush()), packer.flush()])
