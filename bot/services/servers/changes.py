"""Changes of what servers decided: each one recorded with who, when, why, old and new.

The transaction that changes something also records it and moves the server's version, so that
nothing is half done and every process soon knows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum

from bot.services.ports import AuditEntry, Clock, Database, UnitOfWork, of_server
from bot.services.servers.decisions import (
    Actor,
    Decision,
    Json,
    decision_of,
)
from bot.services.servers.policies import Policies
from bot.services.tasks.conflicts import repeatable

REASON_CHARACTERS = 400

Check = Callable[[UnitOfWork, Decision, Json], Awaitable[None]]


class UndoOffer(StrEnum):
    """How pressing Undo ended."""

    DONE = "done"
    TWICE = "twice"
    CHANGED_SINCE = "changed_since"
    NOT_POSSIBLE = "not_possible"


class Changes:
    """Writes decisions."""

    def __init__(self, *, database: Database, policies: Policies, clock: Clock) -> None:
        self._database = database
        self._policies = policies
        self._clock = clock

    def actor(self, guild_id: int, actor_id: int, reason: str | None = None) -> Actor:
        """Return who acts, and when: now. Actor 0 is the operator's shell or Easel itself."""
        words = (reason or "").strip()[:REASON_CHARACTERS] or None
        return Actor(guild_id=guild_id, actor_id=actor_id, reason=words, now=self._clock.now())

    @repeatable
    async def set(
        self, actor: Actor, decision: Decision, value: Json, *, action: str
    ) -> AuditEntry | None:
        """Decide something; None when it was decided so already."""
        async with self._database.write(of_server(actor.guild_id)) as uow:
            entry = await self.set_in(uow, actor, decision, value, action=action)
            await uow.commit()
        self._policies.forget(actor.guild_id)
        return entry

    async def set_in(
        self, uow: UnitOfWork, actor: Actor, decision: Decision, value: Json, *, action: str
    ) -> AuditEntry | None:
        """Decide something inside the caller's transaction, who then calls `forget`."""
        old = await decision.read(uow, actor.guild_id)
        if old == value:
            return None
        await decision.write(uow, actor, value)
        return await self.record(
            uow, actor, decision.kind, decision.name, old, value, action=action
        )

    async def record(
        self,
        uow: UnitOfWork,
        actor: Actor,
        subject_kind: str,
        subject_id: str,
        old: Json,
        new: Json,
        *,
        action: str,
    ) -> AuditEntry:
        """Record a change inside the caller's transaction, and move the server's version."""
        await uow.versions.bump(actor.guild_id)
        return await uow.audit.add(
            actor.guild_id,
            at=actor.now,
            actor_id=actor.actor_id,
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            old=old,
            new=new,
            reason=actor.reason,
        )

    def forget(self, guild_id: int) -> None:
        """Let this process see a change of its own at once; called after the commit."""
        self._policies.forget(guild_id)

    async def entry(self, audit_id: int) -> AuditEntry | None:
        """Return an entry of the record."""
        async with self._database.read() as uow:
            return await uow.audit.get(audit_id)

    @repeatable
    async def undo(
        self, audit_id: int, actor: Actor, check: Check | None = None
    ) -> tuple[UndoOffer, AuditEntry | None]:
        """Write back what was before a change, as a new change; once.

        What was changed again since is left alone: undoing would undo that as well. `check` sees
        what is to be written, in the same transaction, and raises where it may not be.
        """
        async with self._database.write(of_server(actor.guild_id)) as uow:
            entry = await uow.audit.get(audit_id)
            if entry is None or entry.guild_id != actor.guild_id:
                return UndoOffer.NOT_POSSIBLE, None
            if entry.undone_by is not None:
                return UndoOffer.TWICE, None
            decision = decision_of(entry.subject_kind, entry.subject_id)
            if decision is None:
                return UndoOffer.NOT_POSSIBLE, None
            if await decision.read(uow, actor.guild_id) != entry.new:
                return UndoOffer.CHANGED_SINCE, None
            if check is not None:
                await check(uow, decision, entry.old)
            undone = await self.set_in(uow, actor, decision, entry.old, action="undo")
            if undone is None or not await uow.audit.undone(audit_id, by=undone.audit_id):
                return UndoOffer.TWICE, None
            await uow.commit()
        self._policies.forget(actor.guild_id)
        return UndoOffer.DONE, undone

    async def history(
        self,
        guild_id: int,
        *,
        limit: int,
        before: int | None = None,
        about: int | None = None,
        actor_id: int | None = None,
    ) -> list[AuditEntry]:
        """Return what was changed in a server, newest first."""
        async with self._database.read(long=True) as uow:
            return await uow.audit.of_guild(
                guild_id, limit=limit, before=before, about=about, actor_id=actor_id
            )
