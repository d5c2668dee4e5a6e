"""A job from its acceptance to its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.domain.job import Job, Post, Reason
from bot.services.ports.files import StoredReference


class Jobs(Protocol):
    """Moves jobs from state to state; every transition is guarded.

    Methods that take a `job` check its claim (`claimed_by` and `attempt`), and answer False when
    another process has moved it.
    """

    async def add(self, job: Job, references: Sequence[StoredReference]) -> bool:
        """T1: insert a queued job; False when its origin is known already."""
        ...

    async def request_stop(self, job_id: str, reason: Reason = Reason.BY_MEMBER) -> bool:
        """T9b: skip what is not sent yet; True when the job runs. The first reason is kept."""
        ...

    async def deliver(self, job: Job, posts: Sequence[Post]) -> bool:
        """T5: running to delivering, with the posts it will need."""
        ...

    async def finish(self, job: Job, *, now: int, keep: Sequence[int] = ()) -> bool:
        """T7, last part: delivering to done; forgets the ticket token and source URLs.

        The URLs of the pictures at the positions in `keep` stay.
        """
        ...

    async def fail(self, job: Job, reason: Reason, *, now: int) -> bool:
        """T6 and T8: running or delivering to failed."""
        ...

    async def cancel(self, job_id: str, reason: Reason, *, now: int) -> Job | None:
        """T9 and T10: queued to cancelled; None when it was no longer queued."""
        ...

    async def told(self, job_id: str, *, now: int) -> bool:
        """T12; False when somebody told it already."""
        ...

    async def retry(self, job_id: str, new_job_id: str) -> bool:
        """Record which job retries another one; False when one does already (D4)."""
        ...
