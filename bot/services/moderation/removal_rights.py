"""Who may press Remove or Cancel: the requester, and moderators of the server, on the record."""

from __future__ import annotations

from bot.domain.errors import AccessError, Denial, StaffError
from bot.domain.job import Job, Reason
from bot.services.moderation.member_moderation import Moderation
from bot.services.requests.intake import Intake
from bot.services.requests.results import Results
from bot.services.servers.access import Requester
from bot.services.servers.changes import Changes
from bot.services.servers.staff_rights import Staff, StaffRights


class RemovalRights:
    """Decides who may end a request or take its pictures away, and does it in their name."""

    def __init__(
        self,
        *,
        staff: StaffRights,
        intake: Intake,
        results: Results,
        moderation: Moderation,
        changes: Changes,
    ) -> None:
        self._staff = staff
        self._intake = intake
        self._results = results
        self._moderation = moderation
        self._changes = changes

    async def may_remove(self, who: Requester, job: Job) -> bool:
        """Tell whether somebody may cancel a request, and remove what came of it."""
        if job.user_id == who.user_id:
            return True
        return job.guild_id == who.scope and await self._staff.is_moderator(who)

    async def cancel(self, who: Requester, job: Job) -> Job | None:
        """Cancel a request; return it as it is now, None when it had ended.

        Raises AccessError when it is not theirs to cancel.
        """
        await self._check(who, job)
        if job.user_id == who.user_id:
            return await self._intake.cancel(job.job_id, by=Reason.BY_MEMBER)
        actor = self._changes.actor(job.guild_id, who.user_id)
        try:
            now, _ = await self._moderation.cancel(actor, job.job_id)
        except StaffError:
            return None
        return now

    async def remove(self, who: Requester, job: Job) -> bool:
        """Take a result away for good; False when Discord left a message standing.

        Raises AccessError when it is not theirs to remove, StaffError where a moderator finds
        nothing to remove.
        """
        await self._check(who, job)
        if job.user_id == who.user_id:
            return await self._results.remove(job.job_id, by=who.user_id)
        actor = self._changes.actor(job.guild_id, who.user_id)
        _, deleted = await self._moderation.remove(actor, job.job_id)
        return deleted

    async def _check(self, who: Requester, job: Job) -> None:
        if not await self.may_remove(who, job):
            raise AccessError(Denial.NOT_STAFF, level=Staff.MODERATOR.value)
