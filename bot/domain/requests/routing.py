"""Pick the offer that serves a draft, or say what is wrong against the nearest one."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from bot.domain.catalog import Catalog, Offer, Operation
from bot.domain.requests.alternatives import cheapest, obstacles
from bot.domain.requests.failover import may_have_references
from bot.domain.requests.offer_check import check
from bot.domain.requests.request import (
    Draft,
    ImageRequest,
    Policy,
    Refusal,
    Violation,
    ViolationKind,
    visible,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What serves a draft that names no model."""

    generate: str
    edit: str

    def of(self, operation: Operation) -> str:
        return self.edit if operation is Operation.EDIT else self.generate


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """Route drafts over a catalog.

    `whole_catalog` also serves offers that have no key (dry runs, help); otherwise a model that
    is off is a violation of `model`, and a default that is off yields to the first offered one.
    `allowed` narrows the models further, for one member in one place. `references_to` are the
    providers that may get reference pictures in place of the first one.
    """

    catalog: Catalog
    defaults: Defaults
    policy: Policy
    whole_catalog: bool = False
    references_to: Collection[str] = ()

    def route(
        self,
        draft: Draft,
        *,
        allowed: Callable[[str], bool] = lambda _: True,
        works: Callable[[Offer], bool] = lambda _: True,
    ) -> tuple[Offer, ImageRequest] | Refusal:
        """Return the first offer that can serve the whole draft, with the request it becomes.

        Where its service takes nothing now, the next one that `works`, asks no more credits and
        may have the pictures; the first one where none does.
        """
        offers = self.offers(draft, allowed)
        if isinstance(offers, Refusal):
            return offers
        refusals: list[Refusal] = []
        first: tuple[Offer, ImageRequest] | None = None
        for offer in offers:
            result = check(draft, offer, self.policy)
            if not isinstance(result, ImageRequest):
                refusals.append(Refusal(violations=tuple(result), offer=offer))
                continue
            first = first or (offer, result)
            same = result.credits <= first[1].credits and self.may_have(draft, first[0], offer)
            if same and works(offer):
                return offer, result
        if first:
            return first
        nearest = min(refusals, key=lambda refusal: len(refusal.violations))
        return self._with_others(nearest, draft, offers[0], allowed)

    def may_have(self, draft: Draft, first: Offer, other: Offer) -> bool:
        """Tell whether another offer than the first may have what a draft takes along."""
        pictures = draft.references or draft.mask
        return not pictures or may_have_references(self.references_to, first, other)

    def operation(self, draft: Draft) -> Operation:
        """Return what a draft without a model is about."""
        return draft.operation or (Operation.EDIT if draft.references else Operation.GENERATE)

    def usable(self, operation: Operation, allowed: Callable[[str], bool]) -> tuple[Offer, ...]:
        """Return every offer that may serve, in the order of preference."""
        return tuple(
            offer
            for offer in self.catalog.offers
            if offer.operation is operation and self._usable(offer, allowed)
        )

    def offered(self, model_id: str, operation: Operation, allowed: Callable[[str], bool]) -> bool:
        """Tell whether a model may be used for an operation."""
        return any(self._usable(o, allowed) for o in self.catalog.of(model_id, operation))

    def offers(self, draft: Draft, allowed: Callable[[str], bool]) -> tuple[Offer, ...] | Refusal:
        """Return the offers that may serve a draft, best first, before its values are checked."""
        wanted = draft.operation
        model_id = (draft.model or "").strip() or self.default(self.operation(draft), allowed)
        if model_id is None:
            return _refusal("model", ViolationKind.MODEL_OFF, None, model="")
        everywhere = self.catalog.of(model_id)
        usable = tuple(o for o in everywhere if self._usable(o, allowed))
        # Also of the whole catalog, what has a key is what would be asked.
        usable = tuple(o for o in usable if o.enabled) or usable
        if not everywhere:
            suggestion = self._suggestion(model_id, wanted, allowed)
            refusal = _refusal("model", ViolationKind.MODEL_UNKNOWN, suggestion, model=model_id)
            # The one thing that every model refuses.
            empty = Violation(field="prompt", kind=ViolationKind.PROMPT_EMPTY)
            more = () if visible(draft.prompt) else (empty,)
            return replace(refusal, violations=(*refusal.violations, *more))
        if not usable:
            first = self._first(wanted, allowed)
            return _refusal("model", ViolationKind.MODEL_OFF, first, model=model_id)
        operations = {offer.operation for offer in usable}
        if wanted is None:
            edit = bool(draft.references) and Operation.EDIT in operations
            wanted = Operation.EDIT if edit else Operation.GENERATE
            if len(operations) == 1:
                (wanted,) = operations
        fitting = tuple(offer for offer in usable if offer.operation is wanted)
        if fitting:
            return fitting
        nearest = usable[0]
        refusal = _refusal(
            "operation",
            ViolationKind.OPERATION_NOT_OFFERED,
            nearest.operation.value,
            model=nearest.label,
            operation=wanted.value,
        )
        # What would still be wrong with the operation that there is.
        result = check(draft, nearest, self.policy)
        more = () if isinstance(result, ImageRequest) else result
        refusal = replace(refusal, violations=(*refusal.violations, *more), offer=nearest)
        return self._with_others(refusal, replace(draft, operation=wanted), nearest, allowed)

    def _usable(self, offer: Offer, allowed: Callable[[str], bool]) -> bool:
        return (offer.enabled or self.whole_catalog) and allowed(offer.model_id)

    def default(self, operation: Operation, allowed: Callable[[str], bool]) -> str | None:
        """Return the model that serves an operation when none is named; None where none may."""
        preferred = self.defaults.of(operation)
        if any(self._usable(offer, allowed) for offer in self.catalog.of(preferred)):
            return preferred
        return self._first(operation, allowed)

    def _first(self, operation: Operation | None, allowed: Callable[[str], bool]) -> str | None:
        for offer in self.catalog.offers:
            if operation in (None, offer.operation) and self._usable(offer, allowed):
                return offer.model_id
        return None

    def _suggestion(
        self, model_id: str, operation: Operation | None, allowed: Callable[[str], bool]
    ) -> str | None:
        """Return what was meant, or else a model that is offered; None for what is like nothing."""
        close = self.catalog.suggest(model_id)
        if close is None:
            return None
        if any(self._usable(o, allowed) for o in self.catalog.of(close, operation)):
            return close
        return self._first(operation, allowed) or self._first(None, allowed)

    def _with_others(
        self, refusal: Refusal, draft: Draft, offer: Offer, allowed: Callable[[str], bool]
    ) -> Refusal:
        """Name the model that takes the draft as it is, or else what is in the way of each."""
        others = [
            one
            for one in self.usable(draft.operation or offer.operation, allowed)
            if one.model_id != offer.model_id
        ]
        other = cheapest(draft, others, self.policy)
        if other is None:
            return replace(refusal, obstacles=obstacles(draft, others, self.policy))
        served, request = other
        return replace(refusal, other_model=served.model_id, other_credits=request.credits)


def _refusal(field: str, kind: ViolationKind, suggestion: str | None, **values: object) -> Refusal:
    return Refusal(
        violations=(Violation(field=field, kind=kind, suggestion=suggestion, values=values),)
    )
