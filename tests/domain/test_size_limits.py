"""Every limit of a size on both of its sides (docs/spec/image-apis.md section 2.1).

The numbers are typed from the documents, never taken from the catalog.
"""

from __future__ import annotations

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
    notes,
    offer,
    the_one,
)

GENERATE, EDIT = Operation.GENERATE, Operation.EDIT

# The floor of 921,600 pixels, the ceiling of 4096 x 4096, and the ratio 16.
FOUR = (
    ["1280x720", "960x960", "640x1440", "3840x240", "240x3840", "4096x4096", "16384x1024"],
    {
        "1279x720": "size_too_few_pixels",
        "960x959": "size_too_few_pixels",
        "959x960": "size_too_few_pixels",
        "4096x4097": "size_too_many_pixels",
        "4097x4096": "size_too_many_pixels",
        "3841x240": "size_ratio",
        "240x3841": "size_ratio",
        "16384x1023": "size_ratio",
    },
)
# The floor of 3,686,400 pixels: 4.5 and 5.0, and every edit on Routescope.
LARGE = (
    ["2560x1440", "1920x1920", "1440x2560", "7680x480", "480x7680", "4096x4096", "1024x16384"],
    {
        "2559x1440": "size_too_few_pixels",
        "2560x1439": "size_too_few_pixels",
        "1919x1920": "size_too_few_pixels",
        "1920x1919": "size_too_few_pixels",
        "1280x720": "size_too_few_pixels",
        "4096x4097": "size_too_many_pixels",
        "4097x4096": "size_too_many_pixels",
        "7681x480": "size_ratio",
        "480x7681": "size_ratio",
    },
)
THREE = (
    ["512x512", "2048x2048", "1536x512", "512x1536", "2048x683", "683x2048"],
    {
        "511x513": "size_edge_too_short",
        "512x511": "size_edge_too_short",
        "2049x2048": "size_edge_too_long",
        "2048x2049": "size_edge_too_long",
        "1537x512": "size_ratio",
        "512x1537": "size_ratio",
        "2048x682": "size_ratio",
    },
)
GPT_IMAGE = (
    ["640x1024", "1024x640", "816x816", "3840x2160", "2160x3840", "3072x1024", "1024x3072"],
    {
        "624x1024": "size_too_few_pixels",
        "640x1008": "size_too_few_pixels",
        "3840x2176": "size_too_many_pixels",
        "2176x3840": "size_too_many_pixels",
        "3856x2144": "size_edge_too_long",
        "2144x3856": "size_edge_too_long",
        "3088x1024": "size_ratio",
        "1024x3088": "size_ratio",
        "1025x1024": "size_multiple",
        "1024x1023": "size_multiple",
    },
)
GATEWAY_FOUR = (
    ["960x960", "1280x720", "720x1280", "4096x4096", "4096x256", "256x4096"],
    {
        "959x960": "size_too_few_pixels",
        "1280x719": "size_too_few_pixels",
        "4097x2000": "size_edge_too_long",
        "2000x4097": "size_edge_too_long",
        "4097x4096": "size_edge_too_long",
        "4096x255": "size_ratio",
        "255x4096": "size_ratio",
    },
)
GATEWAY_LARGE = (
    ["2560x1440", "1920x1920", "4096x900", "900x4096", "4096x4096", "2559x1441"],
    {
        "2559x1440": "size_too_few_pixels",
        "4096x899": "size_too_few_pixels",
        "899x4096": "size_too_few_pixels",
        "960x960": "size_too_few_pixels",
        "1280x720": "size_too_few_pixels",
        "4097x900": "size_edge_too_long",
        "900x4097": "size_edge_too_long",
    },
)
NO_PIXELS: tuple[list[str], dict[str, str]] = (
    ["adaptive"],
    {"1024x1024": "size_pixels_not_taken", "1K": "size_keyword", "auto": "size_keyword"},
)

SIZES = {
    (GENERATION, V3): THREE,
    (GENERATION, V40): FOUR,
    (GENERATION, V45): LARGE,
    (GENERATION, V50): LARGE,
    (GENERATION, LITE): LARGE,
    (EDITS, V40): LARGE,
    (EDITS, V45): LARGE,
    (EDITS, V50): LARGE,
    (EDITS, LITE): LARGE,
    (OPENAI, GPT): GPT_IMAGE,
    (SEEDEDIT, I2I): NO_PIXELS,
    (GATEWAY, G40): GATEWAY_FOUR,
    (GATEWAY, G45): GATEWAY_LARGE,
    (GATEWAY, G50): GATEWAY_LARGE,
}


