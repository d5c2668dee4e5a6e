"""Allowances, windows and charges: arithmetic without storage.

Windows are hour, day, week (from Monday) and month in a server's time zone; budgets count in
UTC. All times that leave this module are UTC seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum


class Window(StrEnum):
    """A span in which credits renew."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True, order=True)
class Limit:
    """So many credits per window."""

    credits: int
    window: Window

    def __str__(self) -> str:
        return f"{self.credits}/{self.window}"


Allowance = tuple[Limit, ...]
"""Limits that must all pass; empty means none applies: unlimited."""


def parse_allowance(text: str) -> Allowance:
    """Read `10/day`, `5/hour, 20/day` or `none`.

    Raises ValueError with a sentence that names the form.
    """
    if text.strip().lower() == "none":
        return ()
    limits: dict[Window, Limit] = {}
    for part in text.split(","):
        number, _, name = (piece.strip() for piece in part.partition("/"))
        try:
            window = Window(name.lower())
        except ValueError:
            window = None
        if window is None or not (number.isascii() and number.isdigit()) or len(number) > 9:
            raise ValueError(
                f"{part.strip()!r} is not a limit: write NUMBER/hour, /day, /week or /month, "
                "several separated by commas, or none"
            )
        if window in limits:
            raise ValueError(f"two limits for one {window}: keep one of them")
        limits[window] = Limit(int(number), window)
    return tuple(limits[window] for window in Window if window in limits)


def window_start(window: Window, now: int, zone: tzinfo = UTC) -> int:
    """Return when the window that holds `now` began.

    The start is the first instant whose local time is at or after the nominal one, so a clock
    change at midnight neither skips nor doubles a day. An hour is a clock hour of 3,600 s,
    counted from the zone's offset at the moment.
    """
    local = datetime.fromtimestamp(now, zone)
    if window is Window.HOUR:
        return now - (local.minute * 60 + local.second)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if window is Window.WEEK:
        midnight -= timedelta(days=midnight.weekday())
    elif window is Window.MONTH:
        midnight = midnight.replace(day=1)
    return min(_instant(midnight), now)


def window_end(window: Window, starts_at: int, zone: tzinfo = UTC) -> int:
    """Return when the window that began at `starts_at` ends."""
    if window is Window.HOUR:
        return starts_at + 3600
    local = datetime.fromtimestamp(starts_at, zone)
    # Noon is never skipped by a clock change, so adding days to it is safe.
    noon = local.replace(hour=12, minute=0, second=0, microsecond=0)
    if window is Window.DAY:
        noon += timedelta(days=1)
    elif window is Window.WEEK:
        noon += timedelta(days=7 - noon.weekday())
    else:
        noon = (noon.replace(day=28) + timedelta(days=4)).replace(day=1)
    return _instant(noon.replace(hour=0, fold=0))


def _instant(local: datetime) -> int:
    """Turn a local midnight into UTC seconds.

    A midnight that a clock change skips is read with the offset before it, which gives the
    moment of the change; of a doubled midnight the first one counts (`fold=0`).
    """
    return int(local.timestamp())


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
