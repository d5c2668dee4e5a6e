"""A picture with empty margins, and the mask of what is new: every pixel of both."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from bot.domain.errors import PictureError, PictureProblem
from bot.domain.file_types import PNG
from bot.domain.variations.canvas import MAX_CANVAS_PIXELS, Margins
from bot.pictures.pool import Pictures
from bot.pictures.whole_file import part_of
from tests.pictures.samples import encoded, exif, glass, scene

pytestmark = pytest.mark.asyncio(loop_scope="session")
Save = Callable[[bytes], Path]

PLACES = {
    "left": (Margins(left=48), (144, 64), (48, 0)),
    "right": (Margins(right=48), (144, 64), (0, 0)),
    "up": (Margins(top=32), (96, 96), (0, 32)),
    "down": (Margins(bottom=32), (96, 96), (0, 0)),
    "around": (Margins(left=24, top=16, right=25, bottom=17), (145, 97), (24, 16)),
    "nowhere": (Margins(), (96, 64), (0, 0)),
}


def same(one: Image.Image, other: Image.Image) -> bool:
    return (
        one.size == other.size
        and ImageChops.difference(one, other).getbbox(alpha_only=False) is None
    )


@pytest.mark.parametrize(("margins", "size", "place"), PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("sample", ["opaque", "transparent", "turned"])
async def test_the_picture_stands_in_its_place_and_the_rest_may_change(
    margins: Margins,
    size: tuple[int, int],
    place: tuple[int, int],
    sample: str,
    pictures: Pictures,
    saved: Save,
    tmp_path: Path,
) -> None:
    image = glass() if sample == "transparent" else scene()
    data = encoded(image, "PNG")
    if sample == "turned":
        data = encoded(image.transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif(6))
    source, mask = saved(data), tmp_path / "mask"
    canvas, made = await pictures.extend(source, source, mask, margins=margins)

    expected = Image.new("RGBA", size, (0, 0, 0, 0))
    expected.paste(image.convert("RGBA"), place)
    kept = Image.new("RGBA", size, (0, 0, 0, 0))
    kept.paste((0, 0, 0, 255), (*place, place[0] + 96, place[1] + 64))
    assert same(Image.open(BytesIO(source.read_bytes())), expected)
    assert same(Image.open(BytesIO(mask.read_bytes())), kept)
    for info, path in ((canvas, source), (made, mask)):
        assert (info.mime, info.width, info.height) == (PNG, *size)
        assert info.bytes == path.stat().st_size
    assert not part_of(source).exists()
    assert not part_of(mask).exists()


async def test_the_mask_is_one_that_an_image_api_takes_as_it_is(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    source, mask, target = saved(encoded(scene(), "PNG")), tmp_path / "mask", tmp_path / "made"
    await pictures.extend(source, source, mask, margins=Margins(left=48))
    await pictures.mask(mask, target, width=144, height=64, limit_bytes=4_000_000)

    assert same(Image.open(target), Image.open(mask))


async def test_a_canvas_larger_than_any_result_is_made_smaller_with_its_mask(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    source, mask = saved(encoded(scene(4096, 4096), "PNG")), tmp_path / "mask"
    canvas, made = await pictures.extend(source, source, mask, margins=Margins(left=2048))

    assert canvas.width * canvas.height <= MAX_CANVAS_PIXELS
    assert abs(canvas.width * 2 - canvas.height * 3) <= 3
    assert (made.width, made.height) == (canvas.width, canvas.height)
    drawn, kept = Image.open(source), Image.open(mask)
    left = round(2048 * canvas.width / 6144)
    assert drawn.getchannel("A").getbbox() == (left, 0, canvas.width, canvas.height)
    assert kept.getchannel("A").getbbox() == (left, 0, canvas.width, canvas.height)


async def test_what_is_no_picture_is_refused_and_leaves_no_mask(
    pictures: Pictures, saved: Save, tmp_path: Path
) -> None:
    source, mask = saved(b"not a picture"), tmp_path / "mask"
    with pytest.raises(PictureError) as caught:
        await pictures.extend(source, source, mask, margins=Margins(left=1))

    assert caught.value.problem is PictureProblem.NOT_A_PICTURE
    assert not mask.exists()
