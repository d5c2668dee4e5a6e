"""Cancels a job inside the caller's transaction, for a member, a moderator or the operator."""

from __future__ import annotations

from bot.domain.job import Job, Reason
from bot.domain.job_outcome import outcome
from bot.domain.safety.reviews import ReviewOutcome
from bot.services.ports import UnitOfWork
from bot.services.quotas.quota_book import QuotaBook


async def withdraw(
    uow: UnitOfWork, quotas: QuotaBook, job_id: str, reason: Reason, *, now: int
) -> Job | None:
    """Refund a job while it waits, or skip what is not sent yet (docs/spec/states.md, T9, T9b).

    With a job that is compared go those that it is compared with. Returns the job as it is then, or
    one of the others; None when all had ended before, or are being posted.
    """
    asked = await uow.job_queries.get(job_id)
    if asked is None or asked.comparison_id is None:
        return await _withdraw_one(uow, quotas, job_id, reason, now=now)
    withdrawn: Job | None = None
    for one in await uow.comparisons.jobs(asked.comparison_id):
        job = await _withdraw_one(uow, quotas, one.job_id, reason, now=now)
        if job is not None and job.state.final:
            # Their comparison tells how all of them ended.
            await uow.jobs.told(job.job_id, now=now)
        if job is not None and (withdrawn is None or job.job_id == job_id):
            withdrawn = job
    return withdrawn


async def _withdraw_one(
    uow: UnitOfWork, quotas: QuotaBook, job_id: str, reason: Reason, *, now: int
) -> Job | None:
    job = await uow.jobs.cancel(job_id, reason, now=now)
    if job is not None:
        await quotas.settle(uow, job, delivered=0, paid=0, now=now)
        return job
    held = await end_held(uow, quotas, job_id, reason, ReviewOutcome.WITHDRAWN, now=now)
    if held is not None:
        return held
    return (
        await uow.job_queries.get(job_id) if await uow.jobs.request_stop(job_id, reason) else None
    )


async def end_held(
    uow: UnitOfWork,
    quotas: QuotaBook,
    job_id: str,
    reason: Reason,
    outcome_of_review: ReviewOutcome,
    *,
    by: int = 0,
    told: bool = False,
    now: int,
) -> Job | None:
    """End what is held for staff and refund its member; budgets keep what was paid (T17).

    Returns the job as it is then; None when it was not held.
    """
    job = await uow.reviews.end_held(
        job_id, reason, outcome_of_review, by=by, told_at=now if told else None, now=now
    )
    if job is None:
        return None
    await _settle(uow, quotas, job, now=now)
    return job


async def end_waiting(
    uow: UnitOfWork, quotas: QuotaBook, job: Job, *, told: bool, now: int
) -> bool:
    """End what waits for pick-up and refund its member; budgets keep what was paid (T8).

    False when it does not wait any more.
    """
    if not await uow.pickups.end(job, told_at=now if told else None, now=now):
        return False
    await _settle(uow, quotas, job, now=now)
    return True


async def _settle(uow: UnitOfWork, quotas: QuotaBook, job: Job, *, now: int) -> None:
    calls = await uow.calls.of_job(job.job_id)
    pictures = await uow.calls.pictures(job.job_id)
    result = outcome(job.request.count, calls, pictures)
    await quotas.settle(
        uow,
        job,
        delivered=0,
        paid=result.paid,
        spent_micro=result.spent_micro(job.request.price_micro),
        now=now,
    )
