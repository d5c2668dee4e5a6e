"""Limits hold exactly, holds are settled once and in the right window, the ledger only grows."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.domain.job import Job
from bot.domain.quotas.quota import split_kept
from bot.domain.quotas.windows import Window
from bot.services.ports import Charge, CounterKey, CounterKind, Grant, Hold
from bot.storage.engine.database import SqlDatabase, SqlUnit
from bot.storage.ledger.ledger_check import problems
from bot.storage.tables import grants

NOW = 2_000
END = 86_400
_PROGRAM = Path(__file__).with_name("reservations.py")

_spec = importlib.util.spec_from_file_location("reservations", _PROGRAM)
assert _spec
assert _spec.loader
_reservations: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_reservations)
reserve, submission = _reservations.reserve, _reservations.submission
charge, take = _reservations.charge, _reservations.take

MEMBER: CounterKey = _reservations.counter(CounterKind.MEMBER)


async def used(database: SqlDatabase, key: CounterKey = MEMBER) -> int:
    async with database.read() as unit:
        return await unit.quotas.used(key)


async def give(unit: SqlUnit, *, amount: int = 5, **more: Any) -> int:
    """Give a grant, with whatever became of it since."""
    names = {"guild_id": 1, "user_id": 100, "expires_at": None} | more
    grant_id = await unit.grants.give(
        names.pop("guild_id"),
        names.pop("user_id"),
        amount,
        expires_at=names.pop("expires_at"),
        by=7,
        reason=None,
        now=1,
    )
    if names:
        await unit.connection.execute(
            update(grants).where(grants.c.grant_id == grant_id).values(**names)
        )
    return grant_id


def grant(grant_id: int, amount: int, used: int, expires_at: int | None) -> Grant:
    return Grant(
        grant_id=grant_id,
        amount=amount,
        used=used,
        expires_at=expires_at,
        guild_id=1,
        user_id=100,
    )


async def settled(database: SqlDatabase, job: Job, delivered: int) -> list[bool]:
    """Settle a job's holds for so many credits, the first hold first."""
    async with database.write() as unit:
        holds = await unit.quotas.holds(job.job_id)
        kept = split_kept([hold.amount for hold in holds], delivered)
        answers = [
            await unit.quotas.keep(job, [(hold, k)], now=NOW + 9) == 1
            for hold, k in zip(holds, kept, strict=True)
        ]
        await unit.commit()
    return answers


# --- counters -------------------------------------------------------------------------------


async def test_a_counter_that_was_never_used_is_at_zero(database: SqlDatabase) -> None:
    assert await used(database) == 0


async def test_a_counter_takes_up_to_its_limit_and_not_one_more(database: SqlDatabase) -> None:
    asked = [11, 7, 4, 3, 1]
    taken = [await take(database, MEMBER, credits, number=n) for n, credits in enumerate(asked)]
    assert taken == [False, True, False, True, False]
    assert await used(database) == 10
    assert await problems(database, now=NOW) == []


async def test_a_limit_lowered_below_the_use_lets_nothing_through(database: SqlDatabase) -> None:
    assert await take(database, MEMBER, 8, number=1)
    assert not await take(database, MEMBER, 1, number=2, limit=5)
    assert await used(database) == 8


async def test_without_a_limit_all_is_counted(database: SqlDatabase) -> None:
    assert await take(database, MEMBER, 8, number=1, limit=None)
    assert await take(database, MEMBER, 10**12, number=2, limit=None)
    assert await used(database) == 10**12 + 8


@pytest.mark.on_server
async def test_the_first_counter_that_refuses_is_named_and_nothing_is_taken(
    database: SqlDatabase,
) -> None:
    ceiling, everywhere = map(_reservations.counter, (CounterKind.CEILING, CounterKind.GLOBAL))
    assert await take(database, ceiling, 8, number=1)

    async def refused(*charges: Charge) -> Charge | None:
        job = submission(2)
        async with database.write() as unit:
            await unit.jobs.add(job, [])
            return await unit.quotas.charge(job, charges, now=NOW)

    member = charge(MEMBER, 3, part=0)
    full, never = charge(ceiling, 3, part=1), charge(everywhere, 3, part=2, limit=2)
    assert await refused(member, full, never) == full
    assert await refused(member, never, full) == never
    assert await refused(replace(member, limit=1), full) == replace(member, limit=1)
    assert await refused(member, replace(full, limit=11)) is None
    assert await used(database) == 0
    assert await used(database, ceiling) == 8


@pytest.mark.on_server
async def test_windows_of_one_kind_have_limits_of_their_own(database: SqlDatabase) -> None:
    hour, job = replace(MEMBER, window=Window.HOUR), submission(1)
    async with database.write() as unit:
        await unit.jobs.add(job, [])
        charges = [charge(hour, 6, limit=6, part=0), charge(MEMBER, 6, limit=20, part=1)]
        assert await unit.quotas.charge(job, charges, now=NOW) is None
        await unit.commit()
    assert not await take(database, hour, 1, number=2, limit=6)
    assert await take(database, MEMBER, 14, number=3, limit=20)


