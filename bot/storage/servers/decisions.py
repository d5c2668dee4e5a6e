"""Rules, blocks, access, words, versions and settings of members. Part of one transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Table, and_, bindparam, delete, or_, select

from bot.domain.quotas.rules import AccessKind, Rule, Subject
from bot.domain.quotas.windows import Window
from bot.domain.server import AccessRule
from bot.services.ports import Block
from bot.storage.engine.connect import insert_for
from bot.storage.engine.connection import Connection
from bot.storage.engine.server_notices import notify
from bot.storage.policy_tables import (
    access,
    blocks,
    guild_versions,
    member_settings,
    rules,
    words,
)
from bot.storage.rows import AnyRow, canonical_json

_guild: BindParameter[int] = bindparam("of_guild")
_rule_key = and_(
    rules.c.guild_id == _guild,
    rules.c.subject == bindparam("of_subject"),
    rules.c.subject_id == bindparam("of_id"),
    rules.c.window == bindparam("of_window"),
)
_RULES = select(rules).where(rules.c.guild_id == _guild, rules.c.subject != Subject.MEMBER.value)
_MEMBER_RULES = select(rules).where(
    rules.c.guild_id == _guild,
    rules.c.subject == Subject.MEMBER.value,
    rules.c.subject_id == bindparam("of_id"),
)
_MEMBERS_RULES = (
    select(rules)
    .where(rules.c.guild_id == _guild, rules.c.subject == Subject.MEMBER.value)
    .order_by(rules.c.set_at.desc(), rules.c.subject_id)
    .limit(bindparam("at_most"))
)
_RULE = select(rules).where(_rule_key)
_CLEAR_RULE = delete(rules).where(_rule_key)

_block_key = and_(blocks.c.guild_id == _guild, blocks.c.user_id == bindparam("of_user"))
_block_stands = or_(blocks.c.until.is_(None), blocks.c.until > bindparam("now"))
_BLOCK = select(blocks).where(_block_key)
_BLOCK_IN_FORCE = (
    select(blocks)
    .where(
        or_(blocks.c.guild_id == 0, blocks.c.guild_id == _guild),
        blocks.c.user_id == bindparam("of_user"),
        _block_stands,
    )
    .order_by(blocks.c.guild_id)
    .limit(1)
)
_BLOCKS = (
    select(blocks)
    .where(blocks.c.guild_id == _guild, _block_stands)
    .order_by(blocks.c.set_at.desc(), blocks.c.user_id)
    .limit(bindparam("at_most"))
)
_CLEAR_BLOCK = delete(blocks).where(_block_key)

_access_key = and_(
    access.c.guild_id == _guild,
    access.c.kind == bindparam("of_kind"),
    access.c.subject == bindparam("of_subject"),
    access.c.role_id == bindparam("of_role"),
)
_ACCESS = (
    select(access)
    .where(access.c.guild_id == _guild)
    .order_by(access.c.kind, access.c.subject, access.c.role_id)
)
_ONE_ACCESS = select(access).where(_access_key)
_CLEAR_ACCESS = delete(access).where(_access_key)

_WORDS = select(words.c.word).where(words.c.guild_id == _guild).order_by(words.c.word)
_CLEAR_WORD = delete(words).where(words.c.guild_id == _guild, words.c.word == bindparam("of_word"))

_VERSIONS = select(guild_versions).where(
    guild_versions.c.guild_id.in_(bindparam("of_guilds", expanding=True))
)

_MINE = select(member_settings.c.key, member_settings.c.value).where(
    member_settings.c.user_id == bindparam("of_user")
)
_CLEAR_MINE = delete(member_settings).where(
    member_settings.c.user_id == bindparam("of_user"), member_settings.c.key == bindparam("name")
)


class _Decisions:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def _all(self, statement: Any, **values: object) -> Sequence[AnyRow]:
        return (await self._connection.execute(statement, values)).all()

    async def _first(self, statement: Any, **values: object) -> AnyRow | None:
        return (await self._connection.execute(statement, values)).one_or_none()

    async def _run(self, statement: Any, **values: object) -> None:
        await self._connection.execute(statement, values)

    async def _put(self, table: Table, **values: object) -> None:
        """Insert a row, over one with the same key."""
        statement = insert_for(self._connection.dialect.name, table).values(**values)
        keys = [column.name for column in table.primary_key]
        rest = {name: statement.excluded[name] for name in values if name not in keys}
        if rest:
            statement = statement.on_conflict_do_update(index_elements=keys, set_=rest)
        else:
            statement = statement.on_conflict_do_nothing()
        await self._connection.execute(statement)


class SqlRules(_Decisions):
    """Limits by whom they are about (port RuleBook)."""

    async def of_guild(self, guild_id: int) -> list[Rule]:
        """Return all rules but those of single members."""
        return [_rule(row) for row in await self._all(_RULES, of_guild=guild_id)]

    async def of_member(self, guild_id: int, user_id: int) -> list[Rule]:
        """Return a member's own rules."""
        rows = await self._all(_MEMBER_RULES, of_guild=guild_id, of_id=user_id)
        return [_rule(row) for row in rows]

    async def of_members(self, guild_id: int, *, limit: int) -> list[Rule]:
        """Return rules of single members, the newest first."""
        rows = await self._all(_MEMBERS_RULES, of_guild=guild_id, at_most=limit)
        return [_rule(row) for row in rows]

    async def get(
        self, guild_id: int, subject: Subject, subject_id: int, window: Window
    ) -> Rule | None:
        """Return one rule."""
        row = await self._first(_RULE, **_rule_values(guild_id, subject, subject_id, window))
        return None if row is None else _rule(row)

    async def put(self, guild_id: int, rule: Rule, *, by: int, now: int) -> None:
        """Write a rule, over an older one of the same subject and window."""
        await self._put(
            rules,
            guild_id=guild_id,
            subject=rule.subject.value,
            subject_id=rule.subject_id,
            window=rule.window.value,
            credits=rule.credits,
            until=rule.until,
            set_by=by,
            set_at=now,
        )

    async def clear(self, guild_id: int, subject: Subject, subject_id: int, window: Window) -> None:
        """Take a rule away."""
        await self._run(_CLEAR_RULE, **_rule_values(guild_id, subject, subject_id, window))


