"""Servers, channels and members that are gone: what waits for them is refunded, and in time what
a server decided and who asked for what in it is deleted.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection

from bot.domain.job import Job, Reason
from bot.domain.requests.consent import ConsentState
from bot.domain.safety.reviews import ReviewOutcome
from bot.services.people.privacy import Privacy, tombstone_for
from bot.services.ports import EVERYTHING, GUARDED, Clock, Database, UnitOfWork, of_server
from bot.services.ports.user_data import Membership
from bot.services.quotas.cancellation import end_held, end_waiting, withdraw
from bot.services.quotas.quota_book import QuotaBook
from bot.services.servers import consent_log
from bot.services.tasks.conflicts import repeatable

log = logging.getLogger(__name__)

# A server that takes the bot back within this time finds everything as it was.
KEPT_SECONDS = 31 * 86400
# Whose request waited longer may have left meanwhile: Discord is asked before anything is sent.
ASK_AFTER_SECONDS = 300
BATCH = 50
# More open grants than one server ever has; the rest ends with the next sweep.
MOST_GRANTS = 10_000


class GuildRemoval:
    """Hears of departures. `tell` says how a job ended."""

    def __init__(
        self,
        *,
        database: Database,
        quotas: QuotaBook,
        privacy: Privacy,
        membership: Membership,
        clock: Clock,
        tell: Callable[[Job], Awaitable[None]],
    ) -> None:
        self._database = database
        self._quotas = quotas
        self._privacy = privacy
        self._membership = membership
        self._clock = clock
        self._tell = tell

    async def present(
        self, guild_ids: Collection[int], *, ours: Callable[[int], bool] = lambda _: True
    ) -> None:
        """Learn after a start where the bot is: what happened while it was away.

        `ours`: a server that this process would hear of; others are for who holds their shard.
        """
        async with self._database.read(long=True) as uow:
            known = {guild_id for guild_id in await uow.removed_guilds.guilds() if ours(guild_id)}
            gone = known - set(guild_ids)
            back = set(await uow.removed_guilds.left()) & set(guild_ids)
        for guild_id in back:
            await self.guild_joined(guild_id)
        for guild_id in gone:
            await self.guild_left(guild_id)

    @repeatable
    async def guild_joined(self, guild_id: int) -> None:
        """A server has the bot (again): nothing of it is deleted."""
        async with self._database.read(long=True) as uow:
            if guild_id not in await uow.removed_guilds.left():
                return
        async with self._database.write(of_server(guild_id), long=True) as uow:
            await uow.removed_guilds.come_back(guild_id)
            await uow.commit()

    @repeatable
    async def guild_left(self, guild_id: int) -> None:
        """A server removed the bot."""
        now = self._clock.now()
        async with self._database.write(of_server(guild_id), long=True) as uow:
            await uow.removed_guilds.leave(guild_id, now=now)
            await uow.consents.end_all(ConsentState.EXPIRED, now=now, guild_id=guild_id)
            for job in await uow.removed_guilds.parked(guild_id):
                await end_waiting(uow, self._quotas, job, told=True, now=now)
            for job_id in await uow.reviews.held(guild_id=guild_id):
                await end_held(
                    uow,
                    self._quotas,
                    job_id,
                    Reason.UNDELIVERABLE,
                    ReviewOutcome.WITHDRAWN,
                    told=True,
                    now=now,
                )
            await uow.commit()
        await self._end(Reason.UNDELIVERABLE, guild_id=guild_id)
        log.info("server %d removed the bot", guild_id)

    @repeatable
    async def channel_gone(self, channel_id: int) -> None:
        """A channel or thread was deleted, with all results in it."""
        async with self._database.write(GUARDED, long=True) as uow:
            now = self._clock.now()
            await uow.removed_guilds.channel_gone(channel_id, now=now)
            expired = ConsentState.EXPIRED
            for one in await uow.consents.end_all(expired, now=now, channel_id=channel_id):
                await consent_log.answered(uow, one, "withdrawn", now=now)
            await uow.commit()
        await self._end(Reason.UNDELIVERABLE, channel_id=channel_id)
        await self._end_reviews(channel_id)

    @repeatable
    async def _end_reviews(self, channel_id: int) -> None:
        """Refuse what staff was to look at in a channel that is gone: nobody can any more."""
        now, ended = self._clock.now(), list[Job]()
        async with self._database.read() as uow:
            held = await uow.reviews.held(channel_id=channel_id)
        if not held:
            return
        async with self._database.write(EVERYTHING, long=True) as uow:
            for job_id in held:
                job = await end_held(
                    uow, self._quotas, job_id, Reason.HOLD_EXPIRED, ReviewOutcome.EXPIRED, now=now
                )
                ended += [job] if job else []
            await uow.commit()
        for job in ended:
            await self._say(job)

    async def banned(self, guild_id: int, user_id: int) -> None:
        """A member was banned from a server."""
        await self._end(Reason.BLOCKED, silent=True, guild_id=guild_id, user_id=user_id)

    async def still_there(self, job: Job) -> bool:
        """Tell whether a claimed job may be run: its member has not left the server meanwhile.

        The job of somebody who left is cancelled and refunded. In doubt it runs.
        """
        now = self._clock.now()
        if not job.guild_id or now - job.created_at < ASK_AFTER_SECONDS:
            return True
        try:
            if await self._membership.is_member(job.guild_id, job.user_id):
                return True
            return not await self._cancel_claimed(job)
        except Exception:
            log.exception("it is unknown whether the member of job %s is in the server", job.job_id)
            return True

    async def sweep(self) -> None:
        """Delete what belongs to servers that have been left for a month."""
        now = self._clock.now()
        async with self._database.read(long=True) as uow:
            left = await uow.removed_guilds.left()
        for guild_id, left_at in left.items():
            if left_at + KEPT_SECONDS <= now:
                await self._purge(guild_id, now)

    async def _purge(self, guild_id: int, now: int) -> None:
        async with self._database.write(of_server(guild_id), long=True) as uow:
            for grant in await uow.grants.of_guild(guild_id, now=now, limit=MOST_GRANTS):
                await uow.grants.revoke(grant.grant_id, by=0, reason=None, now=now)
            await uow.commit()
        seen: set[int] = set()
        while True:
            async with self._database.read(long=True) as uow:
                members = await uow.removed_guilds.members(guild_id, limit=BATCH + len(seen))
            fresh = set(members) - seen
            if not fresh:
                break
            for user_id in fresh:
                await self._privacy.finish(tombstone_for(user_id, guild_id, now=now))
            seen |= fresh
        async with self._database.write(of_server(guild_id), long=True) as uow:
            await uow.removed_guilds.purge(guild_id)
            if not await uow.removed_guilds.members(guild_id, limit=1):
                await uow.removed_guilds.come_back(guild_id)
            await uow.commit()

    @repeatable
    async def _cancel_claimed(self, job: Job) -> bool:
        """Cancel a job of which nothing was sent; False when that is not so any more."""
        async with self._database.write(of_server(job.guild_id), long=True) as uow:
            if not await uow.claims.requeue(job):
                return False
            ended = await withdraw(
                uow, self._quotas, job.job_id, Reason.UNDELIVERABLE, now=self._clock.now()
            )
            if ended is None:
                return False
            told = await self._told_nobody(uow, ended)
            await uow.commit()
        if not told:
            await self._say(ended)
        return True

    @repeatable
    async def _end(self, reason: Reason, *, silent: bool = False, **where: int) -> None:
        """Cancel and refund what waits there; what already runs ends normally."""
        now = self._clock.now()
        to_tell: list[Job] = []
        scope = of_server(where["guild_id"]) if "guild_id" in where else EVERYTHING
        async with self._database.write(scope, long=True) as uow:
            for job_id in await uow.removed_guilds.queued(**where):
                job = await withdraw(uow, self._quotas, job_id, reason, now=now)
                if job and not (silent and await self._told_nobody(uow, job)):
                    to_tell.append(job)
            await uow.commit()
        for job in to_tell:
            await self._say(job)

    async def _told_nobody(self, uow: UnitOfWork, job: Job) -> bool:
        """Let a job end without a word: who left cannot read it, and the others need not.

        False where a message asked: its ⏳ has to go.
        """
        if job.reply_to_message_id is not None:
            return False
        return await uow.jobs.told(job.job_id, now=self._clock.now())

    async def _say(self, job: Job) -> None:
        try:
            await self._tell(job)
        except Exception:
            log.exception("job %s: its member could not be told how it ended", job.job_id)
