"""Which offer serves a draft of the command line, or every reason why none does, as sentences."""

from __future__ import annotations

from bot.cli.outcome import Complaint, ComplaintsError
from bot.config import Configuration
from bot.domain.catalog import Catalog, Offer
from bot.domain.requests.request import (
    Draft,
    ImageRequest,
    Refusal,
    Violation,
    ViolationKind,
)
from bot.models import catalog_of, router_of
from bot.ui import messages, terminal
from bot.ui.messages.words import sentences

# What only another source can help with: this one fetches pictures itself.
_OF_THE_SOURCE = (ViolationKind.REFERENCE_NEEDS_URL, ViolationKind.REFERENCE_NEEDS_CONVERSION)


def choose(
    configuration: Configuration, draft: Draft, complaints: list[Complaint], *, whole_catalog: bool
) -> tuple[Offer, ImageRequest]:
    """Return the offer and the request it becomes.

    Raises ComplaintsError with the complaints so far and those of the draft. A model that is off
    does not hide what else is wrong with the request.
    """
    catalog = catalog_of(configuration)
    routed = router_of(configuration, catalog, whole_catalog=whole_catalog).route(draft)
    violations = routed.violations if isinstance(routed, Refusal) else ()
    other = routed.other_model if isinstance(routed, Refusal) else None
    if any(violation.kind is ViolationKind.MODEL_OFF for violation in violations):
        anyway = router_of(configuration, catalog, whole_catalog=True).route(draft)
        if isinstance(anyway, Refusal):
            violations += anyway.violations
    complaints = complaints + [
        _complaint(violation, other, configuration, catalog) for violation in violations
    ]
    if complaints or isinstance(routed, Refusal):
        raise ComplaintsError(complaints)
    return routed


def _complaint(
    violation: Violation, other: str | None, configuration: Configuration, catalog: Catalog
) -> Complaint:
    message = messages.violation(violation)
    if other and violation.kind in _OF_THE_SOURCE:
        message = sentences(message, terminal.taken_by(other))
    if violation.kind is ViolationKind.MODEL_OFF:
        message = _why_off(violation, configuration, catalog)
    return Complaint(field=violation.field, message=message, suggestion=violation.suggestion)


def _why_off(violation: Violation, configuration: Configuration, catalog: Catalog) -> str:
    """Name the setting that would switch the model on: who sits here may be the operator."""
    model_id = str(violation.values["model"])
    providers = list(dict.fromkeys(o.provider for o in catalog.of(model_id) or catalog.offers))
    if any(configuration.services[name].enabled for name in providers):
        return terminal.switched_off(model_id, violation.suggestion)
    return terminal.no_key(model_id, providers, violation.suggestion)
