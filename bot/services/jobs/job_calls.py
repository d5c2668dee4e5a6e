"""Brings the upstream calls of one job to their ends, and its pictures into the spool."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from bot.domain.errors import (
    ErrorClass,
    Failure,
    PictureError,
    ProviderError,
    SupersededError,
)
from bot.domain.job import Call, CallState, Job, Picture, PictureState
from bot.domain.job_outcome import last_tries
from bot.domain.lost_calls import failed_state
from bot.services.jobs.call_request import call_request_for, no_room, picture_state
from bot.services.jobs.dependencies import JobDependencies
from bot.services.jobs.result_picture import collect_result, make_viewable, why_lost
from bot.services.jobs.slots import Places, Slot
from bot.services.jobs.upstream_call import StoppedError, call
from bot.services.jobs.write_ahead import DatabaseJournal
from bot.services.ports import (
    EXPECTED_PICTURE_BYTES,
    CallRequest,
    ImageService,
    Reply,
    ReplyItem,
    StoredReference,
    UnitOfWork,
    of_job,
)
from bot.services.quotas.quota_book import QuotaBook
from bot.services.tasks.backoff import commit, outlast

log = logging.getLogger(__name__)

# Positions of a call's pictures leave room for more of them than were asked (docs/spec/crashes.md,
# D14).
POSITIONS_PER_CALL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCalls:
    """The calls of a job with its references, as the transaction read them that claimed it."""

    calls: Sequence[Call]
    references: Sequence[StoredReference]

    @classmethod
    async def read(cls, uow: UnitOfWork, job: Job) -> StoredCalls:
        """Read them in the caller's transaction."""
        return cls(
            calls=await uow.calls.of_job(job.job_id),
            references=await uow.job_queries.references(job.job_id),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a call was answered: the call as it ends, and the pictures that its reply names."""

    call: Call
    reply: Reply
    pictures: Sequence[Picture]

    def with_pictures(self, pictures: Sequence[Picture]) -> Answer:
        """Return it with those of a job's pictures that are its own, as they are by now."""
        own = [picture for picture in pictures if picture.call_seq == self.call.seq]
        return replace(self, pictures=own)

    async def store(self, uow: UnitOfWork, job: Job, quotas: QuotaBook, *, now: int) -> bool:
        """T4, fenced, with what the call cost more than was expected."""
        call = self.call
        ended = await uow.calls.end_call(
            job,
            call.seq,
            call.try_number,
            call.state,
            now=now,
            images_made=call.images_made,
            usage=self.reply.usage,
            charged_micro=call.charged_micro,
            pictures=self.pictures,
        )
        if ended and call.charged_micro is not None:
            extra = call.charged_micro - job.request.price_micro * call.images_asked
            await quotas.overrun(uow, job, call.seq, extra, now=now)
        return ended


class JobCalls:
    """The calls of one job; pictures that were read go into `fetched`.

    `stored` are they as they are stored, where the caller knows that.
    """

    def __init__(
        self,
        job: Job,
        *,
        service: ImageService,
        dependencies: JobDependencies,
        slots: Places,
        fetched: dict[int, Picture],
        stored: StoredCalls | None = None,
    ) -> None:
        self._job = job
        self._stored = stored
        # By call; of the last one that is left, the end is stored with the job's (T5).
        self._answers: dict[int, Answer] = {}
        self._calls = 0
        self._service = service
        self._slots = slots
        self._fetched = fetched
        self._database = dependencies.database
        self._spool = dependencies.spool
        self._pictures = dependencies.pictures
        self._credentials = dependencies.credentials
        self._circuits = dependencies.circuits
        self._clock = dependencies.clock
        self._quotas = dependencies.quotas
        self._user_tag = dependencies.user_tag

    async def run(self, slot: Slot | None) -> list[Answer] | None:
        """Bring every call to its end, or leave it planned where it has to wait.

        The first call that is sent takes `slot`. Returns the answers where each call was answered
        now: the last of them is not stored, for its end is one with the job's (T5). Everything
        else is stored.
        """
        stored = self._stored
        if stored is None:
            async with self._database.read() as uow:
                stored = await StoredCalls.read(uow, self._job)
        last = last_tries(stored.calls)
        self._calls = len(last)
        async with asyncio.TaskGroup() as group:
            for item in last.values():
                call_request = call_request_for(
                    self._job, item, stored.references, self._spool, self._user_tag
                )
                if item.state is CallState.SENT:
                    group.create_task(self._read_spooled(item, call_request))
                elif item.state is CallState.ANSWERED:
                    group.create_task(self._collect_again(item, call_request))
                elif item.state is CallState.PLANNED:
                    # One place in line per job, so that calls of many jobs take turns.
                    if slot is None:
                        await self._slots.acquire()
                    place, slot = slot or Slot(self._slots), None
                    task = group.create_task(self._make_call(item, call_request, place))
                    # Also when it is cancelled before it began.
                    task.add_done_callback(place.release)
            if slot is not None:
                slot.release()
        return list(self._answers.values()) if len(self._answers) == len(last) else None

    async def _make_call(self, item: Call, call_request: CallRequest, place: Slot) -> None:
        journal = DatabaseJournal(self._job, item, self._database, self._spool, self._clock)
        try:
            try:
                expected = call_request.images * EXPECTED_PICTURE_BYTES
                # The slot stays taken while the store is away: others need not try either.
                if not await outlast(lambda: self._spool.room_for(expected)):
                    raise ProviderError(no_room())
                reply = await call(self._service, call_request, journal)
            finally:
                place.release()
        except StoppedError:
            return
        except ProviderError as error:
            await self._circuits.ended(self._service.name, error.failure)
            if await self._may_wait(error.failure, journal):
                return
            await self._end_failed(item, journal.current, error.failure)
            return
        await self._circuits.ended(self._service.name, None)
        await self._take(item, journal.current, reply)

    async def _may_wait(self, failure: Failure, journal: DatabaseJournal) -> bool:
        """Plan a rate-limited call once more, for later (T3b); False when it was stopped."""
        if failure.error_class is not ErrorClass.RATE:
            return False
        try:
            await journal.repeating_later(failure)
        except StoppedError:
            return False
        return True

    async def _read_spooled(self, item: Call, call_request: CallRequest) -> None:
        """Take the spooled reply of a call that a crash left sent; without one it is unknown."""
        try:
            reply = await self._read(item, call_request)
        except ProviderError as error:
            await self._end_failed(item, item.try_number, error.failure)
            return
        if reply is None:
            lost = Failure(error_class=ErrorClass.UNKNOWN_OUTCOME, message="lost in a restart")
            await self._end_failed(item, item.try_number, lost)
            return
        await self._take(item, item.try_number, reply)

    async def _read(self, item: Call, call_request: CallRequest) -> Reply | None:
        """Read a spooled reply, be it that another machine put it into the store."""
        relative = self._spool.reply(self._job.job_id, item.seq, item.try_number)
        kept = await outlast(lambda: self._spool.get(relative))
        return await self._service.read(replace(call_request, reply=kept or call_request.reply))

    async def _collect_again(self, item: Call, call_request: CallRequest) -> None:
        """Collect the pictures of an answered call that a crash left uncollected."""
        async with self._database.read() as uow:
            pictures = await uow.calls.pictures(self._job.job_id)
        known = [
            picture
            for picture in pictures
            if picture.call_seq == item.seq and picture.state is PictureState.KNOWN
        ]
        if not known:
            return
        reply = await self._read(item, call_request)
        items = reply.items if reply else ()
        first = item.seq * POSITIONS_PER_CALL
        for picture in known:
            index = picture.position - first
            if index < len(items):
                await self._collect(picture, items[index])

    async def _end_failed(self, item: Call, try_number: int, failure: Failure) -> None:
        state = failed_state(failure)
        log.info("call %s/%d ended %s: %s", self._job.job_id, item.seq, state, failure)
        await self._end(
            lambda uow: uow.calls.end_call(
                self._job, item.seq, try_number, state, now=self._clock.now(), failure=failure
            )
        )

    async def _end(self, end: Callable[[UnitOfWork], Awaitable[bool]]) -> None:
        """Store the end of a call (T4), however long the database is away."""

        async def ended(uow: UnitOfWork) -> bool:
            # Nobody else ends a call of ours: one that has ended did so in a commit that was lost.
            return await end(uow) or await uow.claims.mine(self._job)

        if not await commit(self._database, ended, of_job(self._job.job_id)):
            raise SupersededError

    async def _take(self, item: Call, try_number: int, reply: Reply) -> None:
        """Record an answer with the pictures that it names, then fetch them.

        Where it is the last one that was missing, the pictures are fetched first: until T5 stores
        all of it, the reply in the spool says it.
        """
        pictures = [
            Picture(
                job_id=self._job.job_id,
                position=item.seq * POSITIONS_PER_CALL + index,
                call_seq=item.seq,
                state=picture_state(entry),
                source_url=entry.url if entry.url and entry.url.startswith("http") else None,
                error_code=entry.failure.code if entry.failure else "",
            )
            for index, entry in enumerate(reply.items)
        ]
        made = sum(picture.state is PictureState.KNOWN for picture in pictures)
        call = replace(
            item,
            try_number=try_number,
            state=CallState.ANSWERED,
            images_made=made,
            charged_micro=reply.cost_micro,
        )
        if call.charged_micro is not None:
            log.info(
                "call %s/%d cost %d micro-units; %d were expected",
                self._job.job_id,
                item.seq,
                call.charged_micro,
                self._job.request.price_micro * item.images_asked,
            )
        answer = Answer(call=call, reply=reply, pictures=pictures)
        self._answers[item.seq] = answer
        last = len(self._answers) == self._calls
        relative = self._spool.reply(self._job.job_id, item.seq, try_number)
        await outlast(lambda: self._spool.put(relative, synced=True))
        if not last:
            await self._end(
                lambda uow: answer.store(uow, self._job, self._quotas, now=self._clock.now())
            )
        async with asyncio.TaskGroup() as group:
            for picture, entry in zip(pictures, reply.items, strict=True):
                if picture.state is PictureState.KNOWN:
                    group.create_task(self._collect(picture, entry))

    async def _collect(self, picture: Picture, entry: ReplyItem) -> None:
        """Bring one picture into the spool, and make sure that it is a whole one."""
        relative = self._spool.picture(picture.job_id, picture.position)
        source = self._spool.path(relative)
        try:
            facts = await collect_result(self._service, self._pictures, entry, source)
            marks = await self._credentials.checked(self._service.name, facts, source)
        except (ProviderError, PictureError) as error:
            log.warning("a picture of job %s is lost: %s", picture.job_id, error)
            picture = replace(picture, state=PictureState.FAILED, error_code=why_lost(error))
        else:
            fitted = self._spool.fitted(picture.job_id, picture.position)
            target, chosen = self._spool.path(fitted), self._job.request.options.get("format")
            if await make_viewable(
                self._pictures, facts, source, target, chosen=str(chosen) if chosen else None
            ):
                await outlast(lambda: self._spool.put(fitted))
            await outlast(lambda: self._spool.put(relative, synced=True))
            picture = replace(
                picture,
                state=PictureState.FETCHED,
                path=relative,
                sha256=facts.sha256,
                mime=facts.mime,
                width=facts.width,
                height=facts.height,
                bytes=facts.bytes,
                posted_sha256=facts.sha256,
                pixel_hash=facts.pixel_hash,
                marks=marks,
            )
        self._fetched[picture.position] = picture
