"""Decisions of servers, members and operators, and the record of who changed what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.quotas.rules import AccessKind, Rule, Subject
from bot.domain.quotas.windows import Window
from bot.domain.server import AccessRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A member who may not ask; `until` in UTC seconds, None for good. Server 0: everywhere."""

    guild_id: int
    user_id: int
    until: int | None
    set_by: int
    reason: str | None
    set_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change: who, when, why, old and new as plain JSON values.

    Actor 0 is the operator's shell or Easel itself. `undone_by` is the entry that undid it.
    """

    audit_id: int
    at: int
    guild_id: int
    actor_id: int
    action: str
    subject_kind: str
    subject_id: str
    old: object
    new: object
    reason: str | None
    undone_by: int | None = None


class RuleBook(Protocol):
    """Limits by whom they are about."""

    async def of_guild(self, guild_id: int) -> list[Rule]:
        """All rules but those of single members."""
        ...

    async def of_member(self, guild_id: int, user_id: int) -> list[Rule]: ...

    async def of_members(self, guild_id: int, *, limit: int) -> list[Rule]:
        """Rules of single members, the newest first."""
        ...

    async def get(
        self, guild_id: int, subject: Subject, subject_id: int, window: Window
    ) -> Rule | None: ...

    async def put(self, guild_id: int, rule: Rule, *, by: int, now: int) -> None:
        """Write a rule, over an older one of the same subject and window."""
        ...

    async def clear(
        self, guild_id: int, subject: Subject, subject_id: int, window: Window
    ) -> None: ...


class Blocks(Protocol):
    """Members who may not ask."""

    async def get(self, guild_id: int, user_id: int) -> Block | None:
        """The block of exactly this server (0: everywhere), also one that is over."""
        ...

    async def in_force(self, guild_id: int, user_id: int, *, now: int) -> Block | None:
        """What keeps a member from asking here: everywhere, or in this server."""
        ...

    async def of_guild(self, guild_id: int, *, now: int, limit: int) -> list[Block]:
        """Blocks in force, the newest first."""
        ...

    async def put(self, block: Block) -> None: ...

    async def clear(self, guild_id: int, user_id: int) -> None: ...


class AccessRules(Protocol):
    """Channels, roles and models that are allowed or denied; the words that are not."""

    async def of_guild(self, guild_id: int) -> list[AccessRule]: ...

    async def get(
        self, guild_id: int, kind: AccessKind, subject: str, role_id: int
    ) -> AccessRule | None: ...

    async def put(self, guild_id: int, rule: AccessRule) -> None: ...

    async def clear(self, guild_id: int, kind: AccessKind, subject: str, role_id: int) -> None: ...

    async def words(self, guild_id: int) -> list[str]: ...

    async def put_word(self, guild_id: int, word: str) -> None: ...

    async def clear_word(self, guild_id: int, word: str) -> None: ...


class Versions(Protocol):
    """A number for each server that moves with every decision."""

    async def of(self, guild_ids: Sequence[int]) -> dict[int, int]:
        """The versions of several servers; none for those that never decided anything."""
        ...

    async def bump(self, guild_id: int) -> None: ...


class Audit(Protocol):
    """The record of changes; entries are added, and marked as echoed or undone."""

    async def add(
        self,
        guild_id: int,
        *,
        at: int,
        actor_id: int,
        action: str,
        subject_kind: str,
        subject_id: str,
        old: object,
        new: object,
        reason: str | None,
    ) -> AuditEntry: ...

    async def get(self, audit_id: int) -> AuditEntry | None: ...

    async def undone(self, audit_id: int, *, by: int) -> bool:
        """Mark as undone by another entry; False when it was."""
        ...

    async def of_guild(
        self,
        guild_id: int,
        *,
        limit: int,
        before: int | None = None,
        about: int | None = None,
        actor_id: int | None = None,
    ) -> list[AuditEntry]:
        """Entries, newest first; `about` a member, by an actor, older than the entry `before`."""
        ...

    async def unechoed(self, *, limit: int, without: Collection[int] = ()) -> list[AuditEntry]:
        """Entries that no log channel had yet, oldest first; not of servers `without`."""
        ...

    async def claim(self, guild_id: int, *, limit: int, now: int, ran_out: int) -> list[AuditEntry]:
        """Take untold entries of a server to tell them, oldest first; none while another does.

        Those of a claim from before `ran_out` come again as they were then.
        """
        ...

    async def unclaim(self, audit_ids: Sequence[int], *, claimed_at: int) -> None:
        """Give back what one's own claim took."""
        ...

    async def echoed(self, audit_ids: Sequence[int], *, now: int) -> None: ...


# Keys of a member's own settings: others may not edit or use my pictures; what I prefer.
NOT_BY_OTHERS = "not_by_others"
DEFAULTS = "defaults"


class MemberSettings(Protocol):
    """What members decided for themselves, wherever they are."""

    async def of(self, user_id: int) -> Mapping[str, object]: ...

    async def put(self, user_id: int, key: str, value: object) -> None:
        """Write a value; None takes it away."""
        ...
