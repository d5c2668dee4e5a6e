"""A result that is whole by its checksums and end marks is not decoded; every other one is."""

from __future__ import annotations

import dataclasses
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.errors import PictureError
from bot.domain.file_types import picture_type
from bot.pictures.formats.structure import size_of_whole
from bot.pictures.picture_values import PictureFile
from bot.pictures.pool import MAX_PIXELS, Pictures
from tests.pictures.samples import (
    all_formats,
    encoded,
    exif,
    noise,
    png_chunk,
    scene,
    turned,
    with_chunk,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")
Save = Callable[[bytes], Path]

# What a service hands out. Movement, EXIF and rare codings are for the decoder.
WHOLE = (
    "png",
    "png-alpha",
    "png-palette",
    "png-16",
    "jpeg-progressive",
    "jpeg-gray",
    "webp-lossless",
)


def size(data: bytes) -> tuple[int, int] | None:
    return size_of_whole(data, picture_type(data[:64]) or "")


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
@pytest.mark.parametrize(("name", "data"), all_formats().items())
async def test_what_is_told_of_a_result_is_what_decoding_it_tells(
    name: str,
    data: bytes,
    large: bool,
    pictures: Pictures,
    saved: Save,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.pictures.pool._LARGE_BYTES", 0 if large else len(data) + 1)
    assert (size(data) is not None) == (name in WHOLE)
    source = saved(data)
    told, decoded = await pictures.inspect_result(source), await pictures.inspect(source)
    for field in dataclasses.fields(PictureFile):
        assert getattr(told, field.name) == getattr(decoded, field.name), name


async def test_a_whole_result_needs_no_picture_worker(tmp_path: Path) -> None:
    nobody = Pictures()
    await nobody.close()
    for kind in ("PNG", "JPEG", "WEBP"):
        source = tmp_path / kind
        source.write_bytes(encoded(scene(96, 64), kind))
        told = await nobody.inspect_result(source)
        assert (told.width, told.height) == (96, 64)
    source.write_bytes(encoded(scene(96, 64), "JPEG")[:-1])
    with pytest.raises(RuntimeError):
        await nobody.inspect_result(source)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_a_result_that_was_cut_anywhere_is_for_the_decoder(kind: str) -> None:
    data = encoded(noise(40, 30), kind)
    assert size(data) == (40, 30)
    assert [end for end in range(12, len(data)) if size(data[:end])] == []


async def test_a_png_that_was_changed_anywhere_is_for_the_decoder() -> None:
    data = encoded(noise(40, 30), "PNG")

    def changed(at: int) -> bytes:
        return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]

    assert [at for at in range(8, len(data)) if size(changed(at))] == []


async def test_what_moves_or_is_turned_is_for_the_decoder() -> None:
    formats = all_formats()
    for name in ("apng", "webp-animated", "gif", "tiff", "bmp"):
        if name in formats:
            assert size(formats[name]) is None, name
    for kind in ("PNG", "JPEG", "WEBP"):
        assert size(encoded(turned(6), kind, exif=exif(6))) is None


async def test_more_pixels_than_are_allowed_are_refused(pictures: Pictures, saved: Save) -> None:
    side = int(MAX_PIXELS**0.5) + 1
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    pixels = png_chunk(b"IDAT", zlib.compress(b""))
    source = saved(b"\x89PNG\r\n\x1a\n" + head + pixels + png_chunk(b"IEND", b""))
    with pytest.raises(PictureError):
        await pictures.inspect_result(source)


async def test_a_png_without_pixels_or_of_no_known_depth_is_for_the_decoder() -> None:
    def png(depth: int, colour_type: int, *chunks: bytes) -> bytes:
        head = struct.pack(">IIBBBBB", 8, 8, depth, colour_type, 0, 0, 0)
        return b"".join((b"\x89PNG\r\n\x1a\n", png_chunk(b"IHDR", head), *chunks))

    end, pixels = png_chunk(b"IEND", b""), png_chunk(b"IDAT", zlib.compress(bytes(200)))
    assert size(png(8, 2, pixels, end)) == (8, 8)
    for odd in (
        png(8, 2, end),
        png(8, 2, png_chunk(b"IDAT", b"no stream"), end),
        png(7, 2, pixels, end),
        png(4, 2, pixels, end),
        png(8, 2, pixels),
        png(8, 2, pixels, end, b"more"),
        png(8, 2, pixels, png_chunk(b"IHDR", bytes(13)), end),
    ):
        assert size(odd) is None


async def test_what_some_viewers_show_otherwise_is_for_the_decoder() -> None:
    plain = encoded(scene(8, 8), "PNG")
    large = b"profile\0\0" + zlib.compress(bytes(2 << 20))
    for kind, payload, whole in (
        (b"cICP", bytes((9, 16, 0, 1)), False),
        (b"iCCP", large, False),
        (b"tEXt", b"Title\0a scene", True),
    ):
        assert (size(with_chunk(plain, kind, payload)) is not None) == whole, kind
