"""How long a prompt may be, and who takes which mask (docs/spec/image-apis.md sections 3 to 5).

The numbers are typed from the documents, never taken from the catalog.
"""

from __future__ import annotations

import pytest

from bot.domain.catalog import Offer
from bot.domain.requests.request import ImageRequest
from tests.cases import every_case
from tests.domain.shipped import (
    EDITS,
    EVERY_OFFER,
    GENERATION,
    GPT,
    OPENAI,
    V45,
    V50,
    accepted,
    judge,
    notes,
    offer,
    picture,
    refused,
    the_one,
)


@pytest.mark.parametrize(
    ("source", "model", "limit"),
    [(GENERATION, V45, 200_000), (EDITS, V50, 200_000), (OPENAI, GPT, 32_000)],
)
def test_a_prompt_may_be_as_long_as_its_service_takes(source: str, model: str, limit: int) -> None:
    one = offer(source, model)
    assert len(accepted(judge(one, prompt="x" * limit)).prompt) == limit
    violation = the_one(judge(one, prompt="x" * (limit + 1)))
    assert (violation.field, violation.kind) == ("prompt", "prompt_too_long")
    assert violation.values == {"length": limit + 1, "limit": limit}
    assert violation.suggestion == "x" * limit


def test_a_prompt_above_600_words_is_accepted_with_a_note() -> None:
    one = offer(GENERATION, V45)
    assert notes(judge(one, prompt="word " * 600)) == []
    assert notes(judge(one, prompt="word " * 601)) == ["prompt_long"]


@every_case("one", EVERY_OFFER)
def test_a_mask_is_taken_by_gpt_image_alone(one: Offer) -> None:
    result = judge(one, mask=picture(mime="image/png"))
    if one.model_id == GPT:
        assert accepted(result).mask
    else:
        assert (the_one(result).field, the_one(result).kind) == ("mask", "mask_not_taken")


@pytest.mark.parametrize(
    ("width", "height", "legal"),
    [(900, 600, True), (450, 300, True), (451, 300, True), (900, 602, False), (600, 900, False)],
)
def test_a_mask_has_the_shape_of_the_first_reference(width: int, height: int, legal: bool) -> None:
    result = judge(
        offer(OPENAI, GPT),
        references=(picture(width=900, height=600), picture()),
        mask=picture(width=width, height=height),
    )
    if legal:
        accepted(result)
    else:
        (violation,) = refused(result)
        assert (violation.field, violation.kind) == ("mask", "mask_ratio")


@pytest.mark.parametrize(
    ("width", "height", "legal"), [(250, 1000, True), (251, 1000, True), (252, 1000, False)]
)
def test_a_mask_of_a_tall_picture_may_be_a_pixel_off_as_well(
    width: int, height: int, legal: bool
) -> None:
    tall = (picture(width=1000, height=4000),)
    mask = picture(width=width, height=height)
    result = judge(offer(OPENAI, GPT), references=tall, mask=mask)
    assert isinstance(result, ImageRequest) is legal
