"""Brings results to Discord and settles them; tells bad news once.

The transaction that records the last posted message settles the holds and ends the job, so a
member is charged exactly for what was posted (docs/spec/states.md, T7).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.domain.errors import DeliveryError, PictureError, SupersededError
from bot.domain.job import (
    PICKUP_SECONDS,
    PUBLIC,
    Destination,
    Job,
    JobState,
    Picture,
    Post,
    Reason,
)
from bot.domain.job_outcome import Outcome, outcome
from bot.domain.message_limits import MESSAGE_BYTES, MESSAGE_FILES, TOO_LARGE_CODE
from bot.domain.text.reply_intent import ReplyMode
from bot.services.delivery.fitting import Fitting
from bot.services.delivery.pings import pinged_with_result, pinged_without_result
from bot.services.delivery.progress import progress_of
from bot.services.delivery.reply_tickets import ReplyTickets
from bot.services.delivery.result_message import parent_message, pictures_of, public_prompt
from bot.services.delivery.tickets import Tickets
from bot.services.delivery.upload_limits import UploadLimits
from bot.services.ports import (
    GUARDED,
    Clock,
    Database,
    Pictures,
    Publisher,
    ResultPart,
    Spool,
    UnitOfWork,
    of_job,
)
from bot.services.quotas.quota_book import QuotaBook
from bot.services.servers.policies import Policies
from bot.services.tasks.log_context import about_job
from bot.services.tasks.wake_event import WakeEvent

log = logging.getLogger(__name__)

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 300.0
# Bad news that cannot be told while Discord is away is tried again for so long (docs/spec/data.md
# section 4).
TELL_FOR_SECONDS = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A result as its job's transaction wrote it just now; its first post is marked as tried."""

    posts: Sequence[Post]
    pictures: Sequence[Picture]
    outcome: Outcome


