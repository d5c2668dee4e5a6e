"""The boxes of an AVIF: what its decoder does not say of the picture it decodes. Bytes only.

libavif reads the crop (`clap`) and leaves it to its caller, as it does the colours (`colr`).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

_STILL = b"avif"
_ACCEPTED = frozenset({_STILL, b"avis", b"mif1", b"msf1"})
_SAMPLE_ENTRY_BYTES = 78  # of a picture, before the boxes in it

_Box = tuple[bytes, int, int]  # kind, start and end of the payload


@dataclass(frozen=True, slots=True, kw_only=True)
class AvifFacts:
    """What the boxes say of the picture that is shown; `clap` is its payload."""

    cicp: bytes | None = None  # primaries, transfer, matrix, full range
    clap: bytes | None = None


def read(data: bytes) -> AvifFacts:
    """Read what is said of the picture; nothing where the boxes make no sense.

    The brand has to be one that the decoder knows, see `with_known_brand`.
    """
    try:
        return _facts(data, _properties(data))
    except (IndexError, struct.error, StopIteration):
        return AvifFacts()


def with_known_brand(data: bytes) -> bytes:
    """Name `avif` as the major brand where the decoder does not know the one there is."""
    return data if data[8:12] in _ACCEPTED else data[:8] + _STILL + data[12:]


def crop(clap: bytes, width: int, height: int) -> tuple[int, int, int, int] | None:
    """Return the box that is shown of a picture; None for one that says nothing sensible.

    Where it does not lie on whole pixels, those that are cut through do not show.
    """
    if len(clap) < 32:
        return None
    numbers = struct.unpack_from(">IIIIiIiI", clap)
    if 0 in numbers[1::2]:
        return None
    wide, high, right, down = (Fraction(*numbers[at : at + 2]) for at in range(0, 8, 2))
    left, top = (width - wide) / 2 + right, (height - high) / 2 + down
    box = (
        max(math.ceil(left), 0),
        max(math.ceil(top), 0),
        min(math.floor(left + wide), width),
        min(math.floor(top + high), height),
    )
    return box if box[0] < box[2] and box[1] < box[3] else None


def _facts(data: bytes, properties: list[_Box]) -> AvifFacts:
    cicp, clap = None, None
    for kind, start, end in properties:
        if kind == b"colr" and data[start : start + 4] == b"nclx" and cicp is None:
            primaries, transfer, matrix, flags = struct.unpack_from(">HHHB", data, start + 4)
            if max(primaries, transfer, matrix) < 256:
                cicp = bytes((primaries, transfer, matrix, flags >> 7))
        elif kind == b"clap" and clap is None:
            clap = data[start:end]
    return AvifFacts(cicp=cicp, clap=clap)


def _properties(data: bytes) -> list[_Box]:
    """Return the boxes that describe what the decoder takes: a track or the primary item."""
    top = list(_boxes(data, 0, len(data)))
    if data[8:12] != _STILL:  # which decides; other brands prefer the track
        track = _track(data, top)
        if track is not None:
            return track
    meta = _one(top, b"meta")
    inside = list(_boxes(data, meta[1] + 4, meta[2]))
    _, at, _ = _one(inside, b"pitm")
    primary = int.from_bytes(data[at + 4 : at + (8 if data[at] else 6)], "big")
    _, start, end = _one(inside, b"iprp")
    properties = list(_boxes(data, start, end))
    _, start, end = _one(properties, b"ipco")
    known = list(_boxes(data, start, end))
    found: list[_Box] = []
    for kind, start, _ in properties:
        if kind == b"ipma":
            numbers = _associated(data, start, primary)
            found += [known[number - 1] for number in numbers if 0 < number <= len(known)]
    return found


def _associated(data: bytes, at: int, item: int) -> list[int]:
    """Return the numbers of the properties that an `ipma` box gives to an item."""
    version, wide = data[at], data[at + 3] & 1
    (entries,) = struct.unpack_from(">I", data, at + 4)
    at += 8
    numbers: list[int] = []
    for _ in range(entries):
        size = 4 if version else 2
        number, count = int.from_bytes(data[at : at + size], "big"), data[at + size]
        at += size + 1
        each = 2 if wide else 1
        if number == item:
            mask = 0x7FFF if wide else 0x7F
            numbers += [
                int.from_bytes(data[at + i * each : at + (i + 1) * each], "big") & mask
                for i in range(count)
            ]
        at += count * each
    return numbers


def _track(data: bytes, top: list[_Box]) -> list[_Box] | None:
    """Return the boxes of the first sample description of the first track of pictures."""
    for _, start, end in (box for box in top if box[0] == b"moov"):
        for kind, inner, inner_end in _boxes(data, start, end):
            if kind != b"trak":
                continue
            try:
                media = _within(data, inner, inner_end, b"mdia")
                _, at, _ = _one(media, b"hdlr")
                if data[at + 8 : at + 12] not in (b"pict", b"vide"):
                    continue
                _, at, end_of_minf = _one(media, b"minf")
                table = _within(data, at, end_of_minf, b"stbl")
                _, at, stop = _one(table, b"stsd")
                entry = next(_boxes(data, at + 8, stop))
            except (StopIteration, IndexError):
                continue
            if entry[0] == b"av01":
                return list(_boxes(data, entry[1] + _SAMPLE_ENTRY_BYTES, entry[2]))
    return None


def _within(data: bytes, start: int, end: int, kind: bytes) -> list[_Box]:
    _, inner, inner_end = _one(list(_boxes(data, start, end)), kind)
    return list(_boxes(data, inner, inner_end))


def _one(boxes: list[_Box], kind: bytes) -> _Box:
    return next(box for box in boxes if box[0] == kind)


def _boxes(data: bytes, at: int, end: int) -> Iterator[_Box]:
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        elif size == 0:
            size = end - at
        if size < start - at:
            return
        yield kind, start, min(at + size, end)
        at += size
