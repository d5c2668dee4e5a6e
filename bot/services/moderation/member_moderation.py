"""What moderators decide about members and their pictures, each decision in one transaction.

The transaction that changes something also records it. Who may call these stands in the cogs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.errors import Objection, StaffError
from bot.domain.job import Job, JobState, Reason
from bot.domain.quotas.quota import capacity
from bot.domain.quotas.windows import Window
from bot.services.delivery.progress import progress_of
from bot.services.delivery.tickets import Tickets
from bot.services.moderation.public_result import public_result
from bot.services.moderation.report_cooldown import ReportCooldown
from bot.services.moderation.staff_hierarchy import Rank, check_block, own_block
from bot.services.ports import (
    AuditEntry,
    Block,
    Clock,
    Database,
    Grant,
    UnitOfWork,
    of_server,
)
from bot.services.quotas.cancellation import withdraw
from bot.services.quotas.open_windows import open_windows
from bot.services.quotas.quota_book import QuotaBook
from bot.services.requests.results import Results
from bot.services.servers.changes import Changes
from bot.services.servers.decisions import (
    Actor,
    BlockDecision,
    GrantDecision,
    SettingDecision,
)
from bot.services.servers.policies import Policies
from bot.services.tasks.conflicts import repeatable

# As many as anybody looks through.
GRANTS_SHOWN = 200
# The same grant once more, so soon, is the same event delivered twice (docs/spec/crashes.md, D5).
TWICE_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A block, and what went with it: requests withdrawn, results taken away."""

    entry: AuditEntry | None
    withdrawn: int
    removed: int


