"""Withdrawing a job before it is claimed, while it runs, and when it has ended."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from bot.domain.errors import ErrorClass
from bot.domain.job import CallState, JobState, Reason
from bot.services.jobs import upstream_call
from tests.services.fakes import Step, failing
from tests.services.house import House, until


async def test_a_waiting_job_is_withdrawn_and_refunded_in_full(house: House) -> None:
    ticket = await house.ask(count=3)
    job = await house.intake.cancel(ticket.progress.job.job_id, by=Reason.BY_MEMBER)
    assert job is not None
    assert (job.state, job.reason) == (JobState.CANCELLED, Reason.BY_MEMBER)
    assert await house.used() == {"member": 0, "ceiling": 0, "global": 0}
    await house.finish(ticket)
    assert house.service.orders == []
    assert house.publisher.announced == []


async def test_withdrawing_twice_refunds_once(house: House) -> None:
    await house.ask(count=2)
    ticket = await house.ask(count=3)
    job_id = ticket.progress.job.job_id
    results = await asyncio.gather(
        *(house.intake.cancel(job_id, by=Reason.BY_MEMBER) for _ in range(4))
    )
    assert [result is not None for result in results].count(True) == 1
    assert await house.used() == {"member": 2, "ceiling": 2, "global": 2}
    await house.finish(ticket)


async def test_claim_and_withdrawal_at_once_have_one_winner(house: House) -> None:
    ticket = await house.ask()
    job_id = ticket.progress.job.job_id

    async def claim() -> bool:
        async with house.database.write() as unit:
            job = await unit.claims.claim(
                "routescope", me="one", now=house.clock.at, lease_until=9**9
            )
            await unit.commit()
        return job is not None

    claimed, _ = await asyncio.gather(claim(), house.intake.cancel(job_id, by=Reason.BY_MEMBER))
    job = await house.job(job_id)
    assert job.state is (JobState.RUNNING if claimed else JobState.CANCELLED)
    assert job.cancel_requested == claimed
    if claimed:
        await house.runner.run(job, slot_held=False)
        job = await house.job(job_id)
        assert (job.state, job.reason) == (JobState.FAILED, Reason.BY_MEMBER)
    assert house.service.orders == []
    assert await house.used() == {"member": 0, "ceiling": 0, "global": 0}


async def test_stopping_a_running_job_skips_what_was_not_sent_and_delivers_the_rest(
    house: House,
) -> None:
    house.service.slots = 2
    gate = asyncio.Event()
    house.service.script = [Step(gate=gate) for _ in range(4)]
    ticket = await house.ask(count=6)
    async with house.at_work():
        await until(lambda: house.service.under_way == 4)
        stopped = await house.intake.cancel(ticket.progress.job.job_id, by=Reason.BY_MEMBER)
        assert stopped is not None
        assert (stopped.state, stopped.cancel_requested) == (JobState.RUNNING, True)
        gate.set()
        await house.worker.drained()
    job = await house.job(ticket.progress.job.job_id)
    assert job.state is JobState.DONE
    states = [call.state for call in await house.calls(job)]
    assert states == [CallState.ANSWERED] * 4 + [CallState.SKIPPED] * 2
    assert house.publisher.posted[0].outcome.missing == 2
    assert await house.used() == {"member": 4, "ceiling": 4, "global": 4}


async def test_a_call_that_fails_after_the_stop_is_not_repeated_and_the_job_ends(
    house: House,
) -> None:
    gate = asyncio.Event()
    busy = failing(ErrorClass.RATE, again=True)
    house.service.script = [Step(failure=busy.failure, again=True, gate=gate), Step()]
    ticket = await house.ask(count=2)
    async with house.at_work():
        await until(lambda: len(house.service.orders) == 2 and house.service.under_way == 1)
        await house.intake.cancel(ticket.progress.job.job_id, by=Reason.BY_MEMBER)
        gate.set()
        async with asyncio.timeout(5):
            await house.worker.drained()
    job = await house.job(ticket.progress.job.job_id)
    assert job.state is JobState.DONE
    assert [call.state for call in await house.calls(job)] == [
        CallState.FAILED,
        CallState.ANSWERED,
    ]
    assert await house.used() == {"member": 1, "ceiling": 1, "global": 1}


async def test_a_stop_while_a_repeat_waits_skips_the_repeat(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await house.ask()
    job_id = ticket.progress.job.job_id
    house.service.script = [failing(ErrorClass.RATE, again=True)]
    job = await house.claimed()
    stops: list[object] = []

    async def stopping(_: float) -> None:
        """Wait before the repeat for as long as it takes to stop the job."""
        stops.append(await house.intake.cancel(job_id, by=Reason.BY_MEMBER))

    monkeypatch.setattr(upstream_call, "asyncio", SimpleNamespace(sleep=stopping))
    await house.runner.run(job, slot_held=False)
    assert len(stops) == 1
    job = await house.job(job_id)
    assert job.state is JobState.FAILED
    assert len(house.service.orders) == 1
    assert await house.used() == {"member": 0, "ceiling": 0, "global": 0}


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED])
async def test_what_has_ended_cannot_be_withdrawn(house: House, state: JobState) -> None:
    if state is JobState.FAILED:
        house.service.script = [failing(ErrorClass.SERVER)]
    ticket = await house.ask()
    job = await house.finish(ticket)
    before = await house.used()
    assert await house.intake.cancel(job.job_id, by=Reason.BY_MEMBER) is None
    assert (await house.job(job.job_id)).state is state
    assert await house.used() == before


async def test_a_job_withdrawn_by_a_moderator_is_told(house: House) -> None:
    ticket = await house.ask()
    await house.intake.cancel(ticket.progress.job.job_id, by=Reason.BY_MODERATOR)
    house.clock.at += 60
    job = await house.finish(ticket)
    assert [told.reason for told in house.publisher.announced] == [Reason.BY_MODERATOR]
    assert job.told_at == house.clock.at
