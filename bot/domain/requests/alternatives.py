"""Which other models could serve a refused draft, and what is in the way of those that cannot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.domain.catalog import Offer
from bot.domain.requests.offer_check import check
from bot.domain.requests.request import Draft, ImageRequest, Obstacle, Policy

# Lines that a refusal has room for.
_MOST = 3

Served = tuple[Offer, ImageRequest]
"""An offer, and the request that a draft becomes for it."""


def cheapest(draft: Draft, offers: Iterable[Offer], policy: Policy) -> Served | None:
    """Return the offer that serves a draft for the fewest credits; of several the first."""
    return min(_serving(draft, offers, policy), key=lambda one: one[1].credits, default=None)


def obstacles(draft: Draft, offers: Iterable[Offer], policy: Policy) -> tuple[Obstacle, ...]:
    """Return which options are in the way of which models, the nearest models first.

    None where one offer serves the draft, and where something is wrong for every model: that has
    to be put right first.
    """
    wrong: dict[str, frozenset[str]] = {}
    for offer in offers:
        found = check(draft, offer, policy)
        problems = () if isinstance(found, ImageRequest) else found
        fields = frozenset(one.field for one in problems)
        # A model with several offers is as near as its nearest one.
        wrong[offer.label] = min(wrong.get(offer.label, fields), fields, key=len)
    everywhere = set(next(iter(wrong.values()), ()))
    for fields in wrong.values():
        everywhere &= fields
    if everywhere or not wrong or not all(wrong.values()):
        return ()
    together: dict[frozenset[str], list[str]] = {}
    for label, fields in sorted(wrong.items(), key=lambda one: len(one[1])):
        together.setdefault(fields, []).append(label)
    return tuple(
        Obstacle(labels=tuple(labels), fields=tuple(sorted(fields)))
        for fields, labels in together.items()
    )[:_MOST]


def _serving(draft: Draft, offers: Iterable[Offer], policy: Policy) -> Iterator[Served]:
    for offer in offers:
        request = check(draft, offer, policy)
        if isinstance(request, ImageRequest):
            yield offer, request
