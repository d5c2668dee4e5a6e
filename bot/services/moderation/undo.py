"""Undo within bounds: what staff may not decide now, the Undo button does not bring back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from bot.domain.errors import LimitError, StaffError
from bot.domain.job import Job
from bot.services.moderation.member_moderation import Moderation
from bot.services.moderation.public_result import public_result
from bot.services.moderation.spoilers import Spoilers
from bot.services.moderation.staff_hierarchy import Rank
from bot.services.moderation.undo_rights import check_undo, level_to_undo
from bot.services.ports import AuditEntry, Database, UnitOfWork
from bot.services.quotas.limits import Limits
from bot.services.servers.changes import Changes, UndoOffer
from bot.services.servers.decisions import (
    Actor,
    BlockDecision,
    Decision,
    GrantDecision,
    Json,
    RuleDecision,
    SpoilerDecision,
    decision_of,
)
from bot.services.servers.staff_rights import Staff


class Undo:
    """Undoes limits, grants, blocks and other decisions of staff."""

    def __init__(
        self,
        *,
        changes: Changes,
        limits: Limits,
        moderation: Moderation,
        spoilers: Spoilers,
        database: Database,
    ) -> None:
        self._database = database
        self._changes = changes
        self._limits = limits
        self._moderation = moderation
        self._spoilers = spoilers

    async def offered(
        self, entries: Iterable[AuditEntry], actor: Actor, *, manager: bool
    ) -> set[int]:
        """Return which of these changes a moderator may undo now, by their ids.

        A block that would come back is left to the press: who stands above whom is Discord's.
        """
        found: set[int] = set()
        async with self._database.read() as uow:
            for entry in entries:
                if await self._may(uow, entry, actor, manager=manager):
                    found.add(entry.audit_id)
        return found

    async def _may(
        self, uow: UnitOfWork, entry: AuditEntry, actor: Actor, *, manager: bool
    ) -> bool:
        decision = decision_of(entry.subject_kind, entry.subject_id)
        if decision is None or entry.undone_by is not None or not entry.actor_id:
            return False
        if level_to_undo(entry) is Staff.MANAGER and not manager:
            return False
        try:
            check_undo(entry, actor.actor_id)
            if await decision.read(uow, actor.guild_id) != entry.new:
                return False
            await self._check_value(uow, actor, decision, entry.old, manager=manager)
        except (LimitError, StaffError):
            return False
        return True

    async def _check_value(
        self, uow: UnitOfWork, actor: Actor, decision: Decision, value: Json, *, manager: bool
    ) -> None:
        """Raise LimitError or StaffError for what this person could not decide now."""
        match decision:
            case SpoilerDecision():
                await public_result(uow, actor.guild_id, decision.job_id)
            case RuleDecision() if value is not None:
                rule = decision.rule(cast("dict[str, Any]", value))
                await self._limits.check(uow, actor, rule, manager=manager)
            case GrantDecision() if value is not None:
                await self._moderation.check_room(uow, actor, decision.grant_id)
            case _:
                pass

    async def undo(
        self, audit_id: int, actor: Actor, *, manager: bool, ranks: tuple[Rank, Rank]
    ) -> tuple[UndoOffer, AuditEntry | None]:
        """Undo a change, once; LimitError or StaffError when this person may not decide so.

        `manager` is about the actor; `ranks` are those of the actor and of whom a block is about.
        A block that comes back stops what its member has asked for meanwhile, like a new one.
        """
        stopped: list[Job] = []

        async def check(uow: UnitOfWork, decision: Decision, value: Json) -> None:
            await self._check_value(uow, actor, decision, value, manager=manager)
            if isinstance(decision, BlockDecision) and _stands(value, actor.now):
                stopped.extend(await self._moderation.shut_out(uow, actor, decision.user_id, ranks))

        how, undone = await self._changes.undo(audit_id, actor, check)
        if undone is not None:
            self._moderation.show(stopped)
            decision = decision_of(undone.subject_kind, undone.subject_id)
            if isinstance(decision, SpoilerDecision):
                await self._spoilers.show(decision.job_id)
        return how, undone


def _stands(block: Json, now: int) -> bool:
    if block is None:
        return False
    until: int | None = cast("dict[str, Any]", block).get("until")
    return until is None or until > now
