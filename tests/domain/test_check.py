"""What a draft becomes where it names nothing, and how its problems are told together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.catalog import Offer, Operation, PixelSize
from bot.domain.requests.offer_check import cheaper, check
from bot.domain.requests.request import Draft, Policy, Reference
from tests.cases import every_case
from tests.domain.shipped import (
    EDITS,
    G40,
    G45,
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
    picture,
    pictures,
    refused,
    the_one,
)

GENERATE, EDIT = Operation.GENERATE, Operation.EDIT

# --- what is sent when nothing was named ------------------------------------------------------


@every_case(
    ("source", "model", "operation", "size"),
    [
        (GENERATION, V3, GENERATE, "1024x1024"),
        (GENERATION, V40, GENERATE, "2K"),
        (GENERATION, V45, GENERATE, "2K"),
        (GENERATION, V50, GENERATE, "2K"),
        (GENERATION, LITE, GENERATE, "2K"),
        (EDITS, V45, EDIT, "2048x2048"),
        (OPENAI, GPT, EDIT, "auto"),
        (SEEDEDIT, I2I, EDIT, "adaptive"),
        (GATEWAY, G45, GENERATE, "2048x2048"),
        (GATEWAY, G45, EDIT, "2048x2048"),
    ],
)
def test_without_a_size_the_services_usual_one_is_sent(
    source: str, model: str, operation: Operation, size: str
) -> None:
    one = offer(source, model, operation)
    assert accepted(judge(one)).size == size
    assert accepted(judge(one, size="  ")).size == size


@pytest.mark.parametrize(
    ("source", "model", "width", "height", "size"),
    [
        (EDITS, V40, 1600, 900, "2848x1600"),
        (EDITS, V45, 900, 1600, "1600x2848"),
        (EDITS, V50, 3000, 2000, "2496x1664"),
        (EDITS, LITE, 100, 1600, "1600x2848"),
        (EDITS, V45, 1000, 1001, "2048x2048"),
        (GATEWAY, G40, 1600, 900, "2560x1440"),
        (GATEWAY, G45, 2100, 900, "3136x1344"),
    ],
)
def test_an_edit_takes_the_2k_shape_nearest_to_the_first_reference(
    source: str, model: str, width: int, height: int, size: str
) -> None:
    references = (picture(width=width, height=height), picture())
    assert accepted(judge(offer(source, model, EDIT), references=references)).size == size


def test_an_edit_of_a_picture_not_looked_at_is_square() -> None:
    unseen = Reference(url="https://img.example.org/1.jpg")
    assert accepted(judge(offer(EDITS, V45), references=(unseen,))).size == "2048x2048"


@every_case(
    ("source", "model", "operation", "size"),
    [
        (GENERATION, V3, GENERATE, "1280x720"),
        (GENERATION, V45, GENERATE, "2848x1600"),
        (EDITS, V45, EDIT, "2848x1600"),
        (OPENAI, GPT, EDIT, "2048x1152"),
        (GATEWAY, G45, GENERATE, "2560x1440"),
    ],
)
@every_case("asked", [None, "auto", "AUTO"])
def test_an_aspect_alone_is_the_2k_preset_in_pixels(
    source: str, model: str, operation: Operation, size: str, asked: str | None
) -> None:
    one = offer(source, model, operation)
    for aspect in ("16:9", " 16 : 9 ", "16x9", "１６：９"):
        assert accepted(judge(one, aspect=aspect, size=asked)).size == size


@pytest.mark.parametrize(
    ("source", "model", "keyword", "size"),
    [
        (GENERATION, V3, "1K", "720x1280"),
        (GENERATION, V40, "1K", "720x1280"),
        (GENERATION, V45, "4k", "3040x5504"),
        (GENERATION, V50, "3K", "2304x4096"),
        (EDITS, V50, "3K", "2304x4096"),
        (EDITS, V45, "2K", "1600x2848"),
        (OPENAI, GPT, "large", "1440x2560"),
        (OPENAI, GPT, "Standard", "1152x2048"),
    ],
)
def test_an_aspect_with_a_keyword_is_that_tiers_preset(
    source: str, model: str, keyword: str, size: str
) -> None:
    assert accepted(judge(offer(source, model), aspect="9:16", size=keyword)).size == size


@pytest.mark.parametrize("aspect", [None, "auto", "", "Auto "])
def test_the_aspect_auto_is_none(aspect: str | None) -> None:
    assert accepted(judge(offer(GENERATION, V45), aspect=aspect)).size == "2K"


@pytest.mark.parametrize(
    "asked",
    ["2048x1024", "2048X1024", "2048×1024", " 2048 x 1024 ", "２０４８×１０２４", "2048*1024"],
)
def test_a_size_is_read_as_phones_write_it(asked: str) -> None:
    assert accepted(judge(offer(GENERATION, V40), size=asked)).size == "2048x1024"


@pytest.mark.parametrize(
    "asked", ["0x1024", "1024", "x", "1024x", "-1x5", "1e3x1e3", "1024x1024x1", "9" * 400]
)
def test_what_is_no_size_is_refused_with_one_that_is(asked: str) -> None:
    violation = the_one(judge(offer(GENERATION, V45), size=asked))
    assert (violation.field, violation.kind) == ("size", "size_unreadable")
    accepted(judge(offer(GENERATION, V45), size=violation.suggestion))


def test_the_watermark_is_always_said_but_for_gpt_image_and_the_gateway() -> None:
    assert accepted(judge(offer(GENERATION, V45))).options == {"watermark": True}
    assert accepted(judge(offer(EDITS, V45))).options == {"watermark": True}
    assert accepted(judge(offer(SEEDEDIT, I2I))).options == {"watermark": True}
    assert accepted(judge(offer(OPENAI, GPT))).options == {}
    assert accepted(judge(offer(GATEWAY, G45, GENERATE))).options == {}


def test_a_law_leaves_the_watermark_on_and_the_answer_says_why() -> None:
    one, policy = offer(GENERATION, V45), Policy(watermark=True, watermark_by_law=True)
    assert accepted(judge(one, policy)).options == {"watermark": True}
    assert accepted(judge(one, policy, watermark=True)).options == {"watermark": True}
    for switched_off in (one, offer(OPENAI, GPT)):
        violation = the_one(judge(switched_off, policy, watermark=False))
        assert (violation.field, violation.kind) == ("watermark", "watermark_by_law")


@pytest.mark.parametrize("decided", [True, False])
def test_an_operator_who_decides_on_the_watermark_leaves_no_choice(decided: bool) -> None:
    one, policy = offer(GENERATION, V45), Policy(watermark=decided)
    assert accepted(judge(one, policy)).options == {"watermark": decided}
    assert accepted(judge(one, policy, watermark=decided)).options == {"watermark": decided}
    violation = the_one(judge(one, policy, watermark=not decided))
    assert (violation.field, violation.kind) == ("watermark", "option_not_taken")


def test_an_operator_who_streams_streams_where_that_is_possible() -> None:
    policy = Policy(stream=True)
    assert accepted(judge(offer(GENERATION, V45), policy)).options["stream"] is True
    assert "stream" not in accepted(judge(offer(GENERATION, LITE), policy)).options
    assert "stream" not in accepted(judge(offer(OPENAI, GPT), policy)).options


@pytest.mark.parametrize("model", [V45, LITE])
def test_not_to_stream_is_what_every_service_does_by_itself(model: str) -> None:
    assert "stream" not in accepted(judge(offer(GENERATION, model), stream=False)).options


def test_options_are_read_without_regard_to_case_and_jpg_is_jpeg() -> None:
    request = accepted(judge(offer(OPENAI, GPT), format=" JPG ", quality="High", moderation=""))
    assert request.options == {"format": "jpeg", "quality": "high"}


def test_a_set_without_a_count_is_four_or_what_the_references_leave() -> None:
    one = offer(GENERATION, V45)
    assert accepted(judge(one, related=True)).calls() == (4,)
    assert accepted(judge(one, related=True, references=pictures(12))).calls() == (3,)
    assert accepted(judge(one, related=True, references=pictures(14))).calls() == (1,)


def test_a_set_of_one_is_a_single_picture() -> None:
    assert not accepted(judge(offer(GENERATION, V45), related=True, count=1)).related


# --- cost -------------------------------------------------------------------------------------


@every_case(
    ("source", "model", "submission", "credits"),
    [
        (GENERATION, V45, {}, 1),
        (GENERATION, V45, {"size": "1K"}, 1),
        (GENERATION, V50, {"size": "3K"}, 1),
        (GENERATION, V50, {"size": "3K", "aspect": "21:9"}, 1),
        (GENERATION, V50, {"size": "4K"}, 2),
        (GENERATION, V40, {"size": "4K", "aspect": "9:16"}, 2),
        (GENERATION, V40, {"size": "4096x4096", "count": 3}, 6),
        (GENERATION, V3, {"count": 4}, 4),
        (EDITS, V45, {"size": "4K", "aspect": "1:1"}, 2),
        (OPENAI, GPT, {"quality": "medium"}, 1),
        (OPENAI, GPT, {"quality": "high"}, 4),
        (OPENAI, GPT, {"quality": "high", "size": "3840x2160", "count": 2}, 8),
        (OPENAI, GPT, {"size": "3840x2160"}, 2),
        (SEEDEDIT, I2I, {}, 1),
    ],
)
def test_a_picture_costs_one_credit_two_in_4k_and_four_in_high_quality(
    source: str, model: str, submission: dict[str, Any], credits: int
) -> None:
    assert accepted(judge(offer(source, model), **submission)).credits == credits


# --- all problems at once ---------------------------------------------------------------------


def fields(violations: list[Any]) -> set[tuple[str, str]]:
    return {(violation.field, violation.kind.value) for violation in violations}


def test_every_problem_of_a_draft_is_told_at_once() -> None:
    result = judge(
        offer(GENERATION, V45),
        prompt=" ",
        references=(picture(width=10, height=10), *pictures(14)),
        mask=picture(),
        size="100x100",
        aspect="16:9",
        count=16,
        guidance=5.0,
        quality="high",
    )
    assert fields(refused(result)) == {
        ("prompt", "prompt_empty"),
        ("reference", "references_too_many"),
        ("reference", "reference_too_small"),
        ("mask", "mask_not_taken"),
        ("size", "size_too_few_pixels"),
        ("aspect", "aspect_contradicts_size"),
        ("count", "count_range"),
        ("guidance", "option_not_taken"),
        ("quality", "option_not_taken"),
    }


def test_each_reference_is_judged_and_named_by_its_position() -> None:
    references = (picture(), picture(width=14, height=300), picture(width=900, height=100))
    violations = refused(judge(offer(SEEDEDIT, I2I), references=references))
    assert [(v.kind.value, v.values.get("position")) for v in violations] == [
        ("references_too_many", None),
        ("reference_too_small", 2),
        ("reference_ratio", 2),
        ("reference_ratio", 3),
    ]


def test_references_alone_beyond_the_total_are_a_problem_of_the_references() -> None:
    one = offer(GENERATION, V45)
    for submission in ({}, {"related": True, "count": 4}):
        violation = the_one(judge(one, references=pictures(15), **submission))
        assert violation.field == "reference"


def test_an_offer_whose_total_is_below_its_references_leaves_room_for_one_picture() -> None:
    one = offer(GENERATION, V45)
    tight = replace(one, count=replace(one.count, total_max=3))
    for related in (None, True):
        draft = Draft(prompt="x", references=pictures(2), related=related, count=1)
        accepted(check(draft, tight))
        (violation,) = refused(check(replace(draft, references=pictures(3)), tight))
        assert (violation.field, violation.values["limit"]) == ("reference", 2)


def test_an_option_is_refused_for_its_range_and_for_what_it_needs() -> None:
    violations = refused(judge(offer(OPENAI, GPT), compression=500, format="png"))
    assert fields(violations) == {("compression", "option_range"), ("compression", "option_needs")}


def test_a_mistyped_choice_is_refused_with_the_nearest_one() -> None:
    violation = the_one(judge(offer(OPENAI, GPT), background="transparant"))
    assert violation.suggestion == "transparent"


# --- size and aspect together -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "aspect", "suggestion"),
    [
        ("2048x2048", "16:9", "1:1"),
        ("2560x1440", "1:1", "16:9"),
        ("4000x1000", "1:1", "auto"),
    ],
)
def test_a_legal_size_of_another_shape_contradicts_the_aspect(
    size: str, aspect: str, suggestion: str
) -> None:
    violation = the_one(judge(offer(GENERATION, V45), size=size, aspect=aspect))
    assert (violation.field, violation.kind) == ("aspect", "aspect_contradicts_size")
    assert violation.suggestion == suggestion


def test_a_size_within_five_per_cent_of_the_aspect_agrees_with_it() -> None:
    one = offer(GENERATION, V40)
    accepted(judge(one, size="1600x900", aspect="16:9"))
    accepted(judge(one, size="1680x900", aspect="16:9"))  # 5.0 % wider, by logarithm 4.9 %
    refused(judge(one, size="1690x900", aspect="16:9"))


def test_the_legal_size_suggested_beside_an_aspect_has_that_aspect() -> None:
    # Stretched to 512 px of height, 1195x512 would be nearest: no longer 21:9 by far enough.
    one = offer(GENERATION, V3)
    violation = the_one(judge(one, size="420x180", aspect="21:9"))
    assert violation.field == "size"
    accepted(judge(one, size=violation.suggestion, aspect="21:9"))


@pytest.mark.parametrize(
    ("size", "aspect", "suggestion"),
    [
        (None, "5:4", "4:3"),
        (None, "1.78:1", "16:9"),
        (None, "wide", "auto"),
        (None, "0:0", "auto"),
        ("2K", "32:18", "16:9"),
        ("2560x1440", "5:4", "16:9"),
        ("5000x1000", "5:4", "auto"),
    ],
)
def test_an_unknown_aspect_is_refused_with_one_that_fits_the_rest(
    size: str | None, aspect: str, suggestion: str
) -> None:
    one = offer(GENERATION, V45)
    violation = the_one(judge(one, size=size, aspect=aspect))
    assert (violation.field, violation.kind) == ("aspect", "aspect_unknown")
    assert violation.suggestion == suggestion
    accepted(judge(one, size=size, aspect=suggestion))


def test_a_tier_without_presets_is_refused_beside_an_aspect_also_an_unknown_one() -> None:
    one = offer(GENERATION, V45)
    assert notes(judge(one, size="1K")) == ["size_doubtful"]
    assert the_one(judge(one, size="1K", aspect="4:3")).suggestion == "2K"
    violations = refused(judge(one, size="1K", aspect="5:4"))
    assert {v.field: v.suggestion for v in violations} == {"aspect": "4:3", "size": "2K"}


@every_case(
    ("one", "asked", "suggestion"),
    [
        (offer(GENERATION, V40), "3K", "4K"),
        (offer(GENERATION, V40), "8K", "4K"),
        (offer(GENERATION, V45), "0.5K", "2K"),
        (offer(GENERATION, V45), "auto", "2K"),
        (offer(GENERATION, V3), "2K", "1024x1024"),
        (offer(EDITS, V45), "2K", "2048x2048"),
        (offer(OPENAI, GPT), "2K", "auto"),
        (offer(SEEDEDIT, I2I), "2K", "adaptive"),
        (offer(GATEWAY, G45, GENERATE), "4K", "4096x4096"),
        (offer(GATEWAY, G45, GENERATE), "wide", "2048x2048"),
        (offer(EDITS, V50), "3K", "3072x3072"),
    ],
)
def test_a_keyword_that_is_not_taken_is_answered_with_the_nearest_size(
    one: Offer, asked: str, suggestion: str
) -> None:
    violation = the_one(judge(one, size=asked))
    assert (violation.field, violation.suggestion) == ("size", suggestion)


@every_case(
    ("size", "quality", "credits", "found"),
    [
        # 4 for a high quality, 2 for a large size, 1 otherwise.
        ("1024x1024", "high", 1, ("quality",)),
        ("3840x2160", "high", 2, ("quality",)),
        ("3840x2400", "high", 1, ("size", "quality")),
        ("3840x2400", None, 1, ("size",)),
        ("1024x1024", "high", 0, ()),
        ("1024x1024", None, 0, ()),
        ("1024x1024", "high", 4, ()),
    ],
)
def test_what_costs_less_is_found_only_where_it_brings_the_price_down_enough(
    size: str, quality: str | None, credits: int, found: tuple[str, ...]
) -> None:
    one = offer(OPENAI, GPT)
    request = accepted(judge(one, size="1024x1024", quality=quality))
    unit = one.cost.of(PixelSize.parse(size).pixels, quality)  # pyright: ignore[reportOptionalMemberAccess]
    request = replace(request, size=size, unit_credits=unit)

    assert cheaper(request, one, credits) == found
