"""Which offer serves a draft, and what is said when none does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.catalog import CatalogProvider, load_catalog
from bot.domain.catalog import Operation
from bot.domain.requests.request import (
    Draft,
    ImageRequest,
    Policy,
    Refusal,
)
from bot.domain.requests.routing import Defaults, Router
from tests.domain.shipped import G45, GPT, I2I, ROUTER, V3, V45, V50, picture, pictures

GENERATE, EDIT = Operation.GENERATE, Operation.EDIT
WHOLE = replace(ROUTER, whole_catalog=True)


def router(routescope: bool = False, seededit: bool = False, seedream: bool = False) -> Router:
    """Return a router where only these providers have a key."""
    keys: dict[str, CatalogProvider] = {
        "routescope": CatalogProvider(kind="routescope", enabled=routescope),
        "seededit": CatalogProvider(kind="seededit", enabled=seededit),
        "seedream": CatalogProvider(kind="seedream", enabled=seedream),
    }
    return Router(
        catalog=load_catalog({}, keys),
        defaults=Defaults(generate=V45, edit=V50),
        policy=Policy(),
    )


def routed(to: Router, **submission: Any) -> ImageRequest:
    found = to.route(Draft(prompt="a fox", **submission))
    assert not isinstance(found, Refusal), found
    return found[1]


def refusal(to: Router, **submission: Any) -> Refusal:
    given: dict[str, Any] = {"prompt": "a fox", **submission}
    found = to.route(Draft(**given))
    assert isinstance(found, Refusal), found
    return found


def told(refusal: Refusal) -> list[tuple[str, str]]:
    return [(violation.field, violation.kind.value) for violation in refusal.violations]


# --- which operation ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "references", "operation", "expected"),
    [
        (V45, 0, None, GENERATE),
        (V45, 1, None, EDIT),
        (V45, 1, GENERATE, GENERATE),
        (V45, 14, EDIT, EDIT),
        (V3, 0, None, GENERATE),
        (GPT, 1, None, EDIT),
        (I2I, 1, None, EDIT),
        (G45, 0, None, GENERATE),
        (G45, 1, None, EDIT),
    ],
)
def test_pictures_mean_an_edit_unless_something_else_is_said(
    model: str, references: int, operation: Operation | None, expected: Operation
) -> None:
    request = routed(ROUTER, model=model, references=pictures(references), operation=operation)
    assert request.operation is expected


def test_a_model_with_one_operation_uses_that_and_says_what_it_lacks() -> None:
    assert told(refusal(ROUTER, model=GPT)) == [("reference", "reference_missing")]
    assert told(refusal(ROUTER, model=I2I)) == [("reference", "reference_missing")]
    assert told(refusal(ROUTER, model=V3, references=pictures(1))) == [
        ("reference", "reference_not_taken")
    ]


def test_an_operation_that_a_model_lacks_is_refused_with_what_else_would_be_wrong() -> None:
    no = refusal(ROUTER, model=GPT, operation=GENERATE, size="100x100", prompt="")
    assert told(no) == [
        ("operation", "operation_not_offered"),
        ("prompt", "prompt_empty"),
        ("reference", "reference_missing"),
        ("size", "size_multiple"),
    ]
    assert no.violations[0].suggestion == "edit"
    assert no.offer is not None
    assert no.offer.model_id == GPT


def test_a_model_that_has_the_operation_is_named() -> None:
    assert refusal(ROUTER, model=V3, operation=EDIT, references=pictures(1)).other_model == V45


# --- which model --------------------------------------------------------------------------------


def test_without_a_model_the_default_of_the_operation_serves() -> None:
    to = router(routescope=True)
    assert routed(to).model == V45
    assert routed(to, model="  ").model == V45
    assert routed(to, references=pictures(1)).model == V50
    assert routed(to, references=pictures(1), operation=GENERATE).model == V45


def test_a_default_that_is_off_yields_to_the_first_offered_model() -> None:
    assert routed(router(seedream=True)).model == G45
    assert routed(router(seededit=True), references=pictures(1)).model == I2I
    assert routed(ROUTER, references=pictures(1)).model == V45


def test_without_any_key_no_model_is_offered_but_the_whole_catalog_can_be_asked() -> None:
    no = refusal(router())
    assert told(no) == [("model", "model_off")]
    assert no.violations[0].suggestion is None
    assert routed(replace(router(), whole_catalog=True)).model == V45


def test_a_model_whose_provider_has_no_key_is_off_and_another_is_named() -> None:
    to = router(seedream=True)
    no = refusal(to, model=V45)
    assert told(no) == [("model", "model_off")]
    assert no.violations[0].suggestion == G45
    assert routed(replace(to, whole_catalog=True), model=V45).model == V45


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [
        ("gpt-image-3", GPT),
        ("GPT Image 2", GPT),
        ("4.5", G45),
        ("doubao-seedream-4-5", V45),
        ("seedream 5.0", V50),
        # Like nothing: a model that somebody did not mean would puzzle them.
        ("zzz", None),
        ("xyzzy", None),
        ("dall-e-3", None),
    ],
)
def test_an_unknown_model_is_refused_with_the_nearest_known_one(
    typed: str, suggestion: str | None
) -> None:
    no = refusal(ROUTER, model=typed)
    assert told(no) == [("model", "model_unknown")]
    assert no.violations[0].suggestion == suggestion


def test_a_suggested_model_has_the_operation_that_was_asked_for() -> None:
    no = refusal(ROUTER, model="doubao-seedream-3-0-t2i", operation=EDIT)
    assert no.violations[0].suggestion == V45


def test_an_unknown_model_does_not_hide_that_the_prompt_is_empty() -> None:
    assert told(refusal(ROUTER, model="zzz", prompt=" ")) == [
        ("model", "model_unknown"),
        ("prompt", "prompt_empty"),
    ]


def test_who_may_not_use_a_model_is_offered_another() -> None:
    to = router(routescope=True)
    draft = Draft(prompt="a fox", model=V45)
    found = to.route(draft, allowed=lambda model: model == V3)
    assert isinstance(found, Refusal)
    assert told(found) == [("model", "model_off")]
    assert found.violations[0].suggestion == V3
    served = to.route(replace(draft, model=None), allowed=lambda model: model == V3)
    assert not isinstance(served, Refusal)
    assert served[1].model == V3
    nobody = to.route(draft, allowed=lambda _: False)
    assert isinstance(nobody, Refusal)


def test_a_refusal_names_a_model_that_takes_the_draft_as_it_is() -> None:
    assert refusal(ROUTER, model=V45, guidance=5.0).other_model == V3
    assert refusal(ROUTER, model=V45, size="1024x1024").other_model is not None
    assert refusal(ROUTER, model=V45, size="1x1").other_model is None
    masked = refusal(ROUTER, model=V45, references=pictures(1), mask=picture())
    assert masked.other_model == GPT


# --- two providers of one kind ------------------------------------------------------------------


def test_of_two_providers_of_one_kind_the_first_with_a_key_serves() -> None:
    def served(first: bool, second: bool) -> str:
        keys: dict[str, CatalogProvider] = {
            "routescope": CatalogProvider(kind="routescope", enabled=first),
            "backup": CatalogProvider(kind="routescope", enabled=second),
        }
        to = Router(
            catalog=load_catalog({}, keys),
            defaults=Defaults(generate=V45, edit=V45),
            policy=Policy(),
        )
        return routed(to).provider

    assert served(True, True) == "routescope"
    assert served(False, True) == "backup"
