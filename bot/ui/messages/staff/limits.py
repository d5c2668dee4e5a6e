"""What `/limits` says: its options, what was decided and what follows from it, what is in force."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.domain.errors import LimitError, LimitProblem
from bot.domain.quotas.quota import Allowance, Limit, Used
from bot.domain.quotas.rules import (
    Effective,
    Level,
    Rule,
    Subject,
)
from bot.domain.translatable import N_
from bot.ui.language import Phrase, Text, _
from bot.ui.messages.words import When, listed, number, per_window, plural, sentences

GROUP = N_("How many pictures people may make")
SHOW = N_("See the limits, and the rule each number comes from")
SHOW_OPTIONS = {
    "member": N_("Show this member's limits"),
    "role": N_("Show the limits of a member with only this role"),
}
EVERYONE = N_("Limit for everyone who has no other limit")
ROLE = N_("Limit for everyone with a role; 0 means no pictures")
MEMBER = N_("Limit for one member; 0 means no pictures")
BUDGET = N_("Limit for all members together")
CLEAR = N_("Remove a limit")
OPTIONS = {
    "credits": N_("How many credits; most pictures cost 1"),
    "window": N_("How often they renew"),
    "role": N_("The role"),
    "member": N_("The member"),
    "unlimited": N_("No limit, instead of credits"),
    "until": N_("When it ends: 1 h, 1 day, 1 week or a date; empty: never"),
    "reason": N_("Why; other staff can see it"),
}
CLEAR_OPTIONS = {"rule": N_("The limit to remove"), "reason": OPTIONS["reason"]}

TITLE = Phrase("**Limits in this server**")
NO_LIMIT = Phrase("no limit")
DENIED = Phrase("cannot make pictures")


def problem(error: LimitError) -> str:
    """Return why a limit cannot be like that, and what can be."""
    return _PROBLEMS[error.problem](error.values)


def _above(values: Mapping[str, Any], shared: Phrase) -> str:
    return sentences(
        shared.filled(limits=allowance(values["shared"])),
        _("The most you can set here is {limit}.", limit=_rate(values["most"], values["window"])),
    )


_CEILING = Phrase("The operator's ceiling for this server is {limits}.")
_BUDGET = Phrase("The whole server may use {limits}.")
_PROBLEMS: dict[LimitProblem, Callable[[Mapping[str, Any]], str]] = {
    LimitProblem.NEITHER: lambda v: _("Please give credits, or unlimited: True."),
    LimitProblem.BOTH: lambda v: _("Please give credits or unlimited: True, not both."),
    LimitProblem.ABOVE_CEILING: lambda v: _above(v, _CEILING),
    LimitProblem.ABOVE_BUDGET: lambda v: _above(v, _BUDGET),
    LimitProblem.UNLIMITED: lambda v: _(
        "Only managers can set no limit. You can set up to what the whole server may use: "
        "{limits}.",
        limits=allowance(v["shared"]),
    ),
    LimitProblem.ONE_AT_A_TIME: lambda v: _("Please name a member or a role, not both."),
    LimitProblem.NOT_A_ROLE: lambda v: _(
        "This role includes everyone. Please use /limits everyone instead."
    ),
    LimitProblem.NOT_A_MEMBER: lambda v: _("This person is not in this server."),
    LimitProblem.A_BOT: lambda v: _("Bots cannot make pictures, so they need no limit."),
    LimitProblem.NO_SUCH_RULE: lambda v: _(
        "There is no such limit. Please choose one from the list; /limits show lists them all."
    ),
}


def allowance(limits: Iterable[Limit | Rule]) -> str:
    """Return limits in words: 5 credits per hour and 20 credits per day."""
    return listed((_rate(one.credits, one.window) for one in limits), "and")


def _rate(credits: int | None, window: str) -> str:
    """Return a number and its window: 5 credits per day; no limit per day."""
    amount = NO_LIMIT if credits is None else plural(credits, "credit")
    return _("{credits} {per_window}", credits=amount, per_window=per_window(window))


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
    found = [str(_ZERO[rule.subject])] if rule.credits == 0 else []
    if rule.subject is Subject.BUDGET:
        found.append(
            _("The operator's ceiling is {limits}.", limits=allowance(ceiling))
            if ceiling
            else _("The operator set no ceiling.")
        )
    elif most is not None and (rule.credits is None or rule.credits > most):
        found.append(_("The whole server may still use only {limits}.", limits=allowance(shared)))
    if rule.credits and used and used.used >= used.limit.credits:
        found.append(
            _(
                "{credits} already used, so nothing is left. It renews {when}.",
                credits=plural(used.used, "credit"),
                when=when(used.ends_at),
            )
        )
    elif rule.credits and lowered and used is None:
        found.append(_("Members who have already used more must wait until it renews."))
    if first and rule.subject in _REPLACES and rule.credits != 0 and not others:
        found.append(str(_REPLACES[rule.subject]))
    if others:
        found.append(_("These limits also apply: {limits}.", limits=allowance(others)))
    return found


_ZERO = {
    Subject.EVERYONE: Phrase(
        "With 0, only members with their own limit, with a role that has a limit, or with extra "
        "credits can make pictures."
    ),
    Subject.ROLE: Phrase(
        "0 means that members with this role cannot make pictures. Other roles and extra credits "
        "do not change that; a member's own limit does."
    ),
    Subject.MEMBER: Phrase(
        "0 means that this member cannot make pictures. Extra credits do not change that."
    ),
    Subject.BUDGET: Phrase("With 0, nobody can make pictures here."),
}
_REPLACES = {
    Subject.ROLE: Phrase("For this role it replaces the limit for everyone."),
    Subject.MEMBER: Phrase("For this member it replaces the limits of roles and of everyone."),
    Subject.BUDGET: Phrase("The budget counts what is used from now on."),
}


def after_clearing(
    subject: Subject, *, others: tuple[Rule, ...], usual: Allowance, ceiling: Allowance
) -> str:
    """Return what applies once a limit is gone."""
    if others:
        return _("These limits still apply: {limits}.", limits=allowance(others))
    match subject:
        case Subject.MEMBER:
            return _("The limits of roles and of everyone apply again.")
        case Subject.ROLE:
            return _("The limit for everyone applies again.")
        case Subject.BUDGET:
            left = allowance(ceiling) if ceiling else NO_LIMIT
            return _("The operator's ceiling remains: {limits}.", limits=left)
        case _:
            again = allowance(usual) if usual else NO_LIMIT
            return _("The default limit applies again: {limits}.", limits=again)


# --- what is in force ---------------------------------------------------------------------------


def everyone(rules: Iterable[Rule], usual: Allowance) -> str:
    """Return the limit for everyone, and that nobody set it where nobody did."""
    if found := list(rules):
        return _("**Everyone** · {limits}", limits=allowance(found))
    limits = allowance(usual) if usual else NO_LIMIT
    return _("**Everyone** · {limits} (default)", limits=limits)


def one(mention: str, rules: Iterable[Rule], when: When) -> str:
    """Return the limits of a role or a member, with their end."""
    found = list(rules)
    denying = next((rule for rule in found if rule.credits == 0), None)
    if denying is not None:
        return f"{mention} · {_ending(f'**{DENIED}**', denying, when)}"
    parts = [_ending(_rate(rule.credits, rule.window), rule, when) for rule in found]
    return f"{mention} · {listed(parts, 'and')}"


def _ending(limit: str, rule: Rule | None, when: When) -> str:
    """Return a limit and when it ends, if it does."""
    if rule is None or not rule.until:
        return limit
    return _("{limit}, ends {when}", limit=limit, when=when(rule.until))


def limit_line(limit: Limit) -> str:
    """Return a number that stands alone: **5 credits** per day."""
    credits = f"**{plural(limit.credits, 'credit')}**"
    return _("{credits} {per_window}", credits=credits, per_window=per_window(limit.window))


def deleted_role(role_id: int) -> str:
    """Return what a role is called that is gone."""
    return _("deleted role {id}", id=role_id)


def member(name: str) -> str:
    """Return what a member is called; an id where the name is not at hand."""
    return _("member {id}", id=name) if name.isdecimal() else name


def shared(title: Text, windows: Iterable[Used], when: When) -> list[str]:
    """Return what all members share, and how much of it is used."""
    return [
        _(
            "**{title}** · {limit} · {count} used, renews {when}",
            title=title,
            limit=allowance([used.limit]),
            count=number(used.used),
            when=when(used.ends_at),
        )
        for used in windows
    ]


BUDGET_TITLE = Phrase("Server budget")
CEILING_TITLE = Phrase("Operator's ceiling")
NO_BUDGET = Phrase("**Server budget** · none set")
MORE = Phrase("There are more: choose a member or a role to see theirs.")


def role_title(role_id: int) -> str:
    """Return the title of what a role gives."""
    return _("**Limits with only {role}**", role=f"<@&{role_id}>")


def member_title(user_id: int) -> str:
    """Return the title of what a member has."""
    return _("**Limits of {member}**", member=f"<@{user_id}>")


def source(found: Effective, rule: Rule | None, when: When) -> str:
    """Return the rule that a number comes from."""
    match found.level:
        case Level.MEMBER:
            return _ending(_("from their own limit"), rule, when)
        case Level.ROLE if rule:
            return _("from {role}", role=f"<@&{rule.subject_id}>")
        case Level.ROLE:
            return _("from a role")
        case Level.EVERYONE:
            return _("from the limit for everyone")
        case Level.CONFIGURATION:
            return _("the default limit: this server has not set another one")


# --- suggestions --------------------------------------------------------------------------------


def rule_choice(rule: Rule, name: str) -> str:
    """Return a limit as a suggestion."""
    return _("{name}: {limit}", name=name, limit=_rate(rule.credits, rule.window))


CHOICE_EVERYONE = Phrase("Everyone")
CHOICE_BUDGET = Phrase("Server budget")
