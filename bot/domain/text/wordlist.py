"""Finds the words that a server's moderators forbid in what members write.

See docs/spec/requests.md section 5.

Knows no server, no store and no sentence. A list and a text are read alike
(`bot.domain.text.normalisation`), and then:

- A word is hit whole. Chinese, Japanese, Korean and Thai write words together: there a listed word
  is hit anywhere, and its script next to a Latin word ends that word.
- Punctuation and blanks separate words. Hyphens, symbols and emoji may also stand inside a word
  ("ba-d"), not so dots and apostrophes: "the pen.is it", "he'll". Where each letter stands alone,
  anything may stand between: "b.a.d", "b a d". Words with `*` take nothing inside: "has-seen".
- Look-alikes count only in a word that is disguised: "тот" stays Russian, "4k" and "A55" names.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from bot.domain.text.normalisation import (
    HAN,
    SIGNS,
    continues,
    disguised,
    latin,
    read,
    unspaced,
)

SHORTEST = 2  # one Han character is a word
LONGEST = 60
SHORTEST_STEM = 3
SHORTEST_STEM_UNSPACED = 2
MOST_WORDS = 500
MASK = "…"


class WordProblem(StrEnum):
    """Why a word cannot be listed."""

    EMPTY = "empty"  # no letter and no digit in it
    TOO_SHORT = "too_short"  # limit: characters
    TOO_LONG = "too_long"  # limit: characters
    WILDCARD = "wildcard"  # `*` alone, inside, or beside fewer letters than the limit
    MANY = "many"  # limit: words in a list


class WordError(ValueError):
    """A word, or a list of words, that cannot be used; `limit` is the number for the sentence."""

    def __init__(self, kind: WordProblem, limit: int = 0) -> None:
        super().__init__(f"{kind} (limit {limit})")
        self.kind = kind
        self.limit = limit


# --- what moderators type -----------------------------------------------------------------------


def normalised(word: str) -> str:
    """Return the form in which a word or phrase is stored: words with a blank between them.

    It may begin or end with `*`. Raises WordError.
    """
    # The full-width asterisk is what East Asian keyboards offer.
    parts = [_composed(part) for part in word.replace("\uff0a", "*").split("*")]
    filled = [number for number, part in enumerate(parts) if part]
    if not filled:
        raise WordError(WordProblem.EMPTY if len(parts) == 1 else WordProblem.WILDCARD)
    if len(filled) > 1:
        raise WordError(WordProblem.WILDCARD)
    stem = parts[filled[0]]
    if len(stem) > LONGEST:
        raise WordError(WordProblem.TOO_LONG, LONGEST)
    shortest = 1 if HAN.search(stem) else SHORTEST
    if _length(stem) < shortest:
        raise WordError(WordProblem.TOO_SHORT, shortest)
    before, after = filled[0] > 0, filled[0] < len(parts) - 1
    for wild, edge in ((before, stem.split()[0]), (after, stem.split()[-1])):
        together = any(map(unspaced, read(edge)[0]))
        shortest = SHORTEST_STEM_UNSPACED if together else SHORTEST_STEM
        if wild and _length(edge) < shortest:
            raise WordError(WordProblem.WILDCARD, shortest)
    return "*" * before + stem + "*" * after


def _composed(text: str) -> str:
    """Return a reading in characters as people count them."""
    words = unicodedata.normalize("NFC", read(text)[0].replace("-", " ")).split()
    return " ".join(words)


def _length(text: str) -> int:
    return sum(c != " " and not continues(c) for c in text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A listed word: its letters without blanks, and before which of them a blank stands."""

    letters: str
    blanks: frozenset[int]
    wild_start: bool
    wild_end: bool

    @property
    def may_be_spelled(self) -> bool:
        """Tell whether "b a d" stands for it; not "1 2 3", which counts."""
        shortest = SHORTEST if unspaced(self.letters[0]) else _SHORTEST_SPELLED
        return len(self.letters) >= shortest and not any(map(str.isdigit, self.letters))

    @staticmethod
    def of(word: str) -> _Entry:
        reading = read(word.strip("*"))[0]
        blanks = [place for place, character in enumerate(reading) if character == " "]
        return _Entry(
            letters=reading.replace(" ", ""),
            blanks=frozenset(place - earlier for earlier, place in enumerate(blanks)),
            wild_start=word.startswith("*"),
            wild_end=word.endswith("*"),
        )


# --- a text, held against the list --------------------------------------------------------------

_RUN = re.compile(r"([ \-]*+)([^ \-]++)")
_LONGEST_GAP = 3
_SHORTEST_SPELLED = 3  # "a i" is seldom a word; two are enough where words are written together


