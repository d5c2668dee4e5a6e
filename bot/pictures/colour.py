"""What the values of a picture's pixels mean, and sRGB made of them by LittleCMS. In a worker."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from math import isclose
from typing import cast

from PIL import Image, ImageChops, ImageCms

from bot.pictures import cicp

_Profile = ImageCms.ImageCmsProfile
_SRGB = ImageCms.createProfile("sRGB")
_LAB = _Profile(ImageCms.createProfile("LAB"))
# A profile that changes no colour by more is sRGB's, whatever its name.
_ROUNDING = 2
_PROBE_STEPS = 18
_SRGB_GAMMA = 2.2  # what writers of sRGB put into gAMA, who mean the curve and not the power
_GAMMAS = (0.2, 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """How pixels become sRGB; without a profile they are."""

    icc: bytes | None = None
    hdr: bool = False  # PQ or HLG
    by_number: bool = False  # told by CICP, which few readers look at


def colours_of(info: Mapping[str | tuple[int, int], object], numbers: bytes | None) -> Colours:
    """Judge by CICP, by a profile, or by a PNG's gAMA and cHRM, in this order."""
    icc = info.get("icc_profile")
    icc = icc if isinstance(icc, bytes) and icc else None
    numbers = numbers or _numbers_within(icc)
    if numbers is not None:
        made = cicp.profile(numbers)
        if made is not None:
            hdr = numbers[1] in cicp.HDR_CURVES
            plain = not hdr and is_srgb(made)
            return Colours() if plain else Colours(icc=made, hdr=hdr, by_number=True)
    if icc is not None:
        return Colours(icc=icc)
    return Colours(icc=None if "srgb" in info else _gamma_profile(info))


def nclx_numbers(profile: object) -> bytes | None:
    """Return what pillow-heif tells of a HEIF's colours in the form of CICP."""
    if not isinstance(profile, dict):
        return None
    told = cast("dict[str, object]", profile)
    names = ("color_primaries", "transfer_characteristics", "matrix_coefficients")
    numbers = [told.get(name) for name in names]
    if not all(isinstance(number, int) and 0 <= number < 256 for number in numbers):
        return None
    # Decoded pixels have the full range, whatever the coded ones have.
    return bytes((*cast("list[int]", numbers), 1))


def in_srgb(image: Image.Image, mode: str, icc: bytes | None) -> Image.Image | None:
    """Make sRGB of a picture, in mode RGB or RGBA; None where it is sRGB or nobody can tell."""
    try:
        if image.mode == "LAB":
            return _converted(image, _LAB, mode)
        if icc is None:
            return None
        profile = ImageCms.getOpenProfile(BytesIO(icc))
        space = icc[16:20]  # of the data, by the profile's header
        if space == b"RGB " and image.mode != "CMYK":
            if _keeps_colours(profile):
                return None
            return _converted(in_mode(image, mode), profile, mode)
        if space == b"GRAY" and image.mode in ("1", "L", "LA"):
            gray = image.getchannel("L") if image.mode == "LA" else in_mode(image, "L")
            result = _converted(gray, profile, "RGB")
            if mode == "RGBA":
                result.putalpha(image.getchannel("A"))
            return result
        if space == b"CMYK" and image.mode == "CMYK":
            return _converted(image, profile, mode)
    except (ImageCms.PyCMSError, OSError, ValueError):  # a damaged profile is as good as none
        return None
    return None


def is_srgb(icc: bytes) -> bool:
    """Whether a profile of RGB has the primaries and the curve of sRGB."""
    return _keeps_colours(ImageCms.getOpenProfile(BytesIO(icc)))


def in_mode(image: Image.Image, mode: str) -> Image.Image:
    """Convert where it is needed: `convert` would copy, and two copies may be all there is."""
    return image if image.mode == mode else image.convert(mode)


def _converted(image: Image.Image, profile: _Profile, mode: str) -> Image.Image:
    result = ImageCms.profileToProfile(image, profile, _SRGB, outputMode=mode)
    if result is None:  # only where it works in place
        raise ValueError
    return result


def _keeps_colours(profile: _Profile) -> bool:
    probe = Image.new("RGB", (_PROBE_STEPS**2, _PROBE_STEPS))
    levels = [step * 255 // (_PROBE_STEPS - 1) for step in range(_PROBE_STEPS)]
    probe.putdata([(r, g, b) for r in levels for g in levels for b in levels])
    off = ImageChops.difference(probe, _converted(probe, profile, "RGB")).getextrema()
    return all(highest <= _ROUNDING for _, highest in cast("tuple[tuple[int, int], ...]", off))


def _numbers_within(icc: bytes | None) -> bytes | None:
    """Return the CICP that a profile of HDR names (ICC.1:2022, `cicp`).

    Its other tags are a mapping to SDR of somebody's own making, or none.
    """
    if icc is None or len(icc) < 132:
        return None
    (count,) = struct.unpack_from(">I", icc, 128)
    for at in range(132, min(132 + 12 * count, len(icc) - 11), 12):
        name, start, length = struct.unpack_from(">4sII", icc, at)
        numbers = icc[start + 8 : start + 12]
        if name == b"cicp" and length >= 12 and len(numbers) == 4:
            return numbers if numbers[1] in cicp.HDR_CURVES else None
    return None


def _gamma_profile(info: Mapping[str | tuple[int, int], object]) -> bytes | None:
    gamma, points = info.get("gamma"), info.get("chromaticity")
    if not isinstance(gamma, float) or not gamma or not _GAMMAS[0] <= 1 / gamma <= _GAMMAS[1]:
        return None
    white, red, green, blue = cicp.SRGB_POINTS[-1:] + cicp.SRGB_POINTS[:-1]
    if isinstance(points, tuple) and len(points) == 8:
        flat = cast("tuple[float, ...]", points)
        white, red, green, blue = (flat[:2], flat[2:4], flat[4:6], flat[6:])
    corners = cast("list[tuple[float, float]]", [red, green, blue, white])
    near = all(
        isclose(one, other, abs_tol=0.002)
        for corner, known in zip(corners, cicp.SRGB_POINTS, strict=True)
        for one, other in zip(corner, known, strict=True)
    )
    if near and isclose(1 / gamma, _SRGB_GAMMA, rel_tol=0.03):
        return None
    try:
        return cicp.gamma_profile(1 / gamma, corners)
    except (ArithmeticError, ValueError, struct.error):
        return None
