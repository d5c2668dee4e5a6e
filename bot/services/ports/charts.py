"""Statistics as charts: what is drawn, in plain numbers and words, and who draws it.

A chart brings every word that stands in its picture. Nothing here knows how pictures are drawn.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import zip_longest
from math import isfinite
from pathlib import Path
from typing import Protocol

# What a label may take in a picture that is read on a phone; a longer one is a letter there.
LABEL_LINE_CHARACTERS = 18
_LABEL_LINES = 2
_BARS = 8
_RANKS = 10
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Latin, Greek and Cyrillic: what the font has whole, and what reads from left to right unjoined.
_DRAWN = (range(0x20, 0x250), range(0x370, 0x37F), range(0x380, 0x526))


class ChartKind(StrEnum):
    """What the labels of a chart are, and with it how it is drawn."""

    DAYS = "days"  # ISO dates; pictures, and credits beside them
    MODELS = "models"  # the most used first
    MEMBERS = "members"  # the same, and drawn by rank, with a name where the font can write it
    MONEY = "money"  # ISO dates; what is known, and stacked upon it what is not


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One row of numbers, one for each label of its chart; none is negative."""

    name: str
    values: tuple[int | Decimal, ...]

    def __post_init__(self) -> None:
        if not all(isfinite(value) and value >= 0 for value in self.values):
            raise ValueError(f"{self.name} holds a number that cannot be drawn")

    @property
    def total(self) -> int | Decimal:
        return sum(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One panel; `empty` stands in it when there is nothing. `unit` follows totals: the currency.

    `others` names what is left of many bars, with `{count}`; without it they are left out. Days
    and money have two series, rankings one, in falling order. `dates` is how a day is written: of
    `{day}`, `{month}` (Jan) and `{number}` (1, its number). `names` are those of members, empty
    where one is not known.
    """

    kind: ChartKind
    title: str
    empty: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    others: str = ""
    unit: str = ""
    dates: str = "{day} {month}"
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if any(len(series.values) != len(self.labels) for series in self.series):
            raise ValueError(f"{self.title}: not one number for each label")

    @property
    def is_empty(self) -> bool:
        return not any(series.total for series in self.series)

    @property
    def marks(self) -> tuple[str, ...]:
        """What stands in the picture for each label that has a bar of its own.

        For members a rank, and their name where the font can write it; for models the label, or a
        letter.
        """
        if self.kind is ChartKind.MEMBERS:
            bars = zip_longest(self.labels[:_RANKS], self.names[:_RANKS])
            return tuple(_ranked(rank, name or "") for rank, (_, name) in enumerate(bars, 1))
        # A rest of one is shown by its name.
        shown = self.labels if len(self.labels) <= _BARS + 1 else self.labels[:_BARS]
        letters = (letter for letter in _LETTERS if letter not in shown)
        return tuple(label if _can_be_drawn(label) else next(letters) for label in shown)


class Charts(Protocol):
    """Draws charts, in a worker process that is killed when it takes too long."""

    async def draw(
        self, charts: Sequence[Chart], target: Path, *, plain: Sequence[Chart] = ()
    ) -> None:
        """Write one PNG, 1000 pixels wide, with the charts one below the other.

        Where this machine has no font for a letter in them, `plain` is drawn instead.
        Raises PictureError (TIMEOUT, MEMORY, CRASHED), and OSError where it cannot be written.
        """
        ...


def _ranked(rank: int, name: str) -> str:
    named = f"{rank}. {name}"
    return named if name and _can_be_drawn(named) else str(rank)


def _can_be_drawn(label: str) -> bool:
    lines = textwrap.wrap(label, LABEL_LINE_CHARACTERS)
    known = all(any(ord(sign) in part for part in _DRAWN) for sign in label)
    return 0 < len(lines) <= _LABEL_LINES and known and label.isprintable()
