"""When refusals say something of the account or the filter, and not of the members: pure.

One member who is refused again and again may be trying wordings. Several members who are refused
one after the other, with no picture between, met a filter or an account that refuses everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# So many different members within so many seconds.
MEMBERS = 5
SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a job of a provider ended: with a picture, or refused; times in UTC seconds.

    `comparison_id` is what it was compared in: of its jobs one counts against their member.
    """

    job_id: str
    provider: str
    user_id: int
    created_at: int
    ended_at: int
    refused: bool
    comparison_id: str | None = None


def in_waves(endings: Iterable[Ending]) -> frozenset[str]:
    """Return the jobs whose refusal belongs to a wave, and so counts against nobody."""
    found: set[str] = set()
    rows: dict[str, list[Ending]] = {}
    for ending in sorted(endings, key=lambda one: (one.ended_at, one.refused, one.job_id)):
        row = rows.setdefault(ending.provider, [])
        if not ending.refused:
            row.clear()
            continue
        row.append(ending)
        row[:] = [one for one in row if one.ended_at > ending.ended_at - SECONDS]
        if _is_wave(row):
            found.update(one.job_id for one in row)
    return frozenset(found)


def _is_wave(row: Sequence[Ending]) -> bool:
    return len({one.user_id for one in row}) >= MEMBERS
