"""What a member may still spend, and the charges of a job: reserve, settle, refund.

Each method that changes something runs inside the caller's transaction, beside the change of
the job that it pays for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bot.domain.errors import AccessError, Denial, QuotaError, QuotaScope
from bot.domain.job import Job
from bot.domain.quotas.quota import Allowance, Used, left_in, split_charge, split_kept
from bot.domain.quotas.rules import (
    Effective,
    Subject,
    effective,
    limits_of,
)
from bot.domain.quotas.windows import Window
from bot.domain.requests.request import ImageRequest
from bot.domain.server import ServerPolicy
from bot.services.ports import (
    Charge,
    CounterKind,
    CounterWindows,
    Grant,
    Hold,
    QuotaStatus,
    UnitOfWork,
)
from bot.services.quotas.open_windows import Limited, OpenWindow, open_windows, warn


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the configuration says: a member's allowance, and the operator's ceilings above it.

    `personal` is the allowance in direct messages and private channels. `money` is in
    micro-units of the operator's currency.
    """

    member: Allowance
    ceiling: Allowance
    everywhere: Allowance
    personal: Allowance = ()
    money: Allowance = ()


class QuotaBook:
    """Charges jobs by the rules. All amounts are credits, all times UTC seconds."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    async def quota_status(
        self,
        uow: UnitOfWork,
        policy: ServerPolicy,
        *,
        guild_id: int,
        user_id: int,
        role_ids: Collection[int],
        now: int,
    ) -> QuotaStatus:
        """Read what a member has left; changes nothing."""
        found = await self.effective(
            uow, policy, guild_id=guild_id, user_id=user_id, role_ids=role_ids, now=now
        )
        member = _member(policy, found, guild_id=guild_id, user_id=user_id)
        windows = await open_windows(uow, member, *self.shared(policy, guild_id), now=now)
        grants = await uow.quotas.grants(guild_id, user_id, now=now)
        return QuotaStatus(
            windows=tuple(one.shown for one in windows if one.of(CounterKind.MEMBER)),
            grants=tuple(grants),
            server=tuple(one.shown for one in windows if not one.of(CounterKind.MEMBER)),
            effective=found,
        )

    async def effective(
        self,
        uow: UnitOfWork,
        policy: ServerPolicy,
        *,
        guild_id: int,
        user_id: int,
        role_ids: Collection[int],
        now: int,
    ) -> Effective:
        """Return the allowance that applies to a member, and where it comes from."""
        asked = guild_id and policy.member_rules
        own = await uow.rules.of_member(guild_id, user_id) if asked else []
        return effective(
            [*policy.rules, *own],
            user_id=user_id,
            role_ids=role_ids,
            default=self._rules.member if guild_id else self._rules.personal,
            now=now,
        )

    async def require(
        self,
        uow: UnitOfWork,
        policy: ServerPolicy,
        *,
        guild_id: int,
        user_id: int,
        role_ids: Collection[int],
        now: int,
    ) -> None:
        """Raise AccessError or QuotaError when a member has not one credit left."""
        quota_status = await self.quota_status(
            uow, policy, guild_id=guild_id, user_id=user_id, role_ids=role_ids, now=now
        )
        if quota_status.effective.denied:
            raise _denied(quota_status.effective)
        if quota_status.left is not None and quota_status.left < 1:
            raise _used_up(1, quota_status.windows, 0)

    def ceiling(self, policy: ServerPolicy) -> Allowance:
        """Return what the operator lets a server use: its own ceiling, else that of all."""
        own = limits_of(rule for rule in policy.rules if rule.subject is Subject.CEILING)
        return own or self._rules.ceiling

    @property
    def usual(self) -> Allowance:
        """What the configuration gives a member of a server that decided nothing."""
        return self._rules.member

    async def server_used(
        self, uow: UnitOfWork, policy: ServerPolicy, guild_id: int, now: int
    ) -> list[Used]:
        """Return the budgets that a server's members share: the managers', then the operator's."""
        windows = await open_windows(uow, *self.shared(policy, guild_id), now=now)
        return [one.shown for one in windows]

    async def everywhere_used(self, uow: UnitOfWork, *, now: int) -> tuple[list[Used], list[Used]]:
        """Return what is used of the operator's ceilings over all servers: credits, and money."""
        windows = await open_windows(uow, self._everywhere, self._money, now=now)
        money = [one.shown for one in windows if one.of(CounterKind.MONEY)]
        return [one.shown for one in windows if not one.of(CounterKind.MONEY)], money

    def budget(self, policy: ServerPolicy) -> Allowance:
        """Return what the managers let their server use."""
        return limits_of(rule for rule in policy.rules if rule.subject is Subject.BUDGET)

    async def reserve(
        self,
        uow: UnitOfWork,
        policy: ServerPolicy,
        job: Job,
        *,
        role_ids: Collection[int],
        now: int,
        price_micro: int = 0,
    ) -> QuotaStatus:
        """Hold the job's credits on every counter that it touches; return what is left beside it.

        `price_micro` is the price of a picture at the dearest provider that may serve.

        Raises AccessError or QuotaError for the first limit that does not let it through; the
        caller's transaction must then be left without commit. The order grants, member, budget,
        ceiling, global, money is fixed, so that no two reservations lock each other out
        (docs/spec/data.md section 3.1).
        """
        guild_id, user_id, needed = job.guild_id, job.user_id, job.request.credits
        price = max(price_micro, job.request.price_micro) * job.request.count
        found = await self.effective(
            uow, policy, guild_id=guild_id, user_id=user_id, role_ids=role_ids, now=now
        )
        if found.denied:
            raise _denied(found)
        windows = await open_windows(
            uow,
            _member(policy, found, guild_id=guild_id, user_id=user_id),
            *self.shared(policy, guild_id),
            self._everywhere,
            *([self._money] if price else []),
            now=now,
        )
        own = [one for one in windows if one.of(CounterKind.MEMBER)]
        grants = await uow.quotas.grants(guild_id, user_id, now=now)
        from_allowance, from_grants = _split(needed, own, grants)
        charges = [
            _charge(part, one, from_allowance) for part, one in enumerate(own) if from_allowance
        ]
        for part, (grant, amount) in enumerate(
            zip(grants, from_grants, strict=True), start=_FIRST_GRANT_PART
        ):
            if not amount:
                continue
            if not await uow.quotas.take_grant(grant.grant_id, amount, now=now):
                raise _used_up(needed, [one.shown for one in own], 0)
            hold = Hold(part=part, counter=None, grant_id=grant.grant_id, amount=amount)
            charges.append(Charge(hold=hold, limit=None, ends_at=0))
        shared = [
            (one, price if one.of(CounterKind.MONEY) else needed) for one in windows[len(own) :]
        ]
        charges += [
            _charge(part, one, amount)
            for part, (one, amount) in enumerate(shared, start=_FIRST_BUDGET_PART)
        ]
        # Last, and in one statement: others wait from here to the commit for what servers share.
        over = await uow.quotas.charge(job, charges, now=now)
        if over is not None:
            raise _over(next(one for one in windows if one.counter == over.hold.counter), over)
        for one, amount in shared:
            await warn(uow, one, amount, now=now)
        used = [
            replace(grant, used=grant.used + amount)
            for grant, amount in zip(grants, from_grants, strict=True)
        ]
        server = [one for one, _ in shared if one.of(CounterKind.BUDGET, CounterKind.CEILING)]
        return QuotaStatus(
            windows=tuple(one.after(from_allowance).shown for one in own),
            grants=tuple(grant for grant in used if grant.left),
            server=tuple(one.after(needed).shown for one in server),
            effective=found,
        )

    async def room(
        self,
        uow: UnitOfWork,
        policy: ServerPolicy,
        request: ImageRequest,
        *,
        guild_id: int,
        user_id: int,
        role_ids: Collection[int],
        now: int,
    ) -> tuple[int, int]:
        """Return how many pictures of a request, and how many credits, all limits let through now.

        For one that `reserve` refused: something limits it.
        """
        quota_status = await self.quota_status(
            uow, policy, guild_id=guild_id, user_id=user_id, role_ids=role_ids, now=now
        )
        everywhere, money = await self.everywhere_used(uow, now=now)
        shared = [*quota_status.server, *everywhere]
        own = [] if quota_status.left is None else [quota_status.left]
        credits = min([*own, *(one.left for one in shared)], default=request.credits)
        pictures = credits // max(request.unit_credits, 1)
        if request.price_micro:
            pictures = min([pictures, *(one.left // request.price_micro for one in money)])
        return pictures, credits

    async def hold_up_to(self, uow: UnitOfWork, job: Job, amount_micro: int, *, now: int) -> None:
        """Hold what a job lacks of so much money before another provider serves it (T14).

        Raises QuotaError where a limit does not let it through; the caller's transaction must then
        be left without commit.
        """
        holds = await uow.quotas.holds(job.job_id)
        held: Counter[Window] = Counter()
        for hold in holds:
            if hold.counter and hold.counter.kind is CounterKind.MONEY:
                held[hold.counter.window] += hold.amount
        part = max([_FIRST_MOVE_PART - 1, *(hold.part for hold in holds)])
        for one in await open_windows(uow, self._money, now=now):
            lacks = amount_micro - held[one.limit.window]
            if lacks > 0:
                part += 1
                if over := await uow.quotas.charge(job, [_charge(part, one, lacks)], now=now):
                    raise _over(one, over)
                await warn(uow, one, lacks, now=now)

    async def overrun(
        self, uow: UnitOfWork, job: Job, seq: int, amount_micro: int, *, now: int
    ) -> None:
        """Count what a call cost more than was expected: no limit refuses it, for it is paid.

        It is held on the windows of now, beside what the job holds, until the job ends.
        """
        if amount_micro <= 0:
            return
        windows = await open_windows(uow, self._money, now=now)
        first = _FIRST_OVERRUN_PART + seq * _PARTS_PER_CALL
        charges = [
            replace(_charge(part, one, amount_micro), limit=None)
            for part, one in enumerate(windows, start=first)
        ]
        await uow.quotas.charge(job, charges, now=now)
        for one in windows:
            await warn(uow, one, amount_micro, now=now)

    async def settle(
        self,
        uow: UnitOfWork,
        job: Job,
        *,
        delivered: int,
        paid: int,
        now: int,
        spent_micro: int | None = None,
    ) -> None:
        """Keep what was delivered (member) and probably paid (budgets); give back the rest.

        `delivered` and `paid` count pictures; `spent_micro` is what they cost, their price where it
        is left out. A hold that is settled already stays as it is.
        """
        unit = job.request.unit_credits
        spent = paid * job.request.price_micro if spent_micro is None else spent_micro
        # Of each window: what was held at first, then what it cost more.
        to_keep: defaultdict[Window, int] = defaultdict(lambda: spent)
        holds = [hold for hold in await uow.quotas.holds(job.job_id) if hold.kept is None]
        members = [h for h in holds if h.counter and h.counter.kind is CounterKind.MEMBER]
        grants = [hold for hold in holds if hold.grant_id is not None]
        # Several windows hold the same credits side by side; grants hold what they lacked.
        allowance = members[0].amount if members else 0
        amounts = [allowance, *(grant.amount for grant in grants)]
        kept = split_kept(amounts, delivered * unit)
        keeps: list[tuple[Hold, int]] = []
        for hold in holds:
            if hold in members:
                keep = kept[0]
            elif hold in grants:
                keep = kept[1 + grants.index(hold)]
            elif hold.counter and hold.counter.kind is CounterKind.MONEY:
                keep = min(to_keep[hold.counter.window], hold.amount)
                to_keep[hold.counter.window] -= keep
            else:
                keep = min(paid * unit, hold.amount)
            keeps.append((hold, keep))
        await uow.quotas.keep(job, keeps, now=now)

    async def reset(
        self,
        uow: UnitOfWork,
        *,
        guild_id: int,
        user_id: int,
        by: int,
        reason: str | None,
        now: int,
    ) -> int:
        """Reset a member's open windows; return the most that was used of one.

        What is held stays with the old windows, so a later refund never falls below zero (D11).
        """
        most = 0
        wanted = [
            CounterWindows(
                kind=CounterKind.MEMBER, guild_id=guild_id, user_id=user_id, window=window
            )
            for window in Window
        ]
        latest = await uow.quotas.latest(wanted)
        for count in latest.values():
            if not count.used:
                continue
            starts_at = max(now, count.key.starts_at + 1)
            if starts_at >= count.ends_at:
                continue  # it is over, or renews automatically within a second
            most = max(most, count.used)
            await uow.quotas.reset(count, starts_at=starts_at)
        if most:
            await uow.grants.record_reset(guild_id, user_id, most, by=by, reason=reason, now=now)
        return most

    # --- who is limited ---------------------------------------------------------------------

    def shared(self, policy: ServerPolicy, guild_id: int) -> list[Limited]:
        """Return the budgets that a server's members share; a personal scope has none."""
        if not guild_id:
            return []
        budget, ceiling = self.budget(policy), self.ceiling(policy)
        return [
            Limited(kind=CounterKind.BUDGET, allowance=budget, guild_id=guild_id),
            Limited(kind=CounterKind.CEILING, allowance=ceiling, guild_id=guild_id),
        ]

    @property
    def _everywhere(self) -> Limited:
        return Limited(kind=CounterKind.GLOBAL, allowance=self._rules.everywhere)

    @property
    def _money(self) -> Limited:
        return Limited(kind=CounterKind.MONEY, allowance=self._rules.money)


def _member(policy: ServerPolicy, found: Effective, *, guild_id: int, user_id: int) -> Limited:
    """Return a member's own limits, in the server's time zone."""
    return Limited(
        kind=CounterKind.MEMBER,
        allowance=found.allowance,
        guild_id=guild_id,
        user_id=user_id,
        zone=policy.settings.zone,
    )


def _split(
    needed: int, windows: Sequence[OpenWindow], grants: Sequence[Grant]
) -> tuple[int, list[int]]:
    """Divide credits between a member's windows and grants, or raise QuotaError."""
    shown, available = [one.shown for one in windows], [grant.left for grant in grants]
    charge = split_charge(needed, left_in(shown), available)
    if charge is None:
        raise _used_up(needed, shown, sum(available))
    return charge


def _charge(part: int, one: OpenWindow, amount: int) -> Charge:
    return Charge(
        hold=Hold(part=part, counter=one.counter, grant_id=None, amount=amount),
        limit=one.limit.credits,
        ends_at=one.ends_at,
    )


# Holds are numbered per job: the member's windows, then grants, then budgets.
_FIRST_GRANT_PART = 10
_FIRST_BUDGET_PART = 1000
# What a call cost more than was expected, by its number.
_FIRST_OVERRUN_PART = 2000
_PARTS_PER_CALL = 10
# What a job lacked of money when it moved to another provider.
_FIRST_MOVE_PART = 10_000


def _denied(found: Effective) -> AccessError:
    rule = found.rules[0] if found.rules else None
    return AccessError(
        Denial.NO_ALLOWANCE,
        level=found.level.value,
        role_id=rule.subject_id if rule and rule.subject is Subject.ROLE else None,
    )


def _over(one: OpenWindow, charge: Charge) -> QuotaError:
    """Name the limit that did not let a charge through."""
    amount, limit = charge.hold.amount, one.limit.credits
    return QuotaError(
        QuotaScope(one.counter.kind.value),
        needed=amount,
        left=one.shown.left,
        window=one.limit.window,
        renews_at=one.ends_at if amount <= limit else None,
        limit=limit,
    )


def _used_up(needed: int, windows: Sequence[Used], spare: int) -> QuotaError:
    """Name the window that keeps a member waiting longest; `spare` credits come from grants."""
    short = [window for window in windows if window.left + spare < needed] or windows
    never = [window for window in short if window.limit.credits + spare < needed]
    last = max(never or short, key=lambda window: window.ends_at)
    return QuotaError(
        QuotaScope.MEMBER,
        needed=needed,
        left=last.left + spare,
        window=last.limit.window,
        renews_at=None if never else last.ends_at,
        limit=last.limit.credits,
    )
