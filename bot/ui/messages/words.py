"""Small words that the sentences share: numbers, plurals, lists, times. Knows no Discord."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from fractions import Fraction
from functools import reduce
from typing import Literal

from bot.ui.language import Phrase, _, ngettext, pgettext

When = Callable[[int], str]
"""Turns UTC seconds into words: relative on Discord, a date on the command line."""

# In the place of a prompt whose member deleted their data.
PROMPT_DELETED = Phrase("(deleted)")
# The reason that Easel keeps where a report was acted on; people typed the others.
REPORT_REASON = Phrase("Reported picture")
# What a person typed is repeated so far, and no further.
_QUOTED_CHARACTERS = 40

# What is counted.
_COUNTED: dict[str, Callable[[int], str]] = {
    "channel": lambda n: ngettext("{count} channel", "{count} channels", n),
    "change": lambda n: ngettext("{count} change", "{count} changes", n),
    "character": lambda n: ngettext("{count} character", "{count} characters", n),
    "credit": lambda n: ngettext("{count} credit", "{count} credits", n),
    "day": lambda n: ngettext("{count} day", "{count} days", n),
    "forbidden word": lambda n: ngettext("{count} forbidden word", "{count} forbidden words", n),
    "hour": lambda n: ngettext("{count} hour", "{count} hours", n),
    "letter": lambda n: ngettext("{count} letter", "{count} letters", n),
    "message": lambda n: ngettext("{count} message", "{count} messages", n),
    "minute": lambda n: ngettext("{count} minute", "{count} minutes", n),
    "more time": lambda n: ngettext("{count} more time", "{count} more times", n),
    "picture": lambda n: ngettext("{count} picture", "{count} pictures", n),
    "reference picture": lambda n: ngettext(
        "{count} reference picture", "{count} reference pictures", n
    ),
    "related picture": lambda n: ngettext("{count} related picture", "{count} related pictures", n),
    "request": lambda n: ngettext("{count} request", "{count} requests", n),
    "result": lambda n: ngettext("{count} result", "{count} results", n),
    "second": lambda n: ngettext("{count} second", "{count} seconds", n),
    "server": lambda n: ngettext("{count} server", "{count} servers", n),
    "waiting request": lambda n: ngettext("{count} waiting request", "{count} waiting requests", n),
    "word": lambda n: ngettext("{count} word", "{count} words", n),
}

# The spans in which credits renew, by the value of `Window`.
_WINDOWS = {
    "hour": Phrase("hour"),
    "day": Phrase("day"),
    "week": Phrase("week"),
    "month": Phrase("month"),
}
_THIS_WINDOW = {
    "hour": Phrase("this hour"),
    "day": Phrase("today"),
    "week": Phrase("this week"),
    "month": Phrase("this month"),
}
_PER_WINDOW = {
    "hour": Phrase("per hour"),
    "day": Phrase("per day"),
    "week": Phrase("per week"),
    "month": Phrase("per month"),
}


def number(value: object) -> str:
    """Return a number with thousands set off: 3,686,400; 2.5."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def plural(count: int, noun: str) -> str:
    """Return `1 picture` or `2 pictures`."""
    return _COUNTED[noun](count).format(count=number(count))


def window(name: str) -> str:
    """Return the name of a window: `day`."""
    return str(_WINDOWS[name])


def this_window(name: str) -> str:
    """Return the window that runs now: `today`."""
    return str(_THIS_WINDOW[name])


def per_window(name: str) -> str:
    """Return how often credits renew: `per day`."""
    return str(_PER_WINDOW[name])


def commas(items: Iterable[object]) -> str:
    """Return `a, b, c`; nothing for no items."""
    return pgettext("between two of a list", ", ").join(map(str, items))


def listed(items: Iterable[object], word: Literal["or", "and"] = "or") -> str:
    """Return `a, b or c`."""
    *rest, last = [str(item) for item in items] or [_("nothing")]
    if not rest:
        return last
    head = commas(rest)
    if word == "and":
        return _("{items} and {last}", items=head, last=last)
    return _("{items} or {last}", items=head, last=last)


def sentences(*texts: object) -> str:
    """Return sentences behind each other, without those that are empty."""
    said = [text for text in map(str, texts) if text]
    return reduce(lambda first, next_: _("{first} {next}", first=first, next=next_), said or [""])


def clip(text: str, limit: int) -> str:
    """Shorten a text to at most so many characters, at a word where one ends nearby."""
    if len(text) <= limit:
        return text
    short = text[: limit - 1]
    head, space, tail = short.rpartition(" ")
    return (head if space and len(tail) < limit // 5 else short).rstrip() + "…"


def in_quotes(text: str) -> str:
    """Return a text in quotation marks."""
    return _("“{text}”", text=text)


def quoted(value: object) -> str:
    """Return what a person typed in quotation marks, shortened."""
    return in_quotes(clip(" ".join(str(value).split()), _QUOTED_CHARACTERS))


def reason_said(kept: str) -> str:
    """Return a reason as it was typed; Easel's own, kept in English, for its reader."""
    return str(REPORT_REASON) if kept == REPORT_REASON.english else kept


def capital(text: str) -> str:
    """Return a text that begins with a capital letter, for the start of a line."""
    return text[:1].upper() + text[1:]


def ratio(value: object) -> str:
    """Return a ratio of width to height: 1:16."""
    if isinstance(value, Fraction):
        return f"{value.numerator}:{value.denominator}"
    return str(value)


def megabytes(value: object) -> str:
    """Return bytes as MB, as people and phones count them."""
    if not isinstance(value, int | float):
        return str(value)
    return _("{count} MB", count=f"{value / 1_000_000:.3g}")


def gigabytes(size_bytes: int) -> str:
    """Return a size as people read it."""
    return _("{count} GB", count=f"{size_bytes / 1e9:.1f}")


def relative_time(at: int) -> str:
    """Return a moment that Discord counts automatically: "in 3 hours"."""
    return f"<t:{at}:R>"


def moment(at: int) -> str:
    """Return a moment as day and time, in the reader's own time zone."""
    return f"<t:{at}:f>"


def plain_time(at: int) -> str:
    """Return a moment for places that do not count."""
    return _("at {time} UTC", time=f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}")
