"""What `/limits` says: its options, what was decided and what follows from it, what is in force."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.domain.errors import LimitError, LimitProblem
from bot.domain.quota import Allowance, Limit, Used
from bot.domain.rules import Effective, Level, Rule, Subject
from bot.ui.messages.words import When, listed, number, plural

GROUP = "How many pictures people may make"
SHOW = "See the limits, and the rule each number comes from"
SHOW_OPTIONS = {
    "member": "What this member has",
    "role": "What somebody with this role alone has",
}
EVERYONE = "Limit for everyone without another one"
ROLE = "Limit for everybody with a role; 0 denies"
MEMBER = "Limit for one member; 0 denies"
BUDGET = "What all members together may use"
CLEAR = "Take a limit away"
OPTIONS = {
    "credits": "How many credits; most pictures cost 1",
    "window": "In which time they renew",
    "role": "The role",
    "member": "The member",
    "unlimited": "No limit, instead of credits",
    "until": "When it ends: 1 h, 1 day, 1 week or a date; nothing means never",
    "reason": "Why; others of the staff see it",
}
CLEAR_OPTIONS = {"rule": "The limit to take away", "reason": OPTIONS["reason"]}

TITLE = "**Limits in this server**"
NO_LIMIT = "no limit"
DENIED = "may not make pictures"


def problem(error: LimitError) -> str:
    """Return why a limit cannot be like that, and what can be."""
    return _PROBLEMS[error.problem](error.values)


def _above(values: Mapping[str, Any], whose: str) -> str:
    return (
        f"{whose} is {allowance(values['shared'])}. The most you can set here is "
        f"{plural(values['most'], 'credit')} per {values['window']}."
    )


_PROBLEMS: dict[LimitProblem, Callable[[Mapping[str, Any]], str]] = {
    LimitProblem.NEITHER: lambda _: "Please give credits, or unlimited: True.",
    LimitProblem.BOTH: lambda _: "Please give credits or unlimited: True, not both.",
    LimitProblem.ABOVE_CEILING: lambda v: _above(v, "The operator's ceiling for this server"),
    LimitProblem.ABOVE_BUDGET: lambda v: _above(v, "What this whole server may use"),
    LimitProblem.UNLIMITED: lambda v: (
        "Only managers can lift a limit. You can set up to what the whole server may use: "
        f"{allowance(v['shared'])}."
    ),
    LimitProblem.ONE_AT_A_TIME: lambda _: "Please name a member or a role, not both.",
    LimitProblem.NOT_A_ROLE: lambda _: (
        "This role is everyone. Please use /limits everyone for that."
    ),
    LimitProblem.NOT_A_MEMBER: lambda _: "This person is not in this server.",
    LimitProblem.A_BOT: lambda _: "Bots make no pictures, so they need no limit.",
    LimitProblem.NO_SUCH_RULE: lambda _: (
        "There is no such limit. Please choose one from the list; /limits show has them all."
    ),
}


def allowance(limits: Iterable[Limit]) -> str:
    """Return limits in words: 5 credits per hour and 20 credits per day."""
    return listed((f"{plural(one.credits, 'credit')} per {one.window}" for one in limits), "and")


def per_window(rule: Rule) -> str:
    """Return a rule's number: 5 credits per day; no limit per day."""
    return (
        f"{NO_LIMIT if rule.credits is None else plural(rule.credits, 'credit')} per {rule.window}"
    )


# --- what follows from a change -----------------------------------------------------------------


def notes(
    rule: Rule,
    *,
    lowered: bool,
    first: bool,
    others: tuple[Rule, ...],
    shared: Allowance,
    ceiling: Allowance,
    most: int | None,
    used: Used | None,
    when: When,
) -> list[str]:
    """Return what somebody who set a limit should know of it; `first`: there was none before."""
    found = [_ZERO[rule.subject]] if rule.credits == 0 else []
    if rule.subject is Subject.BUDGET:
        found.append(
            f"The operator's ceiling is {allowance(ceiling)}."
            if ceiling
            else "The operator set no ceiling."
        )
    elif most is not None and (rule.credits is None or rule.credits > most):
        found.append(f"The whole server may still use only {allowance(shared)}.")
    if rule.credits and used and used.used >= used.limit.credits:
        found.append(
            f"{plural(used.used, 'credit')} used already: nothing is left; it renews "
            f"{when(used.ends_at)}."
        )
    elif rule.credits and lowered and used is None:
        found.append("Whoever has used more already waits until it renews.")
    if first and rule.subject in _REPLACES and rule.credits != 0 and not others:
        found.append(_REPLACES[rule.subject])
    if others:
        found.append(f"Also in force: {listed(map(per_window, others), 'and')}.")
    return found


