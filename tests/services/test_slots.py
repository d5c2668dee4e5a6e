"""A provider's places: never more calls at once than it has, and none is ever lost."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.domain.job import Job, JobState
from bot.services.jobs.job_calls import JobCalls
from bot.storage.engine.database import SqlDatabase
from bot.storage.jobs.claims import SqlClaims
from tests.services.fakes import Step
from tests.services.house import House, until


async def test_no_more_calls_are_under_way_than_the_provider_has_slots(house: House) -> None:
    gate = asyncio.Event()
    house.service.script = [Step(gate=gate) for _ in range(7)]
    tickets = [await house.ask(count=3), await house.ask(count=3), await house.ask(count=1)]
    async with house.at_work():
        await until(lambda: house.service.under_way == 4)
        gate.set()
        await house.worker.drained()
    assert house.service.most_at_once == 4
    assert len(house.service.orders) == 7
    for ticket in tickets:
        assert (await house.job(ticket.progress.job.job_id)).state is JobState.DONE


async def test_calls_that_break_neither_lose_a_slot_nor_make_one(house: House) -> None:
    gate = asyncio.Event()
    house.service.script = [Step(breaks=ZeroDivisionError("ours")) for _ in range(3)]
    broken = [await house.ask() for _ in range(3)]
    async with house.at_work():
        await house.worker.drained()
        house.service.script = [Step(gate=gate) for _ in range(6)]
        await house.ask(count=6)
        await until(lambda: house.service.under_way == 4)
        gate.set()
        await house.worker.drained()
    assert house.service.most_at_once == 4
    for ticket in broken:
        assert (await house.job(ticket.progress.job.job_id)).state is JobState.FAILED


async def test_a_job_that_needs_no_call_gives_its_slot_back(house: House) -> None:
    await house.ask()
    job = await house.claimed()
    async with house.database.write() as unit:
        await unit.jobs.request_stop(job.job_id)
        await unit.commit()
    await house.runner.slots.acquire()
    await house.runner.run(job, slot_held=True)
    assert await free_places(house) == 4


async def test_a_database_that_fails_before_the_first_call_loses_no_slot(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Any:
        raise ZeroDivisionError

    await house.ask()
    job = await house.claimed()
    await house.runner.slots.acquire()
    with monkeypatch.context() as patch:
        patch.setattr(JobCalls, "run", broken)
        await house.runner.run(job, slot_held=True)
    assert await free_places(house) == 4
    assert (await house.job(job.job_id)).state is JobState.FAILED


async def test_pictures_are_fetched_outside_the_slot(
    house: House, database: SqlDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = House(database, tmp_path, slots=1)
    gate, collect = asyncio.Event(), narrow.service.collect

    async def slow(*arguments: Any) -> None:
        await gate.wait()
        await collect(*arguments)

    monkeypatch.setattr(narrow.service, "collect", slow)
    await narrow.ask(count=3)
    async with narrow.at_work():
        await until(lambda: len(narrow.service.orders) == 3)
        gate.set()
        await narrow.worker.drained()
    assert narrow.service.most_at_once == 1


async def test_a_call_that_is_given_up_before_it_began_gives_its_slot_back(
    house: House, database: SqlDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = House(database, tmp_path, slots=1)
    reading, gate = asyncio.Event(), asyncio.Event()

    async def broken(_: object) -> None:
        reading.set()
        await gate.wait()
        raise ZeroDivisionError

    monkeypatch.setattr(narrow.service, "read", broken)
    await narrow.ask(count=2)
    job = await narrow.claimed()
    async with database.write() as unit:
        await unit.calls.mark_sent(job, 0, 1, now=narrow.clock.at)
        await unit.commit()
    await narrow.runner.slots.acquire()
    running = asyncio.create_task(narrow.runner.run(job, slot_held=False))
    await reading.wait()
    # In this order the second call gets the slot, is begun, and is cancelled before its first step.
    asyncio.get_running_loop().call_soon(narrow.runner.slots.release)
    gate.set()
    await running
    assert narrow.service.orders == []
    assert await free_places(narrow) == 1


async def test_jobs_are_claimed_together_for_all_places_that_are_free(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, units = asyncio.Event(), list[object]()
    claim = SqlClaims.claim

    async def noted(claims: SqlClaims, *given: Any, **named: Any) -> Job | None:
        job = await claim(claims, *given, **named)
        if job is not None:
            units.append(claims)
        return job

    monkeypatch.setattr(SqlClaims, "claim", noted)
    house.service.script = [Step(gate=gate) for _ in range(6)]
    for _ in range(6):
        await house.ask()
    async with house.at_work():
        await until(lambda: house.service.under_way == 4)
        assert [units.count(unit) for unit in units] == [4] * 4
        gate.set()
        await house.worker.drained()
    assert await free_places(house) == 4


async def test_a_claim_that_fails_for_several_places_keeps_none_of_them(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, fails = SqlClaims.claim, [False, True]

    async def failing_once(claims: SqlClaims, *given: Any, **named: Any) -> Job | None:
        if fails and fails.pop(0):
            raise ZeroDivisionError
        return await claim(claims, *given, **named)

    monkeypatch.setattr(SqlClaims, "claim", failing_once)
    tickets = [await house.ask() for _ in range(3)]
    async with house.at_work():
        await until(lambda: not fails)
        await house.worker.drained()
    for ticket in tickets:
        assert (await house.job(ticket.progress.job.job_id)).state is JobState.DONE
    assert await free_places(house) == 4


async def free_places(house: House) -> int:
    """Take every free place of the provider and count them."""
    slots, places = house.runner.slots, 0
    assert isinstance(slots, asyncio.Semaphore)
    while not slots.locked():
        await slots.acquire()
        places += 1
    return places
