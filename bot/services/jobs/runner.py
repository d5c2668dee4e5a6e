"""Runs one claimed job to its outcome: calls, replies, pictures; then delivery or refund.

Works from what is stored, so a fresh job and one that a crash left in the middle take the same
path: planned calls are made, spooled replies are read, and what was sent without a complete
reply is unknown and never repeated (docs/spec/states.md section 6).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.domain.errors import (
    ErrorClass,
    Failure,
    PictureError,
    ProviderError,
    StorageError,
    SupersededError,
)
from bot.domain.job import (
    Call,
    CallState,
    Job,
    JobState,
    Picture,
    PictureState,
    Reason,
    outcome,
)
from bot.services.delivery.posting import Delivery
from bot.services.delivery.tickets import Tickets
from bot.services.jobs.call_request import (
    call_request_for,
    failed_state,
    no_room,
    picture_state,
)
from bot.services.jobs.circuit_breaker import Circuits
from bot.services.jobs.slots import Slot
from bot.services.jobs.upstream_call import StoppedError, call
from bot.services.jobs.write_ahead import DatabaseJournal
from bot.services.ports import (
    EXPECTED_PICTURE_BYTES,
    CallRequest,
    Clock,
    Database,
    ImageService,
    Pictures,
    Progress,
    Reply,
    ReplyItem,
    Spool,
    UnitOfWork,
)
from bot.services.quotas.quota_book import QuotaBook
from bot.services.tasks.backoff import Backoff, commit
from bot.services.tasks.log_context import about_job

log = logging.getLogger(__name__)

# Positions of a call's pictures leave room for more of them than were asked (docs/spec/crashes.md,
# D14).
POSITIONS_PER_CALL = 100

# Where a service's limit outlasts the tries, its job waits so long before the next.
RATE_WAIT_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerServices:
    """What running a job needs."""

    database: Database
    spool: Spool
    pictures: Pictures
    quotas: QuotaBook
    delivery: Delivery
    tickets: Tickets
    circuits: Circuits
    clock: Clock
    user_tag: Callable[[int], str]


class Runner:
    """Runs jobs of one provider; `slots` are its upstream calls at once."""

    def __init__(self, service: ImageService, tools: RunnerServices) -> None:
        self.slots = asyncio.Semaphore(service.slots)
        self._service = service
        self._tools = tools
        self._fetched: dict[str, list[Picture]] = {}

    @about_job
    async def run(self, job: Job, *, slot_held: bool) -> None:
        """Bring a running or delivering job to its end; a held slot is given back."""
        slot = Slot(self.slots) if slot_held else None
        try:
            await self._outlast(job, slot)
        except* SupersededError:
            log.warning("job %s moved without its runner", job.job_id)
            await self._give_up(job)
        except* Exception as errors:
            # A mistake of ours: the member is refunded and told, and the queue goes on.
            log.error("job %s failed unexpectedly", job.job_id, exc_info=errors)
            await self._give_up(job)
        finally:
            self._fetched.pop(job.job_id, None)
            if slot is not None:
                slot.release()

    async def _give_up(self, job: Job) -> None:
        """End a job that cannot go on, however long the database is away (K26)."""
        patience = Backoff()
        while True:
            try:
                return await self._tools.delivery.give_up(job, Reason.INTERNAL)
            except Exception as error:
                log.warning("job %s cannot be ended now, trying again: %r", job.job_id, error)
            await patience.wait()

    async def _outlast(self, job: Job, slot: Slot | None) -> None:
        """Run, and when the database was away run on from what is stored, as after a crash."""
        patience, stored = Backoff(), job
        while (stored.claimed_by, stored.attempt) == (job.claimed_by, job.attempt):
            away: BaseExceptionGroup | None = None
            try:
                await self._run(stored, slot)
            except* StorageError as errors:
                away = errors
            if away is None:
                return
            log.warning("job %s waits for the database", job.job_id, exc_info=away)
            if slot is not None:
                slot.release()
                slot = None
            stored = await self._stored_again(job.job_id, patience)

    async def _stored_again(self, job_id: str, patience: Backoff) -> Job:
        """Return a job as it is stored, once the database can be read."""
        while True:
            await patience.wait()
            with suppress(StorageError):
                async with self._tools.database.read() as uow:
                    job = await uow.job_queries.get(job_id)
                if job is None:
                    raise SupersededError
                return job

    async def _run(self, job: Job, slot: Slot | None) -> None:
        fresh = job.state is JobState.RUNNING
        if fresh:
            await self._make_calls(job, slot)
            job = await self._conclude(job)
        if slot is not None:
            slot.release()
        if job.state is JobState.DELIVERING:
            await self._tools.delivery.deliver(job, marked=fresh)
        elif job.state is JobState.FAILED:
            await self._tools.delivery.tell(job)

    # --- calls ----------------------------------------------------------------------------

    async def _make_calls(self, job: Job, slot: Slot | None) -> None:
        async with self._tools.database.read() as uow:
            calls = await uow.calls.of_job(job.job_id)
            references = await uow.job_queries.references(job.job_id)
        last = {item.seq: item for item in sorted(calls, key=lambda item: item.try_number)}
        async with asyncio.TaskGroup() as group:
            for item in last.values():
                call_request = call_request_for(
                    job, item, references, self._tools.spool, self._tools.user_tag
                )
                if item.state is CallState.SENT:
                    group.create_task(self._read_spooled(job, item, call_request))
                elif item.state is CallState.ANSWERED:
                    group.create_task(self._collect_again(job, item, call_request))
                elif item.state is CallState.PLANNED:
                    # One place in line per job, so that calls of many jobs take turns.
                    if slot is None:
                        await self.slots.acquire()
                    place, slot = slot or Slot(self.slots), None
                    task = group.create_task(self._make_call(job, item, call_request, place))
                    # Also when it is cancelled before it began.
                    task.add_done_callback(place.release)
            if slot is not None:
                slot.release()

    async def _make_call(
        self, job: Job, item: Call, call_request: CallRequest, place: Slot
    ) -> None:
        journal = DatabaseJournal(
            job, item, self._tools.database, self._tools.spool, self._tools.clock
        )
        try:
            try:
                if not self._tools.spool.room_for(call_request.images * EXPECTED_PICTURE_BYTES):
                    raise ProviderError(no_room())
                reply = await call(self._service, call_request, journal)
            finally:
                place.release()
        except StoppedError:
            return
        except ProviderError as error:
            await self._tools.circuits.ended(self._service.name, error.failure)
            if await self._may_wait(error.failure, journal):
                return
            await self._end_failed(job, item, journal.current, error.failure)
            return
        await self._tools.circuits.ended(self._service.name, None)
        await self._take(job, item, journal.current, reply)

    async def _may_wait(self, failure: Failure, journal: DatabaseJournal) -> bool:
        """Plan a rate-limited call once more, for later (T3b); False when it was stopped."""
        if failure.error_class is not ErrorClass.RATE:
            return False
        try:
            await journal.repeating_later(failure)
        except StoppedError:
            return False
        return True

    async def _read_spooled(self, job: Job, item: Call, call_request: CallRequest) -> None:
        """A call that was under way when the process died: its reply, or nobody knows."""
        try:
            reply = await self._service.read(call_request)
        except ProviderError as error:
            await self._end_failed(job, item, item.try_number, error.failure)
            return
        if reply is None:
            lost = Failure(error_class=ErrorClass.UNKNOWN_OUTCOME, message="lost in a restart")
            await self._end_failed(job, item, item.try_number, lost)
            return
        await self._take(job, item, item.try_number, reply)

    async def _collect_again(self, job: Job, item: Call, call_request: CallRequest) -> None:
        """An answered call whose pictures were not all at hand when the process died."""
        async with self._tools.database.read() as uow:
            pictures = await uow.calls.pictures(job.job_id)
        known = [
            picture
            for picture in pictures
            if picture.call_seq == item.seq and picture.state is PictureState.KNOWN
        ]
        if not known:
            return
        reply = await self._service.read(call_request)
        items = reply.items if reply else ()
        first = item.seq * POSITIONS_PER_CALL
        for picture in known:
            index = picture.position - first
            if index < len(items):
                await self._collect(picture, items[index])

    async def _end_failed(self, job: Job, item: Call, try_number: int, failure: Failure) -> None:
        state = failed_state(failure)
        log.info("call %s/%d ended %s: %s", job.job_id, item.seq, state, failure)
        await self._end(job, item, try_number, state, failure=failure)

    async def _take(self, job: Job, item: Call, try_number: int, reply: Reply) -> None:
        """Record an answer with the pictures it names, then fetch them."""
        pictures = [
            Picture(
                job_id=job.job_id,
                position=item.seq * POSITIONS_PER_CALL + index,
                call_seq=item.seq,
                state=picture_state(entry),
                source_url=entry.url if entry.url and entry.url.startswith("http") else None,
                error_code=entry.failure.code if entry.failure else "",
            )
            for index, entry in enumerate(reply.items)
        ]
        made = sum(picture.state is PictureState.KNOWN for picture in pictures)
        await self._end(
            job, item, try_number, CallState.ANSWERED, reply=reply, made=made, pictures=pictures
        )
        async with asyncio.TaskGroup() as group:
            for picture, entry in zip(pictures, reply.items, strict=True):
                if picture.state is PictureState.KNOWN:
                    group.create_task(self._collect(picture, entry))

    async def _end(
        self,
        job: Job,
        item: Call,
        try_number: int,
        state: CallState,
        *,
        failure: Failure | None = None,
        reply: Reply | None = None,
        made: int = 0,
        pictures: Sequence[Picture] = (),
    ) -> None:
        async def end(uow: UnitOfWork) -> bool:
            return await uow.calls.end_call(
                job,
                item.seq,
                try_number,
                state,
                now=self._tools.clock.now(),
                images_made=made,
                failure=failure,
                usage=reply.usage if reply else None,
                pictures=pictures,
            )

        if not await commit(self._tools.database, end):
            raise SupersededError

    async def _collect(self, picture: Picture, entry: ReplyItem) -> None:
        """Bring one picture into the spool, decoded once to be sure that it is one."""
        tools = self._tools
        relative = tools.spool.picture(picture.job_id, picture.position)
        try:
            await self._service.collect(entry, tools.spool.path(relative))
            facts = await tools.pictures.inspect(tools.spool.path(relative))
        except (ProviderError, PictureError) as error:
            log.warning("a picture of job %s is lost: %s", picture.job_id, error)
            picture = replace(picture, state=PictureState.FAILED, error_code="lost")
        else:
            await asyncio.to_thread(tools.spool.sync, relative)
            picture = replace(
                picture,
                state=PictureState.FETCHED,
                path=relative,
                sha256=facts.sha256,
                mime=facts.mime,
                width=facts.width,
                height=facts.height,
                bytes=facts.bytes,
            )
        # Stored with the job's end (T5): until then the reply in the spool names it.
        self._fetched.setdefault(picture.job_id, []).append(picture)

    # --- outcome --------------------------------------------------------------------------

    async def _put_back(self, job: Job) -> bool:
        """Queue a job again whose every call met a rate limit, in its old place (T3b).

        Where other calls of it were answered, those that wait end with the limit instead.
        """
        now = self._tools.clock.now()
        async with self._tools.database.write() as uow:
            calls = await uow.calls.of_job(job.job_id)
            last = {item.seq: item for item in calls}
            waiting = [item for item in last.values() if item.state is CallState.PLANNED]
            if not waiting:
                return False
            back = await uow.claims.requeue(job, not_before=now + RATE_WAIT_SECONDS)
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
            self._tools.tickets.changed(Progress(job=queued, position=ahead + 1))
        return back

    async def _conclude(self, job: Job) -> Job:
        """T5 or T6: all calls ended; deliver what is there, or refund."""
        tools = self._tools
        fetched = {one.position: one for one in self._fetched.pop(job.job_id, [])}
        async with tools.database.read() as uow:
            calls = await uow.calls.of_job(job.job_id)
            pictures = [fetched.get(p.position, p) for p in await uow.calls.pictures(job.job_id)]
            stored = await uow.job_queries.get(job.job_id)
        if any(item.state is CallState.PLANNED for item in calls):
            if await self._put_back(job):
                return replace(job, state=JobState.QUEUED)
            async with tools.database.read() as uow:
                calls = await uow.calls.of_job(job.job_id)
        result = outcome(job.request.count, calls, pictures)
        wanted = [p for p in pictures if p.position in result.delivered_positions]
        posts = await tools.delivery.plan(job, wanted)
        now = tools.clock.now()
        async with tools.database.write() as uow:
            for picture in fetched.values():
                await uow.calls.update_picture(picture)
            if posts:
                # The write-ahead mark of the first post (T7a): it is sent next.
                posts[0] = replace(posts[0], first_try_at=now)
                moved = await uow.jobs.deliver(job, posts)
                job = replace(job, state=JobState.DELIVERING)
            else:
                reason = result.reason or Reason.UNDELIVERABLE
                if reason is Reason.BY_MEMBER and stored is not None:
                    # It was stopped before anything came of it, and not always by the member.
                    reason = stored.stop_reason or reason
                moved = await uow.jobs.fail(job, reason, now=now)
                job = replace(job, state=JobState.FAILED, reason=reason, finished_at=now)
                await tools.quotas.settle(uow, job, delivered=0, paid=result.paid, now=now)
            if not moved:
                raise SupersededError
            await uow.commit()
        return job
