"""Models that take shapes by name: what their cards and suggestions say."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.catalog import SizeRule
from bot.ui import suggestions
from bot.ui.messages import info, tickets
from tests.domain.shipped import GENERATION, V45, offer

NAMED = replace(
    offer(GENERATION, V45),
    sizes=SizeRule(keywords=("1K", "2K"), aspects=("1:1", "16:9"), default="2K"),
)
FREE = replace(NAMED, sizes=SizeRule(keywords=("auto",), aspects=("16:9",), default="auto"))


def test_the_card_names_keywords_and_shapes() -> None:
    assert info.sizes(NAMED.sizes) == "1K–2K"
    assert "1K or 2K; shapes 1:1, 16:9" in "\n".join(info.model_card([NAMED]))
    assert info.sizes(FREE.sizes) == "automatic size"


def test_keywords_are_suggested_beside_a_shape_that_is_taken() -> None:
    assert [value for _, value in suggestions.sizes(NAMED, "16:9", "")] == ["1K", "2K"]
    assert suggestions.sizes(NAMED, "21:9", "") == []


def test_a_ticket_says_keyword_and_shape() -> None:
    assert tickets.size("2K 16:9") == "2K 16:9"
