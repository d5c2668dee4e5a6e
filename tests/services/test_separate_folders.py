"""Two machines with folders of their own and one store of pictures: a job is finished by either."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import bot.services.delivery.posting
import bot.services.tasks.backoff
from bot.domain.errors import AccessError, PictureStoreError
from bot.domain.job import CallState, JobState
from bot.services.operations.picture_store_health import PictureStoreHealth
from bot.services.ports import ReferenceSource
from bot.storage.engine.database import SqlDatabase
from bot.storage.objects import spool_at
from tests.object_store import Bucket, bucket
from tests.services.house import House
from tests.services.test_recovery import DiedError, inherit, mark_sent, until_ended


@dataclass(frozen=True, slots=True)
class Machines:
    """A process on each of two machines."""

    one: House
    two: House
    store: Bucket


@pytest.fixture
async def machines(
    database: SqlDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Machines]:
    monkeypatch.setattr(bot.services.delivery.posting, "FIRST_WAIT_SECONDS", 0.0)
    monkeypatch.setattr(bot.services.tasks.backoff, "FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(bot.services.tasks.backoff, "LONGEST_WAIT_SECONDS", 0.05)
    async with bucket() as store:

        def machine(name: str, **shared: object) -> House:
            folder = tmp_path / name
            spool = spool_at(store.address, folder, limit_mb=1000, cache_mb=100)
            return House(database, folder, me=name, spool=spool, **shared)  # pyright: ignore[reportArgumentType]

        one = machine("one")
        yield Machines(one, machine("two", clock=one.clock), store)
        await store.line.mend()
        assert await one.problems() == []


async def died(*_: object, **__: object) -> None:
    raise DiedError


async def test_a_reply_that_was_paid_is_read_on_another_machine(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = machines.one, machines.two
    await one.ask()
    job = await one.claimed()
    monkeypatch.setattr(one.service, "collect", died)
    with pytest.raises(BaseExceptionGroup):
        await one.runner.run(job, slot_held=False)
    ended = await inherit(one, two, job.job_id)
    assert ended.state is JobState.DONE
    assert two.service.orders == []
    assert len(two.publisher.posted) == 1
    assert await two.used() == {"member": 1, "ceiling": 1, "global": 1}


async def test_pictures_of_a_job_that_was_being_posted_are_posted_by_another_machine(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = machines.one, machines.two
    await one.ask(count=2)
    job = await one.claimed()
    monkeypatch.setattr(one.delivery, "deliver", died)
    with pytest.raises(DiedError):
        await one.runner.run(job, slot_held=False)
    assert (await one.job(job.job_id)).state is JobState.DELIVERING
    ended = await inherit(one, two, job.job_id)
    assert ended.state is JobState.DONE
    assert two.service.orders == []
    assert len(two.publisher.posted) == 1


async def test_a_reference_that_one_machine_fetched_is_sent_by_another(machines: Machines) -> None:
    one, two = machines.one, machines.two
    await one.ask(sources=(ReferenceSource(url="https://cdn.example.com/cat.png", name="cat"),))
    job = await one.claimed()
    ended = await inherit(one, two, job.job_id)
    assert ended.state is JobState.DONE
    (order,) = two.service.orders
    (reference,) = order.references
    assert reference.path is not None
    assert reference.path.exists()
    assert machines.two.spool.path(f"{job.job_id}/x").parents[2] in reference.path.parents


async def test_a_reply_that_never_reached_the_store_stays_unknown_elsewhere(
    machines: Machines,
) -> None:
    one, two = machines.one, machines.two
    await one.ask()
    job = await one.claimed()
    await mark_sent(one, job, 0)
    one.spool.path(one.spool.reply(job.job_id, 0, 1)).write_text("complete")
    ended = await inherit(one, two, job.job_id)
    assert ended.state is JobState.FAILED
    assert [call.state for call in await two.calls(job)] == [CallState.UNKNOWN]
    assert await two.used() == {"member": 0, "ceiling": 1, "global": 1}


async def test_nothing_is_sent_while_the_store_is_away_and_all_is_when_it_is_back(
    machines: Machines,
) -> None:
    one, store = machines.one, machines.store
    await one.ask()
    job = await one.claimed()
    await store.line.cut()
    with pytest.raises(PictureStoreError):
        await one.spool.tend()
    running = asyncio.create_task(one.runner.run(job, slot_held=False))
    await asyncio.sleep(0.5)
    assert one.service.orders == []
    assert not running.done()
    await store.line.mend()
    async with asyncio.timeout(10):
        await running
    assert len(one.service.orders) == 1
    assert (await one.job(job.job_id)).state is JobState.DONE


async def test_a_paid_reply_waits_for_the_store_that_went_away_meanwhile(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, store = machines.one, machines.store
    put, failed = one.spool.put, asyncio.Event()

    async def cut_first(relative: str, *, synced: bool = False) -> None:
        if not failed.is_set():
            await store.line.cut()
        try:
            await put(relative, synced=synced)
        except PictureStoreError:
            failed.set()
            raise

    await one.ask()
    monkeypatch.setattr(one.spool, "put", cut_first)
    job = await one.claimed()
    one.clock.at += 1
    running = asyncio.create_task(one.runner.run(job, slot_held=False))
    async with asyncio.timeout(10):
        await failed.wait()
        assert [call.state for call in await one.calls(job)] == [CallState.SENT]
        await store.line.mend()
        await running
    assert len(one.service.orders) == 1
    assert (await one.job(job.job_id)).state is JobState.DONE
    assert await one.used() == {"member": 1, "ceiling": 1, "global": 1}


async def test_requests_are_refused_while_the_store_is_away(machines: Machines) -> None:
    await machines.store.line.cut()
    with pytest.raises(PictureStoreError):
        await machines.one.spool.tend()
    with pytest.raises((PictureStoreError, AccessError)):
        await machines.one.ask()
    assert await machines.one.used() == {"member": 0, "ceiling": 0, "global": 0}


async def test_the_operator_hears_once_that_the_store_is_away_and_that_it_is_back(
    machines: Machines,
) -> None:
    one, store = machines.one, machines.store
    health = PictureStoreHealth(
        spool=one.spool,
        clock=one.clock,
        alerts=one.alerts,
        words=lambda error: f"away: {error.problem.name}",
        over=lambda: "back",
    )
    telling = asyncio.create_task(one.alerts.run())
    await store.line.cut()
    for _ in range(3):
        await health.watch()
    assert health.trouble is not None
    assert store.address in health.trouble
    await store.line.mend()
    await health.watch()
    assert health.trouble is None
    async with asyncio.timeout(5):
        while len(one.alarm.heard) < 2:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.01)
    assert one.alarm.heard == ["away: STORE_AWAY", "back"]
    telling.cancel()


async def test_both_machines_at_work_share_what_is_asked(machines: Machines) -> None:
    one, two = machines.one, machines.two
    two.publisher.posted, two.publisher.there = one.publisher.posted, one.publisher.there
    jobs = [(await one.ask()).progress.job for _ in range(6)]
    async with one.at_work(), two.at_work(), asyncio.timeout(20):
        for job in jobs:
            await until_ended(one, job.job_id)
    assert len(one.publisher.posted) == 6
    assert one.service.orders
    assert two.service.orders
    assert await one.used() == {"member": 6, "ceiling": 6, "global": 6}
