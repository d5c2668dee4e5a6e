"""Who decides about whom in a server, and whose block holds."""

from __future__ import annotations

from enum import IntEnum

from bot.domain.errors import Objection, StaffError
from bot.services.ports import Block, UnitOfWork
from bot.services.servers.decisions import Actor


class Rank(IntEnum):
    """How far somebody decides about others in a server."""

    MEMBER = 0
    MODERATOR = 1
    MANAGER = 2
    OWNER = 3


def rank_of(*, owner: bool, manager: bool, moderator: bool) -> Rank:
    """Return the highest rank of somebody who is these."""
    if owner:
        return Rank.OWNER
    if manager:
        return Rank.MANAGER
    return Rank.MODERATOR if moderator else Rank.MEMBER


async def own_block(uow: UnitOfWork, actor: Actor, user_id: int) -> Block | None:
    """Return the server's block in force; StaffError for one that the operator made."""
    block = await uow.blocks.get(actor.guild_id, user_id)
    if block is None or (block.until is not None and block.until <= actor.now):
        return None
    if not block.set_by:
        raise StaffError(Objection.BLOCKED_BY_OPERATOR)
    return block


def check_block(actor: Actor, user_id: int, ranks: tuple[Rank, Rank]) -> None:
    """Raise StaffError where a member is not the actor's to block; ranks of actor and member."""
    if user_id <= 0:
        raise StaffError(Objection.MEMBER_FORGOTTEN)
    if user_id == actor.actor_id:
        raise StaffError(Objection.BLOCK_YOURSELF)
    mine, theirs = ranks
    if theirs is Rank.OWNER:
        raise StaffError(Objection.BLOCK_OWNER)
    if theirs >= mine:
        raise StaffError(Objection.BLOCK_STAFF)
