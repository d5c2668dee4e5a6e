"""Every change is recorded and moves the version, whole or not at all; Undo works once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.domain.job import Reason
from bot.domain.quotas.rules import AccessKind, Subject
from bot.domain.quotas.windows import Window
from bot.services.ports import AuditEntry
from bot.services.servers.changes import REASON_CHARACTERS, Changes, UndoOffer
from bot.services.servers.decisions import (
    AccessDecision,
    BlockDecision,
    Decision,
    GrantDecision,
    RuleDecision,
    SettingDecision,
    WordDecision,
    decision_of,
)
from bot.services.servers.policies import Policies
from bot.storage.engine.database import SqlDatabase
from bot.storage.ledger.ledger_check import problems
from bot.storage.servers.audit_log import SqlAudit
from tests.services.fakes import HandClock
from tests.services.house import GUILD, MEMBER, NOW, House

MODERATOR = 7
DAY = RuleDecision(Subject.EVERYONE, 0, Window.DAY)
FIVE = {"credits": 5, "until": None}
NINE = {"credits": 9, "until": None}


@pytest.fixture
def changes(database: SqlDatabase) -> Changes:
    clock = HandClock(NOW)
    return Changes(
        database=database, policies=Policies(database=database, clock=clock), clock=clock
    )


async def put(
    changes: Changes, decision: Decision, value: object, why: str = ""
) -> AuditEntry | None:
    return await changes.set(
        changes.actor(GUILD, MODERATOR, why), decision, value, action="decided"
    )


async def undo(changes: Changes, entry: AuditEntry | None, guild_id: int = GUILD) -> UndoOffer:
    assert entry is not None
    return (await changes.undo(entry.audit_id, changes.actor(guild_id, MODERATOR)))[0]


async def value_of(database: SqlDatabase, decision: Decision) -> object:
    async with database.read() as uow:
        return await decision.read(uow, GUILD)


async def version(database: SqlDatabase) -> int:
    async with database.read() as uow:
        return (await uow.versions.of([GUILD])).get(GUILD, 0)


THINGS: list[tuple[Decision, Any, Any]] = [
    (DAY, FIVE, NINE),
    (RuleDecision(Subject.ROLE, 20, Window.HOUR), {"credits": None, "until": None}, FIVE),
    (RuleDecision(Subject.MEMBER, MEMBER, Window.WEEK), {"credits": 0, "until": NOW + 9}, NINE),
    (BlockDecision(MEMBER), {"until": None, "reason": "spam"}, {"until": NOW + 9, "reason": None}),
    (AccessDecision(AccessKind.CHANNEL, "10"), "allow", "deny"),
    (AccessDecision(AccessKind.MODEL, "m-1", 20), "deny", "allow"),
    (SettingDecision("cooldown_seconds"), 30, 60),
    (SettingDecision("paused"), {"until": None, "reason": None}, {"until": NOW, "reason": "x"}),
]


@pytest.mark.parametrize(
    ("decision", "first", "second"), THINGS, ids=lambda v: getattr(v, "name", "")
)
async def test_whatever_is_decided_is_found_again_and_undone_step_by_step(
    database: SqlDatabase, changes: Changes, decision: Decision, first: object, second: object
) -> None:
    assert decision_of(decision.kind, decision.name) == decision
    made = await put(changes, decision, first, "because")
    changed = await put(changes, decision, second)
    assert made is not None
    assert changed is not None
    assert (made.old, made.new, made.reason, made.actor_id) == (None, first, "because", MODERATOR)
    assert (changed.old, changed.new, changed.reason) == (first, second, None)
    assert await value_of(database, decision) == second
    assert await undo(changes, changed) is UndoOffer.DONE
    assert await value_of(database, decision) == first
    assert await undo(changes, made) is UndoOffer.DONE
    assert await value_of(database, decision) is None
    assert await version(database) == 4


async def test_a_word_is_forbidden_and_undone(database: SqlDatabase, changes: Changes) -> None:
    made = await put(changes, WordDecision("cat"), True)
    assert await value_of(database, WordDecision("cat")) is True
    assert await undo(changes, made) is UndoOffer.DONE
    assert await value_of(database, WordDecision("cat")) is None


async def test_deciding_the_same_twice_changes_and_records_nothing(
    database: SqlDatabase, changes: Changes
) -> None:
    assert await put(changes, DAY, FIVE) is not None
    assert await put(changes, DAY, FIVE) is None
    assert await put(changes, BlockDecision(MEMBER), None) is None
    assert (await version(database), len(await changes.history(GUILD, limit=9))) == (1, 1)


async def test_undo_works_once(database: SqlDatabase, changes: Changes) -> None:
    made = await put(changes, DAY, FIVE)
    assert await undo(changes, made) is UndoOffer.DONE
    assert await undo(changes, made) is UndoOffer.TWICE
    assert await value_of(database, DAY) is None


async def test_of_many_that_press_undo_at_once_one_does_it(
    database: SqlDatabase, changes: Changes
) -> None:
    made = await put(changes, DAY, FIVE)
    ended = await asyncio.gather(*(undo(changes, made) for _ in range(8)))
    assert sorted(ended) == [UndoOffer.DONE] + [UndoOffer.TWICE] * 7
    assert len(await changes.history(GUILD, limit=9)) == 2


async def test_undo_can_be_undone(database: SqlDatabase, changes: Changes) -> None:
    made = await put(changes, DAY, FIVE)
    assert made is not None
    _, undone = await changes.undo(made.audit_id, changes.actor(GUILD, MODERATOR))
    assert undone is not None
    assert (undone.action, undone.old, undone.new) == ("undo", FIVE, None)
    assert await undo(changes, undone) is UndoOffer.DONE
    assert await value_of(database, DAY) == FIVE


async def test_what_was_changed_since_is_not_undone(
    database: SqlDatabase, changes: Changes
) -> None:
    made = await put(changes, DAY, FIVE)
    await put(changes, DAY, NINE)
    assert await undo(changes, made) is UndoOffer.CHANGED_SINCE
    assert await value_of(database, DAY) == NINE


async def test_nobody_undoes_changes_of_another_server(
    database: SqlDatabase, changes: Changes
) -> None:
    made = await put(changes, DAY, FIVE)
    assert await undo(changes, made, GUILD + 1) is UndoOffer.NOT_POSSIBLE
    assert await value_of(database, DAY) == FIVE


async def test_what_is_no_decision_and_what_does_not_exist_cannot_be_undone(
    database: SqlDatabase, changes: Changes
) -> None:
    actor = changes.actor(GUILD, MODERATOR)
    async with database.write() as uow:
        reset = await changes.record(uow, actor, "member", str(MEMBER), None, None, action="reset")
        await uow.commit()
    assert await undo(changes, reset) is UndoOffer.NOT_POSSIBLE
    assert (await changes.undo(10**15, actor))[0] is UndoOffer.NOT_POSSIBLE


async def test_a_change_that_cannot_be_recorded_is_not_made(
    database: SqlDatabase, changes: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(SqlAudit, "add", full)
    with pytest.raises(OSError, match="full"):
        await put(changes, DAY, FIVE)
    assert (await value_of(database, DAY), await version(database)) == (None, 0)


async def test_a_reason_is_kept_short_and_an_empty_one_is_none(changes: Changes) -> None:
    assert changes.actor(GUILD, MODERATOR, "  " + "x" * 4000).reason == "x" * REASON_CHARACTERS
    assert changes.actor(GUILD, MODERATOR, "  \n ").reason is None


async def test_history_is_of_one_server_newest_first_and_in_pages(changes: Changes) -> None:
    entries = [await put(changes, DAY, {"credits": n, "until": None}) for n in range(5)]
    ids = [entry.audit_id for entry in entries if entry]
    assert [e.audit_id for e in await changes.history(GUILD, limit=3)] == ids[:1:-1]
    older = await changes.history(GUILD, limit=3, before=ids[2])
    assert [e.audit_id for e in older] == [ids[1], ids[0]]
    assert await changes.history(GUILD + 1, limit=3) == []


async def test_history_about_a_member_has_rules_blocks_grants_and_resets_of_that_member_alone(
    house: House, changes: Changes
) -> None:
    other = MEMBER * 10  # begins with the same digits
    grant_id = await house.grant(3)
    expected: list[int] = []
    for user, wanted in ((MEMBER, True), (other, False)):
        things = (
            (RuleDecision(Subject.MEMBER, user, Window.DAY), FIVE),
            (BlockDecision(user), {"until": None, "reason": None}),
        )
        made = [await put(changes, decision, value) for decision, value in things]
        actor = changes.actor(GUILD, MODERATOR)
        async with house.database.write() as uow:
            for kind, name in (("member", str(user)), ("grant", f"{grant_id}:{user}")):
                made.append(
                    await changes.record(uow, actor, kind, name, None, {"credits": 3}, action="a")
                )
            await uow.commit()
        if wanted:
            expected = [entry.audit_id for entry in made if entry]
    # A role of the same number is somebody else, and so is a channel.
    await put(changes, RuleDecision(Subject.ROLE, MEMBER, Window.DAY), FIVE)
    await put(changes, AccessDecision(AccessKind.CHANNEL, str(MEMBER)), "allow")
    found = await changes.history(GUILD, limit=20, about=MEMBER)
    assert [entry.audit_id for entry in found] == expected[::-1]
    assert await changes.history(GUILD, limit=20, actor_id=MODERATOR + 1) == []


# --- grants -----------------------------------------------------------------------------------


async def test_a_grant_taken_back_comes_back_by_undo_with_what_was_refunded_meanwhile(
    house: House, changes: Changes
) -> None:
    grant_id = await house.grant(5)
    job = (await house.ask(count=13)).progress.job  # ten of the allowance, three of the grant
    decision = GrantDecision(grant_id, MEMBER)
    taken = await put(changes, decision, None)
    assert await house.grants() == []
    assert await put(changes, decision, None) is None
    await house.intake.cancel(job.job_id, by=Reason.BY_MODERATOR)
    assert await problems(house.database, now=NOW) == []
    assert await undo(changes, taken) is UndoOffer.DONE
    (grant,) = await house.grants()
    assert grant.left == 5
    assert await problems(house.database, now=NOW) == []


async def test_a_grant_of_another_server_is_not_to_be_had(house: House, changes: Changes) -> None:
    grant_id = await house.grant(5)
    actor = changes.actor(GUILD + 1, MODERATOR)
    assert await changes.set(actor, GrantDecision(grant_id, MEMBER), None, action="revoke") is None
    (grant,) = await house.grants()
    assert grant.left == 5
