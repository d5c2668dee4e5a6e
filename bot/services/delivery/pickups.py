"""Results that could not be posted and wait a day for their member (docs/spec/states.md, T8).

Its member chooses another way: the answer to the press, or another channel. From then on it is
delivered like any other, by the first process that finds it, and settled when it is posted.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from bot.domain.errors import AccessError, Denial
from bot.domain.job import Destination, Job, JobState, Reason
from bot.domain.job_outcome import outcome
from bot.services.delivery.posting import Delivery
from bot.services.ports import Clock, Database, Spool, of_server
from bot.services.quotas.cancellation import end_waiting
from bot.services.quotas.quota_book import QuotaBook
from bot.services.servers.access import Access, Requester
from bot.services.servers.policies import Policies
from bot.services.tasks.conflicts import repeatable
from bot.services.tasks.wake_event import WakeEvent

log = logging.getLogger(__name__)


class Pickups:
    """What the requester may do about a result that waits. `taken` wakes when one is taken up."""

    def __init__(
        self,
        *,
        access: Access,
        policies: Policies,
        delivery: Delivery,
        quotas: QuotaBook,
        database: Database,
        spool: Spool,
        clock: Clock,
    ) -> None:
        self.taken = WakeEvent()
        self._access = access
        self._policies = policies
        self._delivery = delivery
        self._quotas = quotas
        self._database = database
        self._spool = spool
        self._clock = clock

    async def waiting(self, *, guild_id: int, user_id: int) -> list[Job]:
        """Return a member's results that wait in a server, newest first."""
        async with self._database.read() as uow:
            return await uow.pickups.of_member(user_id, guild_id=guild_id)

    async def show(self, job: Job, who: Requester, *, token: str, token_expires_at: int) -> bool:
        """Send a result to the private answer of a press; False when it does not wait any more.

        `token` is the press's own: the first answer to it becomes the result.
        """
        job = replace(job, destination=Destination.INTERACTION, locale=who.locale)
        return await self._take_up(job, token, token_expires_at)

    async def share(self, job: Job, who: Requester, *, token: str, token_expires_at: int) -> bool:
        """Send a result to the channel of a press; False when it does not wait any more.

        The first answer to the press becomes its ticket. Raises AccessError where the member or
        the bot may not post, or not this.
        """
        await self._access.admit(who)
        if who.visiting:
            raise AccessError(Denial.NOT_A_MEMBER)
        if not self._delivery.may_move(job, who.channel_id):
            raise AccessError(Denial.AGE_RESTRICTED)
        settings = (await self._policies.of(who.scope)).settings
        job = replace(
            job,
            destination=Destination.CHANNEL,
            channel_id=who.channel_id,
            locale=who.locale,
            server_locale=settings.locale(who.server_locale),
        )
        return await self._take_up(job, token, token_expires_at, who)

    async def discard(self, job: Job) -> bool:
        """End what waits, because its member does not want it; False when it no longer waits."""
        return await self._end(job, told=True) is not None

    async def expire(self) -> list[Job]:
        """End what has waited for a day; return the jobs, to be told."""
        async with self._database.read() as uow:
            over = await uow.pickups.over(now=self._clock.now())
        ended = [await self._end(job, told=False) for job in over]
        return [job for job in ended if job is not None]

    @repeatable
    async def _take_up(
        self, job: Job, token: str, token_expires_at: int, sharing: Requester | None = None
    ) -> bool:
        async with self._database.read() as uow:
            calls = await uow.calls.of_job(job.job_id)
            pictures = await uow.calls.pictures(job.job_id)
        wanted = outcome(job.request.count, calls, pictures).delivered_positions
        kept = [p for p in pictures if p.position in wanted and await self._kept(p.path)]
        job = replace(job, ticket_token=token, ticket_expires_at=token_expires_at)
        posts = await self._delivery.plan(job, kept, here=True)
        if not posts:
            log.error("job %s has no pictures left for pick-up", job.job_id)
            await self._end(job, told=True)
            return False
        async with self._database.write(of_server(job.guild_id)) as uow:
            if sharing is not None:
                await self._access.confirm(uow, sharing, paced=False)
            taken = await uow.pickups.take_up(job, posts, now=self._clock.now())
            await uow.commit()
        if taken:
            self.taken.wake()
        return taken

    @repeatable
    async def _end(self, job: Job, *, told: bool) -> Job | None:
        """Refund the member; budgets keep what was paid. None when it does not wait any more."""
        now = self._clock.now()
        async with self._database.write(of_server(job.guild_id)) as uow:
            if not await end_waiting(uow, self._quotas, job, told=told, now=now):
                return None
            await uow.commit()
        return replace(
            job,
            state=JobState.FAILED,
            reason=Reason.UNDELIVERABLE,
            finished_at=now,
            ticket_token=None,
        )

    async def _kept(self, path: str | None) -> bool:
        return path is not None and await self._spool.get(path) is not None
