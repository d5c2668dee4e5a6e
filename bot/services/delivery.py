"""Brings results to Discord and settles them; tells bad news once.

The transaction that records the last posted message settles the holds and ends the job, so a
member is charged exactly for what was posted (DATA.md T7).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.domain.errors import DeliveryError
from bot.domain.job import (
    Destination,
    Job,
    JobState,
    Outcome,
    Picture,
    Post,
    Reason,
    outcome,
)
from bot.services.ports import (
    Clock,
    Database,
    Pictures,
    Progress,
    Publisher,
    ResultPart,
    Spool,
)
from bot.services.quotas import QuotaBook
from bot.services.tickets import Tickets

log = logging.getLogger(__name__)

# Discord documents 25 MiB for a whole message and ten files in it; a mebibyte is left for the
# rest of the request (discord-platform.md section 1.1).
MESSAGE_BYTES = 24 * 2**20
MESSAGE_FILES = 10
LONGEST_WAIT_SECONDS = 300
# Where Discord refuses a size that it announced, fit to less, twice (DATA.md K22).
SMALLER = 0.6
TOO_LARGE_CODE = 40005


class Delivery:
    """Posts what the worker made. All its steps may be repeated after a crash."""

    def __init__(
        self,
        *,
        publisher: Publisher,
        tickets: Tickets,
        database: Database,
        quotas: QuotaBook,
        pictures: Pictures,
        spool: Spool,
        clock: Clock,
    ) -> None:
        self._publisher = publisher
        self._tickets = tickets
        self._database = database
        self._quotas = quotas
        self._pictures = pictures
        self._spool = spool
        self._clock = clock

    async def plan(self, job: Job, pictures: Sequence[Picture]) -> list[Post]:
        """Fit the pictures to the place and divide them into messages."""
        limit = self._publisher.upload_limit(job)
        if job.destination is not Destination.CHANNEL:
            # An interaction's answer is one message, so its pictures share the room.
            limit = min(limit, MESSAGE_BYTES // max(len(pictures), 1))
        sizes = [await self._fit(picture, limit) for picture in pictures]
        parts: list[list[Picture]] = [[]]
        room = MESSAGE_BYTES
        for picture, size in zip(pictures, sizes, strict=True):
            if parts[-1] and (size > room or len(parts[-1]) == MESSAGE_FILES):
                parts.append([])
                room = MESSAGE_BYTES
            parts[-1].append(picture)
            room -= size
        return [
            Post(
                job_id=job.job_id,
                part=part,
                channel_id=job.channel_id,
                nonce=f"{job.job_id}.{part}",
                positions=tuple(picture.position for picture in members),
            )
            for part, members in enumerate(parts)
        ]

    async def deliver(self, job: Job) -> None:
        """Post every part that is not posted yet, then settle and end the job."""
        async with self._database.read() as uow:
            posts = await uow.jobs.posts(job.job_id)
            pictures = await uow.jobs.pictures(job.job_id)
            calls = await uow.jobs.calls(job.job_id)
        result = outcome(job.request.count, calls, pictures)
        by_position = {picture.position: picture for picture in pictures}
        posted = [post for post in posts if post.message_id is not None]
        for post in posts[len(posted) :]:
            members = tuple(by_position[position] for position in post.positions)
            part = ResultPart(
                job=job,
                post=post,
                parts=len(posts),
                pictures=members,
                files=self._files(members),
                outcome=result,
                fitted=any(self._fitted(picture) is not None for picture in members),
            )
            message_id = await self._post(part)
            if message_id is None:
                await self._undeliverable(job, posted, result)
                return
            posted.append(replace(post, message_id=message_id))
            if not await self._record(job, posted, len(posts), result):
                return
        progress = Progress(
            job=replace(job, state=JobState.DONE),
            message_id=posted[0].message_id,
            outcome=result,
        )
        self._tickets.changed(progress)

    async def tell(self, job: Job) -> None:
        """Say once that a job ended without pictures: in its ticket, else in the channel."""
        if not await self._tickets.settle(Progress(job=job)) and not await self._announce(job):
            log.warning("nobody could be told that job %s ended (%s)", job.job_id, job.reason)
        async with self._database.write() as uow:
            await uow.jobs.told(job.job_id, now=self._clock.now())
            await uow.commit()

    async def _announce(self, job: Job) -> bool:
        # Who withdrew a job knows; a private wish is nobody else's business.
        if job.reason is Reason.BY_MEMBER or job.destination is not Destination.CHANNEL:
            return True
        try:
            return await self._publisher.announce(job)
        except Exception:
            log.exception("the end of job %s could not be announced", job.job_id)
            return False

    async def _record(self, job: Job, posted: Sequence[Post], parts: int, result: Outcome) -> bool:
        """Remember the newest post; with the last one settle and end. False: not ours any more."""
        newest, now = posted[-1], self._clock.now()
        async with self._database.write() as uow:
            await uow.jobs.posted(job.job_id, newest.part, newest.message_id or 0, now=now)
            if len(posted) == parts:
                await self._quotas.settle(
                    uow, job, delivered=_pictures_of(posted), paid=result.paid, now=now
                )
                if not await uow.jobs.finish(job, now=now):
                    return False
            await uow.commit()
        return True

    async def _undeliverable(self, job: Job, posted: Sequence[Post], result: Outcome) -> None:
        """Discord refuses for good: what was posted is charged, the rest is not."""
        now = self._clock.now()
        async with self._database.write() as uow:
            await self._quotas.settle(
                uow, job, delivered=_pictures_of(posted), paid=result.paid, now=now
            )
            if posted:
                ended = await uow.jobs.finish(job, now=now)
            else:
                ended = await uow.jobs.fail(job, Reason.UNDELIVERABLE, now=now)
            if not ended:
                return
            await uow.commit()
        if posted:
            done = replace(job, state=JobState.DONE)
            self._tickets.changed(
                Progress(job=done, message_id=posted[0].message_id, outcome=result)
            )
        else:
            failed = replace(job, state=JobState.FAILED, reason=Reason.UNDELIVERABLE)
            await self.tell(failed)

    # --- one part -------------------------------------------------------------------------

    async def _post(self, part: ResultPart) -> int | None:
        """Post one part, however long Discord is away; None when it refuses for good."""
        job, wait, smaller = part.job, 1.0, 0
        while True:
            async with self._database.write() as uow:
                now = self._clock.now()
                tried = await uow.jobs.mark_post_try(job.job_id, part.post.part, now=now)
                await uow.commit()
            try:
                if tried is not None:
                    # It may be there already: the process died, or Discord's answer was lost.
                    part = replace(part, post=replace(part.post, first_try_at=tried))
                    message_id = await self._publisher.find(part)
                    if message_id is not None:
                        return message_id
                return await self._publisher.post(part)
            except DeliveryError as error:
                if error.code != TOO_LARGE_CODE or smaller == 2:
                    log.warning("Discord refused job %s: %s", job.job_id, error)
                    return None
                smaller += 1
                part = await self._smaller(part, SMALLER**smaller)
                continue
            except Exception as error:
                log.warning("posting job %s failed, trying again: %r", job.job_id, error)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)

    async def _smaller(self, part: ResultPart, factor: float) -> ResultPart:
        limit = int(self._publisher.upload_limit(part.job) * factor)
        for picture in part.pictures:
            await self._fit(picture, limit)
        return replace(part, files=self._files(part.pictures), fitted=True)

    async def _fit(self, picture: Picture, limit_bytes: int) -> int:
        """Return the bytes to upload, re-encoding a picture that is above the limit."""
        size = picture.bytes or 0
        if size <= limit_bytes:
            return size
        source = self._spool.path(picture.path or "")
        target = self._spool.path(self._spool.fitted(picture.job_id, picture.position))
        facts = await self._pictures.fit(source, target, limit_bytes=limit_bytes)
        return facts.bytes

    def _fitted(self, picture: Picture) -> Path | None:
        path = self._spool.path(self._spool.fitted(picture.job_id, picture.position))
        return path if path.exists() else None

    def _files(self, pictures: Sequence[Picture]) -> tuple[Path, ...]:
        return tuple(self._fitted(p) or self._spool.path(p.path or "") for p in pictures)


def _pictures_of(posts: Sequence[Post]) -> int:
    return len({position for post in posts for position in post.positions})
