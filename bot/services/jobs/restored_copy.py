"""Ends the open jobs of a database that was restored from a copy (docs/spec/states.md, T13).

Nobody knows what became of them after the copy was made, so nothing of them is sent again.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.errors import ErrorClass, Failure
from bot.domain.job import RESTORED_COPY, CallState, Job, Reason
from bot.domain.job_outcome import last_tries, outcome
from bot.domain.requests.consent import ConsentState
from bot.services.delivery.result_message import pictures_of
from bot.services.ports import OpenCounters, UnitOfWork
from bot.services.quotas.quota_book import QuotaBook

_LOST = Failure(error_class=ErrorClass.UNKNOWN_OUTCOME, message="the database is a restored copy")


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredCopy:
    """What a copy was told: how many jobs ended, and what it does not count.

    `made_at` is the time of the last thing that it knows, in UTC seconds; None for an empty one.
    """

    ended: int
    made_at: int | None
    behind: tuple[OpenCounters, ...]


async def end_open_jobs(uow: UnitOfWork, quotas: QuotaBook, *, now: int) -> RestoredCopy:
    """End every open job as unknown, inside the caller's transaction.

    Members are charged for what the copy knows as posted; budgets keep what may have been paid.
    """
    made_at = await uow.metrics.newest()
    jobs = await uow.claims.take_open(RESTORED_COPY)
    await uow.reviews.restored()
    for job in jobs:
        await _end(uow, quotas, job, now=now)
    # What was decided after the copy was made is not known here.
    await uow.consents.end_all(ConsentState.EXPIRED, now=now)
    behind = await uow.metrics.open_counters(now=now)
    return RestoredCopy(ended=len(jobs), made_at=made_at, behind=tuple(behind))


async def _end(uow: UnitOfWork, quotas: QuotaBook, job: Job, *, now: int) -> None:
    for call in last_tries(await uow.calls.of_job(job.job_id)).values():
        key = (job, call.seq, call.try_number)
        # A call that the copy knows as planned may have left since.
        if call.state is CallState.SENT or (
            call.state is CallState.PLANNED and await uow.calls.mark_sent(*key, now=now)
        ):
            await uow.calls.end_call(*key, CallState.UNKNOWN, now=now, failure=_LOST)
    posted = [post for post in await uow.posts.of_job(job.job_id) if post.message_id is not None]
    calls = await uow.calls.of_job(job.job_id)
    pictures = await uow.calls.pictures(job.job_id)
    result = outcome(job.request.count, calls, pictures)
    await quotas.settle(
        uow,
        job,
        delivered=pictures_of(posted),
        paid=result.paid,
        spent_micro=result.spent_micro(job.request.price_micro),
        now=now,
    )
    if posted:
        await uow.jobs.finish(job, now=now)
    else:
        await uow.jobs.fail(job, Reason.UNKNOWN_OUTCOME, now=now)
