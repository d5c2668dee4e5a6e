"""The upstream calls of a job and the pictures that they made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.domain.errors import Failure
from bot.domain.job import Call, CallState, Job, Picture


class Calls(Protocol):
    """Calls and pictures; what changes a call checks the claim on its job."""

    async def of_job(self, job_id: str) -> list[Call]:
        """Every try of every call, in order."""
        ...

    async def pictures(self, job_id: str) -> list[Picture]:
        """A job's pictures by position."""
        ...

    async def mark_sent(self, job: Job, seq: int, try_number: int, *, now: int) -> bool:
        """T3, the write-ahead mark: planned to sent, unless the job was stopped."""
        ...

    async def retry_call(
        self, job: Job, seq: int, try_number: int, failure: Failure, *, now: int
    ) -> bool:
        """T3b: the try failed unpaid; plan the next one."""
        ...

    async def end_call(
        self,
        job: Job,
        seq: int,
        try_number: int,
        state: CallState,
        *,
        now: int,
        images_made: int = 0,
        failure: Failure | None = None,
        usage: Mapping[str, object] | None = None,
        charged_micro: int | None = None,
        pictures: Sequence[Picture] = (),
    ) -> bool:
        """T4: sent (or planned) to its end, with the pictures that its reply named.

        `charged_micro` is what the service said that it charged, where it said so.
        """
        ...

    async def update_picture(self, picture: Picture) -> None:
        """Record that a picture was fetched, or why it was not."""
        ...

    async def posted_as(self, picture: Picture) -> None:
        """T7: record that another file was posted than the one that was fetched."""
        ...

    async def forget_urls(self, job_ids: Sequence[str]) -> None:
        """Forget where the pictures of jobs came from."""
        ...
