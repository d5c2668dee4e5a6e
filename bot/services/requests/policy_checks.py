"""A draft held against the catalog and against what its server decided, all problems at once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from bot.domain.catalog import Offer
from bot.domain.job import Destination
from bot.domain.message_limits import MESSAGE_FILES
from bot.domain.requests.model_choice import choose
from bot.domain.requests.model_names import meant
from bot.domain.requests.request import (
    Draft,
    ImageRequest,
    Refusal,
    Violation,
    ViolationKind,
)
from bot.domain.requests.routing import Router
from bot.domain.server import ServerPolicy, Watermark
from bot.domain.styles.words import with_words
from bot.domain.text.discord_codes import without_members
from bot.services.ports import UnitOfWork
from bot.services.requests.submission import Submission
from bot.services.servers import picture_owners


def route(
    router: Router,
    policy: ServerPolicy,
    draft: Draft,
    role_ids: Collection[int],
    works: Callable[[Offer], bool] = lambda _: True,
) -> tuple[Offer, ImageRequest] | Refusal:
    """Return the offer that serves a draft for a member with these roles, and the request.

    `works`: the service of an offer takes requests now.
    """

    def allowed(model_id: str) -> bool:
        return policy.model_allowed(model_id, role_ids)

    routed = _routed(_for_server(router, policy), draft, allowed, works)
    if isinstance(routed, Refusal):
        house = _words(policy, draft)
        if house:  # No model helps against these.
            routed = replace(routed, other_model=None, obstacles=())
        # The catalog has it and the server does not: say which of the two it is.
        violations = [_not_here(one, allowed) for one in routed.violations]
        return replace(routed, violations=(*violations, *house))
    offer, request = routed
    if found := policy.violations(request, role_ids):
        return Refusal(violations=tuple(found), offer=offer)
    return offer, request


async def owner_to_ask(uow: UnitOfWork, submission: Submission, policy: ServerPolicy) -> int | None:
    """Return who has to agree to a request; AccessError where nobody can be asked."""
    return await picture_owners.check(
        uow,
        policy.settings,
        submission.requester.user_id,
        submission.sources,
        submission.mask,
    )


def _routed(
    router: Router,
    draft: Draft,
    allowed: Callable[[str], bool],
    works: Callable[[Offer], bool],
) -> tuple[Offer, ImageRequest] | Refusal:
    named = (draft.model or "").strip()
    if not named:
        return choose(router, draft, allowed=allowed, works=works)
    operation = router.operation(draft)
    models = meant(
        router.catalog,
        named,
        operation,
        usable=lambda offer: offer.enabled and allowed(offer.model_id),
        preferred=router.defaults.of(operation),
    )
    if len(models) > 1:
        labels = tuple(router.catalog.of(one)[0].label for one in models)
        unclear = Violation(
            field="model",
            kind=ViolationKind.MODEL_UNCLEAR,
            suggestion=models[0],
            values={"model": named, "models": labels},
        )
        return Refusal(violations=(unclear,))
    model = models[0] if models else named
    return router.route(replace(draft, model=model), allowed=allowed, works=works)


def _for_server(router: Router, policy: ServerPolicy) -> Router:
    """Apply the server's prompt parts, and its watermark where the operator leaves it open."""
    applied = replace(router.policy, parts=policy.settings.prompt_parts)
    choice = policy.settings.watermark
    if choice is not Watermark.CHOICE and applied.watermark is None:
        applied = replace(applied, watermark=choice is Watermark.ON)
    return replace(router, policy=applied)


def _words(policy: ServerPolicy, draft: Draft) -> list[Violation]:
    word = policy.words.find(without_members(with_words(draft.style_words, draft.prompt)))
    if word is None:
        return []
    return [Violation(field="prompt", kind=ViolationKind.WORD, values={"word": word})]


def _not_here(one: Violation, allowed: Callable[[str], bool]) -> Violation:
    model = str(one.values.get("model") or "")
    off = one.kind is ViolationKind.MODEL_OFF and model and not allowed(model)
    return replace(one, kind=ViolationKind.MODEL_NOT_HERE) if off else one


def carried(submission: Submission) -> bool:
    """Tell whether the interaction carries the result."""
    return submission.private or submission.requester.visiting


def destination(submission: Submission) -> Destination:
    """Return where a result goes."""
    if submission.comparison_id:
        return Destination.COMPARISON
    return Destination.INTERACTION if carried(submission) else Destination.CHANNEL


def private_count(submission: Submission) -> tuple[Violation, ...]:
    """A private result is one message: it holds ten pictures."""
    count = submission.draft.count or 1
    # One message carries a private result.
    if not carried(submission) or count <= MESSAGE_FILES:
        return ()
    return (
        Violation(
            field="count",
            kind=ViolationKind.COUNT_RANGE,
            suggestion=MESSAGE_FILES,
            values={"count": count, "limit": MESSAGE_FILES, "private": True},
        ),
    )
