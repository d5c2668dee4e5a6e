"""Colours that are not sRGB's: profiles, numbers (CICP), gray, HDR; read as a reference's pixel."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import cast

import pytest
from PIL import Image, ImageCms

from bot.pictures.picture_values import Change
from bot.pictures.pool import Pictures
from tests.pictures.odd_samples import (
    CICP_HLG,
    CICP_P3,
    CICP_PQ,
    CICP_SRGB,
    GREEN,
    IN_LINEAR,
    IN_P3,
    IN_REC2020,
    LINEAR_CURVE,
    P3,
    REC2020,
    arithmetic_jpeg,
    flat,
    gray_profile,
    press_profile,
    rgb_profile,
    with_nclx,
    ycck_jpeg,
)
from tests.pictures.samples import SEEDREAM, encoded, with_chunk

pytestmark = pytest.mark.asyncio(loop_scope="session")
Save = Callable[[bytes], Path]

SCALED = replace(SEEDREAM, max_edge=48)
NAMED_SRGB = rgb_profile("Display P3 Gamut with sRGB Transfer", P3)
IN_PQ, WHITE = (148, 148, 148), (255, 255, 255)  # reference white


def exactly(image: Image.Image, pillow_format: str, **options: object) -> bytes:
    if pillow_format == "WEBP":
        options["lossless"] = True
    if pillow_format in ("JPEG", "AVIF"):
        options.update(quality=100, subsampling="4:4:4")
    if pillow_format == "HEIF":
        options.update(quality=-1, chroma=444)
    return encoded(image, pillow_format, **options)


def heif(colour: object, primaries: int, transfer: int) -> bytes:
    numbers = {"color_primaries": primaries, "transfer_characteristics": transfer}
    return exactly(flat(colour), "HEIF", **numbers)


def png(colour: object, numbers: bytes) -> bytes:
    return with_chunk(encoded(flat(colour), "PNG"), b"cICP", numbers)


def gamma(value: int, colour: object) -> bytes:
    return with_chunk(encoded(flat(colour), "PNG"), b"gAMA", struct.pack(">I", value))


def studio(colour: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(round(16 + value * 219 / 255) for value in colour)


def middle(image: Image.Image) -> tuple[int, int, int]:
    return cast("tuple[int, int, int]", image.convert("RGB").getpixel((20, 20)))


def is_near(pixel: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(a - b) <= 6 for a, b in zip(pixel, wanted, strict=False))


CYAN_AND_YELLOW = (255, 0, 255, 0)
PRESS = {"icc_profile": press_profile()}
INKS = {
    **{
        f"{kind} of a press": (encoded(flat(CYAN_AND_YELLOW, "CMYK"), kind, **PRESS), GREEN)
        for kind in ("JPEG", "TIFF")
    },
    "JPEG of an editor, with a profile": (ycck_jpeg(CYAN_AND_YELLOW, **PRESS), GREEN),
    "JPEG of an editor": (ycck_jpeg((225, 55, 195, 0)), GREEN),
    "JPEG without a profile": (exactly(flat((225, 55, 195, 0), "CMYK"), "JPEG"), GREEN),
    "TIFF without a profile": (encoded(flat((225, 55, 195, 0), "CMYK"), "TIFF"), GREEN),
    "a profile of other pixels": (
        encoded(flat((225, 55, 195, 0), "CMYK"), "TIFF", icc_profile=rgb_profile("P3", P3)),
        GREEN,
    ),
}

GRAY_ALPHA = {"icc_profile": gray_profile()}
REFERENCES = {
    **INKS,
    **{
        f"P3 that names sRGB, {kind}": (exactly(flat(IN_P3), kind, icc_profile=NAMED_SRGB), GREEN)
        for kind in ("PNG", "JPEG", "WEBP", "TIFF", "AVIF", "HEIF")
    },
    "Rec. 2020 that names sRGB": (
        encoded(flat(IN_REC2020), "PNG", icc_profile=rgb_profile("Rec. 2020 sRGB", REC2020)),
        GREEN,
    ),
    "linear sRGB": (
        encoded(flat(IN_LINEAR), "PNG", icc_profile=rgb_profile("sRGB", curve=LINEAR_CURVE)),
        GREEN,
    ),
    "sRGB by another name": (
        encoded(flat(GREEN), "PNG", icc_profile=rgb_profile("a camera")),
        GREEN,
    ),
    "palette": (
        encoded(flat(IN_P3).quantize(2), "PNG", icc_profile=NAMED_SRGB),
        GREEN,
    ),
    "transparent": (encoded(flat((*IN_P3, 99), "RGBA"), "PNG", icc_profile=NAMED_SRGB), GREEN),
    "sixteen bits of gray": (
        encoded(Image.frombytes("I;16", (96, 64), b"\x80\x80" * 96 * 64), "PNG", **GRAY_ALPHA),
        (188, 188, 188),
    ),
    "gray": (encoded(flat(128, "L"), "PNG", **GRAY_ALPHA), (188, 188, 188)),
    "gray with alpha": (encoded(flat((128, 200), "LA"), "PNG", **GRAY_ALPHA), (188, 188, 188)),
    "opaque gray with alpha": (
        encoded(flat((128, 255), "LA"), "TIFF", **GRAY_ALPHA),
        (188, 188, 188),
    ),
    "LAB": (
        encoded(
            ImageCms.profileToProfile(
                flat(GREEN),
                ImageCms.createProfile("sRGB"),
                ImageCms.createProfile("LAB"),
                outputMode="LAB",
            )
            or flat(0),
            "TIFF",
        ),
        GREEN,
    ),
    "cICP of P3": (png(IN_P3, CICP_P3), GREEN),
    "cICP before a profile": (
        with_chunk(encoded(flat(IN_P3), "PNG", icc_profile=rgb_profile("sRGB")), b"cICP", CICP_P3),
        GREEN,
    ),
    "cICP of Rec. 2020 in the range of studios": (
        png(studio(IN_REC2020), bytes((9, 14, 0, 0))),
        GREEN,
    ),
    "cICP of sRGB": (png(GREEN, CICP_SRGB), GREEN),
    "cICP that nobody has defined": (png(GREEN, bytes((99, 99, 0, 1))), GREEN),
    "AVIF of P3": (with_nclx(exactly(flat(IN_P3), "AVIF"), 12, 13), GREEN),
    "AVIF of Rec. 709": (with_nclx(exactly(flat(GREEN), "AVIF"), 1, 1), GREEN),
    "AVIF that says nothing": (with_nclx(exactly(flat(GREEN), "AVIF"), 2, 2), GREEN),
    "HEIC of P3": (heif(IN_P3, 12, 13), GREEN),
    "linear by gAMA": (gamma(100_000, IN_LINEAR), GREEN),
    "gAMA of sRGB": (gamma(45_455, GREEN), GREEN),
}
HDR = {
    "PNG": png(IN_PQ, CICP_PQ),
    "HLG": png((191, 191, 191), CICP_HLG),
    "AVIF": with_nclx(exactly(flat(IN_PQ), "AVIF"), 9, 16),
    "HEIC": heif(IN_PQ, 9, 16),
}


async def test_a_reference_that_is_written_anew_has_the_colours_that_are_seen(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    wrong: dict[str, object] = {}
    for name, (data, wanted) in REFERENCES.items():
        prepared = await pictures.prepare(saved(data), target, SCALED)
        with Image.open(target) as image:
            pixel = middle(image)
        if not is_near(pixel, wanted) or Change.TONE_MAPPED in prepared.changes:
            wrong[name] = pixel
    assert not wrong


async def test_a_result_that_is_written_anew_has_them_too(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    inks = [data for data, _ in INKS.values()]
    avif = exactly(flat(IN_P3), "AVIF", icc_profile=NAMED_SRGB)
    for data in (avif, png(IN_P3, CICP_P3), *inks):
        await pictures.fit(saved(data), tmp_path / "out", limit_bytes=100_000)
        with Image.open(tmp_path / "out") as image:
            assert image.mode == "RGB"
            assert is_near(middle(image), GREEN)


async def test_a_result_that_many_viewers_show_wrongly_is_known(
    pictures: Pictures, saved: Save
) -> None:
    gray = Image.frombytes("I;16", (96, 64), b"\x80\x80" * 96 * 64)
    cases = {
        "four inks": (exactly(flat(CYAN_AND_YELLOW, "CMYK"), "JPEG"), False),
        "arithmetic coding": (arithmetic_jpeg(), False),
        "colours by number": (png(IN_P3, CICP_P3), False),
        "sixteen bits": (encoded(gray, "PNG"), True),
        "a profile": (exactly(flat(IN_P3), "JPEG", icc_profile=NAMED_SRGB), True),
        "AVIF": (exactly(flat(GREEN), "AVIF"), True),
    }
    found = {
        name: (await pictures.inspect(saved(data))).common for name, (data, _) in cases.items()
    }
    assert found == {name: common for name, (_, common) in cases.items()}


async def test_colours_in_cicp_are_not_left_to_readers_that_do_not_know_them(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    prepared = await pictures.prepare(saved(png(IN_P3, CICP_P3)), target, SEEDREAM)
    assert prepared.changes == (Change.FORMAT,)
    assert b"cICP" not in target.read_bytes()
    prepared = await pictures.prepare(saved(png(GREEN, CICP_SRGB)), target, SEEDREAM)
    assert prepared.same_bytes


@pytest.mark.parametrize(("name", "data"), HDR.items())
async def test_the_white_of_hdr_is_white_and_its_member_is_told(
    name: str, data: bytes, pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    prepared = await pictures.prepare(saved(data), tmp_path / "out", SEEDREAM)
    assert Change.TONE_MAPPED in prepared.changes
    with Image.open(BytesIO((tmp_path / "out").read_bytes())) as image:
        assert is_near(middle(image), WHITE)


async def test_a_mask_has_the_grays_that_are_seen(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    image = flat(0, "L")
    image.paste(110, (0, 0, 48, 64))  # 177 as it is seen, and dark as it is coded
    data = encoded(image, "PNG", icc_profile=gray_profile())
    with pytest.raises(Exception, match="mask_kind"):
        await pictures.mask(
            saved(data), tmp_path / "out", width=96, height=64, limit_bytes=1_000_000
        )
    image.paste(170, (0, 0, 48, 64))  # 212
    data = encoded(image, "PNG", icc_profile=gray_profile())
    await pictures.mask(saved(data), tmp_path / "out", width=96, height=64, limit_bytes=1_000_000)
    with Image.open(tmp_path / "out") as made:
        assert [made.getchannel("A").getpixel((x, 9)) for x in (9, 80)] == [0, 255]
