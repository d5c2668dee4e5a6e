"""Rules, blocks, access, words, versions and members' settings come back as they were decided."""

from __future__ import annotations

import asyncio
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import ClauseElement

from bot.domain.quotas.rules import AccessKind, Rule, Subject
from bot.domain.quotas.windows import Window
from bot.domain.server import AccessRule
from bot.services.ports import AuditEntry, Block, CounterKey, CounterKind
from bot.storage.engine.database import SqlDatabase, SqlUnit
from bot.storage.ledger import grants, quotas
from bot.storage.people import drafts
from bot.storage.servers import audit_log, decisions
from bot.storage.tables import counters

NOW = 2_000
DAY, WEEK = Window.DAY, Window.WEEK


def rule(subject: Subject, subject_id: int = 0, credits: int | None = 5, **more: Any) -> Rule:
    values: dict[str, Any] = {"window": DAY, "until": None} | more
    return Rule(subject=subject, subject_id=subject_id, credits=credits, **values)


def block(user_id: int, *, guild_id: int = 1, until: int | None = None, at: int = 1) -> Block:
    return Block(
        guild_id=guild_id, user_id=user_id, until=until, set_by=7, reason="spam", set_at=at
    )


# --- rules ------------------------------------------------------------------------------------


async def test_rules_of_a_server_and_of_its_members_are_read_apart(database: SqlDatabase) -> None:
    of_all = [
        rule(Subject.EVERYONE),
        rule(Subject.ROLE, 20, None),
        rule(Subject.ROLE, 20, 0, window=WEEK),
        rule(Subject.BUDGET, credits=2**40),
        rule(Subject.CEILING),
    ]
    mine = [rule(Subject.MEMBER, 100, until=NOW), rule(Subject.MEMBER, 100, None, window=WEEK)]
    async with database.write() as unit:
        for one in (*of_all, *mine, rule(Subject.MEMBER, 101)):
            await unit.rules.put(1, one, by=7, now=NOW)
        await unit.rules.put(2, rule(Subject.EVERYONE, credits=9), by=7, now=NOW)
        await unit.commit()
    async with database.read() as unit:
        assert _sorted(await unit.rules.of_guild(1)) == _sorted(of_all)
        assert _sorted(await unit.rules.of_member(1, 100)) == _sorted(mine)
        assert await unit.rules.of_member(2, 100) == []
        assert await unit.rules.get(1, Subject.ROLE, 20, WEEK) == of_all[2]
        assert await unit.rules.get(1, Subject.ROLE, 21, WEEK) is None


async def test_a_rule_replaces_that_of_its_window_and_is_cleared_alone(
    database: SqlDatabase,
) -> None:
    async with database.write() as unit:
        await unit.rules.put(1, rule(Subject.MEMBER, 100, 3, until=NOW), by=7, now=1)
        await unit.rules.put(1, rule(Subject.MEMBER, 100, 8), by=8, now=2)
        await unit.rules.put(1, rule(Subject.MEMBER, 100, 9, window=WEEK), by=8, now=3)
        assert len(await unit.rules.of_member(1, 100)) == 2
        await unit.rules.clear(1, Subject.MEMBER, 100, WEEK)
        await unit.rules.clear(1, Subject.MEMBER, 100, WEEK)
        assert await unit.rules.of_member(1, 100) == [rule(Subject.MEMBER, 100, 8)]


async def test_rules_of_members_come_newest_first(database: SqlDatabase) -> None:
    async with database.write() as unit:
        for at, user in ((1, 103), (3, 102), (3, 101), (2, 100)):
            await unit.rules.put(1, rule(Subject.MEMBER, user), by=7, now=at)
        await unit.rules.put(1, rule(Subject.ROLE, 20), by=7, now=9)
        found = await unit.rules.of_members(1, limit=3)
    assert [one.subject_id for one in found] == [101, 102, 100]


# --- blocks -----------------------------------------------------------------------------------


async def test_a_block_is_in_force_until_its_end_here_or_everywhere(
    database: SqlDatabase,
) -> None:
    here, over = block(100, until=NOW + 1), block(101, until=NOW)
    everywhere = block(102, guild_id=0)
    async with database.write() as unit:
        for one in (here, over, everywhere):
            await unit.blocks.put(one)
        await unit.commit()
    async with database.read() as unit:
        assert await unit.blocks.in_force(1, 100, now=NOW) == here
        assert await unit.blocks.in_force(1, 100, now=NOW + 1) is None
        assert await unit.blocks.in_force(2, 100, now=NOW) is None
        assert await unit.blocks.in_force(1, 101, now=NOW) is None
        assert await unit.blocks.get(1, 101) == over
        for guild_id in (0, 1, 2):
            assert await unit.blocks.in_force(guild_id, 102, now=NOW) == everywhere
        assert await unit.blocks.get(1, 102) is None
        assert await unit.blocks.of_guild(1, now=NOW, limit=9) == [here]


