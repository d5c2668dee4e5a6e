"""Tells what a member typed into a form from the stored words that already stood in it.

Flags are read once, from a member's own words: what a prompt kept as words stays words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile

_WORD = re.compile(r"\S+")
# As keyboards and phones write it.
_FLAG = re.compile(r"[-‐‑−–—―]+[a-zA-Z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A text around what was typed into it: `before` and `after` stood there already."""

    before: str
    own: str
    after: str

    def with_own(self, own: str) -> str:
        """Return the whole text with other words in the place of the member's own."""
        return " ".join(part for part in (self.before, own, self.after) if part)


def edited(stored: str, typed: str) -> Edited:
    """Divide a text where it differs from the stored one, between words."""
    old = stored.split()
    spans = [match.span() for match in _WORD.finditer(typed)]
    new = [typed[start:end] for start, end in spans]
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    first, last = head, len(new) - tail
    if first < last:
        # A flag and its value are one: who changes the one means both.
        first -= first > 0 and _are_flag_and_value(*new[first - 1 : first + 1])
        last += last < len(new) and _are_flag_and_value(*new[last - 1 : last + 1])

    def part(begin: int, end: int) -> str:
        return typed[spans[begin][0] : spans[end - 1][1]] if begin < end else ""

    return Edited(before=part(0, first), own=part(first, last), after=part(last, len(new)))


def _are_flag_and_value(one: str, next_one: str) -> bool:
    return bool(_FLAG.match(one)) and not _FLAG.match(next_one)


def _alike(one: list[str], other: list[str]) -> int:
    """Count the words at the beginning that are the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
