"""Words about how long something lasts."""

from __future__ import annotations

from datetime import datetime

from bot.ui.language import Phrase, _
from bot.ui.messages.words import quoted

USUAL = {
    "1 h": Phrase("1 hour"),
    "1 day": Phrase("1 day"),
    "1 week": Phrase("1 week"),
    "30 days": Phrase("30 days"),
}
TOO_LONG = Phrase("The longest time is one year. Leave it empty for no end.")


def unclear(typed: str) -> str:
    """Return that a time cannot be read, and how one is written."""
    return _(
        "I cannot read {typed} as a time. Write 1 h, 2 days, or a date: 2030-12-24.",
        typed=quoted(typed),
    )


def past(typed: str) -> str:
    """Return that a time is over."""
    return _("{typed} is in the past. Please enter a time in the future.", typed=quoted(typed))


def choice(typed: str, until: datetime) -> str:
    """Return a suggestion: what was typed, and when that ends."""
    return _("{typed} · until {time}", typed=typed, time=f"{until:%Y-%m-%d %H:%M}")
