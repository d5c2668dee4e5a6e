"""Finds each ended job exactly once, ended by this process, another one or the shell."""

from __future__ import annotations

import asyncio

from bot.services.ports import Clock, Database, Ended

# A job's end is dated before its transaction is committed, which may wait for a locked file; and
# clocks are set back a little now and then.
OVERLAP_SECONDS = 600


class EndedJobs:
    """Reads what is new since it was asked last."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._seen: dict[str, int] = {}
        self._since = clock.now() - 2 * OVERLAP_SECONDS
        self._one_at_a_time = asyncio.Lock()

    async def news(self) -> list[Ended]:
        """Return the jobs that ended since the last call; at first, of the last minutes."""
        async with self._one_at_a_time:
            now = self._clock.now()
            async with self._database.read() as uow:
                ended = await uow.metrics.ended(since=self._since)
            new = [job for job in ended if job.job_id not in self._seen]
            self._since = now - OVERLAP_SECONDS
            known = self._seen | {job.job_id: job.finished_at for job in ended}
            kept_since = self._since - OVERLAP_SECONDS
            self._seen = {job_id: at for job_id, at in known.items() if at >= kept_since}
            return new
