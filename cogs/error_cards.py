"""What a member is told of an error: the one place that turns errors into words."""

from __future__ import annotations

import logging
import secrets

from discord import app_commands

from bot.domain.errors import (
    AccessError,
    LimitError,
    QuotaError,
    RefusedError,
    StaffError,
    StorageError,
)
from bot.domain.text.wordlist import WordError
from bot.ui import language, messages
from bot.ui.cards import cards
from bot.ui.durations import UnclearError
from bot.ui.messages import tickets as words
from bot.ui.messages.staff import limits as limit_words
from bot.ui.messages.staff import moderation as staff_words
from bot.ui.messages.staff import server
from bot.ui.text import escaped
from cogs.context import EaselBot

log = logging.getLogger(__name__)


def other_label(client: EaselBot, error: RefusedError) -> str | None:
    """Return the name of the model that takes a refused request as it is, if any does."""
    other = error.refusal.other_model
    offers = client.services.requests.router.catalog.of(other) if other else ()
    return offers[0].label if offers else None


def card_of(client: EaselBot, error: Exception, where: str) -> cards.Card:
    """Return what a member is told of an error; `where` is for the log, if nobody foresaw it."""
    return _expected(client, error) or cards.notice(words.unexpected(_logged_as(error, where)))


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


def _expected(client: EaselBot, error: Exception) -> cards.Card | None:
    match error:
        case RefusedError():
            return cards.refusal(error.refusal, other_label=other_label(client, error))
        case QuotaError():
            return cards.notice(messages.quota_refusal(error, messages.relative_time))
        case LimitError():
            return cards.notice(limit_words.problem(error))
        case StaffError():
            return cards.notice(staff_words.objection(error))
        case UnclearError():
            return cards.notice(escaped(str(error)))
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
