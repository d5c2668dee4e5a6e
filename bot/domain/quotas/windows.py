"""Windows of limits: hour, day, week (from Monday) and month, where each starts and ends.

Times are UTC seconds; days are those of a time zone.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum


class Window(StrEnum):
    """A span in which credits renew."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def window_start(window: Window, now: int, zone: tzinfo = UTC) -> int:
    """Return when the window that holds `now` began.

    Days, weeks and months begin with the first instant whose local time is at or after their
    midnight, so a clock change there neither skips nor doubles one. Hours count from the day's
    beginning; what a clock change leaves of one belongs to the day's last.
    """
    if window is not Window.HOUR:
        return _bounds(window, now, zone)[0]
    day, midnight = _bounds(Window.DAY, now, zone)
    start = now - (now - day) % 3600
    return start if midnight - start >= 3600 else start - 3600


def window_end(window: Window, starts_at: int, zone: tzinfo = UTC) -> int:
    """Return when the window that began at `starts_at` ends."""
    if window is not Window.HOUR:
        return _bounds(window, starts_at, zone)[1]
    _, midnight = _bounds(Window.DAY, starts_at, zone)
    end = starts_at + 3600
    return midnight if end <= midnight < end + 3600 else end


def _bounds(window: Window, at: int, zone: tzinfo) -> tuple[int, int]:
    first = _first_day(window, datetime.fromtimestamp(at, zone).date())
    following = _first_day(window, first + _LONGEST[window])
    start, end = _midnight(first, zone), _midnight(following, zone)
    if end > at:
        return start, end
    # The clock fell back over midnight: the day that had begun goes on.
    return end, _midnight(_first_day(window, following + _LONGEST[window]), zone)


def _first_day(window: Window, day: date) -> date:
    if window is Window.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if window is Window.MONTH else day


# From the first day of a window, so many days always lead into the next one.
_LONGEST = {
    Window.DAY: timedelta(days=1),
    Window.WEEK: timedelta(days=7),
    Window.MONTH: timedelta(days=31),
}


def _midnight(day: date, zone: tzinfo) -> int:
    """Return the first instant of a day; of a doubled midnight the first one counts."""
    midnight = datetime.combine(day, time(), zone)
    before, after = int(midnight.timestamp()), int(midnight.replace(fold=1).timestamp())
    if before <= after:
        return before
    # Skipped: read with the offsets before and after, it lies around the moment of the change.
    between = range(after, before)
    begun = bisect_left(
        between, True, key=lambda at: datetime.fromtimestamp(at, zone).date() >= day
    )
    return after + begun