async def test_a_block_everywhere_is_named_before_that_of_the_server(
    database: SqlDatabase,
) -> None:
    async with database.write() as unit:
        await unit.blocks.put(block(100))
        await unit.blocks.put(block(100, guild_id=0, until=NOW + 5))
        found = await unit.blocks.in_force(1, 100, now=NOW)
        assert found == block(100, guild_id=0, until=NOW + 5)
        assert await unit.blocks.in_force(1, 100, now=NOW + 5) == block(100)
        await unit.blocks.clear(1, 100)
        assert await unit.blocks.in_force(1, 100, now=NOW + 5) is None


async def test_a_block_replaces_an_older_one(database: SqlDatabase) -> None:
    async with database.write() as unit:
        await unit.blocks.put(block(100, until=NOW))
        await unit.blocks.put(block(100, at=2))
        assert await unit.blocks.of_guild(1, now=NOW, limit=9) == [block(100, at=2)]


# --- access, words, versions, members ---------------------------------------------------------


async def test_access_and_words_are_kept_per_server_and_once(database: SqlDatabase) -> None:
    def model(allowed: bool, role_id: int = 0) -> AccessRule:
        return AccessRule(kind=AccessKind.MODEL, subject="m-1", role_id=role_id, allowed=allowed)

    async with database.write() as unit:
        await unit.access.put(1, model(False))
        await unit.access.put(1, model(True))
        await unit.access.put(1, model(False, 20))
        for word in ("fox", "cat", "fox"):
            await unit.access.put_word(1, word)
        assert await unit.access.of_guild(1) == [model(True), model(False, 20)]
        assert await unit.access.get(1, AccessKind.MODEL, "m-1", 20) == model(False, 20)
        assert await unit.access.get(1, AccessKind.CHANNEL, "m-1", 20) is None
        assert await unit.access.words(1) == ["cat", "fox"]
        assert (await unit.access.of_guild(2), await unit.access.words(2)) == ([], [])
        await unit.access.clear(1, AccessKind.MODEL, "m-1", 0)
        await unit.access.clear_word(1, "fox")
        assert await unit.access.of_guild(1) == [model(False, 20)]
        assert await unit.access.words(1) == ["cat"]


async def test_a_version_moves_with_every_decision_also_of_many_at_once(
    database: SqlDatabase,
) -> None:
    async def bump() -> None:
        async with database.write() as unit:
            await unit.versions.bump(1)
            await unit.commit()

    await asyncio.gather(*(bump() for _ in range(20)))
    async with database.read() as unit:
        assert await unit.versions.of([1, 2]) == {1: 20}


async def test_what_members_decided_for_themselves_is_kept_and_taken_away(
    database: SqlDatabase,
) -> None:
    async with database.write() as unit:
        await unit.members.put(100, "not_by_others", True)
        await unit.members.put(100, "language", "de")
        await unit.members.put(100, "language", "fr")
        assert await unit.members.of(100) == {"not_by_others": True, "language": "fr"}
        await unit.members.put(100, "language", None)
        await unit.members.put(100, "language", None)
        assert await unit.members.of(100) == {"not_by_others": True}
        assert await unit.members.of(101) == {}


# --- the record -------------------------------------------------------------------------------


async def entered(unit: SqlUnit, guild_id: int = 1, **more: Any) -> AuditEntry:
    values: dict[str, Any] = {
        "at": NOW,
        "actor_id": 7,
        "action": "limit_set",
        "subject_kind": "rule",
        "subject_id": "everyone:0:day",
        "old": None,
        "new": {"credits": 5},
        "reason": None,
    }
    return await unit.audit.add(guild_id, **values | more)


async def test_an_entry_comes_back_as_it_was_recorded(database: SqlDatabase) -> None:
    async with database.write() as unit:
        made = [
            await entered(unit, old=old, new=new, reason=reason)
            for old, new, reason in (
                (None, {"credits": None, "until": NOW}, "because"),
                ({"a": [1, "ü"]}, None, None),
                ("allow", "deny", None),
                (False, 0, None),
            )
        ]
        await unit.commit()
    async with database.read() as unit:
        assert [await unit.audit.get(one.audit_id) for one in made] == made
        assert await unit.audit.of_guild(1, limit=9) == made[::-1]
        assert await unit.audit.get(10**15) is None


async def test_an_entry_is_undone_once(database: SqlDatabase) -> None:
    async with database.write() as unit:
        first, second = await entered(unit), await entered(unit)
        assert await unit.audit.undone(first.audit_id, by=second.audit_id)
        assert not await unit.audit.undone(first.audit_id, by=second.audit_id + 1)
        found = await unit.audit.get(first.audit_id)
        assert found is not None
        assert found.undone_by == second.audit_id


