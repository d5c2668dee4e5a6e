"""Whose limit is in force: rules of a server, and the most specific level that has any.

Pure: rules in, one allowance out. What is used of it is counted elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.quotas.quota import Allowance, Limit
from bot.domain.quotas.windows import Window

# The most that a rule or a grant can say: above it are typing mistakes.
MOST_CREDITS = 100_000


class Subject(StrEnum):
    """Whom a rule is about. A ceiling is the operator's, a budget the managers'."""

    EVERYONE = "everyone"
    ROLE = "role"
    MEMBER = "member"
    BUDGET = "budget"
    CEILING = "ceiling"


class AccessKind(StrEnum):
    """What a server allows or denies."""

    CHANNEL = "channel"
    ROLE = "role"
    MODEL = "model"


class Level(StrEnum):
    """Where a member's allowance comes from."""

    MEMBER = "member"
    ROLE = "role"
    EVERYONE = "everyone"
    CONFIGURATION = "configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One limit: `credits` per window, None for no limit; `until` is in UTC seconds.

    `subject_id` is the role or the member, 0 for the others.
    """

    subject: Subject
    subject_id: int = 0
    window: Window
    credits: int | None
    until: int | None = None

    def in_force(self, now: int) -> bool:
        return self.until is None or self.until > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """A member's allowance and where it comes from.

    `rules` are those that decide, one for each window; empty where the configuration does.
    `denied`: a 0 that somebody set for this member or for a role of theirs. Grants do not help
    who is denied.
    """

    level: Level
    allowance: Allowance
    rules: tuple[Rule, ...] = ()
    denied: bool = False


def effective(
    rules: Iterable[Rule],
    *,
    user_id: int,
    role_ids: Collection[int],
    default: Allowance,
    now: int,
) -> Effective:
    """Return what applies to a member: the most specific level wins whole.

    See docs/spec/requests.md section 6.

    Of several roles the largest number counts, window by window; a role's 0 beats them all.
    """
    in_force = [rule for rule in rules if rule.in_force(now)]
    mine = [r for r in in_force if r.subject is Subject.MEMBER and r.subject_id == user_id]
    if mine:
        return _level(Level.MEMBER, mine)
    roles = [r for r in in_force if r.subject is Subject.ROLE and r.subject_id in role_ids]
    if roles:
        zeros = [rule for rule in roles if rule.credits == 0]
        if zeros:
            return _level(Level.ROLE, zeros[:1])
        best = {window: _largest(r for r in roles if r.window is window) for window in Window}
        return _level(Level.ROLE, [rule for rule in best.values() if rule is not None])
    everyone = [rule for rule in in_force if rule.subject is Subject.EVERYONE]
    if everyone:
        return _level(Level.EVERYONE, everyone)
    return Effective(level=Level.CONFIGURATION, allowance=default)


def _level(level: Level, rules: list[Rule]) -> Effective:
    by_window = {rule.window: rule for rule in rules}
    deciding = tuple(by_window[window] for window in Window if window in by_window)
    return Effective(
        level=level,
        allowance=limits_of(deciding),
        rules=deciding,
        denied=level is not Level.EVERYONE and any(rule.credits == 0 for rule in deciding),
    )


def _largest(rules: Iterable[Rule]) -> Rule | None:
    return max(
        rules, key=lambda rule: float("inf") if rule.credits is None else rule.credits, default=None
    )


def limits_of(rules: Iterable[Rule]) -> Allowance:
    """Return the limits that rules set; one without a number sets none."""
    return tuple(Limit(r.credits, r.window) for r in rules if r.credits is not None)


def ordered(rules: Iterable[Rule]) -> list[Rule]:
    """Return rules as people read them: everyone, roles, members; the shortest window first."""
    subjects, windows = list(Subject), list(Window)
    return sorted(
        rules,
        key=lambda r: (subjects.index(r.subject), r.subject_id, windows.index(r.window)),
    )
