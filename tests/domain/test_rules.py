"""Whose limit is in force: the most specific level wins whole, and a 0 on a role denies."""

from __future__ import annotations

from bot.domain.quotas.quota import Limit
from bot.domain.quotas.rules import (
    Effective,
    Level,
    Rule,
    Subject,
    effective,
    limits_of,
)
from bot.domain.quotas.windows import Window
from tests.cases import every_case

HOUR, DAY, WEEK, MONTH = Window.HOUR, Window.DAY, Window.WEEK, Window.MONTH
ME, OTHER, RED, BLUE, NOW = 100, 101, 20, 21, 1_000
DEFAULT = (Limit(10, DAY),)


def everyone(credits: int | None, window: Window = DAY) -> Rule:
    return Rule(subject=Subject.EVERYONE, window=window, credits=credits)


def role(role_id: int, credits: int | None, window: Window = DAY) -> Rule:
    return Rule(subject=Subject.ROLE, subject_id=role_id, window=window, credits=credits)


def member(
    credits: int | None, window: Window = DAY, *, until: int | None = None, who: int = ME
) -> Rule:
    return Rule(subject=Subject.MEMBER, subject_id=who, window=window, credits=credits, until=until)


def of(*rules: Rule, roles: tuple[int, ...] = (RED, BLUE)) -> Effective:
    return effective(rules, user_id=ME, role_ids=roles, default=DEFAULT, now=NOW)


@every_case(
    ("rules", "level", "allowance", "denied"),
    [
        ([], Level.CONFIGURATION, DEFAULT, False),
        ([everyone(3)], Level.EVERYONE, (Limit(3, DAY),), False),
        ([everyone(None)], Level.EVERYONE, (), False),
        # Nobody is meant by a 0 for everyone: grants still help.
        ([everyone(0)], Level.EVERYONE, (Limit(0, DAY),), False),
        # A level wins whole: the hour of everyone does not limit a role with a day.
        ([everyone(1, HOUR), role(RED, 5)], Level.ROLE, (Limit(5, DAY),), False),
        ([role(RED, 1, HOUR), member(5)], Level.MEMBER, (Limit(5, DAY),), False),
        # Of several roles the largest number counts, window by window.
        ([role(RED, 5), role(BLUE, 9)], Level.ROLE, (Limit(9, DAY),), False),
        (
            [role(RED, 5), role(BLUE, 3), role(BLUE, 2, HOUR)],
            Level.ROLE,
            (Limit(2, HOUR), Limit(5, DAY)),
            False,
        ),
        ([role(RED, None), role(BLUE, 9)], Level.ROLE, (), False),
        # A role's 0 denies and beats the others, in whatever window.
        ([role(RED, 0), role(BLUE, 9)], Level.ROLE, (Limit(0, DAY),), True),
        ([role(RED, None), role(BLUE, 0, MONTH)], Level.ROLE, (Limit(0, MONTH),), True),
        # ... but not a rule for the member alone.
        ([role(RED, 0), member(2)], Level.MEMBER, (Limit(2, DAY),), False),
        ([role(RED, 0), member(None)], Level.MEMBER, (), False),
        ([member(0), everyone(9)], Level.MEMBER, (Limit(0, DAY),), True),
        ([member(9), member(0, HOUR)], Level.MEMBER, (Limit(0, HOUR), Limit(9, DAY)), True),
        # Rules for others, and what others share, are not about this member.
        ([member(1, who=OTHER), role(77, 0)], Level.CONFIGURATION, DEFAULT, False),
        (
            [Rule(subject=Subject.BUDGET, window=DAY, credits=0)],
            Level.CONFIGURATION,
            DEFAULT,
            False,
        ),
    ],
)
def test_the_most_specific_level_that_has_a_rule_decides(
    rules: list[Rule], level: Level, allowance: tuple[Limit, ...], denied: bool
) -> None:
    for order in (rules, rules[::-1]):
        found = of(*order)
        assert (found.level, found.allowance, found.denied) == (level, allowance, denied)


def test_a_rule_that_is_over_lets_the_next_level_decide() -> None:
    rules = (member(0, until=NOW + 1), everyone(4))
    assert of(*rules).denied
    over = effective(rules, user_id=ME, role_ids=(), default=DEFAULT, now=NOW + 1)
    assert (over.level, over.denied) == (Level.EVERYONE, False)


def test_one_rule_of_a_member_that_is_over_leaves_the_others_of_that_member() -> None:
    found = of(member(2, HOUR, until=NOW), member(8))
    assert (found.level, found.allowance) == (Level.MEMBER, (Limit(8, DAY),))


def test_a_role_that_was_lost_does_not_count() -> None:
    assert of(role(RED, 0), roles=(BLUE,)).level is Level.CONFIGURATION
    assert of(role(RED, 50), roles=()).allowance == DEFAULT


def test_it_says_which_rules_decide() -> None:
    best, worse = role(BLUE, 9), role(RED, 5)
    assert of(worse, best).rules == (best,)
    assert of(best, role(RED, 0)).rules == (role(RED, 0),)
    assert of().rules == ()


def test_a_rule_without_a_number_sets_no_limit() -> None:
    assert limits_of([everyone(None), everyone(3, WEEK)]) == (Limit(3, WEEK),)
