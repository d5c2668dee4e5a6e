"""Writes each try of an upstream call before it leaves: the write-ahead marks of a job."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.errors import Failure
from bot.domain.job import Call, Job
from bot.services.jobs.call_request import at_hand
from bot.services.jobs.upstream_call import StoppedError
from bot.services.ports import GUARDED, CallRequest, Clock, Database, Spool
from bot.services.tasks.backoff import outlast


class DatabaseJournal:
    """Writes each try of a call before it leaves."""

    def __init__(
        self, job: Job, item: Call, database: Database, spool: Spool, clock: Clock
    ) -> None:
        self.current = item.try_number
        self._job = job
        self._item = item
        self._database = database
        self._spool = spool
        self._clock = clock
        self._before = item.try_number - 1

    async def sending(self, try_number: int) -> None:
        now = self._clock.now()
        async with self._database.write(GUARDED) as uow:
            number = self._before + try_number
            if not await uow.calls.mark_sent(self._job, self._item.seq, number, now=now):
                raise StoppedError
            await uow.commit_mark()

    async def repeating(self, try_number: int, failure: Failure) -> None:
        now, number = self._clock.now(), self._before + try_number
        async with self._database.write(GUARDED) as uow:
            if not await uow.calls.retry_call(self._job, self._item.seq, number, failure, now=now):
                raise StoppedError
            await uow.commit()
        self.current = number + 1

    async def repeating_later(self, failure: Failure) -> None:
        """The last try of this round failed unpaid: plan another for when the job comes back."""
        await self.repeating(self.current - self._before, failure)

    async def call_request(self, call_request: CallRequest, try_number: int) -> CallRequest:
        reply = self._spool.reply(self._job.job_id, self._item.seq, self._before + try_number)
        return replace(
            await outlast(lambda: at_hand(call_request, self._spool)),
            reply=self._spool.path(reply),
        )
