"""What a server adds to every prompt: kept apart, counted in the limit, joined when it is sent."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.catalog import Operation
from bot.domain.requests.offer_check import check
from bot.domain.requests.request import Draft, ImageRequest, Policy, Violation
from bot.domain.text.prompt_parts import MOST_CHARACTERS, PromptParts
from tests.domain.shipped import CATALOG, V40

OFFER = replace(CATALOG.of(V40, Operation.GENERATE)[0], max_prompt=40)
PARTS = PromptParts(before="watercolour of", after="soft light")


def test_parts_go_around_a_prompt_and_nothing_is_added_where_there_are_none() -> None:
    assert PARTS.around("a fox") == "watercolour of a fox soft light"
    assert PromptParts(after="soft light").around("a fox") == "a fox soft light"
    assert PromptParts().around("a fox") == "a fox"
    assert PARTS.characters == len("watercolour of ") + len(" soft light")
    assert PromptParts().characters == 0


def test_typed_parts_become_one_line_of_a_length_that_leaves_room() -> None:
    typed = PromptParts.typed(" in the style\n\nof\0 a woodcut ", "x" * 1000)
    assert typed.before == "in the style of a woodcut"
    assert len(typed.after) == MOST_CHARACTERS
    assert not PromptParts.typed(" \n", "")


def test_stored_parts_are_read_again_and_odd_ones_are_none() -> None:
    assert PromptParts.of(PARTS.stored()) == PARTS
    assert PromptParts(before="a").stored() == {"before": "a"}
    for odd in (None, "text", 7, {"before": 7}, ["before"]):
        assert PromptParts.of(odd) is None


def test_the_limit_of_a_model_counts_the_parts_and_says_what_is_left_for_the_member() -> None:
    policy = Policy(parts=PARTS)
    left = 40 - PARTS.characters
    fits = check(Draft(prompt="x" * left), OFFER, policy)
    assert isinstance(fits, ImageRequest)
    assert fits.prompt == "x" * left
    assert len(fits.parts.around(fits.prompt)) == 40

    (problem,) = _refused(check(Draft(prompt="x" * (left + 1)), OFFER, policy))
    assert problem.values == {"length": left + 1, "limit": left, "added": PARTS.characters}
    assert problem.suggestion == "x" * left


def test_a_stored_request_keeps_its_parts_and_an_older_one_has_none() -> None:
    request = check(Draft(prompt="a fox"), OFFER, Policy(parts=PARTS))
    assert isinstance(request, ImageRequest)
    assert ImageRequest.from_dict(request.to_dict()) == request
    without = replace(request, parts=PromptParts())
    assert "parts" not in without.to_dict()
    assert ImageRequest.from_dict(without.to_dict()) == without


def _refused(found: ImageRequest | list[Violation]) -> list[Violation]:
    assert isinstance(found, list)
    return found
