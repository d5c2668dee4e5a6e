"""What waits, runs or is being delivered, and what is still to be told."""

from __future__ import annotations

from typing import Protocol

from bot.domain.job import Job


class JobQueue(Protocol):
    """Reads the jobs that somebody still has to work on."""

    async def load(self, guild_id: int, user_id: int) -> tuple[int, int]:
        """How many jobs of a member in a server, and of the whole server, have not ended."""
        ...

    async def queued_ahead(self, job: Job) -> int:
        """How many queued jobs of the same provider were accepted before this one."""
        ...

    async def queued_and_running(self, provider: str) -> list[Job]:
        """Jobs of a provider that wait or run, oldest first, for positions and estimates."""
        ...

    async def waited_for(self) -> list[str]:
        """The providers for which jobs are queued."""
        ...

    async def under_way(self, guild_id: int, *, user_id: int | None = None) -> list[Job]:
        """What waits or runs in a server, of all members or of one, oldest first."""
        ...

    async def expired(self, *, now: int) -> list[Job]:
        """Queued jobs whose time is over."""
        ...

    async def being_delivered(self) -> bool:
        """Whether any result is being delivered; what waits for pick-up is not."""
        ...

    async def replies(self) -> list[Job]:
        """Jobs under way that a message asked for, oldest first."""
        ...

    async def untold(self) -> list[Job]:
        """Failed and cancelled jobs, and those that wait for pick-up, not told to their member.

        Of jobs that a message asked for also those that are done: its ⏳ is still there.
        """
        ...
