"""Allowances, windows and charges: arithmetic without storage.

Windows are hour, day, week (from Monday) and month in a server's time zone; budgets count in
UTC. All times that leave this module are UTC seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.quotas.windows import Window
from bot.domain.translatable import N_, Sentence


@dataclass(frozen=True, slots=True, order=True)
class Limit:
    """So many credits per window."""

    credits: int
    window: Window

    def __str__(self) -> str:
        return f"{self.credits}/{self.window}"


# Money is counted in millionths of the operator's currency.
MICRO = 1_000_000

Allowance = tuple[Limit, ...]
"""Limits that must all pass; empty means none applies: unlimited."""


class AllowanceProblem(Sentence):
    """Why a text is no limit."""

    NO_LIMIT = N_(
        "{text} is not a limit: write NUMBER/hour, /day, /week or /month, several separated by"
        " commas, or none"
    )
    NO_MONEY = N_(
        "{text} is not a limit of money: write AMOUNT/hour, /day, /week or /month, such as"
        " 20.50/day, several separated by commas, or none"
    )
    TWICE = N_("two limits for one {window}: keep one of them")


class AllowanceError(ValueError):
    """A text that names no limits; the problem's sentence names the form."""

    def __init__(self, problem: AllowanceProblem, **values: object) -> None:
        super().__init__(problem.filled(values))
        self.problem = problem
        self.values: Mapping[str, object] = values


def parse_allowance(text: str) -> Allowance:
    """Read `10/day`, `5/hour, 20/day` or `none`; raises AllowanceError."""
    if text.strip().lower() == "none":
        return ()
    return _parse(text.split(","), digits=9)


def _parse(parts: Sequence[str], *, digits: int) -> Allowance:
    limits: dict[Window, Limit] = {}
    for part in parts:
        number, _, name = (piece.strip() for piece in part.partition("/"))
        try:
            window = Window(name.lower())
        except ValueError:
            window = None
        if window is None or not (number.isascii() and number.isdigit()) or len(number) > digits:
            raise AllowanceError(AllowanceProblem.NO_LIMIT, text=repr(part.strip()))
        if window in limits:
            raise AllowanceError(AllowanceProblem.TWICE, window=window)
        limits[window] = Limit(int(number), window)
    return tuple(limits[window] for window in Window if window in limits)


def parse_spending(text: str) -> Allowance:
    """Read limits of money, `20/day` or `20/day, 299.50/month`, as micro-units; or `none`.

    Raises AllowanceError.
    """
    if text.strip().lower() == "none":
        return ()
    micro: list[str] = []
    for part in text.split(","):
        amount, _, window = (piece.strip() for piece in part.partition("/"))
        whole, _, rest = amount.partition(".")
        if not (whole + rest).isascii() or not (whole + rest).isdigit() or len(rest) > 6:
            raise AllowanceError(AllowanceProblem.NO_MONEY, text=repr(part.strip()))
        micro.append(f"{int(whole or 0) * MICRO + int(rest.ljust(6, '0') or 0)}/{window}")
    return _parse(micro, digits=15)


_SECONDS = {
    Window.HOUR: 3600,
    Window.DAY: 86_400,
    Window.WEEK: 7 * 86_400,
    Window.MONTH: 30 * 86_400,
}


def capacity(limit: Limit, window: Window) -> int:
    """Return how much a limit lets through in another window: as often as it fits, at least once.

    For comparing limits of different windows; a month counts as 30 days.
    """
    return limit.credits * max(_SECONDS[window] // _SECONDS[limit.window], 1)


def most_in(allowance: Allowance, window: Window) -> int | None:
    """Return what all limits together let through in a window; None when nothing limits."""
    return min((capacity(limit, window) for limit in allowance), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """One limit and what is used of it."""

    limit: Limit
    used: int
    starts_at: int
    ends_at: int

    @property
    def left(self) -> int:
        """Credits left; never negative, also when the limit was lowered below what is used."""
        return max(self.limit.credits - self.used, 0)


def left_in(windows: Sequence[Used]) -> int | None:
    """Return what all windows together still let through; None when nothing limits."""
    return min((window.left for window in windows), default=None)


def split_charge(
    needed: int, left: int | None, grants: Sequence[int]
) -> tuple[int, list[int]] | None:
    """Divide a charge: allowance first, then grants in their order.

    Returns (credits from the allowance, credits from each grant), or None when both together
    do not suffice.
    """
    from_allowance = needed if left is None else min(needed, left)
    missing = needed - from_allowance
    from_grants: list[int] = []
    for available in grants:
        taken = min(missing, available)
        from_grants.append(taken)
        missing -= taken
    return None if missing else (from_allowance, from_grants)


def split_kept(amounts: Sequence[int], delivered: int) -> list[int]:
    """Divide what was delivered over holds in order; the first is kept first.

    Allowance holds stand before grants, so the allowance is kept first and grants return first.
    """
    kept: list[int] = []
    for amount in amounts:
        part = min(amount, max(delivered, 0))
        kept.append(part)
        delivered -= part
    return kept