class SqlBlocks(_Decisions):
    """Members who may not ask (port Blocks)."""

    async def get(self, guild_id: int, user_id: int) -> Block | None:
        """Return the block of exactly this server, also one that is over."""
        row = await self._first(_BLOCK, of_guild=guild_id, of_user=user_id)
        return None if row is None else _block(row)

    async def in_force(self, guild_id: int, user_id: int, *, now: int) -> Block | None:
        """Return what keeps a member from asking here: everywhere, or in this server."""
        row = await self._first(_BLOCK_IN_FORCE, of_guild=guild_id, of_user=user_id, now=now)
        return None if row is None else _block(row)

    async def of_guild(self, guild_id: int, *, now: int, limit: int) -> list[Block]:
        """Return blocks in force, the newest first."""
        rows = await self._all(_BLOCKS, of_guild=guild_id, now=now, at_most=limit)
        return [_block(row) for row in rows]

    async def put(self, block: Block) -> None:
        """Write a block, over an older one."""
        await self._put(
            blocks,
            guild_id=block.guild_id,
            user_id=block.user_id,
            until=block.until,
            set_by=block.set_by,
            reason=block.reason,
            set_at=block.set_at,
        )

    async def clear(self, guild_id: int, user_id: int) -> None:
        """Take a block away."""
        await self._run(_CLEAR_BLOCK, of_guild=guild_id, of_user=user_id)


