"""Every limit of a reference picture on both of its sides.

See docs/spec/image-apis.md sections 1 and 2.3.

The numbers are typed from the documents, never taken from the catalog.
"""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.catalog import Offer, Operation
from tests.cases import every_case
from tests.domain.shipped import (
    CATALOG,
    EDITS,
    G40,
    G45,
    G50,
    GATEWAY,
    GENERATION,
    GPT,
    I2I,
    LITE,
    OPENAI,
    SEEDEDIT,
    V3,
    V40,
    V45,
    V50,
    accepted,
    judge,
    offer,
    picture,
    pictures,
    the_one,
)

GENERATE, EDIT = Operation.GENERATE, Operation.EDIT


def sized(width: int, height: int) -> dict[str, Any]:
    return {"references": (picture(width=width, height=height),)}


@every_case(
    ("source", "model", "operation", "least", "most"),
    [
        (GENERATION, V40, GENERATE, 0, 14),
        (GENERATION, V45, GENERATE, 0, 14),
        (GENERATION, V50, GENERATE, 0, 14),
        (GENERATION, LITE, GENERATE, 0, 14),
        (EDITS, V40, EDIT, 1, 14),
        (EDITS, V45, EDIT, 1, 14),
        (EDITS, V50, EDIT, 1, 14),
        (EDITS, LITE, EDIT, 1, 14),
        (OPENAI, GPT, EDIT, 1, 16),
        (SEEDEDIT, I2I, EDIT, 1, 1),
        (GATEWAY, G40, EDIT, 1, 10),
        (GATEWAY, G45, EDIT, 1, 10),
        (GATEWAY, G50, EDIT, 1, 10),
    ],
)
def test_references_are_counted_on_both_sides_of_their_limits(
    source: str, model: str, operation: Operation, least: int, most: int
) -> None:
    one = offer(source, model, operation)
    accepted(judge(one, references=pictures(least)))
    assert accepted(judge(one, references=pictures(most))).references == most
    too_many = the_one(judge(one, references=pictures(most + 1)))
    assert (too_many.field, too_many.kind) == ("reference", "references_too_many")
    assert too_many.values == {"count": most + 1, "limit": most}
    if least:
        missing = the_one(judge(one, references=pictures(least - 1)))
        assert (missing.field, missing.kind) == ("reference", "reference_missing")


@pytest.mark.parametrize(
    ("source", "model"), [(GENERATION, V3), (GATEWAY, G40), (GATEWAY, G45), (GATEWAY, G50)]
)
def test_who_draws_from_words_alone_takes_no_reference(source: str, model: str) -> None:
    one = offer(source, model, GENERATE)
    accepted(judge(one))
    violation = the_one(judge(one, references=pictures(1)))
    assert (violation.field, violation.kind) == ("reference", "reference_not_taken")


SEEDREAM_REFERENCES = [
    pytest.param(o, id=f"{o.source}-{o.model_id}")
    for o in CATALOG.offers
    if o.model_id != V3 and (o.source in (GENERATION, EDITS) or o.operation is EDIT)
    if o.source not in (OPENAI, SEEDEDIT)
]


@every_case("one", SEEDREAM_REFERENCES)
@every_case(
    ("width", "height", "kind"),
    [
        (15, 15, None),
        (14, 15, "reference_too_small"),
        (15, 14, "reference_too_small"),
        (1600, 100, None),
        (100, 1600, None),
        (1601, 100, "reference_ratio"),
        (100, 1601, "reference_ratio"),
    ],
)
def test_a_seedream_reference_has_sides_above_14_and_a_ratio_up_to_16(
    one: Offer, width: int, height: int, kind: str | None
) -> None:
    result = judge(one, **sized(width, height))
    if kind is None:
        accepted(result)
    else:
        assert (the_one(result).field, the_one(result).kind) == ("reference", kind)


@pytest.mark.parametrize(
    ("width", "height", "kind"),
    [
        (15, 15, None),
        (14, 15, "reference_too_small"),
        (899, 300, None),
        (300, 899, None),
        (900, 300, "reference_ratio"),
        (300, 900, "reference_ratio"),
    ],
)
def test_a_seededit_reference_has_a_ratio_strictly_between_a_third_and_three(
    width: int, height: int, kind: str | None
) -> None:
    result = judge(offer(SEEDEDIT, I2I), **sized(width, height))
    if kind is None:
        accepted(result)
    else:
        assert the_one(result).kind == kind


def test_gpt_image_takes_references_of_any_shape() -> None:
    accepted(judge(offer(OPENAI, GPT), **sized(1, 5000)))


UNFIT: list[dict[str, Any]] = [
    {"mime": "image/heic"},
    {"bytes": 10_000_001},
    {"width": 6000, "height": 6001},
    {"altered": True},
]
FIT: list[dict[str, Any]] = [
    *({"mime": f"image/{kind}"} for kind in ("jpeg", "png", "webp", "bmp", "tiff", "gif")),
    {"bytes": 10_000_000},
    {"width": 6000, "height": 6000},
]


@every_case("model", [G40, G45, G50])
@every_case("facts", UNFIT)
def test_the_gateway_fetches_pictures_itself_so_none_can_be_converted(
    model: str, facts: dict[str, Any]
) -> None:
    violation = the_one(judge(offer(GATEWAY, model, EDIT), references=(picture(**facts),)))
    assert (violation.field, violation.kind) == ("reference", "reference_needs_conversion")


@every_case("model", [G40, G45, G50])
@every_case("facts", FIT)
def test_the_gateway_takes_pictures_that_are_fit_as_they_are(
    model: str, facts: dict[str, Any]
) -> None:
    accepted(judge(offer(GATEWAY, model, EDIT), references=(picture(**facts),)))


@pytest.mark.parametrize("url", [None, "data:image/png;base64,iVBORw0KGgo=", "file:///etc/passwd"])
def test_the_gateway_takes_public_addresses_only(url: str | None) -> None:
    violation = the_one(judge(offer(GATEWAY, G45, EDIT), references=(picture(url=url),)))
    assert (violation.field, violation.kind) == ("reference", "reference_needs_url")
    assert violation.values == {"position": 1}


@every_case(("source", "model"), [(GENERATION, V45), (EDITS, V40), (OPENAI, GPT), (SEEDEDIT, I2I)])
@every_case("facts", UNFIT)
def test_who_takes_data_urls_takes_what_can_be_converted(
    source: str, model: str, facts: dict[str, Any]
) -> None:
    accepted(judge(offer(source, model), references=(picture(url=None, **facts),)))
