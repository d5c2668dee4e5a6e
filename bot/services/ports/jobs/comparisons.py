"""Comparisons of models: stored, and shown on Discord."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.domain.comparisons.comparison import Comparison, Entry
from bot.domain.job import Job, Picture, Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Wins:
    """How often a model was compared in a server, and how often it had the most votes."""

    model: str
    compared: int
    won: int
    votes: int


class ComparisonStore(Protocol):
    """Comparisons and their entries. Moves are guarded: False when it had moved before."""

    async def add_comparison(self, comparison: Comparison) -> bool:
        """Insert a comparison; False when its origin is known already."""
        ...

    async def add_entries(self, entries: Sequence[Entry]) -> None:
        """What is compared; the jobs were inserted before."""
        ...

    async def get(self, comparison_id: str) -> Comparison | None: ...

    async def of_origin(self, origin: str) -> Comparison | None: ...

    async def entries(self, comparison_id: str) -> Sequence[Entry]:
        """By place."""
        ...

    async def jobs(self, comparison_id: str) -> Sequence[Job]:
        """Its jobs in any state, by place."""
        ...

    async def collect(self, job: Job, posts: Sequence[Post], *, until: int) -> bool:
        """T5 of a job that is compared: running to delivering, where it belongs to no process.

        `until` is when the last of the others has ended.
        """
        ...

    async def complete(self) -> Sequence[Comparison]:
        """Those that are still collecting, and wait for no job any more."""
        ...

    async def mark_comparison_try(
        self, comparison: Comparison, labels: Mapping[str, str], *, now: int
    ) -> bool:
        """The write-ahead mark of posting it, once for each state that was read; `labels` by job.

        False when another process has set it.
        """
        ...

    async def open_vote(self, comparison_id: str, *, now: int, closes_at: int) -> bool:
        """Collecting to voting."""
        ...

    async def finish_compared(
        self, job: Job, message_id: int, *, first_place: int, keep: Sequence[int], now: int
    ) -> bool:
        """T7 of a job that is compared: the message, and done, in the channel, with its model
        hidden; forgets the addresses of its pictures but those in `keep`.

        Behind a spoiler as the job says.
        """
        ...

    async def fail_compared(self, job: Job, *, now: int) -> bool:
        """End a collected job whose picture is lost."""
        ...

    async def post_in(self, comparison_id: str, channel_id: int) -> None:
        """Let what is collected be posted in another channel."""
        ...

    async def release(self, comparison: Comparison, job: Job, *, now: int) -> bool:
        """Let the only job with a picture be delivered like any other, with the ticket of all."""
        ...

    async def park_compared(self, comparison: Comparison, *, until: int, now: int) -> Sequence[Job]:
        """Let what is collected wait for pick-up; its member is told of the first."""
        ...

    async def over(self, comparison_id: str, *, now: int, shown: bool) -> bool:
        """End it without a result of votes; `shown`: nothing is to be told any more."""
        ...

    async def lost(self) -> Sequence[Comparison]:
        """Those with an open vote whose message is gone."""
        ...

    async def to_show(self) -> Sequence[Comparison]:
        """Those whose message or ticket does not show yet how they stand."""
        ...

    async def comparison_shown(self, comparison: Comparison, *, now: int) -> None:
        """It was shown how it stood; forgets its ticket."""
        ...


class VoteStore(Protocol):
    """Votes on comparisons while they are open, and what models won by them."""

    async def vote(self, comparison_id: str, user_id: int, label: str, *, now: int) -> bool:
        """Put a member's vote, in the place of their earlier one; False when it is closed."""
        ...

    async def count(self, comparison_id: str) -> int: ...

    async def close(self, comparison_id: str, *, now: int) -> bool:
        """Voting to closed: count, forget who voted, and let everybody read the models."""
        ...

    async def to_close(self, *, now: int) -> Sequence[Comparison]:
        """Those whose time is over."""
        ...

    async def wins(self, guild_id: int, *, since: int, until: int) -> Sequence[Wins]:
        """By model, the most wins first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPicture:
    """One picture of a comparison, with the file to upload where it is not posted yet."""

    entry: Entry
    job: Job
    picture: Picture | None = None
    path: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonPost:
    """What the message of a comparison shows.

    `prompt` as in a result. `failed` are the jobs that made no picture. `ping` mentions the
    requester, who waited long. `again`: it may be there already.
    """

    comparison: Comparison
    pictures: tuple[ComparedPicture, ...]
    failed: tuple[Job, ...]
    channel_id: int
    prompt: str | None
    votes: int = 0
    ping: bool = False
    again: bool = False


class ComparisonChannel(Protocol):
    """Shows comparisons.

    Permanent refusals raise DeliveryError; anything else may be tried again.
    """

    async def post(self, shown: ComparisonPost) -> int:
        """Post it and return its message id."""
        ...

    async def find(self, shown: ComparisonPost, *, tried_at: int) -> int | None:
        """Look for what an earlier try may have posted."""
        ...

    def may_look(self, channel_id: int) -> bool:
        """Whether `find` can see what is there."""
        ...

    async def close(self, shown: ComparisonPost, message_id: int) -> bool:
        """Show the result of the vote; False: the message is gone."""
        ...

    async def tell_posted(self, comparison: Comparison, job: Job, place: tuple[int, int]) -> None:
        """Say in its ticket where it is."""
        ...

    async def tell_failed(self, comparison: Comparison, jobs: Sequence[Job]) -> bool:
        """Say in its ticket, else in the channel, that no picture came; False: nobody hears it."""
        ...
