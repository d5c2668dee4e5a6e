"""What a member may still spend, and the charges of a job: reserve, settle, refund.

Each method that changes something runs inside the caller's transaction, beside the change of
the job that it pays for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.errors import QuotaError, QuotaScope
from bot.domain.job import Job
from bot.domain.quota import (
    Allowance,
    Limit,
    Used,
    left_in,
    split_charge,
    split_kept,
    window_end,
    window_start,
)
from bot.services.ports import CounterKey, CounterKind, Grant, Hold, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The limits in force: a member's allowance, and the operator's ceilings above it."""

    member: Allowance
    ceiling: Allowance
    everywhere: Allowance


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a member may still do in a server. `left` is None where nothing limits."""

    windows: tuple[Used, ...]
    grants: tuple[Grant, ...]
    server: tuple[Used, ...]

    @property
    def left(self) -> int | None:
        """Credits of the allowance and the grants together."""
        allowance = left_in(self.windows)
        if allowance is None:
            return None
        return allowance + sum(grant.amount - grant.used for grant in self.grants)


class QuotaBook:
    """Charges jobs by the rules. All amounts are credits, all times UTC seconds."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    async def standing(self, uow: UnitOfWork, *, guild_id: int, user_id: int, now: int) -> Standing:
        """Read what a member has left; changes nothing."""
        quotas = uow.quotas
        member = self._counters(CounterKind.MEMBER, guild_id, user_id, now)
        ceiling = self._counters(CounterKind.CEILING, guild_id, 0, now)
        return Standing(
            windows=tuple([_used(c, limit, await quotas.used(c)) for c, limit in member]),
            grants=tuple(await quotas.grants(guild_id, user_id, now=now)),
            server=tuple([_used(c, limit, await quotas.used(c)) for c, limit in ceiling]),
        )

    async def require(self, uow: UnitOfWork, *, guild_id: int, user_id: int, now: int) -> None:
        """Raise QuotaError when a member has not one credit left; changes nothing."""
        standing = await self.standing(uow, guild_id=guild_id, user_id=user_id, now=now)
        if standing.left is not None and standing.left < 1:
            raise _used_up(1, standing.windows, 0)

    async def reserve(self, uow: UnitOfWork, job: Job, *, now: int) -> None:
        """Hold the job's credits on every counter that it touches.

        Raises QuotaError for the first limit that does not let it through; the caller's
        transaction must then be left without commit. The order member, grants, ceiling, global
        is fixed, so that no two reservations lock each other out (DATA.md section 1).
        """
        needed = job.request.credits
        await self._charge_member(uow, job, needed, now)
        part = _FIRST_BUDGET_PART
        for kind, guild_id in ((CounterKind.CEILING, job.guild_id), (CounterKind.GLOBAL, 0)):
            for counter, limit in self._counters(kind, guild_id, 0, now):
                await self._hold(uow, job, part, counter, limit, needed, now)
                part += 1

    async def settle(
        self, uow: UnitOfWork, job: Job, *, delivered: int, paid: int, now: int
    ) -> None:
        """Keep what was delivered (member) and probably paid (budgets); give back the rest.

        `delivered` and `paid` count pictures. A hold that is settled already stays as it is.
        """
        unit = job.request.unit_credits
        holds = [hold for hold in await uow.quotas.holds(job.job_id) if hold.kept is None]
        members = [h for h in holds if h.counter and h.counter.kind is CounterKind.MEMBER]
        grants = [hold for hold in holds if hold.grant_id is not None]
        # Several windows hold the same credits side by side; grants hold what they lacked.
        allowance = members[0].amount if members else 0
        amounts = [allowance, *(grant.amount for grant in grants)]
        kept = split_kept(amounts, delivered * unit)
        for hold in holds:
            if hold in members:
                keep = kept[0]
            elif hold in grants:
                keep = kept[1 + grants.index(hold)]
            else:
                keep = min(paid * unit, hold.amount)
            await uow.quotas.keep(job, hold, keep, now=now)

    async def _charge_member(self, uow: UnitOfWork, job: Job, needed: int, now: int) -> None:
        counters = self._counters(CounterKind.MEMBER, job.guild_id, job.user_id, now)
        windows = [_used(c, limit, await uow.quotas.used(c)) for c, limit in counters]
        grants = await uow.quotas.grants(job.guild_id, job.user_id, now=now)
        available = [grant.amount - grant.used for grant in grants]
        charge = split_charge(needed, left_in(windows), available)
        if charge is None:
            raise _used_up(needed, windows, sum(available))
        from_allowance, from_grants = charge
        if from_allowance:
            for part, (counter, limit) in enumerate(counters):
                await self._hold(uow, job, part, counter, limit, from_allowance, now)
        for part, (grant, amount) in enumerate(
            zip(grants, from_grants, strict=True), start=_FIRST_GRANT_PART
        ):
            if not amount:
                continue
            if not await uow.quotas.take_grant(grant.grant_id, amount, now=now):
                raise _used_up(needed, windows, 0)
            hold = Hold(part=part, counter=None, grant_id=grant.grant_id, amount=amount)
            await uow.quotas.hold(job, hold, now=now)

    async def _hold(
        self,
        uow: UnitOfWork,
        job: Job,
        part: int,
        counter: CounterKey,
        limit: Limit,
        amount: int,
        now: int,
    ) -> None:
        if not await uow.quotas.take(counter, amount, limit=limit.credits):
            used = _used(counter, limit, await uow.quotas.used(counter))
            raise QuotaError(
                QuotaScope(counter.kind.value),
                needed=amount,
                left=used.left,
                window=limit.window,
                renews_at=used.ends_at if amount <= limit.credits else None,
            )
        hold = Hold(part=part, counter=counter, grant_id=None, amount=amount)
        await uow.quotas.hold(job, hold, now=now)

    def _counters(
        self, kind: CounterKind, guild_id: int, user_id: int, now: int
    ) -> list[tuple[CounterKey, Limit]]:
        allowance = {
            CounterKind.MEMBER: self._rules.member,
            CounterKind.CEILING: self._rules.ceiling,
            CounterKind.GLOBAL: self._rules.everywhere,
        }[kind]
        return [
            (
                CounterKey(
                    kind=kind,
                    guild_id=guild_id,
                    user_id=user_id,
                    window=limit.window,
                    starts_at=window_start(limit.window, now),
                ),
                limit,
            )
            for limit in allowance
        ]


# Holds are numbered per job: the member's windows, then grants, then budgets.
_FIRST_GRANT_PART = 10
_FIRST_BUDGET_PART = 1000


def _used_up(needed: int, windows: Sequence[Used], spare: int) -> QuotaError:
    """Name the window that keeps a member waiting longest; `spare` credits come from grants."""
    short = [window for window in windows if window.left + spare < needed] or windows
    last = max(short, key=lambda window: window.ends_at)
    never = any(window.limit.credits + spare < needed for window in short)
    return QuotaError(
        QuotaScope.MEMBER,
        needed=needed,
        left=last.left + spare,
        window=last.limit.window,
        renews_at=None if never else last.ends_at,
    )


def _used(counter: CounterKey, limit: Limit, used: int) -> Used:
    return Used(
        limit=limit,
        used=used,
        starts_at=counter.starts_at,
        ends_at=window_end(counter.window, counter.starts_at),
    )
