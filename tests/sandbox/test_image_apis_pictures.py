"""The drawn pictures: exact sizes, reproducible, small, and visibly made from their references."""

from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.sandbox.image_apis.apis.checked_request import CheckedRequest, Source
from bot.sandbox.image_apis.apis.limits import OPENAI_PICTURES, OPENAI_SIZES, SEEDREAM_MODELS
from bot.sandbox.image_apis.apis.references import Picture, References
from bot.sandbox.image_apis.apis.sizes import adaptive_size, chosen_size
from bot.sandbox.image_apis.pictures.drawing import draw

ORDER = CheckedRequest(
    source=Source.ROUTESCOPE_GENERATION,
    model="doubao-seedream-4-0-250828",
    prompt="a fox",
    size=(640, 480),
    picture_rule=OPENAI_PICTURES,
)
NOTHING = References()


def _picture(
    order: CheckedRequest, references: References = NOTHING, index: int = 0
) -> Image.Image:
    size = order.size or (640, 480)
    return Image.open(BytesIO(draw(order, index, size, references, huge=False)))


def _reference(colour: tuple[int, int, int]) -> Picture:
    preview = Image.new("RGBA", (400, 300), (*colour, 255))
    return Picture(size=preview.size, preview=preview)


def _mean(picture: Image.Image) -> list[float]:
    return ImageStat.Stat(picture.convert("RGB")).mean


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("size", [(640, 480), (481, 1023)])
def test_a_picture_has_the_asked_format_and_size(kind: str, size: tuple[int, int]) -> None:
    picture = _picture(replace(ORDER, output_format=kind, size=size))
    assert (picture.format, picture.size) == (kind.upper(), size)


def test_model_prompt_seed_and_index_make_the_picture() -> None:
    first = draw(ORDER, 0, (640, 480), NOTHING, huge=False)
    assert draw(ORDER, 0, (640, 480), NOTHING, huge=False) == first
    others = [
        draw(replace(ORDER, prompt="a bear"), 0, (640, 480), NOTHING, huge=False),
        draw(replace(ORDER, seed=5), 0, (640, 480), NOTHING, huge=False),
        draw(replace(ORDER, model="seedream-4.0"), 0, (640, 480), NOTHING, huge=False),
        draw(ORDER, 1, (640, 480), NOTHING, huge=False),
    ]
    assert len({first, *others}) == 5


@pytest.mark.parametrize(
    "prompt", ["a lighthouse by the sea", "a village in snow at night", "a forest"]
)
@pytest.mark.parametrize("size", [(2048, 2048), (5504, 3040)])
def test_a_jpeg_stays_below_200_kilobytes(prompt: str, size: tuple[int, int]) -> None:
    assert len(draw(replace(ORDER, prompt=prompt), 0, size, NOTHING, huge=False)) < 200_000


def test_a_huge_picture_is_above_discords_limit_and_still_a_picture() -> None:
    content = draw(ORDER, 0, (2048, 2048), NOTHING, huge=True)
    assert 12_000_000 < len(content) < 25_000_000
    assert Image.open(BytesIO(content)).size == (2048, 2048)


def test_an_edit_takes_its_colours_from_the_first_reference() -> None:
    red = _mean(_picture(ORDER, References(pictures=(_reference((200, 20, 20)),))))
    blue = _mean(_picture(ORDER, References(pictures=(_reference((20, 20, 200)),))))
    assert red[0] > red[2] + 50
    assert blue[2] > blue[0] + 50


def test_night_darkens_an_edit() -> None:
    references = References(pictures=(_reference((200, 200, 200)),))
    day, night = (
        _mean(_picture(replace(ORDER, prompt=text), references))
        for text in ("a house", "a house at night")
    )
    assert sum(night) < sum(day) * 0.7


def test_further_references_show_as_prints() -> None:
    one = References(pictures=(_reference((90, 90, 90)),))
    two = References(pictures=(*one.pictures, _reference((250, 0, 0)), None))
    changed = ImageChops.difference(
        _picture(ORDER, one).convert("RGB"), _picture(ORDER, two).convert("RGB")
    )
    assert changed.getbbox() is not None


def test_a_mask_keeps_what_is_opaque() -> None:
    mask = Image.new("RGBA", (400, 300), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 0, 200, 300))
    references = References(pictures=(_reference((250, 0, 250)),), mask=mask)
    picture = _picture(replace(ORDER, output_format="png"), references)
    assert picture.getpixel((600, 240)) == (250, 0, 250)
    assert picture.getpixel((40, 240)) != (250, 0, 250)


def test_a_transparent_background_is_really_transparent() -> None:
    picture = _picture(replace(ORDER, output_format="png", transparent=True))
    alpha = picture.getchannel("A")
    assert alpha.getpixel((320, 5)) == 0
    assert alpha.getpixel((320, 475)) == 255


def test_a_watermark_changes_only_the_lower_right_corner() -> None:
    plain, marked = (
        _picture(replace(ORDER, output_format="png", watermark=mark)) for mark in (False, True)
    )
    box = ImageChops.difference(plain, marked).getbbox()
    assert box is not None
    assert box[0] > 560
    assert box[1] > 430


def test_compression_makes_a_smaller_file() -> None:
    fine, coarse = (
        draw(
            replace(ORDER, output_format="webp", compression=quality),
            0,
            (640, 480),
            NOTHING,
            huge=False,
        )
        for quality in (95, 5)
    )
    assert len(coarse) < len(fine)


@pytest.mark.parametrize(
    ("keyword", "text", "size"),
    [
        ("2K", "a fox", (2048, 2048)),
        ("2K", "a wide valley", (2848, 1600)),
        ("4K", "a tall tower", (3040, 5504)),
        ("1K", "Portrait of a fox", (720, 1280)),
    ],
)
def test_the_prompt_chooses_the_ratio_of_a_keyword(
    keyword: str, text: str, size: tuple[int, int]
) -> None:
    sizes = SEEDREAM_MODELS["doubao-seedream-4-0-250828"].sizes
    assert chosen_size(keyword, sizes, text) == size
    assert chosen_size("auto", OPENAI_SIZES, text) == (1024, 1024)


@pytest.mark.parametrize(
    ("reference", "size"),
    [
        ((100, 100), (1024, 1024)),
        ((2990, 1000), (1536, 514)),
        ((1000, 2990), (514, 1536)),
        (None, (1024, 1024)),
    ],
)
def test_seededit_keeps_the_ratio_within_its_edges(
    reference: tuple[int, int] | None, size: tuple[int, int]
) -> None:
    assert adaptive_size(reference) == size
