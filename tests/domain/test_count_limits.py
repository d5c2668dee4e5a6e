"""How many pictures each offer makes, and in which calls (docs/spec/image-apis.md section 1).

The numbers are typed from the documents, never taken from the catalog.
"""

from __future__ import annotations

import pytest

from bot.domain.catalog import Offer, Operation
from tests.cases import every_case
from tests.domain.shipped import (
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
    pictures,
    the_one,
)

GENERATE, EDIT = Operation.GENERATE, Operation.EDIT

# (most without a set, how they are asked, the largest set)
COUNTS: dict[tuple[str, str], tuple[int, str, int]] = {
    (GENERATION, V3): (10, "one call", 0),
    (GENERATION, V40): (15, "single calls", 15),
    (GENERATION, V45): (15, "single calls", 15),
    (GENERATION, V50): (15, "single calls", 15),
    (GENERATION, LITE): (15, "single calls", 15),
    (EDITS, V40): (15, "single calls", 0),
    (EDITS, V45): (15, "single calls", 0),
    (EDITS, V50): (15, "single calls", 0),
    (EDITS, LITE): (15, "single calls", 0),
    (OPENAI, GPT): (10, "one call", 0),
    (SEEDEDIT, I2I): (15, "single calls", 0),
    (GATEWAY, G40): (6, "one call", 0),
    (GATEWAY, G45): (6, "one call", 0),
    (GATEWAY, G50): (6, "one call", 0),
}


@every_case("one", EVERY_OFFER)
def test_pictures_are_counted_on_both_sides_of_their_limits(one: Offer) -> None:
    most, how, _ = COUNTS[one.source, one.model_id]
    calls = accepted(judge(one, count=most)).calls()
    assert calls == ((most,) if how == "one call" else (1,) * most)
    for count in (0, -1, most + 1):
        violation = the_one(judge(one, count=count))
        assert (violation.field, violation.kind) == ("count", "count_range")
        assert violation.suggestion == (1 if count < 1 else most)


@every_case("one", EVERY_OFFER)
def test_a_related_set_is_one_call_where_there_are_sets(one: Offer) -> None:
    _, _, largest = COUNTS[one.source, one.model_id]
    if not largest:
        violation = the_one(judge(one, related=True, count=2))
        assert (violation.field, violation.kind) == ("related", "related_not_taken")
        assert violation.suggestion is False
        return
    request = accepted(judge(one, related=True, count=largest))
    assert request.related
    assert request.calls() == (largest,)
    assert the_one(judge(one, related=True, count=largest + 1)).suggestion == largest


@pytest.mark.parametrize(("references", "most"), [(0, 15), (1, 14), (12, 3), (13, 2), (14, 1)])
def test_a_set_and_its_references_are_fifteen_together(references: int, most: int) -> None:
    one = offer(GENERATION, V45)
    submission = {"references": pictures(references), "related": True}
    assert accepted(judge(one, count=most, **submission)).count == most
    violation = the_one(judge(one, count=most + 1, **submission))
    assert (violation.field, violation.suggestion) == ("count", most)


@pytest.mark.parametrize(("references", "most"), [(1, 6), (5, 6), (8, 6), (9, 6), (10, 5)])
def test_the_gateways_pictures_and_references_are_fifteen_together(
    references: int, most: int
) -> None:
    one = offer(GATEWAY, G50, EDIT)
    accepted(judge(one, count=most, references=pictures(references)))
    violation = the_one(judge(one, count=most + 1, references=pictures(references)))
    assert (violation.field, violation.suggestion) == ("count", most)


def test_a_set_of_more_than_six_is_accepted_with_a_note() -> None:
    one = offer(GENERATION, V50)
    assert notes(judge(one, count=6, related=True)) == []
    assert notes(judge(one, count=7, related=True)) == ["set_may_time_out"]
    assert notes(judge(one, count=7)) == []
