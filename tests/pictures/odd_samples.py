"""Files as other tools write them, put together by hand: profiles, PNGs, AVIF boxes, JPEGs."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from fractions import Fraction
from typing import cast

from PIL import Image

from tests.pictures.samples import encoded, png_chunk, scene

GREEN = (30, 200, 60)  # in sRGB; below, the same colour in other spaces
_GREEN_IN_LAB = bytes((181, 66, 183))
IN_P3, IN_REC2020, IN_LINEAR = (94, 197, 80), (124, 193, 86), (3, 147, 12)

# Colorants as published profiles hold them: red, green and blue in XYZ, of the white of profiles.
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
REC2020 = ((0.67346, 0.27904, -0.00193), (0.16566, 0.67534, 0.02998), (0.12510, 0.04561, 0.79686))
_D50 = (0.9642, 1.0, 0.8249)
SRGB_CURVE = struct.pack(
    ">4s4xH2x5i",
    b"para",
    3,
    *(round(value * 65536) for value in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)),
)
LINEAR_CURVE = struct.pack(">4s4xI4x", b"curv", 0)

CICP_P3, CICP_SRGB = bytes((12, 13, 0, 1)), bytes((1, 13, 0, 1))
CICP_PQ, CICP_HLG = bytes((9, 16, 0, 1)), bytes((9, 18, 0, 1))


def flat(colour: object, mode: str = "RGB", size: tuple[int, int] = (96, 64)) -> Image.Image:
    return Image.new(mode, size, colour)  # pyright: ignore[reportArgumentType]


def _xyz(value: Sequence[float]) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *(round(part * 65536) for part in value))


def _profile(
    space: bytes,
    name: str,
    tags: dict[bytes, bytes],
    *,
    kind: bytes = b"mntr",
    values: bytes = b"XYZ ",
) -> bytes:
    text = name.encode() + b"\0"
    description = struct.pack(">4s4xI", b"desc", len(text)) + text + bytes(78)
    tags = {b"desc": description + bytes(-len(description) % 4), b"wtpt": _xyz(_D50), **tags}
    at = 128 + 4 + 12 * len(tags)
    table = struct.pack(">I", len(tags))
    for tag, data in tags.items():
        table += struct.pack(">4sII", tag, at, len(data))
        at += len(data)
    header = struct.pack(
        ">I4xI4s4s4s12x4s28x3i",
        at,
        0x02400000,
        kind,
        space,
        values,
        b"acsp",
        *(round(value * 65536) for value in _D50),
    )
    return header.ljust(128, b"\0") + table + b"".join(tags.values())


def rgb_profile(
    name: str, colorants: Sequence[Sequence[float]] = SRGB, curve: bytes = SRGB_CURVE
) -> bytes:
    named = zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(_xyz, colorants), strict=True)
    return _profile(b"RGB ", name, {**dict(named), b"rTRC": curve, b"gTRC": curve, b"bTRC": curve})


def gray_profile(curve: bytes = LINEAR_CURVE) -> bytes:
    return _profile(b"GRAY", "gray", {b"kTRC": curve})


def press_profile() -> bytes:
    """Four inks, of which cyan and yellow together print GREEN, and all others gray."""
    identity = bytes(range(256))
    corners = ((c, m, y, k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1))
    grid = b"".join(
        _GREEN_IN_LAB if inks == (1, 0, 1, 0) else bytes((255 - 60 * sum(inks), 128, 128))
        for inks in corners
    )
    matrix = (65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table = struct.pack(">4s4x3Bx9i", b"mft1", 4, 3, 2, *matrix)
    table += identity * 4 + grid + identity * 3
    table += bytes(-len(table) % 4)
    return _profile(b"CMYK", "press", {b"A2B0": table}, kind=b"prtr", values=b"Lab ")


def ycck_jpeg(inks: tuple[int, int, int, int], **options: object) -> bytes:
    """A JPEG of four inks as image editors store it: as YCC and K, all inverted."""
    cyan, magenta, yellow, black = inks
    coded = flat((cyan, magenta, yellow), size=(1, 1)).convert("YCbCr").getpixel((0, 0))
    stored = *cast("tuple[int, int, int]", coded), 255 - black
    image = flat(tuple(255 - value for value in stored), "CMYK")
    data = bytearray(encoded(image, "JPEG", quality=100, **options))
    data[data.find(b"Adobe") + 11] = 2  # the transform
    return bytes(data)


def halves(depth: int, colour_type: int, left: bytes, right: bytes, key: bytes) -> bytes:
    """A PNG of 96 x 64 in two halves, with a transparent colour; values as they are coded."""
    half = 48 * depth // 8 if colour_type == 0 and depth < 8 else 48
    if depth < 8:
        one, other = (bytes([sum(v[0] << at for at in range(0, 8, depth))]) for v in (left, right))
    else:
        one, other = left, right
    header = struct.pack(">IIBBBBB", 96, 64, depth, colour_type, 0, 0, 0)
    rows = (b"\0" + one * half + other * half) * 64
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"tRNS", key)
        + png_chunk(b"IDAT", zlib.compress(rows))
        + png_chunk(b"IEND", b"")
    )


def with_wrong_checksum(png: bytes, kind: bytes) -> bytes:
    at = png.index(kind)
    end = at + 4 + int.from_bytes(png[at - 4 : at], "big")
    return png[:end] + bytes([png[end] ^ 0xFF]) + png[end + 1 :]


def with_nclx(boxed: bytes, primaries: int, transfer: int) -> bytes:
    """An AVIF whose box of colours says something else."""
    at = boxed.index(b"colrnclx") + 8
    return boxed[:at] + struct.pack(">HH", primaries, transfer) + boxed[at + 4 :]


def clap(width: Fraction | int, height: Fraction | int, right: int = 0, down: int = 0) -> bytes:
    """The payload of a crop: its size, and how far its middle lies from the picture's."""
    sides = [Fraction(value).as_integer_ratio() for value in (width, height, right, down)]
    return struct.pack(">IIIIiIiI", *(number for side in sides for number in side))