async def test_windows_and_members_are_counted_apart(database: SqlDatabase) -> None:
    others = [
        CounterKey(
            kind=CounterKind.MEMBER, guild_id=1, user_id=101, window=Window.DAY, starts_at=0
        ),
        CounterKey(
            kind=CounterKind.MEMBER, guild_id=2, user_id=100, window=Window.DAY, starts_at=0
        ),
        CounterKey(
            kind=CounterKind.MEMBER, guild_id=1, user_id=100, window=Window.HOUR, starts_at=0
        ),
        CounterKey(
            kind=CounterKind.MEMBER, guild_id=1, user_id=100, window=Window.DAY, starts_at=1
        ),
        CounterKey(
            kind=CounterKind.BUDGET, guild_id=1, user_id=100, window=Window.DAY, starts_at=0
        ),
    ]
    assert await take(database, MEMBER, 8, number=9)
    for number, key in enumerate(others):
        assert await used(database, key) == 0
        assert await take(database, key, 10, number=number)


async def test_a_counter_never_falls_below_zero(database: SqlDatabase) -> None:
    await take(database, MEMBER, 2, number=1)
    async with database.write() as unit:
        await unit.quotas.give_back(MEMBER, 2)
        with pytest.raises(IntegrityError):
            await unit.quotas.give_back(MEMBER, 1)


async def test_giving_back_to_a_counter_that_does_not_exist_is_an_error(
    database: SqlDatabase,
) -> None:
    async with database.write() as unit:
        with pytest.raises(LookupError):
            await unit.quotas.give_back(MEMBER, 1)


async def test_two_hundred_tasks_at_once_take_exactly_the_limit(database: SqlDatabase) -> None:
    made = await asyncio.gather(
        *(reserve(database, submission(number), limit=10) for number in range(200))
    )
    assert sum(made) == await used(database) == 10
    assert await problems(database, now=NOW) == []


async def test_four_processes_at_once_take_exactly_the_limit(
    database: SqlDatabase, file: Path
) -> None:
    running = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            _PROGRAM,
            f"sqlite+aiosqlite:///{file}",
            *(str(number), "60", "100"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        for number in range(1, 5)
    ]
    ended = await asyncio.gather(*(process.communicate() for process in running))
    assert [errors for _, errors in ended] == [b""] * 4
    assert sum(int(made) for made, _ in ended) == await used(database) == 100
    assert await problems(database, now=NOW) == []


# --- grants ---------------------------------------------------------------------------------


async def test_open_grants_come_soonest_expiry_first(database: SqlDatabase) -> None:
    async with database.write() as unit:
        for_ever = await give(unit)
        late = await give(unit, expires_at=NOW + 9)
        soon = await give(unit, expires_at=NOW + 1, used=2)
        await give(unit, expires_at=NOW)
        await give(unit, revoked_at=1)
        await give(unit, used=5)
        await give(unit, user_id=101)
        await give(unit, guild_id=2)
        assert await unit.quotas.grants(1, 100, now=NOW) == [
            grant(soon, 5, 2, NOW + 1),
            grant(late, 5, 0, NOW + 9),
            grant(for_ever, 5, 0, None),
        ]


async def test_a_grant_gives_what_it_has_while_it_is_open(database: SqlDatabase) -> None:
    async with database.write() as unit:
        grant = await give(unit, amount=3, expires_at=NOW + 1)
        assert not await unit.quotas.take_grant(grant, 4, now=NOW)
        assert await unit.quotas.take_grant(grant, 2, now=NOW)
        assert not await unit.quotas.take_grant(grant, 2, now=NOW)
        assert not await unit.quotas.take_grant(grant, 1, now=NOW + 1)
        assert not await unit.quotas.take_grant(await give(unit, revoked_at=1), 1, now=NOW)
        await unit.quotas.give_back_grant(grant, 2)
        with pytest.raises(IntegrityError):
            await unit.quotas.give_back_grant(grant, 1)


# --- holds and the ledger -------------------------------------------------------------------