class Moderation:
    """Grants, blocks, withdrawals, removals, pauses. Times are UTC seconds."""

    def __init__(
        self,
        *,
        changes: Changes,
        policies: Policies,
        quotas: QuotaBook,
        results: Results,
        tickets: Tickets,
        database: Database,
        clock: Clock,
    ) -> None:
        self._changes = changes
        self._policies = policies
        self._quotas = quotas
        self._results = results
        self._tickets = tickets
        self._database = database
        self._clock = clock
        self.report_cooldown = ReportCooldown(clock)

    # --- credits --------------------------------------------------------------------------

    @repeatable
    async def grant(
        self, actor: Actor, user_id: int, credits: int, *, expires_at: int | None
    ) -> AuditEntry:
        """Give extra credits; StaffError when the server's budget does not hold as many."""
        guild_id = actor.guild_id
        new = {"credits": credits, "expires_at": expires_at}
        async with self._database.write(of_server(actor.guild_id)) as uow:
            if twin := await self._twin(uow, actor, user_id, new):
                return twin
            await self._check_room(uow, actor, credits)
            grant_id = await uow.grants.give(
                guild_id,
                user_id,
                credits,
                expires_at=expires_at,
                by=actor.actor_id,
                reason=actor.reason,
                now=actor.now,
            )
            decision = GrantDecision(grant_id, user_id)
            entry = await self._changes.record(
                uow, actor, decision.kind, decision.name, None, new, action="grant"
            )
            await uow.commit()
        self._changes.forget(guild_id)
        return entry

    @repeatable
    async def revoke(self, actor: Actor, grant_id: int) -> AuditEntry:
        """Take back what is left of a grant; StaffError when there is nothing to take."""
        async with self._database.write(of_server(actor.guild_id)) as uow:
            grant = await uow.grants.get(grant_id)
            if grant is None or grant.guild_id != actor.guild_id:
                raise StaffError(Objection.GRANT_UNKNOWN)
            over = grant.expires_at is not None and grant.expires_at <= actor.now
            if over or grant.revoked_at is not None or not grant.left:
                raise StaffError(Objection.GRANT_OVER)
            decision = GrantDecision(grant_id, grant.user_id)
            entry = await self._changes.set_in(uow, actor, decision, None, action="revoke")
            await uow.commit()
        self._changes.forget(actor.guild_id)
        if entry is None:
            raise StaffError(Objection.GRANT_OVER)
        return entry

    async def check_room(self, uow: UnitOfWork, actor: Actor, grant_id: int) -> None:
        """Raise StaffError when the budget has no room for a grant that is to open again."""
        grant = await uow.grants.get(grant_id)
        over = grant is None or (grant.expires_at is not None and grant.expires_at <= actor.now)
        await self._check_room(uow, actor, 0 if grant is None or over else grant.left)

    @repeatable
    async def reset(self, actor: Actor, user_id: int) -> AuditEntry | None:
        """Reset a member's windows; None when nothing was used of them."""
        async with self._database.write(of_server(actor.guild_id)) as uow:
            most = await self._quotas.reset(
                uow,
                guild_id=actor.guild_id,
                user_id=user_id,
                by=actor.actor_id,
                reason=actor.reason,
                now=actor.now,
            )
            if not most:
                return None
            entry = await self._changes.record(
                uow, actor, "member", str(user_id), {"used": most}, {"used": 0}, action="reset"
            )
            await uow.commit()
        self._changes.forget(actor.guild_id)
        return entry

    async def open_grants(self, guild_id: int) -> list[Grant]:
        """Return grants of a server with something left, newest first."""
        async with self._database.read() as uow:
            return await uow.grants.of_guild(guild_id, now=self._clock.now(), limit=GRANTS_SHOWN)

    # --- members --------------------------------------------------------------------------

    @repeatable
    async def block(
        self,
        actor: Actor,
        user_id: int,
        *,
        until: int | None,
        ranks: tuple[Rank, Rank],
        remove_since: int | None = None,
    ) -> Blocked:
        """Keep a member from asking: what waits is withdrawn and refunded in this transaction.

        `ranks` are those of the actor and of the member. Results posted since `remove_since` are
        taken away. StaffError where the member is not the actor's to block.
        """
        async with self._database.write(of_server(actor.guild_id)) as uow:
            value = {"until": until, "reason": actor.reason}
            withdrawn = await self.shut_out(uow, actor, user_id, ranks)
            entry = await self._changes.set_in(
                uow, actor, BlockDecision(user_id), value, action="block"
            )
            removed = await self._take_away(uow, actor, user_id, remove_since)
            await uow.commit()
        self._changes.forget(actor.guild_id)
        self.show(withdrawn)
        for job_id in removed:
            self._results.forget(job_id)
        return Blocked(entry=entry, withdrawn=len(withdrawn), removed=len(removed))

    async def shut_out(
        self, uow: UnitOfWork, actor: Actor, user_id: int, ranks: tuple[Rank, Rank]
    ) -> list[Job]:
        """Withdraw what a member has under way, in the transaction that blocks them.

        StaffError where the member is not the actor's to block.
        """
        check_block(actor, user_id, ranks)
        await own_block(uow, actor, user_id)
        stopped = [
            await withdraw(uow, self._quotas, job.job_id, Reason.BLOCKED, now=actor.now)
            for job in await uow.queue.under_way(actor.guild_id, user_id=user_id)
            if not job.cancel_requested
        ]
        return [job for job in stopped if job is not None]

    @repeatable
    async def unblock(self, actor: Actor, user_id: int) -> AuditEntry | None:
        """Let a member ask again; None when nothing kept them from it.

        StaffError where the operator blocked them, and for oneself.
        """
        async with self._database.write(of_server(actor.guild_id)) as uow:
            entry = None
            if user_id == actor.actor_id:
                raise StaffError(Objection.UNBLOCK_YOURSELF)
            own = await own_block(uow, actor, user_id)
            if own is not None:
                entry = await self._changes.set_in(
                    uow, actor, BlockDecision(user_id), None, action="unblock"
                )
                await uow.commit()
            elif await uow.blocks.in_force(actor.guild_id, user_id, now=actor.now):
                raise StaffError(Objection.BLOCKED_BY_OPERATOR)
        self._changes.forget(actor.guild_id)
        return entry

    async def blocked(self, guild_id: int, user_id: int) -> Block | None:
        """Return what keeps a member from asking in a server now."""
        async with self._database.read() as uow:
            return await uow.blocks.in_force(guild_id, user_id, now=self._clock.now())

    # --- requests and pictures ------------------------------------------------------------

    async def queue(self, guild_id: int) -> list[Job]:
        """Return what waits or runs in a server, oldest first."""
        async with self._database.read() as uow:
            return await uow.queue.under_way(guild_id)

    @repeatable
    async def cancel(self, actor: Actor, job_id: str) -> tuple[Job, AuditEntry]:
        """Withdraw a member's request: refunded while it waits, else what is unsent is skipped.

        StaffError where there is nothing to withdraw.
        """
        async with self._database.write(of_server(actor.guild_id)) as uow:
            before = await uow.job_queries.get(job_id)
            if before is None or before.guild_id != actor.guild_id:
                raise StaffError(Objection.JOB_UNKNOWN)
            if before.cancel_requested:
                raise StaffError(Objection.JOB_ENDED)
            job = await withdraw(uow, self._quotas, job_id, Reason.BY_MODERATOR, now=actor.now)
            if job is None:
                raise StaffError(Objection.JOB_ENDED)
            entry = await self._changes.record(
                uow,
                actor,
                "job",
                f"{job_id}:{job.user_id}",
                before.state.value,
                "stopping" if job.state is JobState.RUNNING else job.state.value,
                action="cancel",
            )
            await uow.commit()
        self.show([job])
        return job, entry

    @repeatable
    async def remove(self, actor: Actor, job_id: str) -> tuple[AuditEntry, bool]:
        """Remove a result for good; False beside it when a message could not be deleted.

        StaffError where there is nothing to remove.
        """
        async with self._database.write(of_server(actor.guild_id)) as uow:
            job = await public_result(uow, actor.guild_id, job_id)
            standing = await uow.posts.remove(job_id, by=actor.actor_id, now=actor.now)
            entry = await self._record_removal(uow, actor, job)
            await uow.commit()
        return entry, await self._results.take_down(job, standing)

    @repeatable
    async def dismiss(self, actor: Actor, job: Job) -> AuditEntry:
        """Record that a report asked for nothing."""
        async with self._database.write(of_server(actor.guild_id)) as uow:
            subject = f"{job.job_id}:{job.user_id}"
            entry = await self._changes.record(
                uow, actor, "report", subject, None, None, action="dismiss"
            )
            await uow.commit()
        return entry

    # --- the server -----------------------------------------------------------------------

    async def pause(self, actor: Actor, *, until: int | None) -> AuditEntry | None:
        """Make no new pictures in a server; StaffError without a reason to tell members."""
        if actor.reason is None:
            raise StaffError(Objection.REASON_NEEDED)
        value = {"until": until, "reason": actor.reason}
        return await self._changes.set(actor, SettingDecision("paused"), value, action="pause")

    @repeatable
    async def resume(self, actor: Actor) -> AuditEntry | None:
        """Make pictures again; None when nothing was paused."""
        async with self._database.write(of_server(actor.guild_id)) as uow:
            policy = await self._policies.current(uow, actor.guild_id)
            paused = policy.settings.paused
            if paused is None or not paused.in_force(actor.now):
                return None
            entry = await self._changes.set_in(
                uow, actor, SettingDecision("paused"), None, action="resume"
            )
            await uow.commit()
        self._changes.forget(actor.guild_id)
        return entry

    # --------------------------------------------------------------------------------------

    async def _twin(
        self, uow: UnitOfWork, actor: Actor, user_id: int, new: Mapping[str, object]
    ) -> AuditEntry | None:
        """Return this very grant, should another process have been faster."""
        newest = await uow.audit.of_guild(actor.guild_id, limit=1, about=user_id)
        for one in newest:
            same = (one.action, one.actor_id, one.new) == ("grant", actor.actor_id, new)
            if same and one.reason == actor.reason and actor.now - one.at < TWICE_SECONDS:
                return one
        return None

    async def _check_room(self, uow: UnitOfWork, actor: Actor, credits: int) -> None:
        spare = await self._spare(uow, actor)
        if credits and spare is not None and credits > spare:
            raise StaffError(Objection.GRANT_BEYOND_BUDGET, left=max(spare, 0))

    async def _spare(self, uow: UnitOfWork, actor: Actor) -> int | None:
        """Return what the budgets' month leaves beside open grants; None when nothing limits."""
        guild_id, now = actor.guild_id, actor.now
        policy = await self._policies.current(uow, guild_id)
        windows = await open_windows(uow, *self._quotas.shared(policy, guild_id), now=now)
        left = [capacity(one.limit, Window.MONTH) - one.used for one in windows]
        if not left:
            return None
        return min(left) - await uow.grants.open_credits(guild_id, now=now)

    async def _take_away(
        self, uow: UnitOfWork, actor: Actor, user_id: int, since: int | None
    ) -> list[str]:
        """Mark a member's results since then removed; their messages are deleted behind it.

        What is written down as passing is deleted also after a crash, however many there are.
        """
        if since is None:
            return []
        job_ids = await uow.job_queries.posted_since(actor.guild_id, user_id, since=since)
        for job_id in job_ids:
            job = await uow.job_queries.get(job_id)
            for post in await uow.posts.remove(job_id, by=actor.actor_id, now=actor.now):
                if post.message_id is not None:
                    await uow.scheduled_deletions.put(
                        post.channel_id, post.message_id, until=actor.now
                    )
            if job is not None:
                await self._record_removal(uow, actor, job)
        return job_ids

    async def _record_removal(self, uow: UnitOfWork, actor: Actor, job: Job) -> AuditEntry:
        subject = f"{job.job_id}:{job.user_id}"
        return await self._changes.record(
            uow, actor, "picture", subject, "posted", "removed", action="remove"
        )

    def show(self, jobs: Sequence[Job]) -> None:
        """Update tickets at once; the worker tells members who have none."""
        for job in jobs:
            self._tickets.changed(progress_of(job))
