"""Which model serves a request that names none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.catalog import Offer, Operation
from bot.domain.requests.model_choice import choose
from bot.domain.requests.request import Draft, ImageRequest, NoteKind, Reference, Refusal
from tests.domain.shipped import G45, GPT, LITE, ROUTER, V3, V40, V45, V50, pictures

MASK = Reference(mime="image/png", width=1024, height=1024, bytes=1)


def asked(**values: Any) -> Draft:
    given: dict[str, Any] = {"prompt": "a fox", "operation": Operation.GENERATE, **values}
    return Draft(**given)


def change(**values: Any) -> Draft:
    return asked(operation=Operation.EDIT, references=pictures(1), **values)


def chosen(draft: Draft, **how: Any) -> ImageRequest:
    found = choose(ROUTER, draft, **how)
    assert not isinstance(found, Refusal), found
    return found[1]


def refused(draft: Draft, **how: Any) -> Refusal:
    found = choose(ROUTER, draft, **how)
    assert isinstance(found, Refusal), found
    return found


def test_the_default_wins_whenever_it_can() -> None:
    request = chosen(asked(size="4K", count=3))

    assert (request.model, request.notes) == (V45, ())


@pytest.mark.parametrize(
    ("draft", "model", "fields"),
    [
        (asked(seed=5), V3, ["seed"]),
        (asked(guidance=3.0, seed=5), V3, ["guidance", "seed"]),
        (asked(format="png"), V50, ["format"]),
        (asked(size="1024x1024"), V40, ["size"]),
        (change(mask=MASK), GPT, ["mask"]),
        (change(quality="low", background="opaque"), GPT, ["quality", "background"]),
    ],
)
def test_else_the_cheapest_that_can_is_taken_and_named(
    draft: Draft, model: str, fields: list[str]
) -> None:
    request = chosen(draft)

    assert request.model == model
    (note,) = request.notes
    assert note.kind is NoteKind.MODEL_CHOSEN
    assert (note.values["instead"], note.values["fields"]) == ("Seedream 4.5", fields)


def test_what_costs_more_than_the_default_is_asked_first() -> None:
    refusal = refused(change(quality="high", count=2))

    assert (refusal.other_model, refusal.other_credits) == (GPT, 8)
    assert [violation.field for violation in refusal.violations] == ["quality"]
    assert refusal.obstacles == ()


def test_where_none_can_it_is_said_what_is_in_the_way_of_which() -> None:
    refusal = refused(asked(size="4K", seed=5))

    assert refusal.other_model is None
    nearest, *others = [(one.labels, one.fields) for one in refusal.obstacles]
    assert nearest == (("Seedream 5.0", "Seedream 5.0 Lite", "Seedream 4.0"), ("seed",))
    assert (("Seedream 3.0",), ("size",)) in [nearest, *others]


@pytest.mark.parametrize("draft", [asked(size="1x1"), asked(prompt=""), asked(count=99, seed=5)])
def test_what_no_model_takes_is_no_obstacle_of_one(draft: Draft) -> None:
    assert refused(draft).obstacles == ()


def test_a_model_that_is_not_allowed_is_not_chosen() -> None:
    assert refused(asked(seed=5), allowed=lambda model: model != V3).other_model is None
    only = chosen(asked(), allowed=lambda model: model == LITE)
    assert (only.model, only.notes) == (LITE, ())


def test_a_paused_service_gives_way_to_one_that_works_for_as_much() -> None:
    def works(offer: Offer) -> bool:
        return offer.provider != "routescope"

    request = chosen(asked(), works=works)
    assert request.model == G45
    assert request.notes[0].values["fields"] == []
    # Nothing else can: the default stays, whose pause is told.
    assert chosen(asked(), works=lambda _: False).model == V45


def test_preferences_come_before_the_default_and_give_way_where_they_cannot() -> None:
    assert chosen(asked(), preferences=(V40, V50)).model == V40
    assert chosen(asked(format="png"), preferences=(V40, LITE)).model == LITE
    assert chosen(asked(size="1024x1024"), preferences=("unknown", V45)).model == V40


def test_a_named_model_is_never_exchanged() -> None:
    refusal = ROUTER.route(asked(seed=5, model=V45))
    assert isinstance(refusal, Refusal)
    assert (refusal.other_model, refusal.other_credits) == (V3, 1)


def test_the_watermark_of_the_operator_is_in_nobodys_power() -> None:
    router = replace(ROUTER, policy=replace(ROUTER.policy, watermark=True))
    found = choose(router, asked(watermark=False))
    assert isinstance(found, Refusal)
    assert (found.other_model, found.obstacles) == (None, ())
