"""When an image service in trouble is left alone: a pure decision over its last failures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.errors import ErrorClass

# So many failures in a row open the circuit; one more after each pause opens it again, for twice
# as long.
FAILURES = 5
FIRST_PAUSE_SECONDS = 60
LONGEST_PAUSE_SECONDS = 900


class CircuitTrouble(StrEnum):
    """Why an image service is paused."""

    KEY = "key"
    CREDIT = "credit"
    FAILING = "failing"
    OPERATOR = "operator"
    # It answers with a task to ask for later, which Easel does not do.
    ASYNCHRONOUS = "asynchronous"
    # It refuses what several members asked for, one after the other: a warning, never a pause.
    REFUSING = "refusing"


_AT_ONCE = {
    ErrorClass.AUTH: CircuitTrouble.KEY,
    ErrorClass.CREDIT: CircuitTrouble.CREDIT,
}
# What says something of the service and not of the request.
_OF_THE_SERVICE = frozenset(
    {
        ErrorClass.SERVER,
        ErrorClass.UNREACHABLE,
        ErrorClass.NO_CHANNEL,
        ErrorClass.UNKNOWN_OUTCOME,
        ErrorClass.BAD_RESPONSE,
        ErrorClass.RATE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Failures in a row now; with `trouble`, a pause of so many seconds."""

    failures: int
    trouble: CircuitTrouble | None = None
    seconds: int = 0


def judge(error_class: ErrorClass | None, failures: int) -> Verdict:
    """Judge a call that ended, after so many failures in a row; None: it was answered.

    A refused key or an empty account stays so until somebody acts, so it is tried again rarely;
    a failing service is tried again soon, then less and less often.
    """
    if error_class is None:
        return Verdict(failures=0)
    if trouble := _AT_ONCE.get(error_class):
        return Verdict(failures=failures + 1, trouble=trouble, seconds=LONGEST_PAUSE_SECONDS)
    if error_class not in _OF_THE_SERVICE:
        # It answered, and refused this request: the service is well.
        return Verdict(failures=0)
    failures += 1
    if failures < FAILURES:
        return Verdict(failures=failures)
    seconds = min(FIRST_PAUSE_SECONDS * 2 ** (failures - FAILURES), LONGEST_PAUSE_SECONDS)
    return Verdict(failures=failures, trouble=CircuitTrouble.FAILING, seconds=seconds)