def with_properties(avif: bytes, *boxes: tuple[bytes, bytes]) -> bytes:
    """An AVIF as Pillow writes it, whose only item has more properties."""
    data = bytearray(avif)
    meta, iprp, ipco, ipma, iloc = (
        data.index(kind) - 4 for kind in (b"meta", b"iprp", b"ipco", b"ipma", b"iloc")
    )

    def size(at: int) -> int:
        return int.from_bytes(data[at : at + 4], "big")

    at, known = ipco + 8, 0
    while at < ipco + size(ipco):
        at, known = at + size(at), known + 1
    made = b"".join(struct.pack(">I4s", 8 + len(data), kind) + data for kind, data in boxes)
    links = data[ipma : ipma + size(ipma)] + bytes(
        0x80 | known + number for number in range(1, len(boxes) + 1)
    )
    links[18] += len(boxes)
    links[:4] = len(links).to_bytes(4, "big")
    rest = data[ipma + size(ipma) :]
    result = data[: ipco + size(ipco)] + made + links + rest
    longer = len(result) - len(data)
    for place, more in ((ipco, len(made)), (iprp, longer), (meta, longer), (iloc + 22, longer)):
        result[place : place + 4] = (size(place) + more).to_bytes(4, "big")
    return bytes(result)


def arithmetic_jpeg() -> bytes:
    """A JPEG in arithmetic coding; any bytes are a scan in it."""
    plain = encoded(scene(), "JPEG")
    parts, at = [plain[:2]], 2
    while True:
        marker, length = plain[at + 1], int.from_bytes(plain[at + 2 : at + 4], "big")
        segment = plain[at : at + 2 + length]
        if marker == 0xC0:
            segment = b"\xff\xc9" + segment[2:]
        if marker != 0xC4:  # there are no Huffman tables
            parts.append(segment)
        at += 2 + length
        if marker == 0xDA:
            return b"".join([*parts, bytes(400), b"\xff\xd9"])