class Delivery:
    """Posts what the worker made. All its steps may be repeated after a crash.

    `posted` hears of each job that is done, with the messages of its result; `collected` wakes who
    posts what is compared.
    """

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
        replies: ReplyTickets,
        policies: Policies,
        limits: UploadLimits,
        collected: WakeEvent,
        posted: Callable[[Job, Sequence[Post]], None] = lambda _job, _posts: None,
    ) -> None:
        self._posted = posted
        self._collected = collected
        self._publisher = publisher
        self._tickets = tickets
        self._database = database
        self._quotas = quotas
        self._fitting = Fitting(pictures, spool)
        self._spool = spool
        self._clock = clock
        self._replies = replies
        self._policies = policies
        self._limits = limits
        self._telling: set[str] = set()

    def may_move(self, job: Job, channel_id: int) -> bool:
        """Tell whether a result may be shown in another channel than it was asked in."""
        return self._publisher.may_move(job.channel_id, channel_id)

    async def plan(
        self, job: Job, pictures: Sequence[Picture], *, here: bool = False
    ) -> list[Post]:
        """Fit the pictures to the place and divide them into messages.

        A picture that no re-encoding makes small enough is left out. The place is the channel
        that the server set for results, unless its member wants them `here`, where they asked.
        """
        channel_id = job.channel_id
        if job.destination in PUBLIC and not here:
            settings = (await self._policies.of(job.guild_id)).settings
            to = settings.post_to
            if to and await self._publisher.may_post_in(channel_id, to):
                channel_id = to
        limit = await self._limits.of_each(job, len(pictures))
        parts: list[list[Picture]] = []
        room = 0
        for picture in pictures:
            try:
                size = await self._fitting.fit(picture, limit)
            except PictureError as error:
                log.warning("a picture of job %s cannot be posted: %s", job.job_id, error)
                continue
            if not parts or size > room or len(parts[-1]) == MESSAGE_FILES:
                parts.append([])
                room = MESSAGE_BYTES
            parts[-1].append(picture)
            room -= size
        return [
            Post(
                job_id=job.job_id,
                part=part,
                channel_id=channel_id,
                nonce=f"{job.job_id}.{part}",
                positions=tuple(picture.position for picture in members),
            )
            for part, members in enumerate(parts)
        ]

    @about_job
    async def deliver(self, job: Job, written: Written | None = None) -> None:
        """Post every part that is not posted yet, then settle and end the job.

        Without what was `written` just now, it is read.
        """
        known = written or await self._stored(job)
        policy, parent = await self._policies.of(job.guild_id), await self._parent(job)
        posts, result = known.posts, known.outcome
        alone_of = await self._alone_of(job)
        by_position = {picture.position: picture for picture in known.pictures}
        posted, began = [post for post in posts if post.message_id is not None], self._clock.now()
        for post in posts[len(posted) :]:
            members = tuple(by_position[position] for position in post.positions)
            part = ResultPart(
                job=job,
                post=post,
                parts=len(posts),
                pictures=members,
                files=(),
                outcome=result,
                fitted=False,
                prompt=public_prompt(job, policy),
                parent=parent,
                ping=pinged_with_result(job, policy.settings, first=not posted, now=began),
                replies=_read_replies(job, policy.settings.replies),
                alone_of=alone_of,
            )
            try:
                message_id = await self._post(part, marked=written is not None and post is posts[0])
            except FileNotFoundError as error:
                log.error("job %s has lost its pictures: %s", job.job_id, error)
                await self.give_up(job, Reason.INTERNAL)
                return
            except DeliveryError as error:
                log.warning("Discord refused job %s: %s", job.job_id, error)
                if not posted and post.channel_id != job.channel_id:
                    # The bot may not post in the channel for results: post where the member asked.
                    await self._bring_home(job)
                    await self.deliver(job)
                    return
                if error.code == TOO_LARGE_CODE and len(members) > 1:
                    # Refused as a whole however small: one by one then (K22).
                    await self._divide(job, posts, post)
                    await self.deliver(job)
                    return
                # What is too large for one place is so for all.
                if posted or error.code == TOO_LARGE_CODE or not await self._park(job):
                    await self.give_up(job, Reason.UNDELIVERABLE)
                return
            posted.append(replace(post, message_id=message_id))
            if not await self._record(job, posted, len(posts), result, members):
                return
        done = replace(job, state=JobState.DONE, finished_at=self._clock.now())
        await self._done(done, posted, result)

    async def _stored(self, job: Job) -> Written:
        async with self._database.read() as uow:
            posts = await uow.posts.of_job(job.job_id)
            pictures = await uow.calls.pictures(job.job_id)
            calls = await uow.calls.of_job(job.job_id)
        made = outcome(job.request.count, calls, pictures)
        return Written(posts=posts, pictures=pictures, outcome=made)

    async def _parent(self, job: Job) -> tuple[int, int] | None:
        if job.parent_job_id is None:
            return None
        async with self._database.read() as uow:
            return await parent_message(uow, job)

    async def _alone_of(self, job: Job) -> int:
        """Count what its picture was to be compared with, where it is the only one."""
        if job.comparison_id is None:
            return 0
        async with self._database.read() as uow:
            return len(await uow.comparisons.jobs(job.comparison_id)) - 1

    async def _bring_home(self, job: Job) -> None:
        """Post a result where it was asked for, not in the channel that the server set."""
        async with self._database.write(GUARDED) as uow:
            await uow.posts.post_in(job.job_id, job.channel_id)
            await uow.commit()

    async def _divide(self, job: Job, posts: Sequence[Post], large: Post) -> None:
        """Make two messages of one that is not posted; those behind it move on by one."""
        half = len(large.positions) // 2
        waiting = [post for post in posts if post.part > large.part]
        shapes = [large.positions[:half], large.positions[half:], *(p.positions for p in waiting)]
        async with self._database.write(GUARDED) as uow:
            await uow.posts.divide(
                job.job_id,
                [
                    Post(
                        job_id=job.job_id,
                        part=part,
                        channel_id=large.channel_id,
                        nonce=f"{job.job_id}.{part}",
                        positions=positions,
                    )
                    for part, positions in enumerate(shapes, start=large.part)
                ],
            )
            await uow.commit()

    async def _park(self, job: Job) -> bool:
        """Keep a result that Discord refuses for its member (T8); False: the job was taken over."""
        async with self._database.write(GUARDED) as uow:
            parked = await uow.pickups.park(job, until=self._clock.now() + PICKUP_SECONDS)
            if parked is None:
                return False
            await uow.commit()
        await self.tell(parked, public=job.destination is Destination.CHANNEL)
        return True

    @about_job
    async def give_up(self, job: Job, reason: Reason) -> None:
        """End a job that cannot go on: what was posted is charged, the rest is not.

        Does nothing when another process has taken the job over.
        """
        now = self._clock.now()
        async with self._database.write(of_job(job.job_id)) as uow:
            calls = await uow.calls.of_job(job.job_id)
            pictures = await uow.calls.pictures(job.job_id)
            posts = await uow.posts.of_job(job.job_id)
            posted = [post for post in posts if post.message_id is not None]
            result = outcome(job.request.count, calls, pictures)
            await self._settle(uow, job, posted, result, now)
            if posted:
                ended = await uow.jobs.finish(job, now=now)
            else:
                ended = await uow.jobs.fail(job, reason, now=now)
            if not ended:
                return
            await uow.commit()
        if posted:
            done = replace(job, state=JobState.DONE, finished_at=now)
            await self._done(done, posted, result)
        else:
            await self.tell(replace(job, state=JobState.FAILED, reason=reason, finished_at=now))

    async def _done(self, job: Job, posted: Sequence[Post], result: Outcome) -> None:
        self._posted(job, posted)
        await self._tickets.done(progress_of(job, posts=posted, result=result))
        if job.reply_to_message_id is not None and job.told_at is None:
            await self.tell(job)

    @about_job
    async def tell(self, job: Job, *, public: bool = False) -> None:
        """Say once that a job ended without pictures, or that they wait for pick-up.

        In its ticket, else in the channel; `public` says that what waits was meant for everybody.
        While Discord is away it stays untold, and is tried again.
        """
        if job.comparison_id and job.destination is Destination.COMPARISON:
            # Its comparison tells how all of them ended, but not that they wait for staff.
            if job.held and not (
                await self._said_of_others(job) or await self._announce(job, public=True)
            ):
                log.warning("job %s: only /jobs shows that it waits for staff", job.job_id)
            await self._mark_told(job)
            self.wake_comparisons()
            return
        if job.job_id in self._telling:
            return
        self._telling.add(job.job_id)
        try:
            await self._tell(job, public or job.destination is Destination.CHANNEL)
        finally:
            self._telling.discard(job.job_id)

    def wake_comparisons(self) -> None:
        """Let who posts what is compared look whether it is complete."""
        self._collected.wake()

    async def _said_of_others(self, job: Job) -> bool:
        """Tell whether the channel heard already that what it is compared with waits for staff."""
        async with self._database.read() as uow:
            others = await uow.comparisons.jobs(job.comparison_id or "")
        return any(one.held and one.told_at for one in others)

    async def _tell(self, job: Job, public: bool) -> None:
        try:
            told = await self._end(job, public)
        except Exception as error:
            log.warning("job %s: its member could not be told how it ended: %r", job.job_id, error)
            if self._clock.now() < job.news_at + TELL_FOR_SECONDS:
                return
            told = False
        if not told:
            log.warning(
                "job %s (%s): only /jobs shows how it ended", job.job_id, job.reason or "pick-up"
            )
        await self._mark_told(job)

    async def _mark_told(self, job: Job) -> None:
        async with self._database.write(GUARDED) as uow:
            await uow.jobs.told(job.job_id, now=self._clock.now())
            await uow.commit()

    async def _end(self, job: Job, public: bool) -> bool:
        if job.reply_to_message_id is not None:
            return await self._replies.ended(job)
        if job.state is JobState.DONE:
            # The process that posted the result died before its ticket said so.
            return await self._tickets.show_result(job)
        return await self._tickets.settle(progress_of(job)) or await self._announce(job, public)

    async def _announce(self, job: Job, public: bool) -> bool:
        if not pinged_without_result(job, public=public):
            return True
        try:
            return await self._publisher.announce(job)
        except DeliveryError:
            return False

    async def _record(
        self,
        job: Job,
        posted: Sequence[Post],
        parts: int,
        result: Outcome,
        pictures: Sequence[Picture],
    ) -> bool:
        """Remember the newest post with its pictures; with the last one settle and end.

        False: not ours any more.
        """
        newest, now = posted[-1], self._clock.now()
        other_files = [picture for one in pictures if (picture := await self._other_file(one))]
        reencoded = await self._reencoded(posted) if len(posted) == parts else []
        async with self._database.write(of_job(job.job_id)) as uow:
            await uow.posts.posted(job.job_id, newest.part, newest.message_id or 0, now=now)
            for picture in other_files:
                await uow.calls.posted_as(picture)
            if len(posted) == parts:
                await self._settle(uow, job, posted, result, now)
                if not await uow.jobs.finish(job, now=now, keep=reencoded):
                    return False
            await uow.commit()
        return True

    async def _settle(
        self, uow: UnitOfWork, job: Job, posted: Sequence[Post], result: Outcome, now: int
    ) -> None:
        await self._quotas.settle(
            uow,
            job,
            delivered=pictures_of(posted),
            paid=result.paid,
            spent_micro=result.spent_micro(job.request.price_micro),
            now=now,
        )

    async def _other_file(self, picture: Picture) -> Picture | None:
        """Say what was posted of a picture, where that is another file than was stored before."""
        try:
            return await self._fitting.posted(picture)
        except (OSError, PictureError) as error:
            log.warning("a file of job %s cannot be read again: %s", picture.job_id, error)
            return None

    async def _reencoded(self, posted: Sequence[Post]) -> list[int]:
        """Return which pictures were not posted as the service made them."""
        return [
            position
            for post in posted
            for position in post.positions
            if await self._spool.get(self._spool.fitted(post.job_id, position)) is not None
        ]

    # --- one part -------------------------------------------------------------------------

    async def _mark(self, part: ResultPart) -> int | None:
        """Mark a part as tried (T7a); return when it was before, None the first time."""
        async with self._database.write(GUARDED) as uow:
            if not await uow.claims.mine(part.job):
                raise SupersededError
            now = self._clock.now()
            tried = await uow.posts.mark_post_try(part.job.job_id, part.post.part, now=now)
            await uow.commit_mark()
        return tried

    async def _post(self, part: ResultPart, *, marked: bool) -> int:
        """Post one part, however long Discord is away.

        Raises DeliveryError when it refuses for good, FileNotFoundError when a file is gone.
        """
        job, wait, smaller = part.job, FIRST_WAIT_SECONDS, 0
        while True:
            tried = None if marked else await self._mark(part)
            marked = False
            try:
                part = await self._fitting.with_files(part)
                if tried is not None:
                    # It may be there already: the process died, or Discord's answer was lost.
                    part = replace(part, post=replace(part.post, first_try_at=tried))
                    message_id = await self._publisher.find(part)
                    if message_id is not None:
                        return message_id
                    part = replace(part, again=not self._publisher.may_look(part))
                return await self._send(part)
            except DeliveryError as error:
                if error.code != TOO_LARGE_CODE or smaller == 2:
                    raise
                smaller += 1
                await self._limits.refused(part)
                part = await self._fitting.smaller(part, await self._limits.of(job))
                continue
            except FileNotFoundError:
                raise  # no waiting brings it back
            except Exception as error:
                log.warning("posting job %s failed, retrying: %r", job.job_id, error)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)

    async def _send(self, part: ResultPart) -> int:
        if part.job.destination is Destination.CHANNEL:
            return await self._publisher.post(part)
        async with self._tickets.replacing(part.job):
            return await self._publisher.post(part)


def _read_replies(job: Job, mode: ReplyMode) -> bool:
    """Tell whether a reply to a result asks for a change without a mention of the bot."""
    return job.destination is Destination.CHANNEL and (
        not job.guild_id or mode in (ReplyMode.INSTANT, ReplyMode.CONFIRM)
    )