class SqlAccess(_Decisions):
    """Channels, roles, models and words of servers (port AccessRules)."""

    async def of_guild(self, guild_id: int) -> list[AccessRule]:
        """Return everything that is allowed or denied."""
        return [_access(row) for row in await self._all(_ACCESS, of_guild=guild_id)]

    async def get(
        self, guild_id: int, kind: AccessKind, subject: str, role_id: int
    ) -> AccessRule | None:
        """Return one decision."""
        row = await self._first(_ONE_ACCESS, **_access_values(guild_id, kind, subject, role_id))
        return None if row is None else _access(row)

    async def put(self, guild_id: int, rule: AccessRule) -> None:
        """Write a decision, over an older one."""
        await self._put(
            access,
            guild_id=guild_id,
            kind=rule.kind.value,
            subject=rule.subject,
            role_id=rule.role_id,
            rule="allow" if rule.allowed else "deny",
        )

    async def clear(self, guild_id: int, kind: AccessKind, subject: str, role_id: int) -> None:
        """Take a decision away."""
        await self._run(_CLEAR_ACCESS, **_access_values(guild_id, kind, subject, role_id))

    async def words(self, guild_id: int) -> list[str]:
        """Return the forbidden words, by the alphabet."""
        return [row.word for row in await self._all(_WORDS, of_guild=guild_id)]

    async def put_word(self, guild_id: int, word: str) -> None:
        """Forbid a word, which is normalised already."""
        await self._put(words, guild_id=guild_id, word=word)

    async def clear_word(self, guild_id: int, word: str) -> None:
        """Let a word through again."""
        await self._run(_CLEAR_WORD, of_guild=guild_id, of_word=word)


class SqlVersions(_Decisions):
    """How often a server decided something (port Versions)."""

    async def of(self, guild_ids: Sequence[int]) -> dict[int, int]:
        """Return the versions of several servers; none for those that never decided anything."""
        rows = await self._all(_VERSIONS, of_guilds=list(guild_ids))
        return {row.guild_id: row.version for row in rows}

    async def bump(self, guild_id: int) -> None:
        """Move the version on."""
        statement = insert_for(self._connection.dialect.name, guild_versions)
        statement = statement.values(guild_id=guild_id, version=1).on_conflict_do_update(
            index_elements=[guild_versions.c.guild_id],
            set_={"version": guild_versions.c.version + 1},
        )
        await self._connection.execute(statement)
        await notify(self._connection, "policy", str(guild_id))


class SqlMemberSettings(_Decisions):
    """What members decided for themselves (port MemberSettings)."""

    async def of(self, user_id: int) -> dict[str, object]:
        """Return everything that a member decided."""
        return {row.key: json.loads(row.value) for row in await self._all(_MINE, of_user=user_id)}

    async def put(self, user_id: int, key: str, value: object) -> None:
        """Write a value; None takes it away."""
        if value is None:
            await self._run(_CLEAR_MINE, of_user=user_id, name=key)
        else:
            await self._put(member_settings, user_id=user_id, key=key, value=canonical_json(value))


def _rule_values(
    guild_id: int, subject: Subject, subject_id: int, window: Window
) -> dict[str, object]:
    return {
        "of_guild": guild_id,
        "of_subject": subject.value,
        "of_id": subject_id,
        "of_window": window.value,
    }


def _rule(row: AnyRow) -> Rule:
    return Rule(
        subject=Subject(row.subject),
        subject_id=row.subject_id,
        window=Window(row.window),
        credits=row.credits,
        until=row.until,
    )


def _block(row: AnyRow) -> Block:
    return Block(
        guild_id=row.guild_id,
        user_id=row.user_id,
        until=row.until,
        set_by=row.set_by,
        reason=row.reason,
        set_at=row.set_at,
    )


def _access_values(
    guild_id: int, kind: AccessKind, subject: str, role_id: int
) -> dict[str, object]:
    return {
        "of_guild": guild_id,
        "of_kind": kind.value,
        "of_subject": subject,
        "of_role": role_id,
    }


def _access(row: AnyRow) -> AccessRule:
    return AccessRule(
        kind=AccessKind(row.kind),
        subject=row.subject,
        role_id=row.role_id,
        allowed=row.rule == "allow",
    )