async def test_entries_are_echoed_oldest_first_and_once(database: SqlDatabase) -> None:
    async with database.write() as unit:
        made = [await entered(unit, guild_id) for guild_id in (1, 2, 1)]
        assert await unit.audit.unechoed(limit=2) == made[:2]
        await unit.audit.echoed([made[0].audit_id, made[1].audit_id], now=NOW)
        assert await unit.audit.unechoed(limit=9) == made[2:]
        await unit.audit.echoed([], now=NOW)
        assert await unit.audit.unechoed(limit=9) == made[2:]


# --- grants and resets ------------------------------------------------------------------------


async def ledger(unit: SqlUnit) -> list[tuple[str, int, int | None, str | None]]:
    rows = await unit.connection.exec_driver_sql(
        "SELECT kind, delta, actor_id, reason FROM ledger ORDER BY entry_id"
    )
    return [tuple(row) for row in rows]


async def give(unit: SqlUnit, amount: int = 5, user_id: int = 100, **more: Any) -> int:
    values: dict[str, Any] = {"expires_at": None, "by": 7, "reason": "poster", "now": NOW}
    return await unit.grants.give(1, user_id, amount, **values | more)


async def test_a_grant_is_given_taken_back_and_opened_again_with_a_ledger_entry_each(
    database: SqlDatabase,
) -> None:
    async with database.write() as unit:
        grant_id = await give(unit)
        await unit.quotas.take_grant(grant_id, 2, now=NOW)
        assert await unit.grants.revoke(grant_id, by=8, reason=None, now=NOW) == 3
        assert await unit.grants.revoke(grant_id, by=8, reason=None, now=NOW) is None
        assert await unit.grants.open_credits(1, now=NOW) == 0
        # What is refunded while it is closed was not taken back, and is not given again.
        await unit.quotas.give_back_grant(grant_id, 1)
        assert await unit.grants.restore(grant_id, by=9, reason="sorry", now=NOW)
        assert not await unit.grants.restore(grant_id, by=9, reason="sorry", now=NOW)
        assert await ledger(unit) == [
            ("grant", 5, 7, "poster"),
            ("revoke", -3, 8, None),
            ("grant", 3, 9, "sorry"),
        ]
        assert await unit.grants.open_credits(1, now=NOW) == 4
        assert await unit.grants.revoke(grant_id + 1, by=8, reason=None, now=NOW) is None


async def test_open_grants_of_a_server_are_those_with_something_left(
    database: SqlDatabase,
) -> None:
    async with database.write() as unit:
        first, used = await give(unit), await give(unit, 2)
        await give(unit, expires_at=NOW)
        last = await give(unit, 7, 101, expires_at=NOW + 1)
        await unit.quotas.take_grant(used, 2, now=NOW)
        await unit.grants.give(2, 100, 50, expires_at=None, by=7, reason=None, now=NOW)
        found = await unit.grants.of_guild(1, now=NOW, limit=9)
        assert [(one.grant_id, one.user_id, one.left) for one in found] == [
            (last, 101, 7),
            (first, 100, 5),
        ]
        assert await unit.grants.open_credits(1, now=NOW) == 12
        assert await unit.grants.open_credits(3, now=NOW) == 0
        assert len(await unit.grants.of_guild(1, now=NOW, limit=1)) == 1


async def test_a_reset_opened_by_two_at_once_is_one(database: SqlDatabase) -> None:
    key = CounterKey(kind=CounterKind.MEMBER, guild_id=1, user_id=100, window=DAY, starts_at=0)
    async with database.write() as unit:
        values = {"window": "day", "starts_at": 0, "ends_at": 86_400, "used": 3}
        row = {"kind": "member", "guild_id": 1, "user_id": 100, **values}
        await unit.connection.execute(insert(counters), row)
        count = (await unit.quotas.latest([key.windows]))[key.windows]
        for _ in range(2):
            await unit.quotas.reset(count, starts_at=NOW)
        anew = (await unit.quotas.latest([key.windows]))[key.windows]
        assert (anew.key.starts_at, anew.ends_at, anew.used) == (NOW, 86_400, 0)
        assert await unit.quotas.used(key) == 3


# --- PostgreSQL -------------------------------------------------------------------------------


@pytest.mark.parametrize("module", [decisions, grants, drafts, quotas, audit_log])
def test_every_statement_can_also_be_said_to_postgresql(module: ModuleType) -> None:
    dialect = postgresql.dialect()  # pyright: ignore[reportUnknownMemberType]
    statements = [
        value
        for name, value in vars(module).items()
        if name.startswith("_") and name.isupper() and isinstance(value, ClauseElement)
    ]
    assert statements
    for statement in statements:
        words = str(statement.compile(dialect=dialect))
        # A reserved word there; the counters' and the rules' column has to be quoted.
        assert '"window"' in words or "window" not in words


def _sorted(rules: list[Rule]) -> list[Rule]:
    return sorted(rules, key=lambda one: (one.subject, one.subject_id, one.window))
