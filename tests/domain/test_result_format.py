"""A smaller format is asked for where a PNG may be too large, and only where nobody chose one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalog import Catalog, Offer, Operation, PixelSize
from bot.domain.requests.failover import Failover
from bot.domain.requests.offer_check import check
from bot.domain.requests.options import asked_to_fit
from bot.domain.requests.request import Draft, ImageRequest, NoteKind, Policy
from bot.domain.styles.kept import values_of
from tests.cases import every_case
from tests.domain.shipped import CATALOG, GPT, OPENAI, V50, accepted, judge, pictures
from tests.domain.shipped import offer as the_offer

MIB = 2**20
PAINTER = the_offer(OPENAI, GPT, Operation.EDIT)


def with_formats(offer: Offer, *choices: str, **changes: Any) -> Offer:
    """Return an offer with other formats."""
    rule = replace(offer.options["format"], choices=choices, **changes)
    return replace(offer, options={**offer.options, "format": rule})


def asked(limit: int, offer: Offer = PAINTER, **draft: Any) -> object:
    """Return the format that is asked for, None where none is."""
    request = accepted(judge(PAINTER, **{"size": "2048x2048", **draft}))
    return asked_to_fit(request, offer, limit).options.get("format")


def test_a_jpeg_is_asked_for_where_a_png_of_the_size_may_be_too_large() -> None:
    needed = 2048 * 2048 * 2
    assert asked(needed) is None
    assert asked(needed - 1) == "jpeg"
    assert asked(10 * MIB) is None
    assert asked(10 * MIB, size="3840x2160") == "jpeg"
    assert asked(20 * MIB, size="3840x2160") is None


@every_case("format", ["png", "webp", "jpeg"])
def test_a_format_that_was_chosen_stays(format: str) -> None:
    assert asked(1, format=format) == format


def test_a_transparent_background_is_kept() -> None:
    clear: dict[str, Any] = {"background": "transparent"}
    assert asked(2048 * 2048 * 2, **clear) is None
    assert asked(2048 * 2048 * 2 - 1, **clear) == "webp"
    assert asked(1, with_formats(PAINTER, "png", "jpeg"), **clear) is None


def test_what_the_model_has_is_asked_for() -> None:
    assert asked(1, with_formats(PAINTER, "png", "webp")) == "webp"
    assert asked(1, with_formats(PAINTER, "png")) is None
    assert asked(1, with_formats(PAINTER, "png", "jpeg", doubtful=True)) is None
    assert asked(1, with_formats(PAINTER, "png", "jpeg", default=None)) is None
    assert asked(1, with_formats(PAINTER, "png", "jpeg", default="jpeg")) is None
    assert (
        asked(1, with_formats(PAINTER, "png", "jpeg", needs={"jpeg": {"quality": ("low",)}}))
        is None
    )
    assert asked(1, replace(PAINTER, options={})) is None


def test_a_size_that_the_service_decides_asks_for_nothing() -> None:
    assert asked(1, size="auto") is None


def test_a_model_that_makes_jpegs_anyway_is_asked_for_nothing() -> None:
    offer = CATALOG.of(V50, Operation.GENERATE)[0]
    request = accepted(judge(offer, size="4K"))
    assert asked_to_fit(request, offer, 1) is request


SIZES = ("auto", "1024x1024", "1024x1536", "2048x2048", "3840x2160")
SETS = st.lists(st.sampled_from(["jpeg", "webp"]), unique=True).map(lambda more: ("png", *more))


@given(
    offer=st.builds(lambda choices: with_formats(PAINTER, *choices), SETS),
    draft=st.builds(
        Draft,
        prompt=st.just("a fox"),
        references=st.just(pictures(1)),
        size=st.sampled_from(SIZES),
        count=st.none() | st.integers(1, 4),
        quality=st.none() | st.sampled_from(["auto", "low", "high"]),
        background=st.none() | st.sampled_from(["auto", "opaque", "transparent"]),
        format=st.none() | st.sampled_from(["png", "jpeg", "webp"]),
    ),
    policy=st.builds(Policy, watermark=st.none() | st.booleans()),
    limit=st.integers(0, 40 * MIB),
)
def test_a_smaller_format_is_legal_costs_the_same_and_is_nobodys_choice(
    offer: Offer, draft: Draft, policy: Policy, limit: int
) -> None:
    request = check(draft, offer, policy)
    if not isinstance(request, ImageRequest):
        return
    found, size = asked_to_fit(request, offer, limit), PixelSize.parse(request.size)
    clear = draft.background == "transparent"
    needed = (size.pixels if size else 0) * 2
    smaller = set(offer.options["format"].choices) - {"png", *(["jpeg"] if clear else [])}
    expected = draft.format is None and needed > limit and bool(smaller)

    assert (found is not request) is expected
    assert asked_to_fit(found, offer, limit) is found
    assert ImageRequest.from_dict(found.to_dict()) == found
    if expected:
        chosen = check(replace(draft, format=str(found.options["format"])), offer, policy)
        assert isinstance(chosen, ImageRequest)
        assert found == replace(chosen, notes=found.notes)
        assert found.notes[:-1] == request.notes
        assert found.chosen_options == request.options
        assert values_of(found, offer) == values_of(request, offer)


def moved(other: Offer) -> ImageRequest:
    """Return what another provider is asked of a request that asks for a JPEG to fit."""
    twin = replace(other, provider="twin", configured_as="twin")
    request = accepted(judge(PAINTER, size="2048x2048"))
    request = asked_to_fit(request, PAINTER, 7 * MIB)
    assert request.options["format"] == "jpeg"
    to = ["twin"]
    failover = Failover(catalog=Catalog([PAINTER, twin]), policy=Policy(), references_to=to)
    ((_, found),) = failover.others(request, pictures(1))
    return found


def told(request: ImageRequest) -> list[object]:
    return [n.values["format"] for n in request.notes if n.kind is NoteKind.FORMAT_TO_FIT]


def test_another_provider_is_asked_for_what_it_has() -> None:
    same = moved(PAINTER)
    assert (same.options["format"], told(same)) == ("jpeg", ["jpeg"])
    other = moved(with_formats(PAINTER, "png", "webp"))
    assert (other.options["format"], told(other)) == ("webp", ["webp"])
    plain = moved(replace(PAINTER, options={}))
    assert (plain.options, told(plain)) == ({}, [])
