"""Every sentence that a person reads, on Discord and on the command line.

Pure text from domain values; what a person typed comes back as typed, and escaping it for a
place is that place's work (`bot.ui.text` for Discord).
"""

from bot.ui.messages.requests.notes import note
from bot.ui.messages.requests.outcomes import (
    NOTHING_CHARGED,
    denial,
    error_class,
    missing,
    quota_refusal,
    reason_of,
)
from bot.ui.messages.requests.violations import violation
from bot.ui.messages.words import listed, number, plain_time, plural, relative_time

__all__ = [
    "NOTHING_CHARGED",
    "denial",
    "error_class",
    "listed",
    "missing",
    "note",
    "number",
    "plain_time",
    "plural",
    "quota_refusal",
    "reason_of",
    "relative_time",
    "violation",
]
