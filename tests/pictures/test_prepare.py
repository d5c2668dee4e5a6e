"""References as image APIs take them: what stays, what changes, and what never gets out."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, PngImagePlugin

from bot.domain.errors import PictureError, PictureProblem
from bot.domain.file_types import JPEG, PNG
from bot.pictures.picture_values import Change, Needs
from bot.pictures.pool import Pictures
from tests.pictures.samples import (
    CORNERS,
    SECRET,
    SEEDREAM,
    all_formats,
    animation,
    corners,
    encoded,
    exif,
    glass,
    noise,
    scene,
    turned,
    with_chunk,
    with_segment,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")
Save = Callable[[bytes], Path]

SEEDEDIT = Needs(formats=frozenset({PNG, JPEG}), max_bytes=10_000_000, min_side_exclusive=14)


def pixels(data: bytes) -> Image.Image:
    with Image.open(BytesIO(data)) as image:
        return image.convert("RGBA")


def same(one: bytes, other: bytes) -> bool:
    return ImageChops.difference(pixels(one), pixels(other)).getbbox(alpha_only=False) is None


@pytest.mark.parametrize(("name", "data"), all_formats().items())
async def test_every_format_becomes_one_that_is_allowed_and_looks_the_same(
    name: str, data: bytes, pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    prepared = await pictures.prepare(saved(data), target, SEEDEDIT)
    assert prepared.info == await pictures.inspect(target)
    assert prepared.info.mime in SEEDEDIT.formats
    # PNG where the picture is transparent or was one; JPEG else.
    lossless = "png" in name or name == "webp-lossless"
    assert prepared.info.mime == (PNG if lossless else JPEG)
    transparent = name in ("png-alpha", "png-palette", "webp-lossless")
    assert prepared.info.has_alpha == transparent
    if not transparent and name not in ("png-16", "jpeg-gray"):
        assert corners(target.read_bytes()) == list(CORNERS)
    kept = ("png", "png-alpha", "png-palette", "jpeg", "jpeg-progressive", "jpeg-gray")
    if name in kept:
        assert prepared.changes == ()
    elif name == "apng":
        assert prepared.changes == (Change.FIRST_FRAME,)
    elif name.endswith("animated"):
        assert prepared.changes == (Change.FORMAT, Change.FIRST_FRAME)
    else:
        assert prepared.changes == (Change.FORMAT,)


@pytest.mark.parametrize(
    "data",
    [
        encoded(glass(), "PNG"),
        encoded(scene(mode="P"), "PNG"),
        encoded(noise(99, 51, "LA"), "PNG"),
        encoded(noise(99, 51), "JPEG", quality=77, restart_marker_blocks=3),
        encoded(noise(99, 51), "JPEG", progressive=True),
        encoded(noise(99, 51), "JPEG", keep_rgb=True),
        encoded(noise(99, 51), "WEBP"),
        encoded(noise(99, 51, "RGBA"), "WEBP", lossless=True),
        encoded(noise(98, 52, "RGBA"), "WEBP", alpha_quality=50, exif=exif()),
    ],
)
async def test_allowed_pictures_keep_every_pixel(
    data: bytes, pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    prepared = await pictures.prepare(saved(data), tmp_path / "out", SEEDREAM)
    assert prepared.changes == ()
    assert same((tmp_path / "out").read_bytes(), data)


async def test_a_picture_that_is_right_is_copied_to_the_byte(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    data = encoded(noise(40, 40), "PNG")
    prepared = await pictures.prepare(saved(data), tmp_path / "out", SEEDREAM)
    assert prepared.same_bytes
    assert (tmp_path / "out").read_bytes() == data


def text() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SECRET.decode())
    info.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    return info


TELLTALES = {
    "jpeg exif": encoded(scene(), "JPEG", exif=exif()),
    "jpeg comment": encoded(scene(), "JPEG", comment=SECRET * 3000),
    "jpeg xmp": with_segment(encoded(scene(), "JPEG"), 0xE1, b"http://ns.adobe.com/xap/" + SECRET),
    "jpeg iptc": with_segment(encoded(scene(), "JPEG"), 0xED, b"Photoshop 3.0\0" + SECRET),
    "jpeg jfif thumbnail": encoded(scene(), "JPEG").replace(b"\0\x10JFIF", b"\0\x23JFIF", 1)[:20]
    + SECRET
    + encoded(scene(), "JPEG")[20:],
    "jpeg then zip": encoded(scene(), "JPEG") + b"PK\x03\x04" + SECRET,
    "jpeg then jpeg": encoded(scene(), "JPEG") + encoded(scene(), "JPEG", comment=SECRET),
    "jpeg mpo": encoded(
        scene(), "MPO", save_all=True, append_images=[scene()], exif=exif(), comment=SECRET
    ),
    "jpeg turned": encoded(turned(6), "JPEG", exif=exif(6), comment=SECRET),
    "jpeg cmyk": encoded(scene(mode="CMYK"), "JPEG", exif=exif(), comment=SECRET),
    "png exif": encoded(scene(), "PNG", exif=exif()),
    "png text": encoded(scene(), "PNG", pnginfo=text()),
    "png own chunk": with_chunk(encoded(scene(), "PNG"), b"prVt", SECRET),
    "png then zip": encoded(scene(), "PNG") + b"PK\x03\x04" + SECRET,
    "png turned": encoded(turned(8), "PNG", exif=exif(8), pnginfo=text()),
    "webp exif": encoded(scene(), "WEBP", exif=exif()),
    "webp xmp": encoded(glass(), "WEBP", xmp=SECRET),
    "webp then zip": encoded(scene(), "WEBP") + SECRET,
    "gif comment": encoded(scene(), "GIF", comment=SECRET),
    "tiff": encoded(scene(), "TIFF", tiffinfo={270: SECRET.decode()}),
    "avif": encoded(scene(), "AVIF", speed=10, exif=exif(), xmp=SECRET),
    "heic": encoded(scene(), "HEIF", exif=exif(), xmp=SECRET),
}


@pytest.mark.parametrize("operation", ["prepare", "fit", "shrink"])
@pytest.mark.parametrize(("name", "data"), TELLTALES.items())
async def test_nothing_but_the_picture_gets_out(
    name: str, data: bytes, operation: str, pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    assert SECRET in data
    source, target = saved(data), tmp_path / "out"
    if operation == "prepare":
        prepared = await pictures.prepare(source, target, SEEDREAM)
        assert not prepared.same_bytes
    elif operation == "fit":
        await pictures.fit(source, target, limit_bytes=1_000_000)
    else:
        await pictures.shrink(source, target, longest_edge=2048)
    result = target.read_bytes()
    assert SECRET not in result
    with Image.open(BytesIO(result)) as image:
        assert not image.getexif()
        assert not {"comment", "exif", "xmp", "XML:com.adobe.xmp", "photoshop"} & set(image.info)


@pytest.mark.parametrize("pillow_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
async def test_all_eight_orientations_end_upright(
    orientation: int, pillow_format: str, pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    data = encoded(turned(orientation), pillow_format, exif=exif(orientation))
    prepared = await pictures.prepare(saved(data), tmp_path / "out", SEEDREAM)
    assert corners((tmp_path / "out").read_bytes()) == list(CORNERS)
    # libheif turns a HEIC while it decodes and says nothing about it.
    rotated = orientation != 1 and pillow_format != "HEIF"
    assert (Change.ROTATED in prepared.changes) == rotated


async def test_the_first_frame_of_an_animation_is_taken_and_said(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    prepared = await pictures.prepare(saved(animation("GIF")), tmp_path / "out", SEEDREAM)
    assert Change.FIRST_FRAME in prepared.changes
    assert corners((tmp_path / "out").read_bytes()) == list(CORNERS)


@pytest.mark.parametrize(("sides", "legal"), [((14, 14), 0), ((15, 14), 0), ((15, 15), 1)])
async def test_each_side_must_be_longer_than_fourteen_pixels(
    sides: tuple[int, int], legal: int, pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    source = saved(encoded(scene(*sides), "PNG"))
    if legal:
        assert (await pictures.prepare(source, tmp_path / "out", SEEDREAM)).changes == ()
        return
    with pytest.raises(PictureError) as caught:
        await pictures.prepare(source, tmp_path / "out", SEEDREAM)
    assert caught.value.problem is PictureProblem.TOO_SMALL
    assert caught.value.values == {"width": sides[0], "height": sides[1], "limit": 14}
    assert not (tmp_path / "out").exists()


async def test_too_many_pixels_are_scaled_to_the_limit_without_changing_the_ratio(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    needs = replace(SEEDREAM, max_pixels=10_000)
    data = encoded(scene(1603, 101), "PNG")
    prepared = await pictures.prepare(saved(data), tmp_path / "out", needs)
    width, height = prepared.info.width, prepared.info.height
    assert 9_000 < width * height <= 10_000
    assert width * 101 <= height * 1603  # never more extreme than before
    assert prepared.changes == (Change.SCALED,)
    assert prepared.info.mime == PNG


async def test_the_longest_edge_is_kept_when_it_is_asked_for(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    needs = replace(SEEDREAM, max_edge=48)
    prepared = await pictures.prepare(saved(encoded(scene(), "JPEG")), tmp_path / "out", needs)
    assert (prepared.info.width, prepared.info.height) == (48, 32)
    assert prepared.changes == (Change.SCALED,)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
async def test_too_many_bytes_become_a_jpeg_of_the_same_size(
    mode: str, pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    needs = replace(SEEDREAM, max_bytes=150_000)
    source = saved(encoded(noise(300, 300, mode), "PNG"))
    prepared = await pictures.prepare(source, tmp_path / "out", needs)
    assert prepared.changes == (Change.FORMAT, Change.COMPRESSED)
    assert (prepared.info.mime, prepared.info.width) == (JPEG, 300)
    assert prepared.info.bytes <= 150_000


async def test_what_no_quality_makes_small_enough_is_scaled(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    needs = replace(SEEDREAM, max_bytes=250_000)
    source = saved(encoded(noise(1200, 600), "JPEG", quality=95))
    prepared = await pictures.prepare(source, tmp_path / "out", needs)
    assert prepared.changes == (Change.SCALED, Change.COMPRESSED)
    assert (prepared.info.width, prepared.info.height) == (1024, 512)
    assert prepared.info.bytes <= 250_000


async def test_what_nothing_makes_small_enough_is_refused(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    source = saved(encoded(noise(300, 300), "PNG"))
    with pytest.raises(PictureError) as caught:
        await pictures.prepare(source, tmp_path / "out", replace(SEEDREAM, max_bytes=500))
    assert (caught.value.problem, caught.value.values["limit"]) == (PictureProblem.CANNOT_FIT, 500)
    assert os.listdir(tmp_path) == [source.name]


async def test_sixteen_bits_of_gray_keep_their_brightness(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    gray = Image.frombytes("I;16", (20, 20), b"\x00\x80" * 400)
    await pictures.prepare(saved(encoded(gray, "PNG")), tmp_path / "out", SEEDREAM)
    assert pixels((tmp_path / "out").read_bytes()).getpixel((9, 9)) == (128, 128, 128, 255)


def swapped_profile() -> bytes:
    """An sRGB profile under another name, whose red and green are swapped."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile = bytearray(
        bytes(profile).replace(b"s\0R\0G\0B\0", b"t\0e\0s\0t\0").replace(b"sRGB", b"test")
    )
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
async def test_colours_of_a_profile_are_in_the_pixels_when_those_are_written_anew(
    mode: str, pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    image = (scene if mode == "RGB" else glass)().resize((96, 96))
    data = encoded(image, "TIFF", icc_profile=swapped_profile())
    prepared = await pictures.prepare(saved(data), tmp_path / "out", SEEDREAM)
    result = (tmp_path / "out").read_bytes()
    with Image.open(BytesIO(result)) as written:
        assert "icc_profile" not in written.info
    red, green, blue, yellow = CORNERS
    assert prepared.info.has_alpha == (mode == "RGBA")
    assert corners(result)[1] == red
    if mode == "RGB":
        assert corners(result) == [green, red, blue, yellow]


async def test_a_profile_stays_with_pixels_that_stay(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    for pillow_format in ("PNG", "JPEG", "WEBP"):
        data = encoded(scene(), pillow_format, icc_profile=swapped_profile())
        await pictures.prepare(saved(data), tmp_path / "out", SEEDREAM)
        with Image.open(tmp_path / "out") as written:
            assert written.info["icc_profile"] == swapped_profile()


async def test_a_damaged_profile_is_passed_over(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    data = encoded(scene(), "TIFF", icc_profile=b"\0" * 16 + b"RGB " + b"\xff" * 200)
    await pictures.prepare(saved(data), tmp_path / "out", SEEDREAM)
    assert corners((tmp_path / "out").read_bytes()) == list(CORNERS)


async def test_a_file_may_be_prepared_in_its_place(pictures: Pictures, saved: Save) -> None:
    path = saved(encoded(scene(), "JPEG", exif=exif()))
    prepared = await pictures.prepare(path, path, SEEDREAM)
    assert prepared.info == await pictures.inspect(path)


async def test_a_reference_is_shrunk_to_an_edge(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    source = saved(encoded(noise(900, 600, "RGBA"), "PNG"))
    prepared = await pictures.shrink(source, tmp_path / "out", longest_edge=300)
    assert (prepared.info.mime, prepared.info.width, prepared.info.height) == (JPEG, 300, 200)
    assert prepared.changes == (Change.FORMAT, Change.SCALED)


async def test_shrinking_never_makes_a_reference_larger(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    data = encoded(noise(200, 200), "JPEG", quality=20)
    prepared = await pictures.shrink(saved(data), tmp_path / "out", longest_edge=2048)
    assert prepared.changes == ()
    assert prepared.info.bytes <= len(data)
