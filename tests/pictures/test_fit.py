"""Results that fit Discord's upload limit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.errors import PictureError, PictureProblem
from bot.domain.file_types import JPEG, PNG, WEBP
from bot.pictures.pool import Pictures
from tests.pictures.odd_samples import CICP_P3, arithmetic_jpeg
from tests.pictures.samples import (
    CORNERS,
    all_formats,
    corners,
    encoded,
    glass,
    noise,
    scene,
    with_chunk,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")
Save = Callable[[bytes], Path]


@pytest.mark.parametrize(("name", "data"), all_formats().items())
async def test_every_format_becomes_one_that_discord_shows(
    name: str, data: bytes, pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    info = await pictures.fit(saved(data), target, limit_bytes=1_000_000)
    assert info == await pictures.inspect(target)
    assert info.mime in (PNG, JPEG, WEBP)
    assert info.has_alpha == (name in ("png-alpha", "png-palette", "webp-lossless"))


async def test_a_picture_within_the_limit_is_left_alone(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    data = encoded(noise(50, 50), "PNG")
    await pictures.fit(saved(data), tmp_path / "out", limit_bytes=len(data))
    assert (tmp_path / "out").read_bytes() == data


async def test_a_picture_becomes_the_type_that_is_wanted(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    cases = {
        "PNG": (encoded(scene(), "AVIF"), PNG, PNG),
        "WebP": (encoded(scene(), "AVIF"), WEBP, WEBP),
        "JPEG": (encoded(glass(), "AVIF"), JPEG, WEBP),  # which has no transparency
        "as it is": (encoded(scene(), "PNG"), PNG, PNG),
        "numbers for colours": (with_chunk(encoded(scene(), "PNG"), b"cICP", CICP_P3), PNG, PNG),
        "another coding": (arithmetic_jpeg(), None, JPEG),
    }
    for name, (data, wanted, got) in cases.items():
        target = tmp_path / "out"
        info = await pictures.fit(saved(data), target, limit_bytes=1_000_000, mime=wanted)
        assert (info.mime, info.width, info.height) == (got, 96, 64), name
        assert (await pictures.inspect(target)).common, name
    large = await pictures.fit(
        saved(encoded(noise(500, 300), "AVIF")), tmp_path / "out", limit_bytes=50_000, mime=PNG
    )
    assert large.mime == JPEG


async def test_one_byte_over_the_limit_becomes_a_jpeg_of_the_same_size(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    data = encoded(noise(300, 200), "PNG")
    info = await pictures.fit(saved(data), tmp_path / "out", limit_bytes=len(data) - 1)
    assert (info.mime, info.width, info.height) == (JPEG, 300, 200)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("limit", [200_000, 50_000, 9_000, 1_000])
async def test_the_result_is_never_larger_than_the_limit(
    mode: str, limit: int, pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    source = saved(encoded(noise(500, 300, mode), "PNG"))
    info = await pictures.fit(source, tmp_path / "out", limit_bytes=limit)
    assert info.bytes == len((tmp_path / "out").read_bytes()) <= limit
    # Transparency is kept, and as much of the size as the limit allows.
    assert info.mime == (WEBP if mode == "RGBA" else JPEG)
    assert info.bytes > limit / 3


async def test_quality_is_given_up_before_size(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    image = noise(300, 300)
    limit = len(encoded(image, "JPEG", quality=70))
    info = await pictures.fit(saved(encoded(image, "PNG")), tmp_path / "out", limit_bytes=limit)
    assert (info.width, info.bytes) == (300, limit)
    info = await pictures.fit(saved(encoded(image, "PNG")), tmp_path / "out", limit_bytes=limit - 1)
    assert info.width == 240


async def test_a_side_too_long_for_the_format_is_scaled(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    strip = Image.new("RGBA", (20_000, 200), (255, 0, 0, 90))
    info = await pictures.fit(saved(encoded(strip, "TIFF")), tmp_path / "out", limit_bytes=100_000)
    assert (info.mime, info.width, info.height) == (WEBP, 16_300, 163)


async def test_a_limit_that_nothing_meets_is_refused_and_leaves_no_file(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    with pytest.raises(PictureError) as caught:
        await pictures.fit(saved(encoded(scene(), "PNG")), tmp_path / "out", limit_bytes=20)
    assert (caught.value.problem, caught.value.values["limit"]) == (PictureProblem.CANNOT_FIT, 20)
    assert not (tmp_path / "out").exists()


async def test_a_fitted_picture_still_shows_the_same(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    data = encoded(scene(1600, 1200), "BMP")
    await pictures.fit(saved(data), tmp_path / "out", limit_bytes=30_000)
    assert corners((tmp_path / "out").read_bytes()) == list(CORNERS)
