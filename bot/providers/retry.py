"""Whether, when and how a failed call is repeated. A pure decision.

See docs/spec/image-apis.md section 12.

None of these APIs knows idempotency keys: what may have been accepted is never repeated.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.domain.errors import ErrorClass, Failure
from bot.domain.providers.rate_limits import FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, TRIES
from bot.services.ports import Retry

# Whatever a header says: paid perhaps, refused for good, or no money left.
_NEVER = frozenset(
    {
        ErrorClass.UNKNOWN_OUTCOME,
        ErrorClass.BAD_RESPONSE,
        ErrorClass.NO_IMAGE,
        ErrorClass.PROMPT_REFUSED,
        ErrorClass.REFERENCE_REFUSED,
        ErrorClass.RESULT_WITHHELD,
        ErrorClass.CREDIT,
    }
)

# Refused before anything was drawn; 529 is OpenRouter's.
_OVERLOADED = frozenset({503, 529})


def decide(
    failure: Failure,
    tries: int,
    *,
    random: Callable[[], float],
    second_form: bool = False,
    other_form_helps: bool = False,
) -> Retry | None:
    """Decide after so many tries; `random` returns 0 to 1.

    `second_form` says that the other wire form is in use; `other_form_helps` that changing to it
    may fix this failure, once (docs/spec/image-apis.md section 10.5).
    """
    if failure.should_retry is False or failure.error_class in _NEVER:
        return None
    if other_form_helps and not second_form:
        return Retry(wait_seconds=0.0, second_form=True)
    # The change of form is an extra try.
    tries -= second_form
    attempts, wait = _plan(failure, tries, random())
    if tries >= attempts or wait > LONGEST_WAIT_SECONDS:
        return None
    return Retry(wait_seconds=wait, second_form=second_form)


def _plan(failure: Failure, tries: int, chance: float) -> tuple[int, float]:
    """Return how many attempts a failure is worth, and the wait before the next one."""
    requested = failure.retry_after
    if failure.error_class is ErrorClass.RATE:
        wait = _backoff(FIRST_WAIT_SECONDS, tries, chance)
        return TRIES, wait if requested is None else requested
    if failure.error_class is ErrorClass.UNREACHABLE:
        return 3, _backoff(0.5, tries, chance)
    once = (
        failure.error_class is ErrorClass.NO_CHANNEL
        or (failure.error_class is ErrorClass.SERVER and failure.http_status in _OVERLOADED)
        # A single picture's error has no status: the others of its call were paid.
        or (failure.code == "InternalServiceError" and failure.http_status is not None)
        or failure.should_retry is True
    )
    return 2 if once else 1, 2.0 + 3.0 * chance if requested is None else requested


def _backoff(first_seconds: float, tries: int, chance: float) -> float:
    return min(first_seconds * 2 ** (tries - 1), 8.0) * (1 - 0.25 * chance)
