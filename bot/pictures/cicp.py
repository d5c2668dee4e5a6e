"""Colour profiles (ICC) of what is said in numbers: CICP (ITU-T H.273), or a PNG's gAMA and cHRM.

They are for LittleCMS, which knows only profiles. HDR is mapped to SDR by its curve: its reference
white becomes white, and what is brighter is white too (ITU-R BT.2408: 203 cd/m2).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence

_Point = tuple[float, float]
_Curve = Callable[[float], float]
_Matrix = tuple[tuple[float, float, float], ...]

UNSPECIFIED, SRGB_PRIMARIES, SRGB_CURVE = 2, 1, 13
HDR_CURVES = frozenset({16, 18})  # PQ, HLG

_D65, _C, _DCI, _E = (0.3127, 0.3290), (0.310, 0.316), (0.314, 0.351), (1 / 3, 1 / 3)
SRGB_POINTS: tuple[_Point, ...] = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), _D65)
_SMPTE: tuple[_Point, ...] = ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65)
_P3: tuple[_Point, ...] = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
# H.273 table 2: red, green, blue, white
_PRIMARIES: dict[int, tuple[_Point, ...]] = {
    1: SRGB_POINTS,
    2: SRGB_POINTS,
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), _C),
    5: ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _D65),
    6: _SMPTE,
    7: _SMPTE,
    8: ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _C),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
    10: ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), _E),
    11: (*_P3, _DCI),
    12: (*_P3, _D65),
    22: ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65),
}
_D50 = (0.9642, 1.0, 0.8249)
_BRADFORD: _Matrix = (
    (0.8951, 0.2664, -0.1614),
    (-0.7502, 1.7135, 0.0367),
    (0.0389, -0.0685, 1.0296),
)

_WHITE_NITS, _PQ_NITS, _HLG_NITS, _HLG_GAMMA = 203.0, 10_000.0, 1_000.0, 1.2
# A table of so many is exact for eight bits.
_ENTRIES = 256
_HEADER_BYTES, _TAG_BYTES = 128, 12


def profile(cicp: bytes) -> bytes | None:
    """Return the profile of colours in CICP; None for numbers that nobody has defined."""
    primaries, transfer, _, full_range = cicp
    points, curve = _PRIMARIES.get(primaries), _CURVES.get(transfer)
    if points is None or curve is None:
        return None
    return _icc(points, curve if full_range else lambda value: curve(_from_studio_range(value)))


def gamma_profile(gamma: float, points: Sequence[_Point]) -> bytes:
    """Return the profile of a power curve and four points: red, green, blue, white.

    Raises ValueError or ArithmeticError for points that span no space.
    """
    return _icc(points, lambda value: value**gamma)


def _from_studio_range(value: float) -> float:
    return min(max((value * 255 - 16) / 219, 0.0), 1.0)


def _srgb(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _smpte240(value: float) -> float:
    return (
        value / 4 if value < 0.0912863421 else ((value + 0.1115721959) / 1.1115721959) ** (1 / 0.45)
    )


def _pq(value: float) -> float:
    power = value ** (32 / 2523)
    nits = (max(power - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * power)) ** (16384 / 2610)
    return min(nits * _PQ_NITS / _WHITE_NITS, 1.0)


def _hlg(value: float) -> float:
    scene = value * value / 3
    if value > 0.5:
        scene = (math.exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
    return min(scene**_HLG_GAMMA * _HLG_NITS / _WHITE_NITS, 1.0)


# H.273 table 3, from the coded value to light. Those of television (1, 6, 14, 15 and their kin)
# mean sRGB's in a still picture, as browsers and those who write them take it.
_CURVES: dict[int, _Curve] = {
    1: _srgb,
    2: _srgb,
    4: lambda value: value**2.2,
    5: lambda value: value**2.8,
    6: _srgb,
    7: _smpte240,
    8: lambda value: value,
    9: lambda value: 10 ** (2 * (value - 1)) if value else 0.0,
    10: lambda value: 10 ** (2.5 * (value - 1)) if value else 0.0,
    11: _srgb,
    12: _srgb,
    13: _srgb,
    14: _srgb,
    15: _srgb,
    16: _pq,
    17: lambda value: min(value**2.6 * 52.37 / 48, 1.0),
    18: _hlg,
}


def _icc(points: Sequence[_Point], curve: _Curve) -> bytes:
    """Write a matrix profile (ICC.1:2001-04): three colorants, and one curve for each."""
    table = [
        round(min(max(curve(at / (_ENTRIES - 1)), 0.0), 1.0) * 65535) for at in range(_ENTRIES)
    ]
    curve_data = struct.pack(f">4s4xI{_ENTRIES}H", b"curv", _ENTRIES, *table)
    red, green, blue = zip(*_to_d50(points), strict=True)
    text = b"Easel\0"
    description = struct.pack(">4s4xI", b"desc", len(text)) + text + bytes(78)
    tags = {
        b"desc": description + bytes(-len(description) % 4),
        b"wtpt": _xyz(_D50),
        b"rXYZ": _xyz(red),
        b"gXYZ": _xyz(green),
        b"bXYZ": _xyz(blue),
        b"rTRC": curve_data,
    }
    at = _HEADER_BYTES + 4 + _TAG_BYTES * (len(tags) + 2)
    places: list[tuple[bytes, int, int]] = []
    for name, data in tags.items():
        places.append((name, at, len(data)))
        at += len(data)
    _, start, length = places[-1]
    places += [(b"gTRC", start, length), (b"bTRC", start, length)]
    header = struct.pack(
        ">I4xI4s4s4s12x4s28x", at, 0x02400000, b"mntr", b"RGB ", b"XYZ ", b"acsp"
    ) + struct.pack(">3i", *(round(value * 65536) for value in _D50))
    table_of_tags = struct.pack(">I", len(places)) + b"".join(
        struct.pack(">4sII", *place) for place in places
    )
    return header.ljust(_HEADER_BYTES, b"\0") + table_of_tags + b"".join(tags.values())


def _xyz(value: Sequence[float]) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *(round(part * 65536) for part in value))


def _to_d50(points: Sequence[_Point]) -> _Matrix:
    """Return the matrix from linear RGB to XYZ of the white that profiles have."""
    red, green, blue, white = (
        (x / y, 1.0, (1 - x - y) / y) if y else (1.0, 0.0, 0.0) for x, y in points
    )
    colorants: _Matrix = tuple(zip(red, green, blue, strict=True))
    scale = _times(_inverse(colorants), white)
    colorants = tuple(
        (row[0] * scale[0], row[1] * scale[1], row[2] * scale[2]) for row in colorants
    )
    here, there = _times(_BRADFORD, white), _times(_BRADFORD, _D50)
    cones = tuple(
        (row[0] * there[i] / here[i], row[1] * there[i] / here[i], row[2] * there[i] / here[i])
        for i, row in enumerate(_BRADFORD)
    )
    return _product(_product(_inverse(_BRADFORD), cones), colorants)


def _times(matrix: _Matrix, vector: Sequence[float]) -> tuple[float, float, float]:
    first, second, third = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return first, second, third


def _product(left: _Matrix, right: _Matrix) -> _Matrix:
    columns = [_times(left, column) for column in zip(*right, strict=True)]
    return tuple(zip(*columns, strict=True))


def _inverse(matrix: _Matrix) -> _Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    size = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return (
        ((e * i - f * h) / size, (c * h - b * i) / size, (b * f - c * e) / size),
        ((f * g - d * i) / size, (a * i - c * g) / size, (c * d - a * f) / size),
        ((d * h - e * g) / size, (b * g - a * h) / size, (a * e - b * d) / size),
    )
