"""The hash of coded pixels: the same without metadata, another for other pixels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.file_types import JPEG, PNG, WEBP
from bot.pictures.formats.pixel_data import pixel_hash
from bot.pictures.formats.strip import strip
from bot.pictures.pool import Pictures
from tests.cases import every_case
from tests.pictures.samples import encoded, exif, noise, png_chunk, scene
from tests.pictures.signed import FIELD, NEEDS_C2PA, signed, with_text, xmp

TYPES = {PNG: "PNG", JPEG: "JPEG", WEBP: "WEBP"}


def described(mime: str) -> bytes:
    data = encoded(noise(40, 30), TYPES[mime], exif=exif(), xmp=xmp())
    return with_text(data, b"XML:com.adobe.xmp", xmp()) if mime == PNG else data


@every_case("mime", TYPES)
def test_metadata_does_not_change_it_and_pixels_do(mime: str) -> None:
    plain, other = (encoded(image, TYPES[mime]) for image in (noise(40, 30), scene(40, 30)))
    stripped = strip(described(mime), mime)
    assert stripped is not None
    assert pixel_hash(described(mime), mime) == pixel_hash(stripped, mime)
    assert pixel_hash(described(mime), mime) == pixel_hash(plain, mime)
    assert pixel_hash(plain, mime) != pixel_hash(other, mime)


@NEEDS_C2PA
@every_case("mime", TYPES)
def test_credentials_do_not_change_it(mime: str) -> None:
    plain = encoded(noise(40, 30), TYPES[mime])
    assert pixel_hash(signed(plain, mime), mime) == pixel_hash(plain, mime)


def test_how_a_png_is_divided_does_not_count() -> None:
    plain = encoded(noise(40, 30), "PNG")
    at = plain.index(b"IDAT") - 4
    length = int.from_bytes(plain[at : at + 4], "big")
    pixels, end = plain[at + 8 : at + 8 + length], plain[at + 12 + length :]
    halves = png_chunk(b"IDAT", pixels[:50]) + png_chunk(b"IDAT", pixels[50:])
    assert pixel_hash(plain[:at] + halves + end, PNG) == pixel_hash(plain, PNG)


def test_of_other_types_it_is_that_of_the_file() -> None:
    gif = encoded(scene(), "GIF")
    assert pixel_hash(gif, "image/gif") != pixel_hash(gif + b"\0", "image/gif")


@pytest.mark.parametrize("mime", TYPES)
async def test_workers_and_the_bot_say_the_same_of_a_file(
    mime: str, pictures: Pictures, saved: Callable[[bytes], Path]
) -> None:
    packet = xmp()
    plain = encoded(scene(), TYPES[mime], xmp=packet)
    source = saved(with_text(plain, b"XML:com.adobe.xmp", packet) if mime == PNG else plain)
    by_structure, decoded = (
        await pictures.inspect_result(source),
        await pictures.inspect(source),
    )
    assert by_structure.pixel_hash == decoded.pixel_hash
    assert by_structure.marks == decoded.marks == "iptc"


async def test_marks_are_seen_in_passing(
    pictures: Pictures, saved: Callable[[bytes], Path]
) -> None:
    plain = encoded(scene(), "PNG")
    for data, marks in (
        (plain, ""),
        (signed(plain, PNG), "kept"),
        (with_text(plain, b"XML:com.adobe.xmp", xmp(None, FIELD)), "aigc"),
        (with_text(plain, b"XML:com.adobe.xmp", xmp(field=FIELD)), "iptc aigc"),
    ):
        assert (await pictures.inspect_result(saved(data))).marks == marks
