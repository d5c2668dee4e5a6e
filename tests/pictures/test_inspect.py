"""What a file is, and which files are refused before anything else is done with them."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.errors import PictureError, PictureProblem
from bot.pictures.pool import MAX_PIXELS, Pictures
from tests.pictures.samples import (
    all_formats,
    animation,
    encoded,
    exif,
    flat_png,
    glass,
    noise,
    png_chunk,
    scene,
    turned,
    with_chunk,
    with_segment,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")
Save = Callable[[bytes], Path]


@pytest.mark.parametrize(("name", "data"), all_formats().items())
async def test_every_format_is_measured(
    name: str, data: bytes, pictures: Pictures, saved: Save
) -> None:
    info = await pictures.inspect(saved(data))
    kind = "png" if name == "apng" else name.partition("-")[0]
    assert info.mime == f"image/{kind}"
    assert (info.width, info.height) == ((256, 256) if name == "png-16" else (96, 64))
    assert info.bytes == len(data)
    assert info.sha256 == hashlib.sha256(data).hexdigest()
    assert info.has_alpha == (name in ("png-alpha", "png-palette", "webp-lossless"))
    assert info.frames == (2 if name == "apng" or name.endswith("animated") else 1)


@pytest.mark.parametrize("pillow_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
async def test_width_and_height_are_those_that_a_person_sees(
    orientation: int, pillow_format: str, pictures: Pictures, saved: Save
) -> None:
    image = turned(orientation)
    info = await pictures.inspect(saved(encoded(image, pillow_format, exif=exif(orientation))))
    assert (info.width, info.height) == (96, 64)
    # A HEIF's reader has turned it by itself.
    assert info.rotated == (orientation != 1 and pillow_format != "HEIF")


async def test_an_opaque_alpha_channel_is_not_transparency(pictures: Pictures, saved: Save) -> None:
    info = await pictures.inspect(saved(encoded(scene(mode="RGBA"), "PNG")))
    assert not info.has_alpha


async def test_a_telephone_jpeg_with_a_second_picture_is_one_picture(
    pictures: Pictures, saved: Save
) -> None:
    image = scene()
    data = encoded(image, "MPO", save_all=True, append_images=[noise(32, 32)])
    info = await pictures.inspect(saved(data))
    assert (info.mime, info.frames) == ("image/jpeg", 1)


async def test_a_picture_of_one_pixel_is_a_picture(pictures: Pictures, saved: Save) -> None:
    info = await pictures.inspect(saved(encoded(scene(1, 1), "PNG")))
    assert (info.width, info.height) == (1, 1)


async def test_a_picture_at_the_pixel_limit_is_accepted(pictures: Pictures, saved: Save) -> None:
    info = await pictures.inspect(saved(flat_png(10_000, MAX_PIXELS // 10_000)))
    assert info.width * info.height == MAX_PIXELS


async def refusal(pictures: Pictures, path: Path) -> PictureError:
    with pytest.raises(PictureError) as caught:
        await pictures.inspect(path)
    return caught.value


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"<!DOCTYPE html><html></html>", b"\0" * 500, b"PK\x03\x04" + b"\0" * 99],
)
async def test_what_is_no_picture_is_refused_as_such(
    data: bytes, pictures: Pictures, tmp_path: Path
) -> None:
    path = tmp_path / "holiday.png"
    path.write_bytes(data)
    assert (await refusal(pictures, path)).problem is PictureProblem.NOT_A_PICTURE


async def test_a_small_file_of_144_megapixels_is_refused_by_its_size(
    pictures: Pictures, saved: Save
) -> None:
    data = flat_png(12_000, 12_000)
    assert len(data) < 20_000
    error = await refusal(pictures, saved(data))
    assert error.problem is PictureProblem.TOO_MANY_PIXELS
    assert error.values == {"width": 12_000, "height": 12_000, "limit": MAX_PIXELS}


async def test_a_giant_webp_is_refused_before_its_decoder_takes_memory(
    pictures: Pictures, saved: Save
) -> None:
    data = bytearray(encoded(glass(), "WEBP"))
    assert data[12:16] == b"VP8X"
    data[24:30] = b"\xfe\x3f\x00\xfe\x3f\x00"  # 16383 x 16383
    error = await refusal(pictures, saved(bytes(data)))
    assert error.problem is PictureProblem.TOO_MANY_PIXELS
    assert error.values == {"limit": MAX_PIXELS}


def giant_header(pillow_format: str) -> bytes:
    """A small picture whose header claims billions of pixels."""
    data = bytearray(encoded(scene(), pillow_format))
    if pillow_format == "PNG":
        header = struct.pack(">II", 2**31 - 1, 2**31 - 1) + data[24:29]
        return bytes(data[:8]) + png_chunk(b"IHDR", header) + bytes(data[33:])
    if pillow_format == "GIF":
        data[6:10] = b"\xff" * 4
    elif pillow_format == "BMP":
        data[18:26] = struct.pack("<ii", 99_999, 99_999)
    elif pillow_format == "JPEG":
        at = data.index(struct.pack(">BHH", 8, 64, 96))
        data[at + 1 : at + 5] = b"\xff" * 4
    elif pillow_format == "TIFF":
        for tag, value in ((256, 96), (257, 64)):
            entry = data.index(struct.pack("<HHII", tag, 4, 1, value))
            data[entry + 8 : entry + 12] = struct.pack("<I", 2**31 - 1)
    else:  # the boxes of AVIF and HEIF: "ispe", flags, width, height
        at = data.index(b"ispe") + 8
        data[at : at + 8] = struct.pack(">II", 60_000, 60_000)
    return bytes(data)


@pytest.mark.parametrize("pillow_format", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "AVIF", "HEIF"])
async def test_giant_dimensions_over_tiny_data_are_refused(
    pillow_format: str, pictures: Pictures, saved: Save
) -> None:
    error = await refusal(pictures, saved(giant_header(pillow_format)))
    # The AVIF decoder has a limit of its own and names no size.
    expected = PictureProblem.BROKEN if pillow_format == "AVIF" else PictureProblem.TOO_MANY_PIXELS
    assert error.problem is expected


@pytest.mark.parametrize(("name", "data"), all_formats().items())
async def test_half_a_picture_is_refused(
    name: str, data: bytes, pictures: Pictures, saved: Save
) -> None:
    cut = {"gif-animated": 200, "webp-animated": 120, "apng": 120}.get(name, len(data) // 2)
    assert (await refusal(pictures, saved(data[:cut]))).problem is PictureProblem.BROKEN


async def test_a_jpeg_that_lacks_its_last_rows_is_refused(pictures: Pictures, saved: Save) -> None:
    data = encoded(noise(640, 480), "JPEG")
    assert (
        await refusal(pictures, saved(data[: len(data) * 9 // 10]))
    ).problem is PictureProblem.BROKEN


async def test_text_that_unpacks_to_a_gigabyte_is_not_unpacked(
    pictures: Pictures, saved: Save
) -> None:
    packer = zlib.compressobj(9)
    zeros = bytes(1 << 20)
    bomb = b"".join(packer.compress(zeros) for _ in range(256)) + packer.flush()
    data = with_chunk(encoded(scene(), "PNG"), b"iTXt", b"Comment\0\x01\0\0\0" + bomb)
    small = Pictures(workers=1, memory_bytes=200_000_000)
    try:
        assert (await small.inspect(saved(data))).width == 96
    finally:
        await small.close()


async def test_a_gif_of_thousands_of_frames_costs_no_more_than_its_first(
    pictures: Pictures, saved: Save
) -> None:
    frame = b"!\xf9\x04\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0"
    start = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\0\0\0\xff\xff\xff"
    info = await pictures.inspect(saved(start + frame * 500_000 + b";"))
    assert info.frames == 2


async def test_a_bitmap_stored_from_the_top_is_read(pictures: Pictures, saved: Save) -> None:
    data = bytearray(encoded(scene(), "BMP"))
    data[22:26] = struct.pack("<i", -64)
    assert (await pictures.inspect(saved(bytes(data)))).height == 64


async def test_a_tiff_with_odd_tags_is_read(pictures: Pictures, saved: Save) -> None:
    odd = {65000: "x" * 5000, 33432: "someone", 700: b"<x:xmpmeta/>"}
    data = encoded(scene(), "TIFF", tiffinfo=odd)
    assert (await pictures.inspect(saved(data))).mime == "image/tiff"


async def test_a_tiff_of_many_pages_has_more_than_one_frame(
    pictures: Pictures, saved: Save
) -> None:
    assert (await pictures.inspect(saved(animation("TIFF")))).frames == 2


async def test_damaged_exif_data_is_no_reason_to_refuse(pictures: Pictures, saved: Save) -> None:
    data = with_segment(encoded(scene(), "JPEG"), 0xE1, b"Exif\0\0" + b"MM\0*\xff\xff\xff\xff" * 3)
    assert (await pictures.inspect(saved(data))).width == 96


async def test_a_missing_file_is_an_error_of_the_system_not_of_the_picture(
    pictures: Pictures, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        await pictures.inspect(tmp_path / "nothing")


async def test_other_formats_of_the_decoder_are_out_of_reach(
    pictures: Pictures, tmp_path: Path
) -> None:
    path = tmp_path / "drawing.eps"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    assert (await refusal(pictures, path)).problem is PictureProblem.NOT_A_PICTURE
    Image.new("RGB", (9, 9)).save(tmp_path / "a.pcx")
    assert (await refusal(pictures, tmp_path / "a.pcx")).problem is PictureProblem.NOT_A_PICTURE
