"""The segments of a JPEG: how its pixels are coded, and whether a file without an end is whole.

Bytes only, no decoder.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

SOS, EOI, _DRI, _RST0 = 0xDA, 0xD9, 0xDD, 0xD0
END = b"\xff\xd9"

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Baseline, extended and progressive with Huffman codes: of the others, arithmetic and lossless
# ones are read by some decoders and shown by no browser.
COMMON_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_PROGRESSIVE = frozenset({0xC2, 0xCA})
# In a scan FF is followed by 00 or a restart mark; anything else ends it.
_SCAN_END = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_COEFFICIENTS = 64
# What a decoder makes of this differs from what it makes of nothing.
_GARBAGE, _PIECES = bytes(range(1, 255)) * 8, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A marker with its payload, and the scan behind it where it starts one."""

    marker: int
    start: int  # of the marker
    end: int  # of the payload
    scan_end: int  # the same where no scan follows
    closed: bool = True  # False where the file ends within the scan

    def payload(self, data: bytes) -> bytes:
        return data[self.start + 4 : self.end]


def segments(data: bytes) -> Iterator[Segment]:
    """Yield the segments up to the end mark, which is not one; raises IndexError past the end.

    A scan that nothing ends is the last.
    """
    at = 2
    while True:
        while data[at : at + 2] == b"\xff\xff":  # fill bytes
            at += 1
        marker = data[at + 1]
        if data[at] != 0xFF:
            raise IndexError(at)
        if marker == EOI:
            return
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        end = at + 2 + length
        if length < 2 or end > len(data):
            raise IndexError(at)
        scan_end, closed = end, True
        if marker == SOS:
            found = _SCAN_END.search(data, end)
            scan_end = found.start() if found else len(data)
            closed = found is not None
        yield Segment(marker=marker, start=at, end=end, scan_end=scan_end, closed=closed)
        if not closed:
            return
        at = scan_end


def is_common(data: bytes) -> bool:
    """Whether every reader understands how the pixels are coded."""
    try:
        frame = next(one for one in segments(data) if one.marker in _FRAMES)
    except (IndexError, StopIteration):
        return False
    return frame.marker in COMMON_FRAMES and data[frame.start + 4] == 8


def up_to_last_scan(data: bytes) -> bytes | None:
    """Return a file that lacks its end mark up to its last scan, which may still be cut.

    None where a scan is missing, so that some of the picture was never there.
    """
    progressive, missing, end = False, dict[int, set[int]](), 0
    try:
        for one in segments(data):
            payload = one.payload(data)
            if one.marker in _FRAMES:
                progressive = one.marker in _PROGRESSIVE
                components = payload[6 : 6 + 3 * payload[5] : 3]
                missing = {number: set(range(_COEFFICIENTS)) for number in components}
            elif one.marker == SOS:
                count = payload[0]
                first, last, approximation = struct.unpack_from("3B", payload, 1 + 2 * count)
                if not progressive:
                    first, last, approximation = 0, _COEFFICIENTS - 1, 0
                for number in payload[1 : 1 + 2 * count : 2]:
                    if not approximation & 0x0F:
                        missing[number].difference_update(range(first, last + 1))
                end = one.scan_end
    except (IndexError, KeyError, struct.error):  # ran past the end, or is damaged
        pass
    if not missing or any(missing.values()):
        return None
    return data[:end].rstrip(b"\xff")


def gone_on(cut: bytes) -> bytes:
    """Let the last scan of a file go on with garbage, which shows wherever the scan was not over.

    With restart marks it starts anew behind each of them, as the marks count up.
    """
    interval, scan = b"\0\0", b""
    for one in segments(cut):
        if one.marker == _DRI:
            interval = one.payload(cut)
        scan = cut[one.end : one.scan_end]
    if not any(interval):
        return cut + _GARBAGE * _PIECES
    seen = _RESTART.findall(scan)
    following = seen[-1][1] - _RST0 + 1 if seen else 0
    marks = (bytes((0xFF, _RST0 + (following + at) % 8)) for at in range(_PIECES))
    return cut + b"".join(_GARBAGE + mark for mark in marks)
