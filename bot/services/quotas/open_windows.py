"""The open windows of counters: which one a charge goes to, and when somebody is warned of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from bot.domain.quotas.quota import Allowance, Limit, Used
from bot.domain.quotas.windows import window_end, window_start
from bot.services.ports import Count, CounterKey, CounterKind, CounterWindows, UnitOfWork

# Somebody hears of it when so much of a budget is used.
WARN_PERCENT = (80, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """Whose use is limited, and how; `zone` is the one in which windows begin."""

    kind: CounterKind
    allowance: Allowance
    guild_id: int = 0
    user_id: int = 0
    zone: tzinfo = UTC

    def of(self, limit: Limit) -> CounterWindows:
        """Return the windows in which one of the limits counts."""
        return CounterWindows(
            kind=self.kind, guild_id=self.guild_id, user_id=self.user_id, window=limit.window
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWindow:
    """The window of a counter that is open now, under one limit; `ends_at` in UTC seconds."""

    counter: CounterKey
    limit: Limit
    used: int
    ends_at: int

    def of(self, *kinds: CounterKind) -> bool:
        """Tell whether it is of one of these kinds."""
        return self.counter.kind in kinds

    @property
    def shown(self) -> Used:
        return Used(
            limit=self.limit,
            used=self.used,
            starts_at=self.counter.starts_at,
            ends_at=self.ends_at,
        )

    def after(self, amount: int) -> OpenWindow:
        """Return the window with so much more used of it."""
        return replace(self, used=self.used + amount)


async def open_windows(uow: UnitOfWork, *limited: Limited, now: int) -> list[OpenWindow]:
    """Return the open window of each limit, in one look; one that has begun keeps its end."""
    wanted = [(one, limit, one.of(limit)) for one in limited for limit in one.allowance]
    latest = await uow.quotas.latest([windows for _, _, windows in wanted])
    return [_open(one, limit, latest.get(windows), now) for one, limit, windows in wanted]


def _open(one: Limited, limit: Limit, latest: Count | None, now: int) -> OpenWindow:
    if latest is not None and latest.ends_at > now:
        return OpenWindow(counter=latest.key, limit=limit, used=latest.used, ends_at=latest.ends_at)
    # After a change of time zone the new window begins no earlier than the old one ended.
    begun = window_start(limit.window, now, one.zone)
    counter = CounterKey(
        kind=one.kind,
        guild_id=one.guild_id,
        user_id=one.user_id,
        window=limit.window,
        starts_at=max(begun, latest.ends_at) if latest is not None else begun,
    )
    ends_at = window_end(limit.window, begun, one.zone)
    return OpenWindow(counter=counter, limit=limit, used=0, ends_at=ends_at)


async def warn(uow: UnitOfWork, window: OpenWindow, amount: int, *, now: int) -> None:
    """Enter in the record, once, that a budget is nearly or wholly used; it is told from there."""
    used, limit = window.used + amount, window.limit.credits
    reached = [percent for percent in WARN_PERCENT if used * 100 >= limit * percent]
    # Remembered as a use and not as a percentage: a raised limit warns again.
    if not reached or not await uow.quotas.warn(window.counter, -(-limit * reached[-1] // 100)):
        return
    await uow.audit.add(
        window.counter.guild_id,
        at=now,
        actor_id=0,
        action="budget_warning",
        subject_kind="budget",
        subject_id=window.counter.kind.value,
        old=None,
        new={
            "percent": reached[-1],
            "used": used,
            "limit": limit,
            "window": window.limit.window.value,
            "ends_at": window.ends_at,
        },
        reason=None,
    )
