"""What this process holds among several, also while others take and give back."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from bot.domain.errors import StorageError
from bot.domain.setup_problems import SetupProblem
from bot.services.tasks.leases import (
    CHORES,
    KEPT_SECONDS,
    LEASE_SECONDS,
    RENEW_SECONDS,
    LeaseHolder,
)
from bot.storage.engine.database import SqlUnit
from bot.storage.leases import SqlLeases
from tests.services.house import House


@pytest.fixture
def holder(house: House) -> LeaseHolder:
    return LeaseHolder(me="one", database=house.database, clock=house.clock)


async def test_a_name_is_one_process_s_until_it_is_given_back_or_runs_out(
    house: House, holder: LeaseHolder
) -> None:
    other = LeaseHolder(me="two", database=house.database, clock=house.clock)
    assert await holder.take_one("slot", ["slot/1"]) == "slot/1"
    assert await other.take_one("slot", ["slot/1"]) is None
    await holder.release("slot/1")
    assert await other.take_one("slot", ["slot/1"]) == "slot/1"
    house.clock.at += LEASE_SECONDS
    assert not other.holds("slot/1")
    assert await holder.take_one("slot", ["slot/1"]) == "slot/1"


async def test_what_is_renewed_is_held_longer_and_what_was_lost_is_not(
    house: House, holder: LeaseHolder
) -> None:
    await holder.take_one("slot", ["slot/1"])
    house.clock.at += LEASE_SECONDS - 1
    await holder.take_one("slot", ["slot/2"])
    await holder._renew(())
    house.clock.at += LEASE_SECONDS - 1
    assert holder.holds("slot/1")
    house.clock.at += 1
    await holder._renew(())
    assert not holder.holds("slot/1")


async def test_what_is_taken_while_the_others_are_renewed_stays_held(
    holder: LeaseHolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    await holder.take_one("shard", ["shard/0"])
    real = SqlLeases.renew

    async def renew(self: SqlLeases, me: str, *given: Any, **named: Any) -> Collection[str]:
        mine = await real(self, me, *given, **named)
        # As another task that takes a name once these were read.
        holder._until["shard/1"] = named["until"]
        return mine

    monkeypatch.setattr(SqlLeases, "renew", renew)
    await holder._renew(())
    assert holder.holds("shard/0")
    assert holder.holds("shard/1")


async def test_what_could_not_be_given_back_runs_out(
    house: House, holder: LeaseHolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise StorageError(SetupProblem.SERVER_AWAY, host="h", port=1, database="d", why="away")

    other = LeaseHolder(me="two", database=house.database, clock=house.clock)
    await holder.take_one("slot", ["slot/1"])
    with monkeypatch.context() as patch:
        patch.setattr(SqlLeases, "release", away)
        with pytest.raises(StorageError):
            await holder.release("slot/1")
    await _in_time(house, holder)
    assert await other.take_one("slot", ["slot/1"]) == "slot/1"


async def test_what_was_taken_without_a_word_of_it_is_not_held_for_ever(
    house: House, holder: LeaseHolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection was lost with the answer to COMMIT, or its task was cancelled meanwhile."""
    real = SqlUnit.commit

    async def unheard(unit: SqlUnit) -> None:
        await real(unit)
        raise StorageError(SetupProblem.SERVER_AWAY, host="h", port=1, database="d", why="away")

    with monkeypatch.context() as patch:
        patch.setattr(SqlUnit, "commit", unheard)
        with pytest.raises(StorageError):
            await holder.take_one(CHORES, [CHORES])
    await _in_time(house, holder)
    assert await holder.take_one(CHORES, [CHORES]) == CHORES


async def _in_time(house: House, holder: LeaseHolder) -> None:
    """Let a lease pass, while what is held is renewed."""
    for _ in range(LEASE_SECONDS // RENEW_SECONDS):
        house.clock.at += RENEW_SECONDS
        await holder._renew(())


async def test_what_somebody_held_who_died_is_deleted_by_who_has_the_chores(
    house: House, holder: LeaseHolder
) -> None:
    async def names() -> set[str]:
        async with house.database.read() as uow:
            rows = await uow.connection.exec_driver_sql("SELECT name FROM leases")
            return {row.name for row in rows}

    dead = LeaseHolder(me="two", database=house.database, clock=house.clock)
    assert await dead.take_one("ticket", ["ticket/1"])
    house.clock.at += LEASE_SECONDS + KEPT_SECONDS + 1
    await holder._renew(())
    assert await names() == {"ticket/1"}
    await holder.take_one(CHORES, [CHORES])
    await holder._renew(())
    assert await names() == {CHORES}
