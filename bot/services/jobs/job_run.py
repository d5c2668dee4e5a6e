"""Runs one claimed job to its outcome: calls, replies, pictures; then delivery or refund.

Works from what is stored, so a fresh job and one that a crash left in the middle take the same
path: planned calls are made, spooled replies are read, and what was sent without a complete
reply is unknown and never repeated (docs/spec/states.md section 6). What this process has just
written itself is not read again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.domain.errors import ErrorClass, Failure, StorageError, SupersededError
from bot.domain.job import (
    HOLD_SECONDS,
    SERVICE_REFUSALS,
    Call,
    CallState,
    Job,
    JobState,
    Picture,
    Reason,
)
from bot.domain.job_outcome import last_tries, outcome
from bot.domain.providers.rate_limits import JOB_WAIT_SECONDS
from bot.domain.requests.failover import may_move
from bot.domain.safety.reviews import Review
from bot.services.delivery.posting import Written
from bot.services.delivery.progress import progress_of
from bot.services.jobs.dependencies import JobDependencies
from bot.services.jobs.job_calls import Answer, JobCalls, StoredCalls
from bot.services.jobs.slots import Places, Slot
from bot.services.ports import GUARDED, ImageService, of_job
from bot.services.tasks.backoff import Backoff

log = logging.getLogger(__name__)

# What is compared waits for the others: they may wait in the queue, run, and be held for staff.
COLLECT_SECONDS = 2 * 3600


class JobRun:
    """One claimed job, from its claim to its end.

    `slot` is the place among the provider's `slots` that the job was claimed for; None for a job
    that was taken over. `stored` are its calls, where its claim has read them.
    """

    def __init__(
        self,
        job: Job,
        *,
        service: ImageService,
        dependencies: JobDependencies,
        slots: Places,
        slot: Slot | None,
        stored: StoredCalls | None = None,
    ) -> None:
        self._job = job
        self._stored = stored
        self._service = service
        self._dependencies = dependencies
        self._slots = slots
        self._slot = slot
        # By position; stored with the job's end (T5): until then the reply in the spool names them.
        self._fetched: dict[int, Picture] = {}
        self._database = dependencies.database
        self._delivery = dependencies.delivery
        self._clock = dependencies.clock

    async def run(self) -> None:
        """Bring the job to its end; a held slot is given back."""
        try:
            await self._outlast()
        except* SupersededError:
            log.warning("job %s was changed by somebody else", self._job.job_id)
            await self._give_up()
        except* Exception as errors:
            # A bug: the member is refunded and told, and the queue goes on.
            log.error("job %s failed unexpectedly", self._job.job_id, exc_info=errors)
            await self._give_up()
        finally:
            self._release_slot()

    def _release_slot(self) -> None:
        if self._slot is not None:
            self._slot.release()
            self._slot = None

    async def _give_up(self) -> None:
        """End a job that cannot go on, however long the database is away (K26)."""
        backoff = Backoff()
        while True:
            try:
                return await self._delivery.give_up(self._job, Reason.INTERNAL)
            except Exception as error:
                log.warning("job %s cannot be ended now, retrying: %r", self._job.job_id, error)
            await backoff.wait()

    async def _outlast(self) -> None:
        """Run, and when the database was away run on from what is stored, as after a crash."""
        backoff = Backoff()
        while True:
            away: BaseExceptionGroup | None = None
            try:
                await self._pass()
            except* StorageError as errors:
                away = errors
            if away is None:
                return
            log.warning("job %s is waiting for the database", self._job.job_id, exc_info=away)
            self._release_slot()
            stored = await self._stored_again(backoff)
            if (stored.claimed_by, stored.attempt) != (self._job.claimed_by, self._job.attempt):
                return
            self._job = stored

    async def _stored_again(self, backoff: Backoff) -> Job:
        """Return the job as it is stored, once the database can be read."""
        while True:
            await backoff.wait()
            with suppress(StorageError):
                async with self._database.read() as uow:
                    job = await uow.job_queries.get(self._job.job_id)
                if job is None:
                    raise SupersededError
                return job

    async def _pass(self) -> None:
        """Take the job from where it stands to its end."""
        job, written = self._job, None
        if job.state is JobState.RUNNING:
            calls = JobCalls(
                job,
                service=self._service,
                dependencies=self._dependencies,
                slots=self._slots,
                fetched=self._fetched,
                stored=self._stored,
            )
            # Only the first time: after that, others may have moved them.
            self._stored = None
            answers = await calls.run(self._slot)
            job, written = await self._conclude(answers)
        self._release_slot()
        if job.collected:
            self._dependencies.collected.wake()
        elif job.state is JobState.DELIVERING:
            await self._delivery.deliver(job, written)
        elif job.state in (JobState.FAILED, JobState.HELD):
            await self._delivery.tell(job)

    async def _put_back(self) -> bool:
        """Queue the job again if its every call met a rate limit, in its old place (T3b).

        If other calls of it were answered, those that wait end with the limit instead.
        """
        job, now = self._job, self._clock.now()
        async with self._database.write(GUARDED) as uow:
            calls = await uow.calls.of_job(job.job_id)
            waiting = [
                item for item in last_tries(calls).values() if item.state is CallState.PLANNED
            ]
            if not waiting:
                return False
            back = await uow.claims.requeue(job, not_before=now + JOB_WAIT_SECONDS)
            if not back:
                for item in waiting:
                    limited = Failure(error_class=ErrorClass.RATE, sent=False)
                    await uow.calls.end_call(
                        job, item.seq, item.try_number, CallState.FAILED, now=now, failure=limited
                    )
            ahead = await uow.queue.queued_ahead(job) if back else 0
            await uow.commit()
        if back:
            queued = replace(job, state=JobState.QUEUED)
            self._dependencies.tickets.changed(progress_of(queued, ahead=ahead))
        return back

    async def _conclude(self, answers: Sequence[Answer] | None) -> tuple[Job, Written | None]:
        """T5, T6 or T15: all calls ended; deliver what is there, refund, or hold it for staff.

        `answers` as `JobCalls.run` returns them. Returns the job as moved, and what is posted next.
        """
        job = self._job
        fetched = dict(self._fetched)
        self._fetched.clear()
        ends = _Ends.of(answers) if answers is not None else await self._stored_ends()
        if ends is None:
            return replace(job, state=JobState.QUEUED), None
        check = self._dependencies.check
        weighed = await check.weighed(
            job, [fetched.get(picture.position, picture) for picture in ends.pictures]
        )
        pictures = weighed.pictures
        job = replace(job, spoiler=job.spoiler or weighed.spoiler)
        result = outcome(job.request.count, ends.calls, pictures)
        wanted = [p for p in pictures if p.position in result.delivered_positions]
        posts = [] if weighed.held else await self._delivery.plan(job, wanted)
        now = self._clock.now()
        async with self._database.write(of_job(job.job_id)) as uow:
            quotas = self._dependencies.quotas
            # Of the last call, what was fetched is stored as such at once.
            last = answers[-1].with_pictures(pictures) if answers else None
            if last and not await last.store(uow, job, quotas, now=now):
                raise SupersededError
            for picture in pictures:
                stored = last and picture.call_seq == last.call.seq
                if picture.position in fetched and not stored:
                    await uow.calls.update_picture(picture)
            await weighed.record(uow, job, now=now)
            moved: Job | bool | None
            if weighed.held and wanted:
                moved = await uow.reviews.hold(
                    job,
                    Review(
                        job_id=job.job_id,
                        guild_id=job.guild_id,
                        channel_id=weighed.channel_id,
                        categories=weighed.held.categories,
                        held_at=now,
                    ),
                    until=now + HOLD_SECONDS,
                )
                job = moved or job
            elif posts and job.comparison_id:
                until = now + HOLD_SECONDS + COLLECT_SECONDS
                moved = await uow.comparisons.collect(job, posts, until=until)
                job = replace(job, state=JobState.DELIVERING, claimed_by=None)
            elif posts:
                # The write-ahead mark of the first post (T7a): it is sent next.
                posts[0] = replace(posts[0], first_try_at=now)
                moved = await uow.jobs.deliver(job, posts)
                job = replace(job, state=JobState.DELIVERING)
            else:
                reason = result.reason or Reason.UNDELIVERABLE
                if reason is Reason.BY_MEMBER:
                    # It was stopped before anything came of it, and not always by the member.
                    reason = ends.stop_reason or reason
                moved = await uow.jobs.fail(job, reason, now=now)
                job = replace(job, state=JobState.FAILED, reason=reason, finished_at=now)
                await quotas.settle(
                    uow,
                    job,
                    delivered=0,
                    paid=result.paid,
                    spent_micro=result.spent_micro(job.request.price_micro),
                    now=now,
                )
                if weighed.minors:
                    await uow.reviews.minors(job, now=now)
            if not moved:
                raise SupersededError
            await uow.commit_mark()
        if weighed.minors:
            check.tell_of_minors(job)
        if job.held:
            check.held.wake()
        if job.state is JobState.FAILED and job.reason in SERVICE_REFUSALS:
            await self._dependencies.circuits.refused(job.request.provider)
        return job, Written(posts=posts, pictures=pictures, outcome=result)

    async def _stored_ends(self) -> _Ends | None:
        """Read how the calls ended; None when the job is queued again instead (T14, T3b)."""
        job_id = self._job.job_id
        async with self._database.read() as uow:
            calls = await uow.calls.of_job(job_id)
            pictures = await uow.calls.pictures(job_id)
            stored = await uow.job_queries.get(job_id)
        if may_move(calls, pictures) and await self._dependencies.moves.move(self._job):
            return None
        if any(item.state is CallState.PLANNED for item in calls):
            if await self._put_back():
                return None
            async with self._database.read() as uow:
                calls = await uow.calls.of_job(job_id)
        stop_reason = stored.stop_reason if stored else None
        return _Ends(calls=calls, pictures=pictures, stop_reason=stop_reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ends:
    """How the calls of a job ended, with the pictures that they named, by position."""

    calls: Sequence[Call]
    pictures: Sequence[Picture]
    stop_reason: Reason | None = None

    @classmethod
    def of(cls, answers: Sequence[Answer]) -> _Ends:
        pictures = [picture for answer in answers for picture in answer.pictures]
        return cls(
            calls=[answer.call for answer in answers],
            pictures=sorted(pictures, key=lambda picture: picture.position),
        )
