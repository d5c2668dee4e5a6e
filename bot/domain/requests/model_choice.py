"""Chooses the model of a draft that names none: the preferred one that can, else the cheapest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.domain.catalog import Offer
from bot.domain.requests.alternatives import Served, cheapest
from bot.domain.requests.offer_check import check
from bot.domain.requests.request import Draft, ImageRequest, Note, NoteKind, Policy, Refusal
from bot.domain.requests.routing import Router
from bot.domain.requests.suggested_fix import without


def choose(
    router: Router,
    draft: Draft,
    *,
    allowed: Callable[[str], bool] = lambda _: True,
    works: Callable[[Offer], bool] = lambda _: True,
    preferences: Sequence[str] = (),
) -> Served | Refusal:
    """Return the offer and the request of a draft without a model (docs/spec/requests.md 4.8).

    `preferences` are models that somebody prefers, the nearest to the member first; the operator's
    default comes after them. The first that can serves. Else the cheapest of all offers that can,
    unless it costs more than the preferred model would: the Refusal then names it. `works`: the
    service of an offer takes requests now.
    """
    operation = router.operation(draft)
    wanted = (*preferences, router.defaults.of(operation))
    offered = [one for one in wanted if router.offered(one, operation, allowed)]
    preferred = offered or [None]
    routed = [
        router.route(replace(draft, model=one), allowed=allowed, works=works) for one in preferred
    ]
    for one in routed:
        if not isinstance(one, Refusal) and works(one[0]):
            return one
    first = routed[0]
    others = [o for o in router.usable(operation, allowed) if works(o)]
    if not isinstance(first, Refusal):  # its service takes nothing now
        others = [o for o in others if router.may_have(draft, first[0], o)]
    other = cheapest(draft, others, router.policy)
    if other is None:
        return first
    if isinstance(first, Refusal):
        if first.offer is None:
            return first
        if other[1].credits > _credits(draft, first, first.offer, router.policy):
            return replace(first, other_model=other[0].model_id, other_credits=other[1].credits)
        return _noted(other, first.offer, [violation.field for violation in first.violations])
    # The preferred model could, but its service is paused.
    return first if other[1].credits > first[1].credits else _noted(other, first[0], [])


def _credits(draft: Draft, refusal: Refusal, offer: Offer, policy: Policy) -> int:
    """Return what a model would take for as much of a draft as it can do."""
    found = check(without(draft, refusal.violations), offer, policy)
    if isinstance(found, ImageRequest):
        return found.credits
    return offer.cost.credits * max(draft.count or 1, 1)


def _noted(served: Served, instead: Offer, fields: Sequence[str]) -> Served:
    """Say which model serves, instead of which, and why."""
    offer, request = served
    values = {"model": offer.label, "instead": instead.label, "fields": list(dict.fromkeys(fields))}
    note = Note(kind=NoteKind.MODEL_CHOSEN, values=values)
    return offer, replace(request, notes=(note, *request.notes))
