"""Which jobs may move to another provider, and which offers serve the same request there.

docs/spec/states.md, T14: nothing may have been paid, and what the member asked for stays the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.domain.catalog import Catalog, Offer
from bot.domain.errors import ErrorClass
from bot.domain.job import Call, CallState, Picture
from bot.domain.job_outcome import last_tries
from bot.domain.requests.alternatives import Served
from bot.domain.requests.offer_check import as_draft, check
from bot.domain.requests.options import asked_to_fit
from bot.domain.requests.references import is_taken_unchanged
from bot.domain.requests.request import (
    OPTION_FIELDS,
    Draft,
    ImageRequest,
    NoteKind,
    Policy,
    Reference,
)

# What says something of the service and its account, and nothing of the request.
_OF_THE_SERVICE = frozenset(
    {
        ErrorClass.AUTH,
        ErrorClass.CREDIT,
        ErrorClass.NOT_ALLOWED,
        ErrorClass.NO_SUCH_MODEL,
        ErrorClass.NO_CHANNEL,
        ErrorClass.RATE,
        ErrorClass.SERVER,
        ErrorClass.UNREACHABLE,
    }
)
# Of the class SERVER, and ours: no other provider has more room.
SPOOL_FULL = "spool_full"


def may_move(calls: Sequence[Call], pictures: Sequence[Picture]) -> bool:
    """Tell whether a job whose calls ended or wait like this may go to another provider.

    Every call is known to be unpaid, and the service is why at least one of them brought nothing.
    """
    last = last_tries(calls).values()
    failed = [call for call in last if call.state is CallState.FAILED]
    unpaid = all(call.state in (CallState.PLANNED, CallState.FAILED) for call in last)
    if pictures or not unpaid or not any(call.error_class for call in calls):
        return False
    return all(
        call.error_class in _OF_THE_SERVICE and call.error_code != SPOOL_FULL for call in failed
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Failover:
    """Finds who else serves a request.

    `references_to` names the providers of the configuration that may get reference pictures which
    were meant for another one.
    """

    catalog: Catalog
    policy: Policy
    references_to: Collection[str] = ()

    def candidates(self, request: ImageRequest) -> list[Offer]:
        """Return the offers of other providers that may have a request, before its values are held
        against them, best first.
        """
        own = self._own(request)
        pictures = request.references or request.mask
        return [
            offer
            for offer in self.catalog.of(request.model, request.operation)
            if offer.enabled
            and offer.provider != request.provider
            and (not pictures or may_have_references(self.references_to, own, offer))
        ]

    def others(
        self,
        request: ImageRequest,
        references: Sequence[Reference] = (),
        mask: Reference | None = None,
    ) -> list[Served]:
        """Return the other offers that take the same request for the same credits, best first.

        The pictures are those that are sent: an offer that needs them converted is left out.
        """
        return list(self._others(request, references, mask))

    def dearest(
        self,
        request: ImageRequest,
        references: Sequence[Reference] = (),
        mask: Reference | None = None,
    ) -> int:
        """Return the price of a picture where it costs most of all that may serve a request."""
        others = self.others(request, references, mask)
        return max(request.price_micro, *(one.price_micro for _, one in others), 0)

    def _others(
        self, request: ImageRequest, references: Sequence[Reference], mask: Reference | None
    ) -> Iterator[Served]:
        own = self._own(request)
        for offer in self.candidates(request):
            if not all(is_taken_unchanged(one, offer.references) for one in references):
                continue
            if mask and (mask.bytes or 0) > offer.references.mask_max_bytes:
                continue
            draft = _draft(request, own, offer, self.policy)
            draft = replace(draft, references=tuple(references), mask=mask)
            policy = replace(self.policy, parts=request.parts)
            found = check(draft, offer, policy)
            if not isinstance(found, ImageRequest) and own and request.size == own.sizes.default:
                # What the first offer sends where nobody asks for a size.
                found = check(replace(draft, size=None), offer, policy)
            if isinstance(found, ImageRequest) and found.credits == request.credits:
                yield offer, _as_accepted(found, request, offer)

    def _own(self, request: ImageRequest) -> Offer | None:
        """Return the offer that a request was made for; None where the catalog has lost it."""
        sent = (request.provider, request.source, request.upstream_id)
        offers = self.catalog.of(request.model, request.operation)
        return next((o for o in offers if (o.provider, o.source, o.upstream_id) == sent), None)


def may_have_references(allowed: Collection[str], first: Offer | None, other: Offer) -> bool:
    """Tell whether pictures that were meant for the first offer may go to the other one.

    The further keys of a provider are the same provider.
    """
    same = first is not None and first.configured_as == other.configured_as
    return same or other.configured_as in allowed


def _as_accepted(found: ImageRequest, request: ImageRequest, offer: Offer) -> ImageRequest:
    """Keep what was said of a request when it was accepted; a smaller format is this offer's."""
    notes = tuple(one for one in request.notes if one.kind is not NoteKind.FORMAT_TO_FIT)
    found = replace(found, notes=notes)
    # Of the limit it is known that the pictures may exceed it.
    return found if notes == request.notes else asked_to_fit(found, offer, limit_bytes=0)


def _draft(request: ImageRequest, own: Offer | None, offer: Offer, policy: Policy) -> Draft:
    """Return a request as a draft for another offer.

    What the first offer sends of itself, and the other does not know, was nobody's choice; without
    the option, there is no watermark. How a reply is transferred is the policy's.
    """
    chosen: dict[str, object] = {
        name: value
        for name, value in request.chosen_options.items()
        if name in OPTION_FIELDS
        and name != "stream"
        and (name in offer.options or not _unasked(name, value, own, policy))
    }
    unknown = own is None or "watermark" not in own.options
    if unknown and "watermark" in offer.options and policy.watermark is None:
        chosen.setdefault("watermark", False)
    return as_draft(request, chosen)


def _unasked(name: str, value: object, own: Offer | None, policy: Policy) -> bool:
    rule = own.options.get(name) if own else None
    if name == "watermark" and value in (False, policy.watermark):
        return True
    return rule is not None and rule.always and rule.default == value
