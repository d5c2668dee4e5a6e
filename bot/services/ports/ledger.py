"""Counters, grants, holds and the ledger of credits; limits are enforced in statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.domain.job import Job
from bot.domain.quotas.quota import Used, left_in
from bot.domain.quotas.rules import Effective
from bot.domain.quotas.windows import Window


class CounterKind(StrEnum):
    """Whose use a counter counts."""

    MEMBER = "member"
    BUDGET = "budget"
    CEILING = "ceiling"
    GLOBAL = "global"
    MONEY = "money"


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterKey:
    """One counter: who, in which window, begun when (UTC seconds). 0 where an id is not meant.

    Counts credits; of kind `money` micro-units of the operator's currency.
    """

    kind: CounterKind
    guild_id: int
    user_id: int
    window: Window
    starts_at: int

    @property
    def windows(self) -> CounterWindows:
        """The counter with any start."""
        return CounterWindows(
            kind=self.kind, guild_id=self.guild_id, user_id=self.user_id, window=self.window
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterWindows:
    """All the windows of one length that a counter had and has: a counter's key without a start."""

    kind: CounterKind
    guild_id: int
    user_id: int
    window: Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A counter's window as it is stored: its end (UTC seconds) and what is used."""

    key: CounterKey
    ends_at: int
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Extra credits of a member in a server."""

    grant_id: int
    amount: int
    used: int
    expires_at: int | None
    guild_id: int = 0
    user_id: int = 0
    revoked_at: int | None = None

    @property
    def left(self) -> int:
        return self.amount - self.used


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Credits set aside for a job on one counter or one grant."""

    part: int
    counter: CounterKey | None
    grant_id: int | None
    amount: int
    kept: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A hold, and how far its counter may go; `ends_at` is for a new one, no limit is None."""

    hold: Hold
    limit: int | None
    ends_at: int


class LedgerKind(StrEnum):
    """What a ledger entry records."""

    RESERVE = "reserve"
    SETTLE = "settle"
    GRANT = "grant"
    REVOKE = "revoke"
    RESET = "reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaStatus:
    """What a member may still do in a server, and the rules that decide it.

    `left` is None where nothing limits. `server` are the budgets that all members share.
    """

    windows: tuple[Used, ...]
    grants: tuple[Grant, ...]
    server: tuple[Used, ...]
    effective: Effective

    @property
    def left(self) -> int | None:
        """Credits of the allowance and the grants together."""
        if self.effective.denied:
            return 0
        allowance = left_in(self.windows)
        if allowance is None:
            return None
        return allowance + sum(grant.left for grant in self.grants)


class Quotas(Protocol):
    """Counters, grants, holds and the ledger; limits are enforced in the statements."""

    async def used(self, key: CounterKey) -> int: ...

    async def latest(self, wanted: Sequence[CounterWindows]) -> dict[CounterWindows, Count]:
        """Of each the window that began last, be it over or not; none that never had one."""
        ...

    async def reset(self, count: Count, *, starts_at: int) -> None:
        """Restart the counter's window at zero; what is held stays with the old one (D11)."""
        ...

    async def warn(self, key: CounterKey, used: int) -> bool:
        """Remember that somebody is warned of so much use; False when of as much before."""
        ...

    async def give_back(self, key: CounterKey, amount: int) -> None: ...

    async def grants(self, guild_id: int, user_id: int, *, now: int) -> list[Grant]:
        """Open grants with something left, soonest expiry first."""
        ...

    async def take_grant(self, grant_id: int, amount: int, *, now: int) -> bool: ...

    async def give_back_grant(self, grant_id: int, amount: int) -> None: ...

    async def charge(self, job: Job, charges: Sequence[Charge], *, now: int) -> Charge | None:
        """Write holds with their ledger entries, and take what they hold from the counters.

        In this order, the counters last. Returns the first charge that a limit did not let
        through; the transaction must then be left without commit.
        """
        ...

    async def holds(self, job_id: str) -> list[Hold]: ...

    async def keep(self, job: Job, kept: Sequence[tuple[Hold, int]], *, now: int) -> int:
        """Settle holds with their ledger entries, and give the rest back.

        Returns how many were not settled before.
        """
        ...


class Grants(Protocol):
    """Extra credits: given, taken back, found again."""

    async def give(
        self,
        guild_id: int,
        user_id: int,
        amount: int,
        *,
        expires_at: int | None,
        by: int,
        reason: str | None,
        now: int,
    ) -> int:
        """Write a grant with its ledger entry; return its id."""
        ...

    async def get(self, grant_id: int) -> Grant | None: ...

    async def revoke(self, grant_id: int, *, by: int, reason: str | None, now: int) -> int | None:
        """Take back what is left, with a ledger entry; None when it was taken back before."""
        ...

    async def restore(self, grant_id: int, *, by: int, reason: str | None, now: int) -> bool:
        """Open a grant again that was taken back; False when it is open."""
        ...

    async def of_guild(self, guild_id: int, *, now: int, limit: int) -> list[Grant]:
        """Open grants with something left, newest first."""
        ...

    async def open_credits(self, guild_id: int, *, now: int) -> int:
        """What open grants of a server still let through."""
        ...

    async def record_reset(
        self, guild_id: int, user_id: int, credits: int, *, by: int, reason: str | None, now: int
    ) -> None:
        """Enter in the ledger that a member's windows were restarted."""
        ...
