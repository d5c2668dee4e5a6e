"""Private cards and suggestions of `/limits`: pure, from what the service found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, groupby

from bot.domain.message_limits import CHOICES
from bot.domain.quotas.quota import Limit, Used
from bot.domain.quotas.rules import Effective, Rule, Subject
from bot.services.ports import QuotaStatus
from bot.ui.cards.cards import WAITING, Card, page
from bot.ui.discord_api import discord_limits
from bot.ui.messages import info
from bot.ui.messages.staff import limits as words
from bot.ui.messages.words import capital, clip, relative_time
from bot.ui.text import plain

Choice = tuple[str, str]
"""What somebody sees, and the value that is sent."""


def overview(
    rules: Sequence[Rule],
    members: Sequence[Rule],
    *,
    more: bool,
    usual: Sequence[Limit],
    budget: Sequence[Used],
    ceiling: Sequence[Used],
    role_exists: Callable[[int], bool],
) -> Card:
    """Return all limits of a server; a rule of a role that is gone is named as such."""
    of = {subject: [r for r in rules if r.subject is subject] for subject in Subject}
    texts = [words.TITLE, words.everyone(of[Subject.EVERYONE], tuple(usual))]
    texts += words.shared(words.BUDGET_TITLE, budget, relative_time) or [words.NO_BUDGET]
    texts += words.shared(words.CEILING_TITLE, ceiling, relative_time)
    lines: list[str] = []
    for role_id, found in _by_subject(of[Subject.ROLE]):
        named = f"<@&{role_id}>" if role_exists(role_id) else words.deleted_role(role_id)
        lines.append(words.one(named, found, relative_time))
    for user_id, found in _by_subject(members):
        lines.append(words.one(f"<@{user_id}>", found, relative_time))
    ends = accumulate(len(one) + 1 for one in lines)
    shown = [one for one, end in zip(lines, ends, strict=True) if end <= _CHARACTERS]
    texts += ["\n".join(shown)] if shown else []
    if more or len(shown) < len(lines):
        texts.append(f"-# {words.MORE}")
    return page(texts, WAITING)


# Of the 4000 that a message holds; the lines of everyone and of the budgets come first.
_CHARACTERS = 3000


def _by_subject(rules: Iterable[Rule]) -> list[tuple[int, list[Rule]]]:
    return [(one, list(found)) for one, found in groupby(rules, lambda rule: rule.subject_id)]


def of_member(quota_status: QuotaStatus, user_id: int) -> Card:
    """Return what a member has left, and the rule that each number comes from."""
    found = quota_status.effective
    texts = [words.member_title(user_id)]
    if found.denied:
        texts.append(_denied(found))
    else:
        for used in quota_status.windows:
            where = words.source(found, _rule_of(found, used.limit), relative_time)
            texts.append(f"{info.quota_window(used, relative_time)}\n-# {where}")
        texts += [] if quota_status.windows else [_unlimited(found)]
        texts += [info.quota_grant(grant, relative_time) for grant in quota_status.grants]
    small = info.server_budget(quota_status.server)
    return page([*texts, *([f"-# {small}"] if small else [])], WAITING)


def of_role(found: Effective, role_id: int) -> Card:
    """Return what somebody has with a role alone."""
    texts = [words.role_title(role_id)]
    if found.denied:
        texts.append(_denied(found))
    elif not found.allowance:
        texts.append(_unlimited(found))
    for limit in () if found.denied else found.allowance:
        where = words.source(found, _rule_of(found, limit), relative_time)
        texts.append(f"{words.limit_line(limit)}\n-# {where}")
    return page(texts, WAITING)


def _denied(found: Effective) -> str:
    rule = found.rules[0] if found.rules else None
    return f"**{capital(str(words.DENIED))}**\n-# {words.source(found, rule, relative_time)}"


def _unlimited(found: Effective) -> str:
    rule = found.rules[0] if found.rules else None
    return f"**{capital(str(words.NO_LIMIT))}**\n-# {words.source(found, rule, relative_time)}"


def _rule_of(found: Effective, limit: Limit) -> Rule | None:
    return next((rule for rule in found.rules if rule.window is limit.window), None)


def choices(
    rules: Iterable[Rule],
    typed: str,
    *,
    role_name: Callable[[int], str | None],
    member_name: Callable[[int], str],
) -> list[Choice]:
    """Return the limits whose name holds what was typed; ids are found too."""
    wanted = typed.casefold().strip().strip("<@&!>")
    found: list[Choice] = []
    for rule in rules:
        name = _name(rule, role_name, member_name)
        value = f"{rule.subject}:{rule.subject_id}:{rule.window}"
        shown = clip(words.rule_choice(rule, plain(name)), discord_limits.CHOICE_CHARACTERS)
        if wanted in f"{shown} {value}".casefold():
            found.append((shown, value))
    return found[:CHOICES]


def _name(
    rule: Rule,
    role_name: Callable[[int], str | None],
    member_name: Callable[[int], str],
) -> str:
    match rule.subject:
        case Subject.ROLE:
            return role_name(rule.subject_id) or words.deleted_role(rule.subject_id)
        case Subject.MEMBER:
            return words.member(member_name(rule.subject_id))
        case Subject.BUDGET:
            return str(words.CHOICE_BUDGET)
        case _:
            return str(words.CHOICE_EVERYONE)
