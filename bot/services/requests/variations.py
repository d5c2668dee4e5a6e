"""Variations of a result: what can be made of it, by which model and for how many credits.

A plan is a draft that was held against the catalog and the server's decisions; it becomes a
submission, which meets the gate and the quota as every other does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from bot.domain.catalog import Offer, Operation, PixelSize
from bot.domain.errors import AccessError, Denial, RefusedError
from bot.domain.job import Destination, Job
from bot.domain.requests.request import Draft, Reference, Refusal, Violation
from bot.domain.requests.request import ViolationKind as Kind
from bot.domain.requests.routing import Router
from bot.domain.server import ServerPolicy
from bot.domain.variations.drafts import of_picture, other_version, widening
from bot.domain.variations.plan import Plan, Wish
from bot.domain.variations.variation import MOST_VERSIONS, Variation
from bot.services.jobs.circuit_breaker import Circuits
from bot.services.ports import ResultPicture
from bot.services.requests.policy_checks import route
from bot.services.requests.repeats import Repeats
from bot.services.requests.results import Results
from bot.services.requests.submission import Submission
from bot.services.servers.access import Requester
from bot.services.servers.policies import Policies

# What is checked before a picture is fetched is its size; it has a public address or none.
_SOMEWHERE = "https://cdn.discordapp.com/"

Words = Callable[[Variation], str]
"""What asks a model for a variation, in the language of who wants it."""


class Variations:
    """Says what can be made of a result, and builds the submissions."""

    def __init__(
        self,
        *,
        router: Router,
        policies: Policies,
        circuits: Circuits,
        results: Results,
        repeats: Repeats,
    ) -> None:
        self._router = router
        self._policies = policies
        self._circuits = circuits
        self._results = results
        self._repeats = repeats

    async def menu(
        self,
        job: Job,
        shown: Sequence[ResultPicture],
        who: Requester,
        words: Words,
        *,
        readable: bool,
    ) -> list[Plan]:
        """Return what can be made of a result here, in the order of the menu.

        `readable`: the member may read its prompt, so the request may be made again.
        """
        policy = await self._policies.of(who.scope)
        standing = [one for one in shown if not one.removed]
        if not policy.settings.variations or not standing or job.model_hidden:
            return []
        whole = readable and bool(job.request.prompt) and len(standing) == len(shown)
        plans: list[Plan] = []
        for wish in _wishes(whole=whole):
            planned = self._planned(job, wish, standing[0], who, policy, words)
            if isinstance(planned, Plan):
                plans.append(planned)
        return plans

    async def plan(
        self, job: Job, wish: Wish, shown: ResultPicture | None, who: Requester, words: Words
    ) -> Plan | None:
        """Return how a variation of a picture is made here; None where no model can.

        Raises RefusedError where something else than the models is in the way, AccessError while
        nobody is told the result's own model.
        """
        if job.model_hidden:
            raise AccessError(Denial.MODEL_HIDDEN)
        policy = await self._policies.of(who.scope)
        if not policy.settings.variations:
            off = Violation(field="variation", kind=Kind.VARIATIONS_OFF)
            raise RefusedError(Refusal(violations=(off,)))
        planned = self._planned(job, wish, shown, who, policy, words)
        if isinstance(planned, Refusal):
            raise RefusedError(planned)
        return planned

    async def submission(
        self, job: Job, plan: Plan, shown: ResultPicture | None, blank: Submission
    ) -> Submission:
        """Return the request of a plan; AccessError where the picture or its words are gone."""
        submission = replace(blank, draft=plan.draft, again_of=job.job_id)
        if not plan.wish.what.of_picture:
            return await self._repeats.varied(job, submission)
        if shown is None:
            raise AccessError(Denial.PICTURE_GONE)
        return replace(
            submission,
            sources=(await self._results.source(shown),),
            parent=(job.job_id, shown.own_number),
            private=job.destination is not Destination.CHANNEL,
        )

    def _planned(
        self,
        job: Job,
        wish: Wish,
        shown: ResultPicture | None,
        who: Requester,
        policy: ServerPolicy,
        words: Words,
    ) -> Plan | Refusal | None:
        """Return the result's own model if it can, else the cheapest that can.

        A refusal where its own model would but for something that a request may not ask for here.
        """
        plans: list[Plan] = []
        picture = _size(shown) if wish.what.of_picture else None
        refusal: Refusal | None = None
        for offer in self._offers(job, wish, who, policy):
            same = offer.model_id == job.request.model
            if not same and any(plan.same_model and self._works(plan.offer) for plan in plans):
                break
            draft = _draft(job, wish, picture, offer, words)
            if draft is None:
                continue
            known = self._with_facts(job, picture, draft)
            routed = route(self._router, policy, known, who.role_ids, self._works)
            if isinstance(routed, Refusal):
                refusal = refusal or (routed if same else None)
                continue
            chosen, request = routed
            plans.append(
                Plan(wish=wish, draft=draft, offer=chosen, request=request, same_model=same)
            )
        return min(
            plans,
            key=lambda plan: (
                not self._works(plan.offer),
                not plan.same_model,
                plan.request.credits,
            ),
            default=refusal,
        )

    def _offers(
        self, job: Job, wish: Wish, who: Requester, policy: ServerPolicy
    ) -> Sequence[Offer]:
        """Return every offer that may be asked, those of the result's own model first."""
        operation = Operation.EDIT if wish.what.of_picture else job.request.operation
        usable = self._router.usable(
            operation, lambda model_id: policy.model_allowed(model_id, who.role_ids)
        )
        return sorted(usable, key=lambda offer: offer.model_id != job.request.model)

    def _with_facts(self, job: Job, size: PixelSize | None, draft: Draft) -> Draft:
        """Return a draft with its pictures as far as they are known before they are fetched.

        `size` is that of the picture that is changed, None where the request is made again.
        """
        if size is None:
            references = (Reference(url=_SOMEWHERE),) * job.request.references
            return replace(
                draft, references=references, mask=Reference() if job.request.mask else None
            )
        extended = widening(self._router.catalog, draft)
        if extended is None:
            url = _SOMEWHERE if job.destination is Destination.CHANNEL else None
            found = Reference(url=url, width=size.width, height=size.height)
            return replace(draft, references=(found,))
        margins = extended.margins(size.width, size.height)
        canvas = Reference(
            width=margins.left + size.width + margins.right,
            height=margins.top + size.height + margins.bottom,
        )
        return replace(draft, references=(canvas,), mask=canvas)

    def _works(self, offer: Offer) -> bool:
        return self._circuits.paused(offer.provider) is None


def _wishes(*, whole: bool) -> Iterator[Wish]:
    if whole:
        for count in range(1, MOST_VERSIONS + 1):
            yield Wish(what=Variation.VARY, count=count)
    for what in Variation:
        if what.of_picture:
            yield Wish(what=what)


def _draft(
    job: Job, wish: Wish, picture: PixelSize | None, offer: Offer, words: Words
) -> Draft | None:
    if not wish.what.of_picture:
        return other_version(job.request, offer, count=wish.count, words=words(wish.what))
    if picture is None:
        return None
    return of_picture(wish.what, job.request, picture, offer, words=words(wish.what))


def _size(shown: ResultPicture | None) -> PixelSize | None:
    """Return the size of a picture; what was asked for where its own was not kept."""
    if shown is None:
        return None
    if shown.picture.width and shown.picture.height:
        return PixelSize(shown.picture.width, shown.picture.height)
    return PixelSize.parse(shown.job.request.size)
