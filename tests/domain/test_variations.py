"""Which size is larger, how far a picture grows, and what each offer is asked for."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalog import Offer, Operation, PixelSize, SizeRule
from bot.domain.requests.offer_check import check
from bot.domain.requests.request import Draft, ImageRequest, Reference
from bot.domain.requests.sizes import ASPECT_TOLERANCE
from bot.domain.variations.canvas import GROWTH, Margins, Widening, grown, is_wider
from bot.domain.variations.drafts import of_picture, other_version, widening
from bot.domain.variations.variation import Variation as V
from tests.cases import every_case
from tests.domain.shipped import (
    CATALOG,
    EDITS,
    EVERY_OFFER,
    G45,
    GATEWAY,
    GENERATION,
    GPT,
    I2I,
    OPENAI,
    SEEDEDIT,
    V3,
    V45,
    V50,
    accepted,
    offer,
)

EDIT = Operation.EDIT
FOX = accepted(check(Draft(prompt="a fox"), offer(GENERATION, V45)))
SEEDREAM, SEEDREAM_5 = offer(EDITS, V45), offer(EDITS, V50)
MASKED, SAME_SHAPE, BY_ADDRESS = offer(OPENAI, GPT), offer(SEEDEDIT, I2I), offer(GATEWAY, G45, EDIT)
WIDER = [one for one in V if one.wider]


def made(what: V, width: int, height: int, by: Offer = SEEDREAM) -> Draft | None:
    return of_picture(what, FOX, PixelSize(width, height), by, words="change it")


def size(what: V, width: int, height: int, by: Offer = SEEDREAM) -> str | None:
    draft = made(what, width, height, by)
    return draft.size if draft else None


@every_case(
    ("width", "height", "by", "expected"),
    [
        (2048, 2048, SEEDREAM, "4096x4096"),
        (2848, 1600, SEEDREAM, "5504x3040"),
        (1024, 1024, SEEDREAM, "2048x2048"),
        (4096, 4096, SEEDREAM, None),
        (2048, 2048, SEEDREAM_5, "3072x3072"),
        (3072, 3072, SEEDREAM_5, "4096x4096"),
        (1024, 1024, MASKED, "2048x2048"),
        (2048, 1152, MASKED, "2560x1440"),
        (2560, 1440, MASKED, None),
        # No preset of this shape in the larger tier: as many pixels.
        (1536, 1024, MASKED, "2352x1568"),
        (2048, 2048, BY_ADDRESS, "4096x4096"),
        (1024, 1024, SAME_SHAPE, None),
    ],
)
def test_larger_is_the_next_tier_in_the_same_shape(
    width: int, height: int, by: Offer, expected: str | None
) -> None:
    assert size(V.UPSCALE, width, height, by) == expected


def test_larger_by_name_is_the_next_keyword_that_is_sure() -> None:
    rule = SizeRule(
        keywords=("1K", "2K", "4K", "auto"),
        doubtful=("2K",),
        aspects=("1:1", "16:9"),
        default="1K",
    )
    by = replace(MASKED, sizes=rule)
    draft = made(V.UPSCALE, 1376, 768, by)
    assert draft
    assert (draft.size, draft.aspect) == ("4K", "16:9")
    assert made(V.UPSCALE, 4096, 4096, by) is None


@every_case(
    ("what", "width", "height", "by", "expected"),
    [
        (V.WIDER_LEFT, 2048, 2048, SEEDREAM, "3072x2048"),
        (V.WIDER_RIGHT, 2048, 2048, SEEDREAM, "3072x2048"),
        (V.WIDER_UP, 2048, 2048, SEEDREAM, "2048x3072"),
        (V.WIDER_DOWN, 2048, 2048, SEEDREAM, "2048x3072"),
        (V.WIDER_AROUND, 2048, 2048, SEEDREAM, "3072x3072"),
        (V.WIDER_RIGHT, 1024, 1024, MASKED, "1536x1024"),
        # At its widest already, 16:1 and 3:1.
        (V.WIDER_LEFT, 8192, 512, SEEDREAM, None),
        (V.WIDER_LEFT, 3072, 1024, MASKED, None),
        (V.WIDER_LEFT, 1024, 1024, SAME_SHAPE, None),
    ],
)
def test_wider_grows_one_edge_by_half_where_the_model_takes_that_shape(
    what: V, width: int, height: int, by: Offer, expected: str | None
) -> None:
    assert size(what, width, height, by) == expected


def test_wider_by_name_is_the_shape_nearest_to_it() -> None:
    by = replace(MASKED, sizes=SizeRule(aspects=("1:1", "3:2", "16:9", "9:16"), default="auto"))
    draft = made(V.WIDER_LEFT, 1024, 1024, by)
    assert draft
    assert (draft.size, draft.aspect) == (None, "3:2")
    assert made(V.WIDER_LEFT, 1792, 1024, by) is None


@given(
    width=st.integers(64, 4096),
    height=st.integers(64, 4096),
    where=st.sampled_from(WIDER),
    ratio=st.floats(0.1, 10) | st.none(),
)
def test_margins_are_only_on_the_sides_that_grow(
    width: int, height: int, where: V, ratio: float | None
) -> None:
    found = Widening(where=where, ratio=ratio).margins(width, height)
    sides = {
        name: getattr(found, name)
        for name in ("left", "top", "right", "bottom")
        if getattr(found, name)
    }
    assert min(sides.values()) > 0
    expected = {
        V.WIDER_LEFT: {"left"},
        V.WIDER_RIGHT: {"right"},
        V.WIDER_UP: {"top"},
        V.WIDER_DOWN: {"bottom"},
        V.WIDER_AROUND: {"left", "top", "right", "bottom"},
    }
    assert set(sides) == expected[where]
    canvas = PixelSize(found.left + width + found.right, found.top + height + found.bottom)
    if ratio is not None and is_wider(ratio, PixelSize(width, height), where):
        assert float(canvas.ratio) == pytest.approx(ratio, rel=0.02)


@every_case(
    ("where", "ratio", "expected"),
    [
        (V.WIDER_LEFT, 1.5, Margins(left=512)),
        (V.WIDER_RIGHT, None, Margins(right=512)),
        (V.WIDER_UP, 0.5, Margins(top=1024)),
        (V.WIDER_DOWN, None, Margins(bottom=512)),
        (V.WIDER_AROUND, 1.0, Margins(left=256, top=256, right=256, bottom=256)),
        # A shape that somebody chose against the direction: as much as usual.
        (V.WIDER_LEFT, 0.5, Margins(left=512)),
    ],
)
def test_margins_of_a_square(where: V, ratio: float | None, expected: Margins) -> None:
    assert Widening(where=where, ratio=ratio).margins(1024, 1024) == expected


def test_a_canvas_has_a_mask_where_an_offer_of_the_model_takes_one() -> None:
    masked, plain = made(V.WIDER_LEFT, 1024, 1024, MASKED), made(V.WIDER_UP, 9, 9)
    assert masked
    assert plain
    assert widening(CATALOG, masked) == Widening(where=V.WIDER_LEFT, ratio=1.5)
    assert widening(CATALOG, plain) is None
    assert widening(CATALOG, replace(masked, variation=V.UPSCALE)) is None
    assert widening(CATALOG, Draft(prompt="x", model=GPT)) is None


def test_the_background_goes_by_an_option_that_the_model_has() -> None:
    draft = made(V.BACKGROUND, 1536, 1024, MASKED)
    assert draft
    assert (draft.background, draft.format, draft.size) == ("transparent", "png", "1536x1024")
    assert made(V.BACKGROUND, 1024, 1024, SEEDREAM) is None


@pytest.mark.parametrize("by", EVERY_OFFER)
def test_what_is_asked_is_what_the_offer_takes(by: Offer) -> None:
    if by.operation is not EDIT:
        return
    for what in V:
        for picture in (PixelSize(1024, 1024), PixelSize(2848, 1600), PixelSize(1600, 2848)):
            if not what.of_picture:
                continue
            draft = of_picture(what, FOX, picture, by, words="change it")
            if draft is None:
                continue
            url = "https://cdn.example.org/fox.png"
            found = Reference(url=url, width=picture.width, height=picture.height)
            request = check(replace(draft, references=(found,)), by)
            assert isinstance(request, ImageRequest), (what, picture, request)
            assert request.variation is what
            assert request.to_dict()["variation"] == what.value
            assert ImageRequest.from_dict(request.to_dict()) == request


def test_another_version_has_words_or_a_seed_of_its_own() -> None:
    by = offer(GENERATION, V45)
    draft = other_version(FOX, by, count=3, words="Another version.")
    assert (draft.prompt, draft.count, draft.seed) == ("a fox\nAnother version.", 3, None)
    assert draft.variation is V.VARY

    seeded = accepted(check(Draft(prompt="a fox", seed=7, guidance=5), offer(GENERATION, V3)))
    draft = other_version(seeded, offer(GENERATION, V3), count=1, words="Another version.")
    assert (draft.prompt, draft.seed, draft.guidance) == ("a fox", None, 5)


def test_another_version_of_what_was_made_of_a_picture_is_that_once_more() -> None:
    wide = replace(FOX, variation=V.WIDER_LEFT, prompt="to the left")
    draft = other_version(wide, SEEDREAM, count=2, words="Another version.")
    assert (draft.prompt, draft.variation) == ("to the left", V.WIDER_LEFT)


def test_a_chosen_watermark_is_kept() -> None:
    chosen = replace(FOX, options={"watermark": False, "quality": "high"})
    draft = of_picture(V.UPSCALE, chosen, PixelSize(2048, 2048), SEEDREAM, words="change it")
    assert draft
    assert (draft.watermark, draft.quality) == (False, None)


def test_around_keeps_the_shape() -> None:
    picture = PixelSize(1600, 900)
    assert grown(picture, V.WIDER_AROUND).ratio == Fraction(16, 9)
    assert is_wider(16 / 9, picture, V.WIDER_AROUND)
    off = float(picture.ratio) * (1 + 2 * ASPECT_TOLERANCE)
    assert not is_wider(off, picture, V.WIDER_AROUND)
    assert grown(picture, V.WIDER_LEFT).width == round(1600 * GROWTH)
