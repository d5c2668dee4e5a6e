"""Which process works on a job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.domain.job import Job
from bot.domain.requests.request import ImageRequest


class Claims(Protocol):
    """Claims on jobs: each names a process, an attempt and a lease."""

    async def claim(self, provider: str, *, me: str, now: int, lease_until: int) -> Job | None:
        """T2: claim the fairest queued job and plan its calls; None when nothing waits.

        Fair: the server with the fewest running jobs, then the member with the fewest, then
        the oldest.
        """
        ...

    async def waits(self, provider: str, *, now: int) -> bool:
        """Whether a job could be claimed now."""
        ...

    async def take_open(self, me: str) -> list[Job]:
        """T13: claim every open job of a restored copy; what was queued is running then."""
        ...

    async def renew(self, me: str, job_ids: Sequence[str], *, lease_until: int) -> None:
        """Keep the leases of the jobs that this process runs."""
        ...

    async def release(self, me: str) -> None:
        """Give up this process's jobs at an orderly stop: their leases end now."""
        ...

    async def requeue(self, job: Job, *, not_before: int | None = None) -> bool:
        """T11a, T3b: running back to queued, claim forgotten; only while every call waits."""
        ...

    async def move(self, job: Job, request: ImageRequest) -> bool:
        """T14: queued or running to queued at the provider of a request; its calls anew.

        False when something may have been paid, or the job is not as it was read.
        """
        ...

    async def mine(self, job: Job) -> bool:
        """Whether the claim with which a job was read still holds."""
        ...

    async def orphans(self, *, me: str, now: int) -> list[Job]:
        """Running or delivering jobs whose lease ran out or whose process is dead."""
        ...

    async def adopt(self, job: Job, *, me: str, lease_until: int) -> Job | None:
        """Take over an orphan: new `claimed_by`, attempt + 1; None when another was faster."""
        ...

    async def register(self, instance_id: str, host: str, pid: int, now: int) -> None:
        """Make this process known, or known to be still there."""
        ...
