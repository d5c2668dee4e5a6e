"""Puts the nearest legal values into a refused draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

from bot.domain.requests.request import Draft, Refusal, Violation

# No other value of these helps: another model may, or other pictures.
_NOT_TO_BE_TYPED = frozenset({"operation", "reference", "mask", "variation"})

# How a request was made, such as private, is not part of a draft and is not fixed here.
_FIELDS = frozenset(field.name for field in fields(Draft))


def without(draft: Draft, violations: Sequence[Violation]) -> Draft:
    """Return a draft with the legal values, or without what has none, a mask among it."""
    values = {one.field: one.suggestion for one in violations if one.field in _FIELDS - {"prompt"}}
    return replace(draft, **values)  # pyright: ignore[reportArgumentType]


def with_fixes(draft: Draft, refusal: Refusal) -> Draft | None:
    """Return the draft as the refusal's model would take it, or for a model that takes it as is.

    None where only other pictures help. What has no legal value is left out, but for the prompt.
    """
    if any(violation.field in _NOT_TO_BE_TYPED for violation in refusal.violations):
        return replace(draft, model=refusal.other_model) if refusal.other_model else None
    values = {
        violation.field: violation.suggestion
        for violation in refusal.violations
        if violation.field in _FIELDS
        and (violation.field != "prompt" or violation.suggestion is not None)
    }
    if draft.model and refusal.offer and "model" not in values:
        # A part of a name may have been typed.
        values["model"] = refusal.offer.model_id
    return replace(draft, **values)  # pyright: ignore[reportArgumentType]
