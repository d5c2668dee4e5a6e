"""What became of a job: the pictures delivered, what the budget pays, why some are missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain.job import (
    NOT_JUDGED,
    Call,
    CallState,
    JobState,
    Picture,
    PictureState,
    Reason,
    reason_of,
)
from bot.domain.lost_calls import perhaps_paid


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a job's ended calls amount to.

    `delivered_positions` are the pictures to post, at most as many as were asked for (a surplus
    is neither posted nor charged, D14). `paid` is what budgets keep: pictures made upstream,
    posted or not, and everything asked in unknown calls, in pictures. `charged_micro` is what
    services said that they charged, for `priced` pictures.
    `reason` says why pictures are missing; None when all are there.
    """

    delivered_positions: tuple[int, ...]
    paid: int
    missing: int
    reason: Reason | None
    charged_micro: int = 0
    priced: int = 0

    def spent_micro(self, price_micro: int) -> int:
        """Return the money that it cost, or probably did, where a picture has this price."""
        return self.charged_micro + max(self.paid - self.priced, 0) * price_micro

    @property
    def state(self) -> JobState:
        return JobState.DELIVERING if self.delivered_positions else JobState.FAILED


def last_tries(calls: Iterable[Call]) -> dict[int, Call]:
    """Return the last try of every call, by the call's number, in any order of the tries."""
    return {call.seq: call for call in sorted(calls, key=lambda call: (call.seq, call.try_number))}


def outcome(asked: int, calls: Sequence[Call], pictures: Sequence[Picture]) -> Outcome:
    """Fold the last try of every call and its pictures into the job's outcome."""
    fetched = sorted(p.position for p in pictures if p.state is PictureState.FETCHED)[:asked]
    last = last_tries(calls)
    # A provider that needs fewer calls leaves failed ones of the one before it.
    provider = last[min(last)].provider if last else ""
    ended = [call for call in last.values() if call.provider == provider]
    made = sum(call.images_made for call in ended)
    priced = [call for call in ended if call.charged_micro is not None]
    return Outcome(
        delivered_positions=tuple(fetched),
        paid=min(made + perhaps_paid(ended), asked),
        missing=asked - len(fetched),
        reason=_why_missing(ended, pictures) if len(fetched) < asked else None,
        charged_micro=sum(call.charged_micro or 0 for call in priced),
        priced=sum(call.images_made for call in priced),
    )


def _why_missing(calls: Sequence[Call], pictures: Sequence[Picture]) -> Reason:
    # An unknown call explains more than a refused one beside it: money may be gone.
    failed = [call for call in calls if call.state is CallState.UNKNOWN] or [
        call for call in calls if call.error_class
    ]
    if failed:
        return reason_of(failed[0].error_class)
    refused = [one for one in pictures if one.state is PictureState.REFUSED]
    if refused:
        unjudged = all(one.error_code == NOT_JUDGED for one in refused)
        return Reason.UNCHECKED if unjudged else Reason.REFUSED_RESULT
    if any(picture.state is PictureState.WITHHELD for picture in pictures):
        return Reason.WITHHELD
    if any(call.state is CallState.SKIPPED for call in calls):
        return Reason.BY_MEMBER
    if any(call.state is CallState.ANSWERED for call in calls):
        # Fewer than asked, or named and not to be had.
        return Reason.PROVIDER_DOWN
    return Reason.INTERNAL
