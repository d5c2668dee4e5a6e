"""Posts comparisons once their last picture is there, and shows how their votes ended.

The pictures of a comparison wait for each other, and belong to no process. One process, the one
with the chores, posts them in one message; the transaction that stores its id settles and ends all
of their jobs (docs/spec/states.md, section 9).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from bot.domain.comparisons.comparison import (
    FEWEST_MODELS,
    LABELS,
    VOTING_SECONDS,
    Comparison,
    ComparisonState,
    Entry,
)
from bot.domain.errors import DeliveryError, PictureError, SupersededError
from bot.domain.job import PICKUP_SECONDS, Destination, Job, JobState, Picture, Post
from bot.domain.job_outcome import Outcome, outcome
from bot.domain.message_limits import TOO_LARGE_CODE
from bot.services.comparisons.voting import Voting
from bot.services.delivery.fitting import Fitting
from bot.services.delivery.pings import pinged_with_result
from bot.services.delivery.result_message import public_prompt
from bot.services.delivery.upload_limits import UploadLimits
from bot.services.ports import (
    GUARDED,
    Clock,
    ComparedPicture,
    ComparisonChannel,
    ComparisonPost,
    Database,
    LogChannel,
    ResultPart,
    Spool,
    UnitOfWork,
    of_job,
    of_server,
)
from bot.services.quotas.quota_book import QuotaBook
from bot.services.servers.policies import Policies
from bot.services.tasks import periodic
from bot.services.tasks.conflicts import repeatable
from bot.services.tasks.leases import CHORES, Held
from bot.services.tasks.wake_event import WakeEvent

log = logging.getLogger(__name__)

POLL_SECONDS = 5.0
# Messages that were removed are noticed this late.
LOOK_SECONDS = 30
# What Discord does not take now is tried again after so long, doubled each time.
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1, 300
# So long the end of a vote is tried to be shown, and that no picture came to be told.
SHOW_FOR_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A job whose picture waits, with what it amounts to."""

    job: Job
    post: Post
    picture: Picture
    outcome: Outcome