@every_case("one", EVERY_OFFER)
def test_sizes_up_to_each_limit_are_accepted_as_they_are(one: Offer) -> None:
    legal, _ = SIZES[one.source, one.model_id]
    assert [accepted(judge(one, size=size)).size for size in legal] == legal


@every_case("one", EVERY_OFFER)
def test_sizes_one_step_beyond_a_limit_are_refused_for_that_limit(one: Offer) -> None:
    _, illegal = SIZES[one.source, one.model_id]
    found = {size: the_one(judge(one, size=size)) for size in illegal}
    assert {size: violation.kind for size, violation in found.items()} == illegal
    assert {violation.field for violation in found.values()} == {"size"}
    for violation in found.values():
        accepted(judge(one, size=violation.suggestion))


# (accepted, accepted with a note); every other keyword is refused.
KEYWORDS: dict[tuple[str, str], tuple[set[str], set[str]]] = {
    (GENERATION, V3): (set(), set()),
    (GENERATION, V40): ({"1K", "2K", "4K"}, set()),
    (GENERATION, V45): ({"2K", "4K"}, {"1K"}),
    (GENERATION, V50): ({"2K", "3K", "4K"}, {"1K"}),
    (GENERATION, LITE): ({"2K", "3K", "4K"}, {"1K"}),
    (EDITS, V40): (set(), set()),
    (EDITS, V45): (set(), set()),
    (EDITS, V50): (set(), set()),
    (EDITS, LITE): (set(), set()),
    (OPENAI, GPT): ({"auto"}, set()),
    (SEEDEDIT, I2I): ({"adaptive"}, set()),
    (GATEWAY, G40): (set(), set()),
    (GATEWAY, G45): (set(), set()),
    (GATEWAY, G50): (set(), set()),
}


@every_case("one", EVERY_OFFER)
@every_case("word", ["1K", "2K", "3K", "4K", "auto", "adaptive", "5K", "large"])
def test_a_keyword_is_taken_where_the_documents_list_it(one: Offer, word: str) -> None:
    sure, doubtful = KEYWORDS[one.source, one.model_id]
    result = judge(one, size=word)
    if word in sure | doubtful:
        assert accepted(result).size == word
        assert notes(result) == ["size_doubtful"] * (word in doubtful)
        return
    violation = the_one(result)
    assert (violation.field, violation.kind) == (
        "size",
        "size_unreadable" if word in ("5K", "large") else "size_keyword",
    )
    accepted(judge(one, size=violation.suggestion))


def test_above_2560x1440_gpt_image_is_experimental_and_said_so() -> None:
    one = offer(OPENAI, GPT)
    assert notes(judge(one, size="2560x1440")) == []
    assert notes(judge(one, size="2576x1440")) == ["size_experimental"]


def test_every_offer_has_its_row_in_these_tables() -> None:
    assert {(o.source, o.model_id) for o in CATALOG.offers} == set(SIZES) == set(KEYWORDS)


@pytest.mark.parametrize(
    ("source", "model", "asked", "nearest"),
    [
        (GENERATION, V40, "800x800", "960x960"),
        (GENERATION, V40, "16001x1000", "16000x1000"),
        (GENERATION, V45, "2559x1440", "2560x1440"),
        (GENERATION, V45, "1280x720", "2560x1440"),
        (GENERATION, V45, "4096x4097", "4096x4096"),
        (EDITS, V40, "1024x1024", "1920x1920"),
        (OPENAI, GPT, "1792x936", "1792x944"),
        (OPENAI, GPT, "3840x2176", "3840x2160"),
        (OPENAI, GPT, "1000x1000", "1008x1008"),
    ],
)
def test_the_suggested_size_is_the_one_a_person_would_choose(
    source: str, model: str, asked: str, nearest: str
) -> None:
    assert the_one(judge(offer(source, model), size=asked)).suggestion == nearest


@every_case(
    "options",
    [{"size": "5K"}, {"size": "large"}, {"size": "1x1"}, {"size": "1K", "aspect": "4:3"}],
)
def test_a_size_that_a_service_is_known_to_refuse_is_never_advised(
    options: dict[str, str],
) -> None:
    for one in CATALOG.offers:
        found = judge(one, None, **options)
        for violation in found if isinstance(found, list) else []:
            legal = violation.values.get("legal", ())
            advised = {violation.suggestion, *(legal if isinstance(legal, tuple) else ())}
            assert not advised & set(one.sizes.doubtful), (one.model_id, violation)
