"""Shapes that a service takes by name, beside a keyword: OpenRouter's and its like."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.catalog import Operation, SizeRule
from bot.domain.requests.offer_check import check
from bot.domain.requests.request import Draft
from bot.domain.requests.sizes import keyword_and_aspect, named_size
from tests.cases import every_case
from tests.domain.shipped import GENERATION, V45, Checked, accepted, offer, the_one

TIERS = SizeRule(keywords=("1K", "2K", "4K"), aspects=("1:1", "16:9", "2:3"), default="2K")
SHAPES = SizeRule(keywords=("auto",), aspects=("1:1", "16:9"), default="auto")
NOTHING = SizeRule(keywords=("auto",), default="auto")


def judged(rule: SizeRule, size: str | None, aspect: str | None) -> Checked:
    by_name = replace(offer(GENERATION, V45), sizes=rule)
    return check(Draft(prompt="x", operation=Operation.GENERATE, size=size, aspect=aspect), by_name)


@every_case(
    ("rule", "size", "aspect", "sent"),
    [
        (TIERS, None, None, "2K"),
        (TIERS, "4k", None, "4K"),
        (TIERS, None, "16:9", "2K 16:9"),
        (TIERS, "auto", "16:9", "2K 16:9"),
        (TIERS, "4K", "2:3", "4K 2:3"),
        (TIERS, "4K", "auto", "4K"),
        (SHAPES, None, None, "auto"),
        (SHAPES, None, "16:9", "16:9"),
        (SHAPES, "auto", "1:1", "1:1"),
        (NOTHING, None, None, "auto"),
    ],
)
def test_keyword_and_shape_are_sent_together(
    rule: SizeRule, size: str | None, aspect: str | None, sent: str
) -> None:
    assert accepted(judged(rule, size, aspect)).size == sent


@every_case(
    ("rule", "size", "aspect", "kind", "suggestion"),
    [
        (TIERS, "3K", "16:9", "size_keyword", "4K"),
        (TIERS, None, "21:9", "aspect_unknown", "16:9"),
        (TIERS, "2048x1152", None, "size_pixels_not_taken", "2K"),
        (TIERS, "2048x1152", "16:9", "size_pixels_not_taken", "2K"),
        (SHAPES, "4K", None, "size_keyword", "auto"),
        (SHAPES, "4K", "16:9", "size_keyword", "auto"),
        (NOTHING, None, "16:9", "aspect_not_taken", "auto"),
    ],
)
def test_what_is_not_taken_is_refused_with_what_is(
    rule: SizeRule, size: str | None, aspect: str | None, kind: str, suggestion: str
) -> None:
    violation = the_one(judged(rule, size, aspect))
    assert (violation.kind, violation.suggestion) == (kind, suggestion)


@every_case("size", ["2K", "auto", "2048x1024", "adaptive"])
def test_a_size_without_a_shape_comes_back_as_it_is(size: str) -> None:
    assert keyword_and_aspect(size) == (size, None)


@pytest.mark.parametrize(("keyword", "aspect"), [("2K", "16:9"), ("auto", "1:1")])
def test_what_is_written_is_read(keyword: str, aspect: str) -> None:
    assert keyword_and_aspect(named_size(keyword, aspect)) == (keyword, aspect)