class Comparisons:
    """Brings comparisons to Discord. All its steps may be repeated after a crash.

    `posted` hears of each job that is done, `taken` wakes who delivers an only picture, `tell` says
    that pictures wait.
    """

    def __init__(
        self,
        *,
        database: Database,
        policies: Policies,
        voting: Voting,
        channel: ComparisonChannel,
        log_channel: LogChannel,
        quotas: QuotaBook,
        fitting: Fitting,
        limits: UploadLimits,
        spool: Spool,
        clock: Clock,
        held: Held,
        woken: WakeEvent,
        taken: WakeEvent,
        tell: Callable[[Job], Awaitable[None]],
        posted: Callable[[Job, Sequence[Post]], None] = lambda _job, _posts: None,
    ) -> None:
        self._database = database
        self._policies = policies
        self._voting = voting
        self._channel = channel
        self._log_channel = log_channel
        self._quotas = quotas
        self._fitting = fitting
        self._limits = limits
        self._spool = spool
        self._clock = clock
        self._held = held
        self._woken = woken
        self._taken = taken
        self._tell = tell
        self._posted = posted
        self._look_at = 0
        # When what Discord did not take is tried again, and how long it waited for that.
        self._waiting: dict[str, tuple[int, int]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def run(self) -> None:
        """Post and close what is due, until cancelled."""
        await periodic.run_when_woken(self.round, self._woken, seconds=POLL_SECONDS)

    def wake(self) -> None:
        """A message may have been removed."""
        self._look_at = 0
        self._woken.wake()

    async def round(self) -> None:
        """Post, close and show what is due and does not wait for another try."""
        if not self._held.holds(CHORES):
            return
        async with self._one_at_a_time:
            await self._round()

    async def _round(self) -> None:
        now = self._clock.now()
        async with self._database.read() as uow:
            complete = await uow.comparisons.complete()
            to_close = await uow.votes.to_close(now=now)
            lost = await uow.comparisons.lost() if self._look_at <= now else ()
        if self._look_at <= now:
            self._look_at = now + LOOK_SECONDS
        for comparison in lost:
            await self._try(comparison, self._end)
        for comparison in complete:
            await self._try(comparison, self._complete)
        gone = {one.comparison_id for one in lost}
        for comparison in to_close:
            if comparison.comparison_id not in gone:
                await self._try(comparison, self._voting.end)
        async with self._database.read() as uow:
            to_show = await uow.comparisons.to_show()
        for comparison in to_show:
            await self._try(comparison, self._show)

    async def _try(
        self, comparison: Comparison, step: Callable[[Comparison], Awaitable[object]]
    ) -> None:
        key, now = comparison.comparison_id, self._clock.now()
        until, waited = self._waiting.get(key, (0, 0))
        if until > now:
            return
        try:
            await step(comparison)
        except Exception as error:
            log.warning("comparison %s cannot go on yet: %r", key, error)
            wait = min(max(2 * waited, FIRST_WAIT_SECONDS), LONGEST_WAIT_SECONDS)
            self._waiting[key] = (now + wait, wait)
            return
        self._waiting.pop(key, None)

    # --- its post -----------------------------------------------------------------------------

    async def _complete(self, comparison: Comparison) -> None:
        """Go on with a comparison that waits for no job any more."""
        ready, failed = await self._collected(comparison)
        if not ready:
            async with self._database.write(of_server(comparison.guild_id)) as uow:
                await uow.comparisons.over(
                    comparison.comparison_id, now=self._clock.now(), shown=False
                )
                await uow.commit()
        elif len(ready) < FEWEST_MODELS:
            await self._release(comparison, ready[0].job)
        else:
            await self._post(comparison, ready, failed)

    async def _collected(self, comparison: Comparison) -> tuple[list[_Ready], list[Job]]:
        ready: list[_Ready] = []
        failed: list[Job] = []
        async with self._database.read() as uow:
            for job in await uow.comparisons.jobs(comparison.comparison_id):
                if not job.collected:
                    failed.append(job)
                    continue
                posts = await uow.posts.of_job(job.job_id)
                pictures = await uow.calls.pictures(job.job_id)
                calls = await uow.calls.of_job(job.job_id)
                position = posts[0].positions[0]
                ready.append(
                    _Ready(
                        job=job,
                        post=posts[0],
                        picture=next(one for one in pictures if one.position == position),
                        outcome=outcome(job.request.count, calls, pictures),
                    )
                )
        # A message cannot cover one of its pictures by itself later.
        spoiler = any(one.job.spoiler for one in ready)
        return [replace(one, job=replace(one.job, spoiler=spoiler)) for one in ready], failed

    @repeatable
    async def _release(self, comparison: Comparison, job: Job) -> None:
        """Let the only picture be delivered as an ordinary result."""
        async with self._database.write(of_server(comparison.guild_id)) as uow:
            if not await uow.comparisons.release(comparison, job, now=self._clock.now()):
                return
            await uow.commit()
        self._taken.wake()

    async def _post(
        self, comparison: Comparison, ready: Sequence[_Ready], failed: Sequence[Job]
    ) -> None:
        policy = await self._policies.of(comparison.guild_id)
        first, now = ready[0], self._clock.now()
        labels = {one.job.job_id: label for one, label in zip(ready, LABELS, strict=False)}
        async with self._database.write(GUARDED) as uow:
            if not await uow.comparisons.mark_comparison_try(comparison, labels, now=now):
                return
            entries = {
                one.job_id: one for one in await uow.comparisons.entries(comparison.comparison_id)
            }
            await uow.commit_mark()
        public = replace(first.job, destination=Destination.CHANNEL)
        shown = ComparisonPost(
            comparison=replace(comparison, closes_at=now + VOTING_SECONDS),
            pictures=tuple(
                ComparedPicture(entry=entries[one.job.job_id], job=one.job, picture=one.picture)
                for one in ready
            ),
            failed=tuple(failed),
            channel_id=first.post.channel_id,
            prompt=public_prompt(public, policy),
            ping=pinged_with_result(first.job, policy.settings, first=True, now=now),
            again=False,
        )
        try:
            message_id, closes_at = await self._sent(comparison, shown, first)
        except FileNotFoundError:
            await self._fail_lost(ready)
            return
        except DeliveryError as error:
            log.warning("Discord refused comparison %s: %s", comparison.comparison_id, error)
            if first.post.channel_id != first.job.channel_id:
                await self._bring_home(comparison, first.job.channel_id)
            else:
                await self._park(comparison)
            return
        await self._record(comparison, ready, message_id, closes_at)

    async def _sent(
        self, comparison: Comparison, shown: ComparisonPost, first: _Ready
    ) -> tuple[int, int]:
        """Post it, or find it where an earlier try posted it.

        Returns the message, and when it says that the vote ends. Raises DeliveryError when Discord
        refuses it for good, FileNotFoundError for a lost file.
        """
        if comparison.tried_at is not None:
            found = await self._channel.find(shown, tried_at=comparison.tried_at)
            if found is not None:
                return found, comparison.tried_at + VOTING_SECONDS
            shown = replace(shown, again=not self._channel.may_look(shown.channel_id))
        part = await self._fitting.with_files(
            ResultPart(
                job=replace(first.job, destination=Destination.CHANNEL),
                post=first.post,
                parts=1,
                pictures=tuple(one.picture for one in shown.pictures if one.picture),
                files=(),
                outcome=first.outcome,
                fitted=False,
                prompt=shown.prompt,
            )
        )
        for smaller in range(3):
            try:
                message_id = await self._channel.post(_with_files(shown, part))
                return message_id, shown.comparison.closes_at or 0
            except DeliveryError as error:
                if error.code != TOO_LARGE_CODE or smaller == 2:
                    raise
                await self._limits.refused(part)
                part = await self._fitting.smaller(part, await self._limits.of(part.job))
        raise AssertionError

    @repeatable
    async def _record(
        self, comparison: Comparison, ready: Sequence[_Ready], message_id: int, closes_at: int
    ) -> None:
        """Remember the message, settle and end all of its jobs (T7), and open the vote."""
        now = self._clock.now()
        other_files = [await self._other_file(one.picture) for one in ready]
        kept = [await self._kept(one.picture) for one in ready]
        scopes = [of_job(one.job.job_id) for one in ready]
        async with self._database.write(of_server(comparison.guild_id), *scopes) as uow:
            if not await uow.comparisons.open_vote(
                comparison.comparison_id, now=now, closes_at=closes_at
            ):
                return
            for place, one in enumerate(ready):
                job = one.job
                if not await uow.comparisons.finish_compared(
                    job, message_id, first_place=place, keep=kept[place], now=now
                ):
                    raise SupersededError
                if other := other_files[place]:
                    await uow.calls.posted_as(other)
                await self._settle(uow, one, delivered=1, now=now)
            await uow.commit()
        for place, one in enumerate(ready):
            job = replace(
                one.job,
                state=JobState.DONE,
                destination=Destination.CHANNEL,
                blind=True,
                finished_at=now,
            )
            post = replace(one.post, message_id=message_id, first_place=place)
            self._posted(job, [post])

    async def _settle(self, uow: UnitOfWork, one: _Ready, *, delivered: int, now: int) -> None:
        await self._quotas.settle(
            uow,
            one.job,
            delivered=delivered,
            paid=one.outcome.paid,
            spent_micro=one.outcome.spent_micro(one.job.request.price_micro),
            now=now,
        )

    async def _fail_lost(self, ready: Sequence[_Ready]) -> None:
        """End and refund the jobs whose pictures are lost; the others go on without them."""
        now = self._clock.now()
        for one in ready:
            if await self._spool.get(one.picture.path or "") is not None:
                continue
            log.error("job %s has lost its picture", one.job.job_id)
            async with self._database.write(of_job(one.job.job_id)) as uow:
                if await uow.comparisons.fail_compared(one.job, now=now):
                    await self._settle(uow, one, delivered=0, now=now)
                    await uow.commit()
        self._woken.wake()

    @repeatable
    async def _bring_home(self, comparison: Comparison, channel_id: int) -> None:
        """Post it where it was asked for, not in the channel that the server set for results."""
        async with self._database.write(GUARDED) as uow:
            await uow.comparisons.post_in(comparison.comparison_id, channel_id)
            await uow.commit()
        self._woken.wake()

    @repeatable
    async def _park(self, comparison: Comparison) -> None:
        """Keep what Discord refuses for its member (T8), each picture by itself."""
        now = self._clock.now()
        async with self._database.write(of_server(comparison.guild_id)) as uow:
            parked = await uow.comparisons.park_compared(
                comparison, until=now + PICKUP_SECONDS, now=now
            )
            await uow.commit()
        for job in parked:
            if job.told_at is None:
                await self._tell(job)

    async def _other_file(self, picture: Picture) -> Picture | None:
        try:
            return await self._fitting.posted(picture)
        except (OSError, PictureError) as error:
            log.warning("a file of job %s cannot be read again: %s", picture.job_id, error)
            return None

    async def _kept(self, picture: Picture) -> list[int]:
        """Return the picture's position where another file than the service's was posted."""
        fitted = self._spool.fitted(picture.job_id, picture.position)
        return [] if await self._spool.get(fitted) is None else [picture.position]

    # --- its end ------------------------------------------------------------------------------

    @repeatable
    async def _end(self, comparison: Comparison) -> None:
        """Forget the votes on what was removed."""
        async with self._database.write(of_server(comparison.guild_id)) as uow:
            await uow.comparisons.over(comparison.comparison_id, now=self._clock.now(), shown=False)
            await uow.commit()

    async def _show(self, comparison: Comparison) -> None:
        async with self._database.read() as uow:
            jobs = list(await uow.comparisons.jobs(comparison.comparison_id))
            entries = await uow.comparisons.entries(comparison.comparison_id)
            posts = [post for job in jobs for post in await uow.posts.of_job(job.job_id)]
        message = next(((one.channel_id, one.message_id) for one in posts if one.message_id), None)
        removed = all(one.removed_at for one in posts if one.message_id)
        try:
            if message is None:
                with _refusal_accepted(comparison):
                    await self._channel.tell_failed(comparison, jobs)
            elif comparison.state is ComparisonState.VOTING:
                with _refusal_accepted(comparison):
                    await self._channel.tell_posted(comparison, jobs[0], message)
            else:
                await self._show_end(comparison, entries, jobs, message, removed=removed)
        except Exception:
            since = comparison.closed_at or comparison.created_at
            if self._clock.now() < since + SHOW_FOR_SECONDS:
                raise
        async with self._database.write(GUARDED) as uow:
            await uow.comparisons.comparison_shown(comparison, now=self._clock.now())
            await uow.commit()

    async def _gone(self, message_id: int) -> None:
        """Take a message for removed, and raise: if it was posted again, the new one is due."""
        async with self._database.write(GUARDED) as uow:
            await uow.posts.removed(message_id, now=self._clock.now())
            await uow.commit()
        raise LookupError(f"message {message_id} is gone")

    async def _show_end(
        self,
        comparison: Comparison,
        entries: Sequence[Entry],
        jobs: Sequence[Job],
        message: tuple[int, int],
        *,
        removed: bool,
    ) -> None:
        """Show how a vote ended, and tell staff which model made which picture."""
        policy = await self._policies.of(comparison.guild_id)
        by_id = {job.job_id: job for job in jobs}
        compared = tuple(
            ComparedPicture(entry=entry, job=by_id[entry.job_id])
            for entry in entries
            if entry.label
        )
        channel_id, message_id = message
        shown = ComparisonPost(
            comparison=comparison,
            pictures=compared,
            failed=tuple(by_id[one.job_id] for one in entries if not one.label),
            channel_id=channel_id,
            prompt=public_prompt(compared[0].job, policy),
            votes=sum(one.entry.votes for one in compared),
        )
        if not removed:
            with _refusal_accepted(comparison):
                if not await self._channel.close(shown, message_id):
                    await self._gone(message_id)
        settings = policy.settings
        if settings.log_results and settings.log_channel:
            with _refusal_accepted(comparison):
                await self._log_channel.vote(settings, shown, message_id)


@contextmanager
def _refusal_accepted(comparison: Comparison) -> Generator[None]:
    """Go on where Discord refuses for good."""
    try:
        yield
    except DeliveryError as error:
        log.info("comparison %s cannot be shown: %s", comparison.comparison_id, error)


def _with_files(shown: ComparisonPost, part: ResultPart) -> ComparisonPost:
    pictures = tuple(
        replace(one, path=path) for one, path in zip(shown.pictures, part.files, strict=True)
    )
    return replace(shown, pictures=pictures)
