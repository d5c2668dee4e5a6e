"""The gallery of a server: results that enough of its members keep, each posted there once.

The transaction that keeps a result for the last member who is needed decides it. From then on a
loop brings Discord in line: it posts what was decided, and takes down what was removed, or what its
maker does not want to be shown (docs/spec/states.md, section 8).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.domain.job import Job, JobState
from bot.services.delivery.result_message import public_prompt
from bot.services.ports import (
    GUARDED,
    Clock,
    Database,
    GalleryChannel,
    GalleryPicture,
    GalleryPost,
    GalleryState,
    UnitOfWork,
)
from bot.services.servers.policies import Policies
from bot.services.tasks import periodic
from bot.services.tasks.leases import CHORES, Held
from bot.services.tasks.wake_event import WakeEvent

log = logging.getLogger(__name__)

# A member's own setting, for all servers.
NOT_IN_GALLERIES = "not_in_galleries"
POLL_SECONDS = 5.0
# Removals and choices that another process wrote are noticed this late.
LOOK_SECONDS = 30
# What Discord does not take now is tried again after so long, and for so long.
WAIT_SECONDS = 60
TRY_FOR_SECONDS = 86_400


class Gallery:
    """Decides what comes into a gallery, and keeps what is there as it was decided."""

    def __init__(
        self,
        *,
        database: Database,
        policies: Policies,
        channel: GalleryChannel,
        clock: Clock,
        held: Held,
    ) -> None:
        self._database = database
        self._policies = policies
        self._channel = channel
        self._clock = clock
        self._held = held
        self._due = WakeEvent()
        self._look_at = 0
        self._waiting: dict[str, int] = {}
        self._one_at_a_time = asyncio.Lock()

    def wake(self) -> None:
        """A result may have been removed, or covered, or is not wanted in galleries any more."""
        self._look_at = 0
        self._due.wake()

    def decided(self) -> None:
        """A result may be due."""
        self._due.wake()

    async def count(self, uow: UnitOfWork, job: Job) -> bool:
        """Decide, in the transaction that keeps a result for a member, whether it comes in now.

        Neither its maker counts nor who is blocked. The caller then calls `decided`.
        """
        settings = (await self._policies.current(uow, job.guild_id)).settings
        if not settings.gallery_channel or not await self._may_come_in(uow, job):
            return False
        posts = await uow.posts.of_job(job.job_id)
        source = next((one for one in posts if one.message_id and not one.removed_at), None)
        if source is None:
            return False
        if not self._channel.may_move(source.channel_id, settings.gallery_channel):
            return False
        now, stars = self._clock.now(), 0
        for user_id in await uow.favourites.kept_by(job.job_id):
            if user_id != job.user_id:
                stars += not await uow.blocks.in_force(job.guild_id, user_id, now=now)
            if stars >= max(settings.gallery_stars, 1):
                return await uow.gallery.let_in(
                    job.job_id, job.guild_id, settings.gallery_channel, now=now
                )
        return False

    async def _may_come_in(self, uow: UnitOfWork, job: Job) -> bool:
        """Tell whether a result is everybody's, its maker's consent stands, and it is new there."""
        # Who had their data deleted cannot be asked any more.
        public = job.state is JobState.DONE and not job.secret and bool(job.request.prompt)
        # Who made what is told to nobody before a vote has ended.
        if not public or job.blind or job.user_id < 0 or await uow.gallery.get(job.job_id):
            return False
        if (await uow.members.of(job.user_id)).get(NOT_IN_GALLERIES):
            return False
        blocked = await uow.blocks.in_force(job.guild_id, job.user_id, now=self._clock.now())
        return blocked is None

    # --- what a process does for all -----------------------------------------------------------

    async def run(self) -> None:
        """Bring Discord in line with what was decided, until cancelled."""
        await periodic.run_when_woken(self.round, self._due, seconds=POLL_SECONDS)

    async def round(self) -> None:
        """Post, cover and take down what is due and does not wait for another try."""
        if not self._held.holds(CHORES):
            return
        async with self._one_at_a_time:
            await self._round()

    async def _round(self) -> None:
        now = self._clock.now()
        self._waiting = {job_id: at for job_id, at in self._waiting.items() if at > now}
        if self._look_at <= now:
            self._look_at = now + LOOK_SECONDS
            await self._look()
        async with self._database.read() as uow:
            leaving = await uow.gallery.in_state(GalleryState.LEAVING)
            decided = await uow.gallery.in_state(GalleryState.DECIDED)
        for post in leaving:
            await self._try(post, self._take_down)
        for post in decided:
            await self._try(post, self._post)

    async def _look(self) -> None:
        """Notice what may not be shown any more, or only behind a spoiler."""
        async with self._database.read(long=True) as uow:
            unwelcome = await uow.gallery.unwelcome(NOT_IN_GALLERIES)
            uncovered = await uow.gallery.uncovered()
        for job_id in unwelcome:
            await self._leave(job_id)
        for post in uncovered:
            if post.job_id not in unwelcome:
                await self._try(post, self._cover)

    async def _try(self, post: GalleryPost, step: Callable[[GalleryPost], Awaitable[None]]) -> None:
        if post.job_id in self._waiting:
            return
        try:
            await step(post)
        except Exception as error:
            log.warning("job %s: its gallery does not take this yet: %r", post.job_id, error)
            self._waiting[post.job_id] = self._clock.now() + WAIT_SECONDS
            if post.decided_at < self._clock.now() - TRY_FOR_SECONDS:
                await self._give_up(post)

    async def _post(self, post: GalleryPost) -> None:
        policy = await self._policies.of(post.guild_id)
        if policy.settings.gallery_channel != post.channel_id:
            await self._move(post, policy.settings.gallery_channel)
            return
        shown = await self._picture(post)
        if shown is None:
            await self._leave(post.job_id)
            return
        async with self._database.write(GUARDED) as uow:
            if not await uow.gallery.mark_gallery_try(post, now=self._clock.now()):
                return
            await uow.commit_mark()
        found = await self._channel.post(
            policy.settings, shown, post.channel_id, tried_at=post.tried_at
        )
        if found is None:
            await self._leave(post.job_id)
            return
        await self._store(shown, *found)
        # It may have been removed meanwhile.
        self.wake()

    async def _move(self, post: GalleryPost, channel_id: int) -> None:
        """Follow a server that named another channel for its gallery, or none, meanwhile."""
        if post.tried_at is not None and await self._found(post) is not None:
            return
        async with self._database.write(GUARDED) as uow:
            await uow.gallery.withdraw(post.job_id)
            if channel_id:
                await uow.gallery.let_in(
                    post.job_id, post.guild_id, channel_id, now=self._clock.now()
                )
            await uow.commit()
        self.wake()

    async def _take_down(self, post: GalleryPost) -> None:
        place = (post.place_id or 0, post.message_id or 0)
        if post.message_id is None and post.tried_at is not None:
            place = await self._found(post) or place
        if place[1] and not await self._channel.delete(post.channel_id, *place):
            raise TimeoutError("the message could not be deleted")
        async with self._database.write(GUARDED) as uow:
            await uow.gallery.gone(post.job_id)
            await uow.commit()

    async def _cover(self, post: GalleryPost) -> None:
        if await self._channel.cover(post.place_id or 0, post.message_id or 0):
            async with self._database.write(GUARDED) as uow:
                await uow.gallery.covered(post.job_id)
                await uow.commit()
            return
        # Better not shown than shown to who should not see it.
        await self._leave(post.job_id)
        self.wake()

    async def _found(self, post: GalleryPost) -> tuple[int, int] | None:
        """Look for the message of a try whose number was lost, and store it."""
        shown = await self._picture(post)
        if shown is None:
            return None
        found = await self._channel.find(shown, post.channel_id, tried_at=post.tried_at or 0)
        if found is not None:
            await self._store(shown, *found)
        return found

    async def _store(self, shown: GalleryPicture, place_id: int, message_id: int) -> None:
        async with self._database.write(GUARDED) as uow:
            await uow.gallery.in_gallery(
                shown.job.job_id,
                place_id=place_id,
                message_id=message_id,
                spoiler=shown.job.spoiler,
            )
            await uow.commit()

    async def _picture(self, post: GalleryPost) -> GalleryPicture | None:
        """Return what is to be shown; None where nothing was posted of the result."""
        policy = await self._policies.of(post.guild_id)
        async with self._database.read() as uow:
            job = await uow.job_queries.get(post.job_id)
            posts = [one for one in await uow.posts.of_job(post.job_id) if one.message_id]
        source = next((one for one in posts if not one.removed_at), posts[0] if posts else None)
        if job is None or source is None:
            return None
        return GalleryPicture(
            job=job,
            source=(source.channel_id, source.message_id or 0),
            prompt=public_prompt(job, policy),
        )

    async def _leave(self, job_id: str) -> None:
        async with self._database.write(GUARDED) as uow:
            await uow.gallery.leave(job_id)
            await uow.commit()

    async def _give_up(self, post: GalleryPost) -> None:
        log.warning("job %s: its gallery never took this", post.job_id)
        async with self._database.write(GUARDED) as uow:
            if post.state is GalleryState.DECIDED:
                await uow.gallery.withdraw(post.job_id)
            elif post.state is GalleryState.LEAVING:
                await uow.gallery.gone(post.job_id)
            await uow.commit()