@pytest.mark.on_server
async def test_holds_come_back_as_they_were_written(database: SqlDatabase) -> None:
    job = submission(1, credits=4)
    async with database.write() as unit:
        grant = await give(unit)
        await unit.jobs.add(job, [])
        await unit.quotas.take_grant(grant, 1, now=NOW)
        of_grant = Hold(part=1, counter=None, grant_id=grant, amount=1)
        charges = [charge(MEMBER, 3), Charge(hold=of_grant, limit=None, ends_at=0)]
        assert await unit.quotas.charge(job, charges, now=NOW) is None
        holds = [one.hold for one in charges]
        await unit.commit()
    async with database.read() as unit:
        assert await unit.quotas.holds(job.job_id) == holds
        rows = await unit.connection.execute(
            text("SELECT * FROM ledger WHERE job_id IS NOT NULL ORDER BY part")
        )
        entries = [(r.at, r.guild_id, r.user_id, r.part, r.kind, r.delta) for r in rows]
    assert entries == [(NOW, 1, 100, 0, "reserve", 3), (NOW, 1, 100, 1, "reserve", 1)]
    assert await problems(database, now=NOW) == []

    # One of four was delivered: the allowance keeps it, the grant gets all of its own back.
    assert await settled(database, job, 1) == [True, True]
    assert await used(database) == 1
    async with database.read() as unit:
        (left,) = await unit.quotas.grants(1, 100, now=NOW)
        assert left.used == 0
        assert [hold.kept for hold in await unit.quotas.holds(job.job_id)] == [1, 0]
        rows = await unit.connection.execute(
            text("SELECT delta FROM ledger WHERE kind = 'settle' ORDER BY part")
        )
        assert [delta for (delta,) in rows] == [-2, -1]


async def test_a_job_is_settled_once(database: SqlDatabase) -> None:
    job = submission(1, credits=4)
    assert await reserve(database, job, limit=10)
    assert await settled(database, job, 1) == [True] * 3
    assert await settled(database, job, 0) == [False] * 3
    assert await used(database) == 1


@pytest.mark.on_server
async def test_of_many_that_settle_at_once_one_does(database: SqlDatabase) -> None:
    job = submission(1, credits=4)
    assert await reserve(database, job, limit=10)
    answers = await asyncio.gather(*(settled(database, job, 0) for _ in range(20)))
    assert sorted(answers) == [[False] * 3] * 19 + [[True] * 3]
    assert await used(database) == 0


@pytest.mark.on_server
async def test_a_refund_goes_into_the_window_it_was_taken_from(database: SqlDatabase) -> None:
    job = submission(1, credits=4)
    assert await reserve(database, job, limit=10)
    today = _reservations.counter(CounterKind.MEMBER, starts_at=86_400)
    await take(database, today, 2, number=2)
    # Even for one who thinks that it was taken from today's.
    async with database.write() as unit:
        hold = Hold(part=0, counter=today, grant_id=None, amount=99)
        assert await unit.quotas.keep(job, [(hold, 0)], now=90_000)
        await unit.commit()
    assert (await used(database), await used(database, today)) == (0, 2)


async def test_no_more_can_be_kept_than_is_held(database: SqlDatabase) -> None:
    job = submission(1)
    assert await reserve(database, job, limit=10)
    async with database.write() as unit:
        (hold, *_) = await unit.quotas.holds(job.job_id)
        with pytest.raises(IntegrityError):
            await unit.quotas.keep(job, [(hold, 2)], now=NOW)


@pytest.mark.on_server
async def test_an_unknown_hold_is_not_settled(database: SqlDatabase) -> None:
    hold = Hold(part=7, counter=MEMBER, grant_id=None, amount=1)
    async with database.write() as unit:
        assert not await unit.quotas.keep(submission(1), [(hold, 0)], now=NOW)


async def test_a_hold_of_nothing_is_refused(database: SqlDatabase) -> None:
    async with database.write() as unit:
        await unit.jobs.add(submission(1), [])
        with pytest.raises(IntegrityError):
            await unit.quotas.charge(submission(1), [charge(MEMBER, 0)], now=NOW)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ledger",
        "UPDATE ledger SET delta = 0",
        "UPDATE ledger SET reason = NULL",
        "UPDATE ledger SET reason = 'another'",
        "UPDATE ledger SET user_id = 101",
        "UPDATE ledger SET user_id = -5, delta = 0",
        "UPDATE ledger SET user_id = -5, reason = 'another'",
        "UPDATE ledger SET user_id = -5, job_id = NULL",
        "UPDATE ledger SET actor_id = 8",
        "UPDATE ledger SET at = at + 1",
    ],
)
async def test_the_ledger_cannot_be_changed(database: SqlDatabase, statement: str) -> None:
    assert await reserve(database, submission(1), limit=10)
    async with database.write() as unit:
        with pytest.raises(DBAPIError, match="append-only"):
            await unit.connection.execute(text(statement))


async def test_a_person_in_the_ledger_can_become_a_tombstone_once(database: SqlDatabase) -> None:
    assert await reserve(database, submission(1), limit=10)
    async with database.write() as unit:
        run = unit.connection.execute
        await run(
            text(
                "INSERT INTO ledger (at, guild_id, user_id, kind, delta, actor_id, reason)"
                " VALUES (1, 1, 100, 'grant', 5, 7, 'for the poster')"
            )
        )
        await run(text("UPDATE ledger SET user_id = -5, reason = NULL WHERE user_id = 100"))
        await run(text("UPDATE ledger SET actor_id = -6 WHERE actor_id = 7"))
        with pytest.raises(DBAPIError, match="append-only"):
            await run(text("UPDATE ledger SET user_id = -9"))
