"""Undo within bounds: what staff may not decide now, the Undo button does not bring back."""

from __future__ import annotations

from typing import Any, cast

from bot.domain.job import Job
from bot.services.moderation.member_moderation import Moderation
from bot.services.moderation.staff_hierarchy import Rank
from bot.services.ports import AuditEntry, UnitOfWork
from bot.services.quotas.limits import Limits
from bot.services.servers.changes import Changes, UndoOffer
from bot.services.servers.decisions import (
    Actor,
    BlockDecision,
    Decision,
    GrantDecision,
    Json,
    RuleDecision,
)


class Undo:
    """Undoes limits, grants, blocks and other decisions of staff."""

    def __init__(self, *, changes: Changes, limits: Limits, moderation: Moderation) -> None:
        self._changes = changes
        self._limits = limits
        self._moderation = moderation

    async def undo(
        self, audit_id: int, actor: Actor, *, manager: bool, ranks: tuple[Rank, Rank]
    ) -> tuple[UndoOffer, AuditEntry | None]:
        """Undo a change, once; LimitError or StaffError when this person may not decide so.

        `manager` is about the actor; `ranks` are those of the actor and of whom a block is about.
        A block that comes back stops what its member has asked for meanwhile, like a new one.
        """
        stopped: list[Job] = []

        async def check(uow: UnitOfWork, decision: Decision, value: Json) -> None:
            if value is None:
                return
            match decision:
                case RuleDecision():
                    rule = decision.rule(cast("dict[str, Any]", value))
                    await self._limits.check(uow, actor, rule, manager=manager)
                case GrantDecision():
                    await self._moderation.check_room(uow, actor, decision.grant_id)
                case BlockDecision() if _stands(value, actor.now):
                    stopped.extend(
                        await self._moderation.shut_out(uow, actor, decision.user_id, ranks)
                    )
                case _:
                    pass

        how, undone = await self._changes.undo(audit_id, actor, check)
        if undone is not None:
            self._moderation.show(stopped)
        return how, undone


def _stands(block: Json, now: int) -> bool:
    until: int | None = cast("dict[str, Any]", block).get("until")
    return until is None or until > now