class _Text:
    """The letters of a text without what separates them.

    `gaps[n]` is what stood before letter n; `places[n]` and `ends[n]` say where it is in the
    text, with the accents and invisible characters after it.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.gaps: list[str] = []
        self.places: list[int] = []
        self.ends: list[int] = []
        self.letters = ""
        self._judged: dict[tuple[int, int], bool] = {}
        reading, places = read(text)
        following = [*places[1:], len(text)]
        # Without the end's separators, at each of which the pattern would start again.
        for match in _RUN.finditer(reading.rstrip(" -")):
            gap, run = match.groups()
            self.letters += run
            self.gaps += [gap, *[""] * (len(run) - 1)]
            self.places += places[slice(*match.span(2))]
            self.ends += following[slice(*match.span(2))]

    def find(self, entry: _Entry, start: int, end: int) -> tuple[int, int] | None:
        """Return where an entry stands in the text; None if its letters are no such word there."""
        if not entry.wild_start and not self._parted(start):
            return None
        if not (self._whole(entry, start, end) or self._spelled(entry, start, end)):
            return None
        plain = self.letters[start:end] == entry.letters
        if entry.wild_start:
            start = self._bounds[bisect_right(self._bounds, start) - 1]
        if entry.wild_end:
            end = self._bounds[bisect_left(self._bounds, end)]
        # Several letters may come from one character, which is then named as a whole.
        place = self.places[start], max(self.places[end - 1] + 1, self.ends[end - 1])
        return place if plain or self._disguised(start, end) else None

    @cached_property
    def _bounds(self) -> list[int]:
        """Where words begin and end: looked up, since a word may be all of a long text."""
        return [at for at in range(len(self.letters) + 1) if self._parted(at)]

    def _disguised(self, start: int, end: int) -> bool:
        if (start, end) not in self._judged:
            shown = map(self.text.__getitem__, self.places[start:end])
            self._judged[start, end] = disguised(self.letters[start:end], "".join(shown))
        return self._judged[start, end]

    def _alone(self, at: int) -> bool:
        """Tell whether letter `at` is the first, or apart from the one before it."""
        if at in (0, len(self.letters)) or self.gaps[at]:
            return True
        return self.letters[at - 1] in SIGNS or self.letters[at] in SIGNS

    def _parted(self, at: int) -> bool:
        """Tell whether a word may begin or end before letter `at`."""
        return self._alone(at) or (
            (unspaced(self.letters[at - 1]) or unspaced(self.letters[at]))
            and not continues(self.letters[at])
        )

    def _whole(self, entry: _Entry, start: int, end: int) -> bool:
        if not entry.wild_end and not self._parted(end):
            return False
        allowed = 0 if entry.wild_start or entry.wild_end else _LONGEST_GAP
        for number, gap in enumerate(self.gaps[start + 1 : end], start=1):
            if number in entry.blanks:
                if not gap:
                    return False
            elif gap and (len(gap) > allowed or " " in gap):
                return False
        return True

    def _spelled(self, entry: _Entry, start: int, end: int) -> bool:
        if not entry.may_be_spelled:
            return False
        parted = self._alone if unspaced(entry.letters[0]) else self._parted
        return (parted(start) and parted(end)) and all(
            0 < len(gap) <= _LONGEST_GAP or (not gap and continues(letter))
            for letter, gap in zip(
                self.letters[start + 1 : end], self.gaps[start + 1 : end], strict=True
            )
        )


class WordList:
    """The words of one server, built once; it never changes.

    An automaton of Aho and Corasick over the letters alone, read as Latin ones: its time grows
    with the text, not with the list, for any text. What it finds is then checked.
    """

    __slots__ = ("_ends", "_fallback", "_next", "words")

    def __init__(self, words: Iterable[str]) -> None:
        """Take words as `normalised` returns them; raises WordError when they are too many."""
        listed = sorted(set(words))
        if len(listed) > MOST_WORDS:
            raise WordError(WordProblem.MANY, MOST_WORDS)
        self.words = tuple(listed)
        self._next: list[dict[str, int]] = [{}]
        self._fallback = [0]
        self._ends: list[list[_Entry]] = [[]]
        for entry in map(_Entry.of, listed):
            self._add(entry)
        self._link()

    def find(self, text: str) -> str | None:
        """Return the first forbidden word as the text has it, None when there is none."""
        first = next(iter(self._hits(text)), None)
        return None if first is None else text[slice(*first)]

    def masked(self, text: str) -> str:
        """Return the text with `…` in place of each forbidden word."""
        shown: list[str] = []
        done = 0
        for start, end in self._hits(text):
            if start >= done:
                shown += text[done:start], MASK
            done = max(done, end)
        return "".join(shown) + text[done:]

    def _hits(self, text: str) -> list[tuple[int, int]]:
        """Return where forbidden words begin and end, in their order, longer ones first."""
        if not self._next[0]:
            return []
        held = _Text(text)
        found = (held.find(*candidate) for candidate in self._candidates(latin(held.letters)))
        return sorted((hit for hit in found if hit), key=lambda hit: (hit[0], -hit[1]))

    def _candidates(self, letters: str) -> Iterator[tuple[_Entry, int, int]]:
        node = 0
        for end, letter in enumerate(letters, start=1):
            while node and letter not in self._next[node]:
                node = self._fallback[node]
            node = self._next[node].get(letter, 0)
            for entry in self._ends[node]:
                yield entry, end - len(entry.letters), end

    def _add(self, entry: _Entry) -> None:
        node = 0
        for letter in latin(entry.letters):
            if letter not in self._next[node]:
                self._next[node][letter] = len(self._next)
                self._next.append({})
                self._fallback.append(0)
                self._ends.append([])
            node = self._next[node][letter]
        self._ends[node].append(entry)

    def _link(self) -> None:
        """Say for each node where to go on when no further letter fits, shortest words first."""
        waiting = deque(self._next[0].values())
        while waiting:
            node = waiting.popleft()
            for letter, child in self._next[node].items():
                fallback = self._fallback[node]
                while fallback and letter not in self._next[fallback]:
                    fallback = self._fallback[fallback]
                self._fallback[child] = self._next[fallback].get(letter, 0)
                self._ends[child] += self._ends[self._fallback[child]]
                waiting.append(child)
