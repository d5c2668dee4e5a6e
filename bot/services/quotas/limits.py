"""Limits that staff set: for everyone, a role, a member, the server's budget; and what is in force.

Managers decide below the operator's ceiling, moderators for single members below the budget.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, cast

from bot.domain.errors import LimitError, LimitProblem
from bot.domain.quotas.quota import Allowance, Limit, Used, most_in
from bot.domain.quotas.rules import (
    Effective,
    Rule,
    Subject,
    ordered,
)
from bot.domain.quotas.windows import Window
from bot.domain.server import ServerPolicy
from bot.services.ports import (
    AuditEntry,
    Clock,
    CounterKind,
    Database,
    QuotaStatus,
    UnitOfWork,
    of_server,
)
from bot.services.quotas.limit_cache import LimitCache
from bot.services.quotas.open_windows import Limited, open_windows
from bot.services.quotas.quota_book import QuotaBook
from bot.services.servers.changes import Changes
from bot.services.servers.decisions import Actor, RuleDecision
from bot.services.servers.policies import Policies
from bot.services.tasks.conflicts import repeatable

# Those with a limit of their own that the overview names.
MEMBERS_SHOWN = 10
# Beyond a signed 64-bit number nothing is an id, and no database takes it.
_ID_DIGITS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What became of a limit, and what else its owner should know.

    `entry` is None when it was so already. `rule` is what stands now, None once cleared.
    `others` are the other windows of the same subject. `shared` is what all members share,
    budget and ceiling; `most` what it lets through in the rule's window. `used` is known for
    members and budgets.
    """

    entry: AuditEntry | None
    rule: Rule | None
    subject: Subject
    others: tuple[Rule, ...]
    usual: Allowance
    ceiling: Allowance
    shared: Allowance
    most: int | None
    used: Used | None = None

    @property
    def first(self) -> bool:
        """Whether this subject had no limit in this window before."""
        return self.entry is not None and self.entry.old is None

    @property
    def lowered(self) -> bool:
        """Whether somebody may have used more already than it lets through now."""
        if self.entry is None or self.rule is None or self.rule.credits is None:
            return False
        old = cast("dict[str, Any]", self.entry.old) or {}
        before: int | None = old.get("credits")
        if self.first and self.subject is Subject.EVERYONE:
            # What nobody set is the usual limit, which this one replaces.
            window = self.rule.window
            before = next((one.credits for one in self.usual if one.window is window), None)
        return before is None or before > self.rule.credits


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All limits of a server that are in force; `members` are the newest, `more` were left out."""

    rules: tuple[Rule, ...]
    members: tuple[Rule, ...]
    more: bool
    usual: Allowance
    budget: tuple[Used, ...]
    ceiling: tuple[Used, ...]


class Limits:
    """Sets, clears and shows limits."""

    def __init__(
        self,
        *,
        database: Database,
        policies: Policies,
        changes: Changes,
        quotas: QuotaBook,
        known: LimitCache,
        clock: Clock,
    ) -> None:
        self._database = database
        self._policies = policies
        self._changes = changes
        self._quotas = quotas
        self._clock = clock
        self.known = known

    @repeatable
    async def set(self, actor: Actor, rule: Rule, *, manager: bool) -> Decided:
        """Set a limit; LimitError when it lies above what this person may give."""
        async with self._database.write(of_server(actor.guild_id)) as uow:
            policy = await self.check(uow, actor, rule, manager=manager)
            decision = RuleDecision(rule.subject, rule.subject_id, rule.window)
            value = {"credits": rule.credits, "until": rule.until}
            entry = await self._changes.set_in(uow, actor, decision, value, action="limit")
            decided = await self._decided(uow, actor, policy, decision, entry, rule)
            await uow.commit()
        self._forget(actor.guild_id)
        return decided

    @repeatable
    async def clear(self, actor: Actor, name: str) -> Decided:
        """Take away the rule of that name; LimitError when there is none."""
        decision = _decision(name)
        async with self._database.write(of_server(actor.guild_id)) as uow:
            policy = await self._policies.current(uow, actor.guild_id)
            entry = await self._changes.set_in(uow, actor, decision, None, action="limit")
            if entry is None:
                raise LimitError(LimitProblem.NO_SUCH_RULE)
            decided = await self._decided(uow, actor, policy, decision, entry, None)
            await uow.commit()
        self._forget(actor.guild_id)
        return decided

    async def overview(self, guild_id: int) -> Overview:
        """Return all limits of a server."""
        now = self._clock.now()
        async with self._database.read() as uow:
            policy = await self._policies.current(uow, guild_id)
            members = await uow.rules.of_members(guild_id, limit=5 * MEMBERS_SHOWN)
            members = [rule for rule in members if rule.in_force(now)]
            shared = await self._quotas.server_used(uow, policy, guild_id, now)
            budgets = len(self._quotas.budget(policy))
            return Overview(
                rules=tuple(ordered(rule for rule in policy.rules if rule.in_force(now))),
                members=tuple(ordered(members[:MEMBERS_SHOWN])),
                more=len(members) > MEMBERS_SHOWN,
                usual=self._quotas.usual,
                budget=tuple(shared[:budgets]),
                ceiling=tuple(shared[budgets:]),
            )

    async def of_member(
        self, guild_id: int, user_id: int, role_ids: Collection[int]
    ) -> QuotaStatus:
        """Return what a member has, and the rule that each number comes from."""
        async with self._database.read() as uow:
            return await self._quotas.quota_status(
                uow,
                await self._policies.current(uow, guild_id),
                guild_id=guild_id,
                user_id=user_id,
                role_ids=role_ids,
                now=self._clock.now(),
            )

    async def of_role(self, guild_id: int, role_id: int) -> Effective:
        """Return what applies to somebody with this role alone."""
        async with self._database.read() as uow:
            return await self._quotas.effective(
                uow,
                await self._policies.current(uow, guild_id),
                guild_id=guild_id,
                user_id=0,
                role_ids=(role_id,),
                now=self._clock.now(),
            )

    async def check(
        self, uow: UnitOfWork, actor: Actor, rule: Rule, *, manager: bool
    ) -> ServerPolicy:
        """Raise LimitError for a limit above what this person may give; return the policy."""
        policy = await self._policies.current(uow, actor.guild_id)
        ceiling = self._quotas.ceiling(policy)
        if rule.subject is Subject.BUDGET:
            most = most_in(ceiling, rule.window)
            if most is not None and (rule.credits is None or rule.credits > most):
                raise LimitError(
                    LimitProblem.ABOVE_CEILING, most=most, window=rule.window, shared=ceiling
                )
        elif rule.subject is Subject.MEMBER and not manager:
            shared = self._shared(policy)
            most = most_in(shared, rule.window)
            if most is not None and rule.credits is None:
                raise LimitError(LimitProblem.UNLIMITED, shared=shared)
            if most is not None and rule.credits is not None and rule.credits > most:
                raise LimitError(
                    LimitProblem.ABOVE_BUDGET, most=most, window=rule.window, shared=shared
                )
        return policy

    def _shared(self, policy: ServerPolicy) -> Allowance:
        return (*self._quotas.budget(policy), *self._quotas.ceiling(policy))

    async def _decided(
        self,
        uow: UnitOfWork,
        actor: Actor,
        policy: ServerPolicy,
        decision: RuleDecision,
        entry: AuditEntry | None,
        rule: Rule | None,
    ) -> Decided:
        shared = self._shared(policy)
        return Decided(
            entry=entry,
            rule=rule,
            subject=decision.subject,
            others=await _others(uow, actor, policy, decision),
            usual=self._quotas.usual,
            ceiling=self._quotas.ceiling(policy),
            shared=shared,
            most=most_in(shared, decision.window),
            used=await _used(uow, actor, policy, rule) if rule else None,
        )

    def _forget(self, guild_id: int) -> None:
        self._changes.forget(guild_id)
        self.known.changed(guild_id)


def _decision(name: str) -> RuleDecision:
    """Return the rule that a choice names; what was typed by hand may be anything."""
    subject, _, rest = name.strip().partition(":")
    subject_id, _, window = rest.partition(":")
    known = [one for one in Subject if one is not Subject.CEILING]
    digits = subject_id.isascii() and subject_id.isdigit() and len(subject_id) <= _ID_DIGITS + 1
    if subject not in known or window not in tuple(Window) or not digits:
        raise LimitError(LimitProblem.NO_SUCH_RULE)
    if int(subject_id) >= 2**63:
        raise LimitError(LimitProblem.NO_SUCH_RULE)
    return RuleDecision(Subject(subject), int(subject_id), Window(window))


async def _others(
    uow: UnitOfWork, actor: Actor, policy: ServerPolicy, decision: RuleDecision
) -> tuple[Rule, ...]:
    """Return the other windows of the same subject: all of them must pass."""
    if decision.subject is Subject.MEMBER:
        rules = await uow.rules.of_member(actor.guild_id, decision.subject_id)
    else:
        rules = policy.rules
    return tuple(
        rule
        for rule in ordered(rules)
        if rule.subject is decision.subject
        and rule.subject_id == decision.subject_id
        and rule.window is not decision.window
        and rule.in_force(actor.now)
    )


async def _used(uow: UnitOfWork, actor: Actor, policy: ServerPolicy, rule: Rule) -> Used | None:
    """Return what is used of a member's limit or of the budget: others cannot be counted."""
    if rule.credits is None:
        return None
    limits = (Limit(rule.credits, rule.window),)
    match rule.subject:
        case Subject.MEMBER:
            limited = Limited(
                kind=CounterKind.MEMBER,
                allowance=limits,
                guild_id=actor.guild_id,
                user_id=rule.subject_id,
                zone=policy.settings.zone,
            )
        case Subject.BUDGET:
            limited = Limited(kind=CounterKind.BUDGET, allowance=limits, guild_id=actor.guild_id)
        case _:
            return None
    (window,) = await open_windows(uow, limited, now=actor.now)
    return window.shown
