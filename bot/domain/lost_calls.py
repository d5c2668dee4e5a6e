"""Upstream calls whose outcome nobody knows, and what they cost the budget.

A lost call is never repeated. Its member pays nothing for it; the budget counts everything that it
asked for, since that may have been paid (docs/spec/states.md, T4). `bot.storage.jobs.calls` counts
money by the same rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from bot.domain.errors import ErrorClass, Failure
from bot.domain.job import Call, CallState

# A call that is still `sent` when its job is given up: nobody will know.
_LOST = (CallState.UNKNOWN, CallState.SENT)

_FILTERED = frozenset(
    {ErrorClass.PROMPT_REFUSED, ErrorClass.REFERENCE_REFUSED, ErrorClass.RESULT_WITHHELD}
)
_REFUSED = _FILTERED | frozenset(
    {
        ErrorClass.BAD_SIZE,
        ErrorClass.BAD_REFERENCE,
        ErrorClass.BAD_OPTION,
        ErrorClass.TOO_LARGE,
    }
)
# Nothing in these answers says whether pictures were made, so budgets count them
# (docs/spec/states.md, T3b); a 502 comes from something between the service and us.
_UNKNOWN = frozenset({ErrorClass.UNKNOWN_OUTCOME, ErrorClass.BAD_RESPONSE, ErrorClass.NO_IMAGE})


def failed_state(failure: Failure) -> CallState:
    """Return how a failed call ends: refused, known to be unpaid, or unknown.

    A refusal with a status of 500 and above was wrapped by something between the service and us,
    which says nothing of the bill (docs/spec/replies.md section 2).
    """
    wrapped = failure.error_class in _FILTERED and (failure.http_status or 0) >= 500
    bad_gateway = failure.http_status == HTTPStatus.BAD_GATEWAY
    if failure.error_class in _UNKNOWN or wrapped or bad_gateway:
        return CallState.UNKNOWN
    return CallState.REFUSED if failure.error_class in _REFUSED else CallState.FAILED


def perhaps_paid(calls: Iterable[Call]) -> int:
    """Return the pictures that lost calls asked for: budgets keep them."""
    return sum(call.images_asked for call in calls if call.state in _LOST)
