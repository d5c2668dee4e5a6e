"""Which options each offer takes, up to which value (docs/spec/image-apis.md sections 2.4 to 6).

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
    EVERY_OFFER,
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
    the_one,
)

GENERATE, EDIT = Operation.GENERATE, Operation.EDIT

GUIDANCE: dict[str, tuple[list[Any], list[Any]]] = {
    "guidance": ([1, 1.0, 5.5, 10], [0.99, 10.01, 0, -1, float("nan"), float("inf")])
}
SEED: dict[str, tuple[list[Any], list[Any]]] = {"seed": ([-1, 0, 42, 2147483647], [-2, 2147483648])}
WATERMARK: dict[str, tuple[list[Any], list[Any]]] = {"watermark": ([True, False], [])}
STREAM: dict[str, tuple[list[Any], list[Any]]] = {"stream": ([True], [])}
FORMAT: dict[str, tuple[list[Any], list[Any]]] = {"format": (["jpeg", "png"], ["webp", "gif"])}

# Legal values, and values a step beyond; an option without a row is refused.
OPTIONS: dict[tuple[str, str], dict[str, tuple[list[Any], list[Any]]]] = {
    (GENERATION, V3): GUIDANCE | SEED | WATERMARK | STREAM,
    (GENERATION, V40): WATERMARK | STREAM,
    (GENERATION, V45): WATERMARK | STREAM,
    (GENERATION, V50): WATERMARK | STREAM | FORMAT,
    (GENERATION, LITE): WATERMARK | FORMAT,
    (EDITS, V40): WATERMARK | STREAM,
    (EDITS, V45): WATERMARK | STREAM,
    (EDITS, V50): WATERMARK | STREAM,
    (EDITS, LITE): WATERMARK,
    (OPENAI, GPT): WATERMARK
    | {
        "quality": (["low", "medium", "high", "auto"], ["hd", "standard"]),
        "background": (["transparent", "opaque", "auto"], ["white"]),
        "format": (["png", "jpeg", "webp"], ["gif", "bmp"]),
        "moderation": (["auto", "low"], ["high"]),
        "compression": ([], []),  # needs a format: see below
    },
    (SEEDEDIT, I2I): GUIDANCE | SEED | WATERMARK,
    (GATEWAY, G40): {},
    (GATEWAY, G45): {},
    (GATEWAY, G50): {},
}
ANY: dict[str, Any] = {
    "guidance": 5.0,
    "seed": 7,
    "quality": "high",
    "background": "opaque",
    "format": "png",
    "compression": 50,
    "moderation": "low",
    "watermark": True,
    "stream": True,
}


@every_case("one", EVERY_OFFER)
@every_case("name", ANY)
def test_an_option_is_taken_within_its_limits_and_where_it_is_listed(one: Offer, name: str) -> None:
    if name not in OPTIONS[one.source, one.model_id]:
        violation = the_one(judge(one, **{name: ANY[name]}))
        assert (violation.field, violation.kind) == (name, "option_not_taken")
        assert violation.suggestion is None
        return
    legal, illegal = OPTIONS[one.source, one.model_id][name]
    for value in legal:
        assert accepted(judge(one, **{name: value})).options[name] == value
    for value in illegal:
        violation = the_one(judge(one, **{name: value}))
        assert violation.field == name
        assert violation.kind in ("option_range", "option_choice")
        nearest: dict[str, Any] = {name: violation.suggestion}
        accepted(judge(one, **nearest))


@pytest.mark.parametrize("kind", ["jpeg", "webp"])
def test_compression_goes_from_0_to_100_with_jpeg_and_webp(kind: str) -> None:
    one = offer(OPENAI, GPT)
    for value in (0, 100):
        request = accepted(judge(one, compression=value, format=kind))
        assert request.options["compression"] == value
    for value, nearest in ((-1, 0), (101, 100)):
        violation = the_one(judge(one, compression=value, format=kind))
        assert (violation.kind, violation.suggestion) == ("option_range", nearest)


@pytest.mark.parametrize("kind", [None, "png"])
def test_compression_without_jpeg_or_webp_is_refused(kind: str | None) -> None:
    violation = the_one(judge(offer(OPENAI, GPT), compression=50, format=kind))
    assert (violation.field, violation.kind) == ("compression", "option_needs")
    assert violation.suggestion is None


@pytest.mark.parametrize("kind", [None, "png", "webp"])
def test_a_transparent_background_goes_with_png_and_webp(kind: str | None) -> None:
    accepted(judge(offer(OPENAI, GPT), background="transparent", format=kind))


def test_every_offer_has_its_row_in_this_table() -> None:
    assert {(o.source, o.model_id) for o in CATALOG.offers} == set(OPTIONS)
