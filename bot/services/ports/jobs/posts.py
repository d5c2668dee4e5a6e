"""The messages of a job on Discord."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.domain.job import Post


class Posts(Protocol):
    """The posts of results, and the public tickets of jobs."""

    async def of_job(self, job_id: str) -> list[Post]:
        """A result's posts by part."""
        ...

    async def divide(self, job_id: str, posts: Sequence[Post]) -> None:
        """Replace the posts that no message has yet by others."""
        ...

    async def post_in(self, job_id: str, channel_id: int) -> None:
        """Let a result that was not posted yet be posted in another channel."""
        ...

    async def mark_post_try(self, job_id: str, part: int, *, now: int) -> int | None:
        """T7a, the write-ahead mark: returns when it was set before, None the first time."""
        ...

    async def posted(self, job_id: str, part: int, message_id: int, *, now: int) -> None:
        """T7: remember the message of a part; the first one counts."""
        ...

    async def remove(self, job_id: str, *, by: int, now: int) -> list[Post]:
        """Mark a result's posts removed; return those that were not yet."""
        ...

    async def removed(self, message_id: int, *, now: int) -> bool:
        """A message was deleted on Discord; False when it is no result, or known to be gone."""
        ...

    async def ticket_posted(self, job_id: str, message_id: int | None) -> None:
        """Remember the public ticket of a job that a message asked for; None: it was deleted."""
        ...
