"""Masks in the one form that an image API takes."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from bot.domain.errors import PictureError, PictureProblem
from bot.domain.file_types import PNG
from bot.pictures.pool import Pictures
from tests.pictures.samples import encoded, exif, glass, noise, scene

pytestmark = pytest.mark.asyncio(loop_scope="session")
Save = Callable[[bytes], Path]

LIMIT = 4_000_000


def white_half(width: int = 96, height: int = 64) -> Image.Image:
    """White on the left, black on the right."""
    image = Image.new("RGB", (width, height))
    image.paste("white", (0, 0, width // 2, height))
    return image


MASKS = {
    "transparent": encoded(glass(), "PNG"),
    "transparent palette": encoded(glass(), "GIF"),
    "half transparent brush": encoded(
        Image.merge(
            "RGBA",
            (
                *scene().split(),
                white_half().convert("L").point([255 - i // 2 - i // 3 for i in range(256)]),
            ),
        ),
        "PNG",
    ),
    "black and white": encoded(white_half(), "PNG"),
    "two colours": encoded(white_half().convert("1"), "PNG"),
    "jpeg": encoded(white_half(), "JPEG", quality=60),
    "soft edge": encoded(white_half(960, 640).filter(ImageFilter.GaussianBlur(8)), "PNG"),
    "opaque alpha": encoded(white_half().convert("RGBA"), "PNG"),
    "turned": encoded(white_half().transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif(6)),
    "one pixel off": encoded(white_half(97, 64), "PNG"),
}


@pytest.mark.parametrize(("name", "data"), MASKS.items())
@pytest.mark.parametrize("size", [(96, 64), (480, 320), (48, 32)])
async def test_a_mask_becomes_a_png_of_the_size_with_holes_where_it_may_change(
    name: str,
    data: bytes,
    size: tuple[int, int],
    pictures: Pictures,
    saved: Save,
    tmp_path: Path,
) -> None:
    target = tmp_path / "mask"
    width, height = size
    info = await pictures.mask(saved(data), target, width=width, height=height, limit_bytes=LIMIT)
    assert (info.mime, info.width, info.height, info.has_alpha) == (PNG, width, height, True)
    assert info == await pictures.inspect(target)
    with Image.open(BytesIO(target.read_bytes())) as image:
        assert image.mode == "RGBA"
        alpha = image.getchannel("A")
    shares = alpha.histogram()
    assert shares[0] + shares[255] == width * height  # nothing in between
    assert 0.47 < shares[0] / (width * height) < 0.53
    assert alpha.getpixel((width // 8, height // 2)) == 0
    assert alpha.getpixel((width * 7 // 8, height // 2)) == 255


async def test_an_all_white_mask_frees_the_whole_picture(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    source = saved(encoded(Image.new("RGB", (50, 50), "white"), "PNG"))
    await pictures.mask(source, tmp_path / "mask", width=99, height=99, limit_bytes=LIMIT)
    with Image.open(tmp_path / "mask") as image:
        assert image.getchannel("A").getextrema() == (0, 0)


REFUSED = {
    "another shape": (encoded(white_half(64, 96), "PNG"), PictureProblem.MASK_SHAPE),
    "a little another shape": (encoded(white_half(960, 620), "PNG"), PictureProblem.MASK_SHAPE),
    "a photograph": (encoded(scene(), "JPEG"), PictureProblem.MASK_KIND),
    "gray": (encoded(Image.new("RGB", (96, 64), "gray"), "PNG"), PictureProblem.MASK_KIND),
    "noise": (encoded(noise(96, 64), "PNG"), PictureProblem.MASK_KIND),
    "black": (encoded(Image.new("RGB", (96, 64)), "PNG"), PictureProblem.MASK_EMPTY),
    "a breath of transparency": (
        encoded(Image.new("RGBA", (96, 64), (9, 9, 9, 200)), "PNG"),
        PictureProblem.MASK_EMPTY,
    ),
    "text": (b"not a mask", PictureProblem.NOT_A_PICTURE),
}


@pytest.mark.parametrize(("name", "case"), REFUSED.items())
async def test_what_marks_nothing_is_refused_with_its_reason(
    name: str,
    case: tuple[bytes, PictureProblem],
    pictures: Pictures,
    saved: Save,
    tmp_path: Path,
) -> None:
    data, problem = case
    with pytest.raises(PictureError) as caught:
        await pictures.mask(saved(data), tmp_path / "mask", width=96, height=64, limit_bytes=LIMIT)
    assert caught.value.problem is problem
    assert not (tmp_path / "mask").exists()


async def test_a_mask_of_too_many_bytes_is_refused(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    source = saved(encoded(noise(600, 400, "L").convert("1", dither=Image.Dither.NONE), "PNG"))
    with pytest.raises(PictureError) as caught:
        await pictures.mask(source, tmp_path / "mask", width=600, height=400, limit_bytes=9_000)
    assert caught.value.problem is PictureProblem.CANNOT_FIT
    assert caught.value.values == {"width": 600, "height": 400, "limit": 9_000}
