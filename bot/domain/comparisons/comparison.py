"""A comparison: the requests of one prompt to several models, their one post, and its votes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

FEWEST_MODELS, MOST_MODELS = 2, 4
# The result is shown after a day, or when its maker or staff ends the vote.
VOTING_SECONDS = 86_400
LABELS = "ABCD"


class ComparisonState(StrEnum):
    """collecting → voting → closed; or over without a vote."""

    COLLECTING = "collecting"  # its requests are under way
    VOTING = "voting"  # posted; who made what is hidden
    CLOSED = "closed"  # counted: each picture has its model's name
    OVER = "over"  # fewer than two pictures came, or its message is gone before it was counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What several requests share. Times are UTC seconds.

    `tried_at` is the write-ahead mark of the newest try to post it. `shown_at` is when its
    message, or its ticket, was brought to how it ended.
    """

    comparison_id: str
    origin: str
    guild_id: int
    state: ComparisonState
    created_at: int
    ticket_token: str | None = None
    ticket_expires_at: int | None = None
    tried_at: int | None = None
    closes_at: int | None = None
    closed_at: int | None = None
    shown_at: int | None = None

    def open_to_votes(self, now: int) -> bool:
        return self.state is ComparisonState.VOTING and now < (self.closes_at or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One model's part of a comparison; `place` is where its picture stands among the others.

    `label` is its letter, None while it has none. `votes` and `won` are known once it is closed.
    """

    comparison_id: str
    place: int
    job_id: str
    model_id: str
    label: str | None = None
    votes: int = 0
    won: bool = False


def winners(votes: Sequence[int]) -> list[bool]:
    """Tell which of these numbers of votes won: the most, also where several have it."""
    most = max(votes, default=0)
    return [0 < one == most for one in votes]
