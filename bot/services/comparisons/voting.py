"""Votes on comparisons, and their early end."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.comparisons.comparison import Comparison, Entry
from bot.domain.errors import AccessError, Denial
from bot.domain.job import Job
from bot.services.gallery.gallery import Gallery
from bot.services.ports import Clock, Database, of_server
from bot.services.servers.access import Access, Requester
from bot.services.servers.staff_rights import Staff, StaffRights
from bot.services.tasks.conflicts import repeatable
from bot.services.tasks.wake_event import WakeEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Voted:
    """What a member is told: their letter, and how many members voted by now."""

    label: str
    votes: int
    closes_at: int


class Voting:
    """Takes votes: one for each member, of which the last choice counts."""

    def __init__(
        self,
        *,
        access: Access,
        staff: StaffRights,
        gallery: Gallery,
        database: Database,
        clock: Clock,
        woken: WakeEvent,
    ) -> None:
        self._access = access
        self._staff = staff
        self._gallery = gallery
        self._database = database
        self._clock = clock
        self._woken = woken

    async def entries(self, comparison_id: str) -> tuple[Comparison, list[Entry], list[Job]] | None:
        """Return a comparison with its pictures that were posted; None for an unknown one."""
        async with self._database.read() as uow:
            comparison = await uow.comparisons.get(comparison_id)
            if comparison is None:
                return None
            entries = [one for one in await uow.comparisons.entries(comparison_id) if one.label]
            jobs = {job.job_id: job for job in await uow.comparisons.jobs(comparison_id)}
        return comparison, entries, [jobs[one.job_id] for one in entries]

    @repeatable
    async def vote(self, who: Requester, comparison_id: str, label: str) -> Voted:
        """Put a member's vote, in the place of an earlier one.

        AccessError for who is blocked here, and where the vote is over.
        """
        now = self._clock.now()
        self._access.check_scope(who)
        async with self._database.write(of_server(who.scope)) as uow:
            comparison = await uow.comparisons.get(comparison_id)
            if comparison is None or comparison.guild_id != who.scope:
                raise AccessError(Denial.COMPARISON_OVER)
            block = await uow.blocks.in_force(who.scope, who.user_id, now=now)
            if block is not None:
                raise AccessError(Denial.BLOCKED, until=block.until, reason=block.reason)
            labels = {one.label for one in await uow.comparisons.entries(comparison_id)}
            known = label in labels
            if not known or not await uow.votes.vote(comparison_id, who.user_id, label, now=now):
                raise AccessError(Denial.COMPARISON_OVER)
            votes = await uow.votes.count(comparison_id)
            await uow.commit()
        return Voted(label=label, votes=votes, closes_at=comparison.closes_at or 0)

    async def close(self, who: Requester, comparison_id: str) -> None:
        """End a vote before its time.

        AccessError for who is neither its maker nor staff, and where it is over.
        """
        async with self._database.read() as uow:
            comparison = await uow.comparisons.get(comparison_id)
            jobs = await uow.comparisons.jobs(comparison_id)
        if comparison is None or comparison.guild_id != who.scope or not jobs:
            raise AccessError(Denial.COMPARISON_OVER)
        if jobs[0].user_id != who.user_id and not await self._staff.is_moderator(who):
            raise AccessError(Denial.NOT_STAFF, level=Staff.MODERATOR.value)
        if not await self.end(comparison):
            raise AccessError(Denial.COMPARISON_OVER)
        self._woken.wake()

    @repeatable
    async def end(self, comparison: Comparison) -> bool:
        """Count a vote, in one transaction; False when it had ended before.

        What enough members kept meanwhile comes into the gallery with it.
        """
        async with self._database.write(of_server(comparison.guild_id)) as uow:
            if not await uow.votes.close(comparison.comparison_id, now=self._clock.now()):
                return False
            for job in await uow.comparisons.jobs(comparison.comparison_id):
                await self._gallery.count(uow, job)
            await uow.commit()
        self._gallery.decided()
        return True
