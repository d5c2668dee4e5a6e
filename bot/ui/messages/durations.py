"""Words about how long something lasts."""

from __future__ import annotations

from datetime import datetime

from bot.ui.messages.words import quoted

USUAL = {"1 h": "1 hour", "1 day": "1 day", "1 week": "1 week", "30 days": "30 days"}
TOO_LONG = "That is more than a year. Leave it empty for something without an end."


def unclear(typed: str) -> str:
    """Return that a time cannot be read, and how one is written."""
    return f"I cannot read {quoted(typed)} as a time. Write 1 h, 2 days, or a date: 2030-12-24."


def past(typed: str) -> str:
    """Return that a time is over."""
    return f"{quoted(typed)} is over already. Please give a time to come."


def choice(typed: str, until: datetime) -> str:
    """Return a suggestion: what was typed, and when that ends."""
    return f"{typed} · until {until:%Y-%m-%d %H:%M}"
