"""Small words that the sentences share: numbers, plurals, lists, times. Knows no Discord."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from fractions import Fraction

When = Callable[[int], str]
"""Turns UTC seconds into words: relative on Discord, a date on the command line."""

# In the place of a prompt whose member deleted their data.
PROMPT_DELETED = "(deleted)"
# What a person typed is repeated so far, and no further.
_QUOTED_CHARACTERS = 40


def number(value: object) -> str:
    """Return a number with thousands set off: 3,686,400; 2.5."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return `1 picture` or `2 pictures`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def listed(items: Iterable[object], word: str = "or") -> str:
    """Return `a, b or c`."""
    *rest, last = [str(item) for item in items] or ["nothing"]
    return f"{', '.join(rest)} {word} {last}" if rest else last


def clip(text: str, limit: int) -> str:
    """Shorten a text to at most so many characters, at a word where one ends nearby."""
    if len(text) <= limit:
        return text
    short = text[: limit - 1]
    head, space, tail = short.rpartition(" ")
    return (head if space and len(tail) < limit // 5 else short).rstrip() + "…"


def quoted(value: object) -> str:
    """Return what a person typed in quotation marks, shortened."""
    return f"“{clip(' '.join(str(value).split()), _QUOTED_CHARACTERS)}”"


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
    return f"{value / 1_000_000:.3g} MB" if isinstance(value, int | float) else str(value)


def relative_time(at: int) -> str:
    """Return a moment that Discord counts by itself: "in 3 hours"."""
    return f"<t:{at}:R>"


def moment(at: int) -> str:
    """Return a moment as day and time, in the reader's own time zone."""
    return f"<t:{at}:f>"


def plain_time(at: int) -> str:
    """Return a moment for places that do not count."""
    return f"at {datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
