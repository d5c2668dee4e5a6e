"""Files that are good but odd: what every viewer shows is a picture, and half of one is not."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import cast

import pytest
from PIL import Image

from bot.domain.errors import PictureError, PictureProblem
from bot.domain.file_types import JPEG, PNG
from bot.pictures.picture_values import Change
from bot.pictures.pool import Pictures
from tests.pictures.odd_samples import (
    arithmetic_jpeg,
    clap,
    flat,
    rgb_profile,
    with_properties,
    with_wrong_checksum,
)
from tests.pictures.samples import (
    CORNERS,
    SEEDREAM,
    corners,
    encoded,
    noise,
    png_chunk,
    scene,
    with_chunk,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")
Save = Callable[[bytes], Path]

PICTURE = encoded(scene(), "PNG")
MANY = b"x" * (3 << 20)
ODD_PNGS = {
    "text": with_chunk(PICTURE, b"tEXt", b"Comment\0" + MANY),
    "packed text": with_chunk(PICTURE, b"zTXt", b"Comment\0\0" + zlib.compress(MANY)),
    "other text": with_chunk(PICTURE, b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(MANY)),
    "text behind": PICTURE[:-12]
    + png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(MANY))
    + PICTURE[-12:],
    "checksum of text": with_wrong_checksum(with_chunk(PICTURE, b"tEXt", b"a\0b"), b"tEXt"),
    "checksum of its own": with_wrong_checksum(with_chunk(PICTURE, b"prVt", b"ab"), b"prVt"),
    "checksum of gAMA": with_wrong_checksum(with_chunk(PICTURE, b"gAMA", bytes(4)), b"gAMA"),
    "checksum of a profile": with_wrong_checksum(
        encoded(scene(), "PNG", icc_profile=rgb_profile("any")), b"iCCP"
    ),
    "checksum of its end": PICTURE[:-1] + b"x",
    "a profile that unpacks to six million bytes": with_chunk(
        PICTURE, b"iCCP", b"x\0\0" + zlib.compress(os.urandom(100) + bytes(6 << 20))
    ),
    "a profile packed in some other way": with_chunk(PICTURE, b"iCCP", b"x\0\5abc"),
    "short chunks": with_chunk(with_chunk(PICTURE, b"tRNS", b"\0"), b"cHRM", b"\0"),
    "no end": PICTURE[:-12],
    "no end, and no checksum": PICTURE[:-16],
    "no end, and no checksum of the pixels": PICTURE[:-20],
    "zeros for its end": PICTURE[:-12] + bytes(60),
}


@pytest.mark.parametrize(("name", "data"), ODD_PNGS.items())
async def test_an_odd_png_is_a_picture_and_an_ordinary_one_goes_out(
    name: str, data: bytes, pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    source, target = saved(data), tmp_path / "out"
    assert (await pictures.inspect(source)).width == 96
    prepared = await pictures.prepare(source, target, SEEDREAM)
    fitted = await pictures.fit(source, tmp_path / "fitted", limit_bytes=1_000_000)
    assert (prepared.changes, fitted) == ((), prepared.info)
    assert fitted.bytes <= len(PICTURE) + 20
    assert target.read_bytes().endswith(png_chunk(b"IEND", b""))
    assert corners(target.read_bytes()) == list(CORNERS)


@pytest.mark.parametrize("cut", [12, 16, 18, 20])
async def test_a_palette_without_its_end_stays_one(
    cut: int, pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    whole = encoded(noise(400, 300, "L").quantize(64), "PNG")
    info = await pictures.fit(saved(whole[:-cut]), tmp_path / "out", limit_bytes=10_000_000)
    assert (info.mime, info.width) == (PNG, 400)
    assert info.bytes < len(whole) * 1.05
    with Image.open(tmp_path / "out") as image:
        image.load()
        assert image.mode == "P"


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("cut", [1, 2])
async def test_a_jpeg_without_its_end_mark_is_whole(
    cut: int, progressive: bool, pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    data = encoded(scene(640, 480), "JPEG", progressive=progressive)[:-cut]
    source, target = saved(data), tmp_path / "out"
    info = await pictures.inspect(source)
    assert (info.mime, info.width, info.height) == (JPEG, 640, 480)
    prepared = await pictures.prepare(source, target, SEEDREAM)
    assert (prepared.info.mime, prepared.changes) == (JPEG, ())
    assert target.read_bytes().endswith(b"\xff\xd9")
    await pictures.fit(source, target, limit_bytes=1_000_000)
    assert corners(target.read_bytes()) == list(CORNERS)


HALVES = {
    "png": encoded(noise(400, 300), "PNG"),
    "palette": encoded(noise(400, 300, "L").quantize(64), "PNG"),
    "jpeg": encoded(noise(640, 480), "JPEG"),
    "progressive": encoded(noise(640, 480), "JPEG", progressive=True),
    "flat": encoded(scene(640, 480), "JPEG"),
    "restarts": encoded(noise(640, 480), "JPEG", restart_marker_blocks=3),
}


@pytest.mark.parametrize(("name", "data"), HALVES.items())
@pytest.mark.parametrize("share", [0.3, 0.6, 0.97])
async def test_a_file_whose_last_rows_are_missing_is_damaged(
    share: float, name: str, data: bytes, pictures: Pictures, saved: Save
) -> None:
    with pytest.raises(PictureError) as caught:
        await pictures.inspect(saved(data[: int(len(data) * share)]))
    assert caught.value.problem is PictureProblem.BROKEN


async def test_coding_that_browsers_do_not_know_is_not_kept(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    prepared = await pictures.prepare(saved(arithmetic_jpeg()), tmp_path / "out", SEEDREAM)
    assert prepared.changes == (Change.FORMAT,)
    assert not prepared.same_bytes
    assert b"\xff\xc9" not in (tmp_path / "out").read_bytes()


@pytest.mark.parametrize(
    ("value", "seen"), [(0.0, 0), (0.25, 64), (0.5, 128), (1.0, 255), (300.0, 255), (-2.0, 0)]
)
async def test_floating_point_of_one_value_keeps_its_brightness(
    value: float, seen: int, pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    await pictures.prepare(saved(encoded(flat(value, "F"), "TIFF")), tmp_path / "out", SEEDREAM)
    with Image.open(tmp_path / "out") as image:
        assert image.convert("L").getpixel((9, 9)) == seen


AVIF = encoded(scene(), "AVIF", quality=95)
RED, LIME, BLUE, YELLOW = CORNERS
RIGHT_HALF = (b"clap", clap(48, 64, 24))
# The four corners of what is shown, of a scene of 96 x 64.
CROPS = {
    "a quarter": ([(b"clap", clap(48, 32, -24, -16))], (48, 32), [RED] * 4),
    "a half": ([RIGHT_HALF], (48, 64), [LIME, LIME, YELLOW, YELLOW]),
    "turned": ([RIGHT_HALF, (b"irot", b"\1")], (64, 48), [LIME, YELLOW, LIME, YELLOW]),
    "turned and flipped": (
        [RIGHT_HALF, (b"irot", b"\1"), (b"imir", b"\1")],
        (64, 48),
        [YELLOW, LIME, YELLOW, LIME],
    ),
    "between pixels": ([(b"clap", clap(Fraction(95, 2), 62))], (46, 62), list(CORNERS)),
    "nonsense": ([(b"clap", clap(48, 64, 500))], (96, 64), list(CORNERS)),
    "all of it": ([(b"clap", clap(96, 64))], (96, 64), list(CORNERS)),
}


def pixel(image: Image.Image, at: tuple[int, int]) -> tuple[int, int, int]:
    return cast("tuple[int, int, int]", image.getpixel(at))


@pytest.mark.parametrize("name", CROPS)
@pytest.mark.parametrize("brand", [b"avif", b"mif1", b"miaf"])
async def test_what_was_cropped_away_is_not_sent(
    brand: bytes, name: str, pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    boxes, size, seen = CROPS[name]
    data = with_properties(AVIF, *boxes)
    source = saved(data[:8] + brand + data[12:])
    info = await pictures.inspect(source)
    assert (info.width, info.height) == size
    await pictures.prepare(source, tmp_path / "out", SEEDREAM)
    with Image.open(tmp_path / "out") as image:
        assert image.size == size
        made = image.convert("RGB")
        across, down = size[0] - 4, size[1] - 4
        points = [(3, 3), (across, 3), (3, down), (across, down)]
        found = [tuple(255 * (value > 127) for value in pixel(made, at)) for at in points]
    assert found == seen
    fitted = await pictures.fit(source, tmp_path / "out", limit_bytes=1_000_000)
    assert (fitted.width, fitted.height) == size
