"""A row of the table: what was measured, its floor, the target, and whether it was reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How to measure: in a folder of its own, so many rounds, small or not, profiled or not."""

    folder: Path
    rounds: int
    quick: bool
    profile: Path | None = None

    def place(self, name: str) -> Path:
        """Return a new folder below."""
        place = self.folder / name
        place.mkdir()
        return place

    def profile_of(self, name: str) -> Path | None:
        """Return where the bot's profile of a row goes."""
        return self.profile / f"{name}.prof" if self.profile else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line; `floor` and `ratio` are empty where the target is a plain number.

    Without a target a row is for information.
    """

    what: str
    measured: str
    floor: str = ""
    ratio: float | None = None
    target: str = ""
    reached: bool | None = None
    raw: str = ""


def at_most(
    what: str,
    measured: Sequence[float],
    floor: Sequence[float],
    *,
    times: float | None = None,
    unit: str = "s",
    raw: str = "",
) -> Row:
    """Compare durations, the best of the rounds: whatever else the machine does only adds.

    Without `times` there is no target.
    """
    own, bare = min(measured), min(floor)
    return Row(
        what=what,
        measured=_shown(own, unit),
        floor=_shown(bare, unit),
        ratio=own / bare,
        target="" if times is None else f"≤ {times:g} × floor",
        reached=None if times is None else own <= times * bare,
        raw=_together(f"{_listed(measured, unit)} against {_listed(floor, unit)}", raw),
    )


def at_least(
    what: str,
    measured: Sequence[float],
    floor: Sequence[float],
    *,
    times: float | None = None,
    unit: str,
    raw: str = "",
) -> Row:
    """Compare rates, the best of the rounds; without `times` there is no target."""
    own, bare = max(measured), max(floor)
    return Row(
        what=what,
        measured=_shown(own, unit),
        floor=_shown(bare, unit),
        ratio=own / bare,
        target="" if times is None else f"≥ {times:g} × floor",
        reached=None if times is None else own >= times * bare,
        raw=_together(f"{_listed(measured, unit)} against {_listed(floor, unit)}", raw),
    )


def below(what: str, measured: Sequence[float], *, limit: float, unit: str, raw: str = "") -> Row:
    """Hold the best of the rounds against a plain number."""
    own = min(measured)
    return Row(
        what=what,
        measured=_shown(own, unit),
        target=f"≤ {limit:g} {unit}",
        reached=own <= limit,
        raw=_together(_listed(measured, unit), raw),
    )


def above(what: str, measured: Sequence[float], *, limit: float, unit: str, raw: str = "") -> Row:
    """Hold the best of the rounds against a plain number that it should reach."""
    own = max(measured)
    return Row(
        what=what,
        measured=_shown(own, unit),
        target=f"≥ {limit:g} {unit}",
        reached=own >= limit,
        raw=_together(_listed(measured, unit), raw),
    )


def show(rows: Sequence[Row], facts: Sequence[str]) -> None:
    """Print the facts, the table, and every round's figures below it."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=140)
    for fact in facts:
        console.print(fact)
    table = Table("row", "measured", "floor", "ratio", "target", "")
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        verdict = {None: "", True: "[green]reached", False: "[red]missed"}[row.reached]
        table.add_row(row.what, row.measured, row.floor, ratio, row.target, verdict)
    console.print(table)
    for row in rows:
        console.print(f"{row.what}: {row.raw}")


def _together(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _shown(value: float, unit: str) -> str:
    return f"{value:.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


def _listed(values: Sequence[float], unit: str) -> str:
    return f"{', '.join(f'{value:.3g}' for value in values)} {unit}"
