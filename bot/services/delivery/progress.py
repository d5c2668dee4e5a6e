"""Where a job stands, as its ticket shows it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.catalog import Catalog, Offer
from bot.domain.estimates import Estimates
from bot.domain.job import Job, JobState, Post
from bot.domain.job_outcome import Outcome, outcome
from bot.services.ports import Clock, Progress, UnitOfWork


def progress_of(
    job: Job,
    *,
    ahead: int | None = None,
    ready_at: int | None = None,
    posts: Sequence[Post] = (),
    result: Outcome | None = None,
) -> Progress:
    """Return where a job stands, as far as the caller knows it.

    `ahead` counts the queued jobs before it; `posts` are the messages of its result, in order.
    """
    first = posts[0] if posts else None
    return Progress(
        job=job,
        position=0 if ahead is None else ahead + 1,
        ready_at=ready_at,
        message_id=first.message_id if first else None,
        posted_in=first.channel_id if first else None,
        outcome=result,
    )


class ProgressReader:
    """Reads where a job stands, inside the caller's transaction."""

    def __init__(self, *, catalog: Catalog, estimates: Estimates, clock: Clock) -> None:
        self._catalog = catalog
        self._estimates = estimates
        self._clock = clock

    async def read(self, uow: UnitOfWork, job: Job) -> Progress:
        """Return where a job stands, whatever its state."""
        if job.state is JobState.DONE:
            return await self.done(uow, job)
        return await self.waiting(uow, job)

    async def waiting(self, uow: UnitOfWork, job: Job, offer: Offer | None = None) -> Progress:
        """Return a job's place in the queue and when it will be ready.

        `offer` is the one that takes the job; without it, it is looked up.
        """
        ahead = await uow.queue.queued_ahead(job)
        offer = offer or self._offer(job)
        ready_at = job.started_at or self._clock.now()
        if offer:
            ready_at += self._estimates.seconds(offer, job.request, ahead=ahead)
        return progress_of(job, ahead=ahead, ready_at=ready_at)

    def _offer(self, job: Job) -> Offer | None:
        """Return the offer of the job's provider; another one of its model where that is gone."""
        offers = self._catalog.of(job.request.model, job.operation)
        own = [one for one in offers if one.provider == job.request.provider]
        return next(iter([*own, *offers]), None)

    async def done(self, uow: UnitOfWork, job: Job) -> Progress:
        """Return the result of a job that is done, and where it was posted."""
        posts = await uow.posts.of_job(job.job_id)
        calls = await uow.calls.of_job(job.job_id)
        pictures = await uow.calls.pictures(job.job_id)
        made = outcome(job.request.count, calls, pictures)
        return progress_of(job, posts=posts, result=made)
