"""Results that could not be posted and wait for their member (T8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.domain.job import Job, Post


class PickupStore(Protocol):
    """Jobs that wait for pick-up; they belong to no process."""

    async def park(self, job: Job, *, until: int) -> Job | None:
        """T8: what could not be posted waits for its member; None when something was posted."""
        ...

    async def take_up(self, job: Job, posts: Sequence[Post], *, now: int) -> bool:
        """Let a waiting job be delivered to the job's destination, with other posts.

        It belongs to no process then, like what a crash left. False when it did not wait.
        """
        ...

    async def end(self, job: Job, *, told_at: int | None, now: int) -> bool:
        """T8: waiting to failed; False when it does not wait any more, or waits anew."""
        ...

    async def of_member(self, user_id: int, *, guild_id: int) -> list[Job]:
        """A member's jobs that wait in a server, newest first."""
        ...

    async def over(self, *, now: int) -> list[Job]:
        """Jobs that have waited long enough."""
        ...
