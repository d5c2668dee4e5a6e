"""Tells the operator once that pictures cannot be signed, and once that they are again."""

from __future__ import annotations

from collections.abc import Callable

from bot.domain.provenance import SigningProblem
from bot.services.operations.alerts import Alerts

_ALERT = "signing"


class SigningNews:
    """Called after each picture that was to be signed: with None, or with why it was not."""

    def __init__(
        self,
        alerts: Alerts,
        *,
        words: Callable[[SigningProblem], str],
        over: Callable[[], str],
    ) -> None:
        self._alerts = alerts
        self._words = words
        self._over = over
        self._trouble: SigningProblem | None = None

    def __call__(self, problem: SigningProblem | None) -> None:
        if problem is SigningProblem.NO_ROOM:
            return  # of that picture, and nothing that could be fixed
        before, self._trouble = self._trouble, problem
        if problem is not None and problem is not before:
            self._alerts.tell(f"{_ALERT}.{problem.name.lower()}", self._words(problem))
        elif problem is None and before is not None:
            self._alerts.over(f"{_ALERT}.{before.name.lower()}", self._over())
