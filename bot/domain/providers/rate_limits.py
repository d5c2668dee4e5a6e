"""What happens to a 429 of an image service, or to any answer of the class `rate`.

1. The answer's words decide between too many requests and an empty account
   (`bot/providers/replies/error_table.py`); an empty account is never asked again at once.
2. The call is made up to TRIES times, each after the wait that the service named, else after a
   growing one; a longer wait than LONGEST_WAIT_SECONDS ends the call.
3. Meanwhile no other call of this provider leaves, for at most LONGEST_QUIET_SECONDS.
4. A job whose every call ends so goes back into its place of the queue for JOB_WAIT_SECONDS.
   Nothing is charged for it.
5. Several in a row pause the provider (`bot/domain/circuit_breaker.py`).

A 429 for a finished picture's file is waited for as well, within the time of the download.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

TRIES = 3
FIRST_WAIT_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 120.0
LONGEST_QUIET_SECONDS = 600.0
JOB_WAIT_SECONDS = 60


def seconds_asked(headers: Mapping[str, str], now: float) -> float | None:
    """Return how long a service asks us to wait by its headers; their names have any case."""
    named = {name.lower(): text for name, text in headers.items()}
    seconds = _number(named.get("retry-after-ms"))
    if seconds is not None:
        return seconds / 1000
    text = named.get("retry-after")
    seconds = _number(text)
    if seconds is not None or text is None:
        return seconds
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except ValueError:
        return None


def quiet_seconds(asked: float | None) -> float:
    """Return for how long no call of the provider leaves."""
    return min(FIRST_WAIT_SECONDS if asked is None else asked, LONGEST_QUIET_SECONDS)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return max(0.0, value) if math.isfinite(value) else None
