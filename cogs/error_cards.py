"""What a member is told of an error: the one place that turns errors into words."""

from __future__ import annotations

import logging
import secrets
from dataclasses import replace

from discord import app_commands

from bot.domain.errors import (
    AccessError,
    ConsentAskedError,
    LimitError,
    QuotaError,
    QuotaScope,
    RefusedError,
    StaffError,
    StorageError,
)
from bot.domain.requests.request import Refusal, Violation, ViolationKind
from bot.domain.requests.suggested_fix import with_fixes
from bot.domain.styles.style import StyleError
from bot.domain.text.wordlist import WordError
from bot.services.ports import NO_REMEDIES, Remedies
from bot.services.requests.submission import Submission
from bot.services.servers.access import Requester
from bot.ui import language, messages
from bot.ui.cards import cards
from bot.ui.durations import UnclearError
from bot.ui.messages import tickets as words
from bot.ui.messages.requests import styles as style_words
from bot.ui.messages.staff import limits as limit_words
from bot.ui.messages.staff import moderation as staff_words
from bot.ui.messages.staff import server
from bot.ui.text import escaped
from cogs.context import EaselBot

log = logging.getLogger(__name__)


def label_of(client: EaselBot, model: object) -> str | None:
    """Return what a model is called; None for what is none."""
    offers = client.services.requests.router.catalog.of(model) if isinstance(model, str) else ()
    return offers[0].label if offers else None


async def remedies_of(
    client: EaselBot, error: Exception, who: Requester, submission: Submission | None = None
) -> Remedies:
    """Return what a member can do about a refusal; what they asked for is kept for that."""
    match error:
        case RefusedError() if submission is not None:
            return await _after_refusal(client, error, submission)
        case QuotaError():
            # Extra credits are part of the server's budget: they help with a member's limit only.
            limited = error.scope is QuotaScope.MEMBER and who.guild_id is not None
            ask = limited and await staff_hear(client, who.scope)
            return await _after_quota(client, error, submission, ask=ask)
        case _:
            return NO_REMEDIES


async def staff_hear(client: EaselBot, guild_id: int) -> bool:
    """Tell whether there is a channel where a server's moderators hear who asks for more."""
    return await client.services.requests.results.log_channel(guild_id) is not None


async def _after_refusal(client: EaselBot, error: RefusedError, submission: Submission) -> Remedies:
    drafts = client.services.requests.drafts
    if all(one.kind is ViolationKind.WORD for one in error.refusal.violations):
        return Remedies(rephrase=await drafts.keep(submission))
    refusal = error.refusal
    nearest, other = with_fixes(submission.draft, refusal), label_of(client, refusal.other_model)
    if nearest is None and other is None:
        return NO_REMEDIES
    # One draft for both: whichever is pressed, it becomes one request.
    draft_id = await drafts.keep(submission, nearest, other_model=refusal.other_model)
    return Remedies(
        fix=draft_id if nearest else None,
        use=draft_id if other else None,
        other_label=other or "",
        other_credits=refusal.other_credits,
    )


def labelled(client: EaselBot, refusal: Refusal) -> Refusal:
    """Return a refusal that names models as members know them."""
    return replace(refusal, violations=tuple(_labelled(client, one) for one in refusal.violations))


def _labelled(client: EaselBot, violation: Violation) -> Violation:
    """Return a violation that names models as members know them."""
    if violation.field != "model":
        return violation
    named = violation.values.get("model")
    values = {**violation.values, "model": label_of(client, named) or named}
    suggestion = label_of(client, violation.suggestion) or violation.suggestion
    return replace(violation, values=values, suggestion=suggestion)


async def _after_quota(
    client: EaselBot, error: QuotaError, submission: Submission | None, *, ask: bool
) -> Remedies:
    if submission is None or error.fits < 1:
        return Remedies(ask=ask)
    fewer = replace(submission.draft, count=error.fits)
    draft_id = await client.services.requests.drafts.keep(submission, fewer)
    return Remedies(fewer=draft_id, count=error.fits, ask=ask)


def card_of(
    client: EaselBot, error: Exception, where: str, remedies: Remedies = NO_REMEDIES
) -> cards.Card:
    """Return what a member is told of an error; `where` is for the log, if nobody foresaw it."""
    return _expected(client, error, remedies) or cards.notice(
        words.unexpected(_logged_as(error, where))
    )


def texts_by_language(client: EaselBot, error: Exception, where: str) -> dict[str, list[str]]:
    """Return what a member is told of an error in every language: whose it is will show later."""
    code = "" if _expected(client, error) else _logged_as(error, where)
    told: dict[str, list[str]] = {}
    for one in language.LANGUAGES:
        with language.speaking(one):
            card = _expected(client, error) or cards.notice(words.unexpected(code))
            told[one] = cards.texts_of(card)
    return told


def _logged_as(error: Exception, where: str) -> str:
    """Log an error that nobody foresaw; return the code that it can be found by."""
    code = secrets.token_hex(3).upper()
    log.error("%s: %s failed", code, where, exc_info=error)
    return code


def _expected(
    client: EaselBot, error: Exception, remedies: Remedies = NO_REMEDIES
) -> cards.Card | None:
    match error:
        case RefusedError():
            label = label_of(client, error.refusal.other_model)
            return cards.refusal(
                labelled(client, error.refusal), other_label=label, remedies=remedies
            )
        case QuotaError():
            return cards.over_quota(error, remedies)
        case LimitError():
            return cards.notice(limit_words.problem(error))
        case StyleError():
            return cards.notice(style_words.problem(error))
        case StaffError():
            return cards.notice(staff_words.objection(error))
        case UnclearError():
            return cards.notice(escaped(str(error)))
        case ConsentAskedError():
            text = messages.denial(error, messages.relative_time, escaped)
            return cards.page([text], cards.WAITING)
        case AccessError():
            return cards.notice(messages.denial(error, messages.relative_time, escaped))
        case WordError():
            return cards.notice(server.words_full(error))
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return cards.notice(words.COMMAND_CHANGED)
        case StorageError():
            # `DatabaseHealth` says it in the log: once, and not for everybody who asks meanwhile.
            return cards.notice(words.DATABASE_AWAY)
        case _:
            return None