_ZERO = {
    Subject.EVERYONE: "With 0, only roles and members with a limit of their own make pictures, and "
    "members with extra credits.",
    Subject.ROLE: "0 denies: whoever has this role makes no pictures. Other roles and extra "
    "credits do not help; a member's own limit does.",
    Subject.MEMBER: "0 denies: this member makes no pictures. Extra credits do not help.",
    Subject.BUDGET: "With 0, nobody can make pictures here.",
}
_REPLACES = {
    Subject.ROLE: "For this role it replaces the limit for everyone.",
    Subject.MEMBER: "For this member it replaces the limits of roles and of everyone.",
    Subject.BUDGET: "The budget counts what is used from now on.",
}


def after_clearing(
    subject: Subject, *, others: tuple[Rule, ...], usual: Allowance, ceiling: Allowance
) -> str:
    """Return what applies once a limit is gone."""
    if others:
        return f"Still in force: {listed(map(per_window, others), 'and')}."
    match subject:
        case Subject.MEMBER:
            return "The limits of roles and of everyone apply again."
        case Subject.ROLE:
            return "The limit for everyone applies again."
        case Subject.BUDGET:
            left = allowance(ceiling) if ceiling else NO_LIMIT
            return f"The operator's ceiling remains: {left}."
        case _:
            return f"The usual limit applies again: {allowance(usual) if usual else NO_LIMIT}."


# --- what is in force ---------------------------------------------------------------------------


def everyone(rules: Iterable[Rule], usual: Allowance) -> str:
    """Return the limit for everyone, and that nobody set it where nobody did."""
    if found := [per_window(rule) for rule in rules]:
        return f"**Everyone** · {listed(found, 'and')}"
    number_ = allowance(usual) if usual else NO_LIMIT
    return f"**Everyone** · {number_} (the usual limit)"


def one(mention: str, rules: Iterable[Rule], when: When) -> str:
    """Return the limits of a role or a member, with their end."""
    found = list(rules)
    if any(rule.credits == 0 for rule in found):
        found = [rule for rule in found if rule.credits == 0][:1]
        return f"{mention} · **{DENIED}**{_ends(found[0], when)}"
    parts = [f"{per_window(rule)}{_ends(rule, when)}" for rule in found]
    return f"{mention} · {listed(parts, 'and')}"


def _ends(rule: Rule, when: When) -> str:
    return f", ends {when(rule.until)}" if rule.until else ""


def deleted_role(role_id: int) -> str:
    """Return what a role is called that is gone."""
    return f"deleted role {role_id}"


def member(name: str) -> str:
    """Return what a member is called; an id where the name is not at hand."""
    return f"member {name}" if name.isdecimal() else name


def shared(title: str, windows: Iterable[Used], when: When) -> list[str]:
    """Return what all members share, and how much of it is used."""
    return [
        f"**{title}** · {allowance([used.limit])} · {number(used.used)} used, renews "
        f"{when(used.ends_at)}"
        for used in windows
    ]


BUDGET_TITLE = "Server budget"
CEILING_TITLE = "Operator's ceiling"
NO_BUDGET = "**Server budget** · none set"
MORE = "There are more: name a member or a role to see theirs."


def role_title(role_id: int) -> str:
    """Return the title of what a role gives."""
    return f"**Limits with <@&{role_id}> alone**"


def member_title(user_id: int) -> str:
    """Return the title of what a member has."""
    return f"**Limits of <@{user_id}>**"


def source(found: Effective, rule: Rule | None, when: When) -> str:
    """Return the rule that a number comes from."""
    ends = _ends(rule, when) if rule else ""
    match found.level:
        case Level.MEMBER:
            return f"from a limit of their own{ends}"
        case Level.ROLE:
            return f"from <@&{rule.subject_id}>" if rule else "from a role"
        case Level.EVERYONE:
            return "from the limit for everyone"
        case Level.CONFIGURATION:
            return "the usual limit: nobody here set another one"


# --- suggestions --------------------------------------------------------------------------------


def rule_choice(rule: Rule, name: str) -> str:
    """Return a limit as a suggestion."""
    return f"{name}: {per_window(rule)}"


CHOICE_EVERYONE = "Everyone"
CHOICE_BUDGET = "Server budget"
