"""Takes comparisons: which models can do it, what it costs, and all of its requests at once.

Each picture is an ordinary request: it meets the gate, the check and the quota as every other does.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.comparisons.comparison import (
    FEWEST_MODELS,
    Comparison,
    ComparisonState,
    Entry,
)
from bot.domain.errors import AccessError, Denial, RefusedError
from bot.domain.job import new_job_id
from bot.domain.requests.request import Refusal, ViolationKind
from bot.services.ports import Clock, QuotaStatus
from bot.services.requests.accepting.examination import Examined
from bot.services.requests.intake import Intake
from bot.services.requests.queue_wait import QUEUE_SECONDS
from bot.services.requests.submission import Submission
from bot.services.servers.policies import Policies


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A model that cannot do it, as it was named, and why; no refusal: it does not work now.

    `twice`: another name for it was given as well.
    """

    model: str
    refusal: Refusal | None = None
    twice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a comparison would be. Nothing is spent or stored for it, but pictures of styles."""

    submission: Submission
    examined: tuple[Examined, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def credits(self) -> int:
        return sum(one.job.request.credits for one in self.examined)

    @property
    def enough(self) -> bool:
        return len(self.examined) >= FEWEST_MODELS


class Comparing:
    """Plans comparisons and accepts them."""

    def __init__(self, *, intake: Intake, policies: Policies, clock: Clock) -> None:
        self._intake = intake
        self._policies = policies
        self._clock = clock

    async def plan(self, submission: Submission, models: Sequence[str]) -> Plan:
        """Return which of the models can do it, and what that costs.

        Raises AccessError, and RefusedError for what no other model would help against. Who does
        not accept the plan discards it.
        """
        who = submission.requester
        if not who.scope:
            raise AccessError(Denial.DIRECT_MESSAGE)
        if not (await self._policies.of(who.scope)).settings.comparisons:
            raise AccessError(Denial.COMPARISONS_OFF)
        comparison_id = new_job_id()
        examined: list[Examined] = []
        left_out: list[LeftOut] = []
        try:
            for model in models:
                asked = replace(
                    submission,
                    draft=replace(submission.draft, model=model),
                    ticket_token=None,
                    ticket_expires_at=None,
                    comparison_id=comparison_id,
                )
                try:
                    one = await self._intake.examine(asked)
                except RefusedError as error:
                    _raise_if_hopeless(error)
                    left_out.append(LeftOut(model=model, refusal=error.refusal))
                    continue
                except AccessError as error:
                    if error.denial is not Denial.PROVIDER_PAUSED:
                        raise
                    left_out.append(LeftOut(model=model))
                    continue
                if any(one.job.request.model == other.job.request.model for other in examined):
                    await self._intake.discard(one)
                    left_out.append(LeftOut(model=one.offer.label, twice=True))
                    continue
                examined.append(one)
        except BaseException:
            await self._intake.discard(*examined)
            raise
        return Plan(submission=submission, examined=tuple(examined), left_out=tuple(left_out))

    async def discard(self, plan: Plan) -> None:
        """Forget a plan."""
        await self._intake.discard(*plan.examined)

    async def accept(self, plan: Plan) -> QuotaStatus | None:
        """Accept and charge all of it, or raise as the intake does; return what is left.

        None: it was accepted before.

        The pictures come in another order than the models were named.
        """
        submission, now = plan.submission, self._clock.now()
        comparison = Comparison(
            comparison_id=plan.examined[0].job.comparison_id or "",
            origin=submission.origin,
            guild_id=submission.requester.scope,
            state=ComparisonState.COLLECTING,
            created_at=now,
            ticket_token=submission.ticket_token,
            ticket_expires_at=submission.ticket_expires_at,
        )
        # Also in this order they are accepted, and listed in /jobs.
        shuffled = secrets.SystemRandom().sample(plan.examined, len(plan.examined))
        examined = [
            replace(
                one,
                job=replace(
                    one.job,
                    origin=f"{submission.origin}:{number}",
                    created_at=now,
                    expires_at=now + QUEUE_SECONDS,
                ),
            )
            for number, one in enumerate(shuffled, start=1)
        ]
        entries = [
            Entry(
                comparison_id=comparison.comparison_id,
                place=place,
                job_id=one.job.job_id,
                model_id=one.job.request.model,
            )
            for place, one in enumerate(examined)
        ]
        return await self._intake.submit_together(comparison, examined, entries)


# What is the same for every model.
_HOPELESS = {
    ViolationKind.PROMPT_EMPTY,
    ViolationKind.FLAG_VALUE,
    ViolationKind.WORD,
    ViolationKind.STYLES_OFF,
    ViolationKind.STYLE_UNKNOWN,
}


def _raise_if_hopeless(error: RefusedError) -> None:
    """Raise what no model helps against, as a refusal of none of them."""
    if _HOPELESS.isdisjoint(one.kind for one in error.refusal.violations):
        return
    no_model = replace(error.refusal, offer=None, other_model=None, obstacles=())
    raise RefusedError(no_model) from error
