"""What holds for every draft that can be invented: a request, or problems that can be mended."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.catalog import ASPECTS, Offer, Operation, PixelRule, PixelSize
from bot.domain.requests.offer_check import check
from bot.domain.requests.request import (
    Draft,
    ImageRequest,
    Policy,
    Reference,
    Refusal,
    Violation,
    ViolationKind,
    visible,
)
from tests.domain.shipped import CATALOG, ROUTER

# What members type: mostly plausible, sometimes anything at all.
NUMBERS = st.integers(1, 20_000) | st.sampled_from([512, 720, 1024, 1440, 1920, 2048, 4096, 3840])
SIZES = (
    st.none()
    | st.sampled_from(["1K", "2k", "3K", "4K", "5K", "auto", "adaptive", "large", "standard", ""])
    | st.builds("{}x{}".format, NUMBERS, NUMBERS)
    | st.builds("{}×{}".format, st.integers(-5, 10_000_000), NUMBERS)
    | st.text(max_size=12)
)
ASPECT_TEXTS = (
    st.none()
    | st.sampled_from([*ASPECTS, "auto", "5:4", "32:9", "1:100", "0:0", "wide", "16x9", ""])
    | st.builds("{}:{}".format, st.integers(-5, 99), st.floats())
    | st.text(max_size=8)
)
WORDS = st.sampled_from(["auto", "high", "low", "png", "jpeg", "jpg", "webp", "transparent", ""])
REFERENCES = st.builds(
    Reference,
    url=st.none() | st.sampled_from(["https://a.example/1.png", "data:image/png;base64,AA=="]),
    mime=st.none() | st.sampled_from(["image/jpeg", "image/png", "image/heic"]),
    width=st.none() | st.integers(1, 12_000),
    height=st.none() | st.integers(1, 12_000),
    bytes=st.none() | st.integers(1, 30_000_000),
    altered=st.booleans(),
)
DRAFTS = st.builds(
    Draft,
    prompt=st.text(max_size=30) | st.just("a fox"),
    references=st.lists(REFERENCES, max_size=18).map(tuple),
    mask=st.none() | REFERENCES,
    size=SIZES,
    aspect=ASPECT_TEXTS,
    count=st.none() | st.integers(-2, 20),
    related=st.none() | st.booleans(),
    guidance=st.none() | st.floats(),
    seed=st.none() | st.integers(),
    quality=st.none() | WORDS | st.text(max_size=8),
    background=st.none() | WORDS | st.text(max_size=8),
    format=st.none() | WORDS | st.text(max_size=8),
    compression=st.none() | st.integers(-200, 200),
    moderation=st.none() | WORDS,
    watermark=st.none() | st.booleans(),
    stream=st.none() | st.booleans(),
)
POLICIES = st.builds(Policy, watermark=st.none() | st.booleans(), stream=st.booleans())
OFFERS = st.sampled_from(CATALOG.offers)
MODELS = st.none() | st.sampled_from([o.model_id for o in CATALOG.offers]) | st.text(max_size=12)


# A form leaves out what has no value that helps, and a word that is like no model.
LEFT_OUT = (ViolationKind.OPTION_NOT_TAKEN, ViolationKind.MODEL_UNKNOWN)


def mended(draft: Draft, violations: list[Violation]) -> Draft:
    """Follow every suggestion; an option that is not taken is left out."""
    changes: dict[str, Any] = {
        violation.field: violation.suggestion
        for violation in violations
        if violation.suggestion is not None or violation.kind in LEFT_OUT
    }
    if "operation" in changes:
        changes["operation"] = Operation(changes["operation"])
    return replace(draft, **changes)


def told(violations: list[Violation]) -> set[tuple[str, ViolationKind]]:
    return {(violation.field, violation.kind) for violation in violations}


def mendable(violation: Violation) -> bool:
    return violation.suggestion is not None or violation.kind in LEFT_OUT


@settings(max_examples=200, deadline=None)
@given(DRAFTS, OFFERS, POLICIES)
def test_a_draft_becomes_a_request_or_problems_whose_suggestions_help(
    draft: Draft, offer: Offer, policy: Policy
) -> None:
    result = check(draft, offer, policy)
    if isinstance(result, ImageRequest):
        assert sum(result.calls()) == result.count
        assert result.unit_credits >= 1
        assert result.credits == result.unit_credits * result.count
        assert visible(result.prompt) == result.prompt != ""
        assert result.options.keys() <= offer.options.keys()
        return
    assert result
    after = check(mended(draft, result), offer, policy)
    left = [] if isinstance(after, ImageRequest) else after
    # A suggestion may not lead into the next refusal: what is left was told before, without one.
    assert told(left) <= told([v for v in result if not mendable(v)])


@settings(max_examples=150, deadline=None)
@given(DRAFTS, MODELS, st.none() | st.sampled_from(Operation), POLICIES)
def test_every_wish_finds_an_offer_or_is_told_what_would_serve(
    draft: Draft, model: str | None, operation: Operation | None, policy: Policy
) -> None:
    router = replace(ROUTER, policy=policy)
    draft = replace(draft, model=model, operation=operation)
    routed = router.route(draft)
    if not isinstance(routed, Refusal):
        offer, request = routed
        assert (request.model, request.source) == (offer.model_id, offer.source)
        assert operation in (None, request.operation, offer.operation)
        return
    assert routed.violations
    again = router.route(mended(draft, list(routed.violations)))
    left = told(list(again.violations)) if isinstance(again, Refusal) else set()
    assert not {field for field, _ in left} & {"model", "operation"}
    if routed.offer is not None:
        assert left <= told([v for v in routed.violations if not mendable(v)])
    if routed.other_model is not None:
        operation = operation or (routed.offer.operation if routed.offer else None)
        other = replace(draft, model=routed.other_model, operation=operation)
        assert not isinstance(router.route(other), Refusal)


# --- the nearest legal size -------------------------------------------------------------------

RATIOS = st.fractions(min_value=Fraction(1, 50), max_value=50, max_denominator=50)


@st.composite
def pixel_rules(draw: st.DrawFn) -> PixelRule:
    """Return a rule that an operator might write, sometimes one that nothing can satisfy."""
    low, high = sorted((draw(RATIOS), draw(RATIOS)))
    floor, ceiling = sorted((draw(st.integers(1, 10**7)), draw(st.integers(1, 10**7))))
    shortest, longest = sorted((draw(st.integers(1, 9000)), draw(st.integers(1, 9000))))
    return PixelRule(
        min_pixels=floor,
        max_pixels=ceiling,
        min_ratio=low,
        max_ratio=high,
        min_edge=shortest,
        max_edge=longest,
        multiple_of=draw(st.sampled_from([1, 1, 2, 8, 16, 64])),
    )


PIXEL_SIZES = st.builds(PixelSize, st.integers(1, 999_999), st.integers(1, 999_999))


@settings(max_examples=200, deadline=None)
@given(pixel_rules(), PIXEL_SIZES | st.builds(PixelSize, NUMBERS, NUMBERS))
def test_the_nearest_size_is_legal_and_a_legal_size_is_its_own_nearest(
    rule: PixelRule, size: PixelSize
) -> None:
    nearest = rule.nearest(size)
    if rule.problem(size) is None:
        assert nearest == size
    elif nearest is not None:
        assert rule.problem(nearest) is None


def test_a_rule_that_nothing_satisfies_has_no_nearest_size() -> None:
    rule = PixelRule(
        min_pixels=1,
        max_pixels=9,
        min_ratio=Fraction(1),
        max_ratio=Fraction(1),
        max_edge=1,
        multiple_of=2,
    )
    assert rule.nearest(PixelSize(1, 1)) is None


@settings(max_examples=100, deadline=None)
@given(OFFERS, PIXEL_SIZES)
def test_the_shipped_rules_have_a_nearest_size_for_everything(
    offer: Offer, size: PixelSize
) -> None:
    rule = offer.sizes.pixels
    if rule is not None:
        nearest = rule.nearest(size, offer.sizes.preset_sizes())
        assert nearest is not None
        assert rule.problem(nearest) is None


@given(st.integers(1, 999_999), st.integers(1, 999_999))
def test_a_pixel_size_reads_back_what_it_writes(width: int, height: int) -> None:
    assert PixelSize.parse(str(PixelSize(width, height))) == PixelSize(width, height)


# --- what is stored ---------------------------------------------------------------------------

REQUESTS = st.builds(
    ImageRequest,
    model=st.text(),
    source=st.text(),
    provider=st.text(),
    operation=st.sampled_from(Operation),
    prompt=st.text(),
    size=st.text(),
    count=st.integers(1, 15),
    per_call=st.just(1),
    related=st.booleans(),
    references=st.integers(0, 16),
    mask=st.booleans(),
    options=st.dictionaries(
        st.text(),
        st.text() | st.integers() | st.booleans() | st.floats(allow_nan=False),
    ),
    unit_credits=st.integers(1, 9),
)


@given(REQUESTS)
def test_a_request_survives_its_storage(request: ImageRequest) -> None:
    assert ImageRequest.from_dict(request.to_dict()) == request
    assert ImageRequest.from_dict(json.loads(json.dumps(request.to_dict()))) == request


@settings(max_examples=100, deadline=None)
@given(DRAFTS, OFFERS)
def test_an_accepted_draft_survives_its_storage_with_its_notes(draft: Draft, offer: Offer) -> None:
    result = check(replace(draft, prompt="a fox"), offer)
    if isinstance(result, ImageRequest):
        stored = json.loads(json.dumps(result.to_dict()))
        assert ImageRequest.from_dict(stored) == result
