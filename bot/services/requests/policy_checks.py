"""A draft held against the catalog and against what its server decided, all problems at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bot.domain.catalog import Offer
from bot.domain.requests.request import (
    Draft,
    ImageRequest,
    Refusal,
    Violation,
    ViolationKind,
)
from bot.domain.requests.routing import Router
from bot.domain.server import ServerPolicy, Watermark
from bot.domain.text.discord_codes import without_members


def route(
    router: Router, policy: ServerPolicy, draft: Draft, role_ids: Collection[int]
) -> tuple[Offer, ImageRequest] | Refusal:
    """Return the offer that serves a draft for a member with these roles, and the request."""

    if draft.model:
        draft = replace(draft, model=router.catalog.named(draft.model, draft.operation))

    def allowed(model_id: str) -> bool:
        return policy.model_allowed(model_id, role_ids)

    routed = _for_server(router, policy).route(draft, allowed=allowed)
    if isinstance(routed, Refusal):
        named = draft.model and not allowed(draft.model)
        house = _words(policy, draft)
        if not named:
            return replace(routed, violations=(*routed.violations, *house))
        # The catalog has it and the server does not: say which of the two it is.
        violations = [_not_here(one) for one in routed.violations]
        return replace(routed, violations=(*violations, *house))
    offer, request = routed
    if found := policy.violations(request, role_ids):
        return Refusal(violations=tuple(found), offer=offer)
    return offer, request


def _for_server(router: Router, policy: ServerPolicy) -> Router:
    """Apply the server's watermark where the operator leaves it open."""
    choice = policy.settings.watermark
    if choice is Watermark.CHOICE or router.policy.watermark is not None:
        return router
    return replace(router, policy=replace(router.policy, watermark=choice is Watermark.ON))


def _words(policy: ServerPolicy, draft: Draft) -> list[Violation]:
    word = policy.words.find(without_members(draft.prompt))
    if word is None:
        return []
    return [Violation(field="prompt", kind=ViolationKind.WORD, values={"word": word})]


def _not_here(one: Violation) -> Violation:
    return (
        replace(one, kind=ViolationKind.MODEL_NOT_HERE)
        if (one.kind is ViolationKind.MODEL_OFF)
        else one
    )
