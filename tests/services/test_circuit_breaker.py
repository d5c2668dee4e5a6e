"""Image services in trouble: limits that last, circuits that open, and who is told."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.circuit_breaker import (
    FAILURES,
    FIRST_PAUSE_SECONDS,
    CircuitTrouble,
    judge,
)
from bot.domain.errors import AccessError, Denial, ErrorClass
from bot.domain.job import CallState, Job, JobState, Reason
from bot.domain.providers.rate_limits import JOB_WAIT_SECONDS
from bot.services.jobs.circuit_breaker import Circuits
from tests.services.fakes import Step, failing
from tests.services.house import House

RATE = failing(ErrorClass.RATE)


async def run(house: House) -> Job:
    """Claim the next job and run it to where it stands then."""
    job = await house.claimed()
    await house.runner.run(job, slot_held=False)
    return await house.job(job.job_id)


async def told(house: House) -> list[str]:
    """Let the alerts out, and return all that the operator heard."""
    task = asyncio.create_task(house.alerts.run())
    while house.alerts._waiting.qsize():  # noqa: ASYNC110 - a queue has no event for this
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    task.cancel()
    return house.alarm.heard


# --- limits of rate -----------------------------------------------------------------------------


async def test_a_rate_limit_that_lasts_puts_the_job_back_and_costs_nothing(house: House) -> None:
    house.service.script = [RATE, RATE]
    ticket = await house.ask(count=2)
    job = await run(house)
    assert job.state is JobState.QUEUED
    assert await house.used() == {"member": 2, "ceiling": 2, "global": 2}
    async with house.database.write() as uow:
        now, later = house.clock.at, house.clock.at + JOB_WAIT_SECONDS
        assert await uow.claims.claim("routescope", me="x", now=later - 1, lease_until=now) is None
    house.clock.at += JOB_WAIT_SECONDS
    done = await house.finish(ticket)
    assert done.state is JobState.DONE
    assert await house.used() == {"member": 2, "ceiling": 2, "global": 2}
    assert len(house.publisher.posted) == 1


async def test_where_another_call_was_answered_the_limited_one_is_missing(house: House) -> None:
    house.service.script = [Step(), RATE]
    ticket = await house.ask(count=2)
    job = await house.finish(ticket)
    assert job.state is JobState.DONE
    states = sorted(call.state for call in await house.calls(job))
    assert states.count(CallState.ANSWERED) == 1
    assert CallState.PLANNED not in states
    assert await house.used() == {"member": 1, "ceiling": 1, "global": 1}


async def test_a_limit_that_outlasts_the_hour_is_refunded_and_told(house: House) -> None:
    house.service.script = [RATE]
    ticket = await house.ask()
    await run(house)
    house.clock.at += 3600
    job = await house.finish(ticket)
    assert (job.state, job.reason) == (JobState.CANCELLED, Reason.EXPIRED)
    assert await house.used() == {"member": 0, "ceiling": 0, "global": 0}
    assert job.told_at is not None


async def test_a_job_that_waits_for_a_limit_can_be_withdrawn(house: House) -> None:
    house.service.script = [RATE]
    ticket = await house.ask()
    await run(house)
    withdrawn = await house.intake.cancel(ticket.progress.job.job_id, by=Reason.BY_MEMBER)
    assert withdrawn is not None
    assert withdrawn.state is JobState.CANCELLED
    assert await house.used() == {"member": 0, "ceiling": 0, "global": 0}


# --- circuits -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "trouble"),
    [(ErrorClass.AUTH, CircuitTrouble.KEY), (ErrorClass.CREDIT, CircuitTrouble.CREDIT)],
)
async def test_a_refused_key_or_an_empty_account_pauses_the_service_and_is_told_once(
    house: House, error: ErrorClass, trouble: CircuitTrouble
) -> None:
    house.service.script = [failing(error), failing(error)]
    first, second = await house.ask(), await house.ask()
    for _ in (first, second):
        await run(house)
    assert await told(house) == [f"routescope: {trouble}"]
    with pytest.raises(AccessError) as refused:
        await house.ask()
    assert refused.value.denial is Denial.PROVIDER_PAUSED
    assert await house.used() == {"member": 0, "ceiling": 0, "global": 0}


async def test_the_queue_of_a_paused_service_is_kept_and_goes_on_after_it(house: House) -> None:
    waiting = await house.ask()
    await house.circuits.pause("routescope")
    async with house.at_work():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await house.worker.drained()
    assert house.service.orders == []
    assert (await house.job(waiting.progress.job.job_id)).state is JobState.QUEUED
    await house.circuits.resume("routescope")
    assert (await house.finish(waiting)).state is JobState.DONE


async def test_failures_in_a_row_open_the_circuit_and_an_answer_closes_it(house: House) -> None:
    house.service.script = [failing(ErrorClass.SERVER)] * FAILURES
    for _ in range(FAILURES):
        await house.ask()
        await run(house)
    assert house.circuits.paused("routescope")
    house.clock.at += FIRST_PAUSE_SECONDS
    assert house.circuits.paused("routescope") is None
    await house.ask()
    await run(house)
    async with house.database.read() as uow:
        circuit = (await uow.circuits.all())["routescope"]
    assert (circuit.failures, circuit.reason) == (0, None)


async def test_a_refused_prompt_says_that_the_service_is_well(house: House) -> None:
    house.service.script = [failing(ErrorClass.SERVER)] * 4 + [failing(ErrorClass.PROMPT_REFUSED)]
    house.service.script += [failing(ErrorClass.SERVER)]
    for number in range(6):
        await house.ask(user_id=number + 1)
        await run(house)
    assert house.circuits.paused("routescope") is None


async def test_another_process_and_the_shell_are_heard(house: House) -> None:
    elsewhere = Circuits(database=house.database, clock=house.clock, alerts=house.alerts)
    await elsewhere.pause("routescope")
    assert house.circuits.paused("routescope") is None
    await house.circuits.refresh()
    assert house.circuits.paused("routescope")
    # What the operator paused, no answer of a late call opens again.
    await house.circuits.ended("routescope", None)
    await house.circuits.refresh()
    assert house.circuits.paused("routescope")


def test_each_further_failure_pauses_for_longer_up_to_a_quarter_of_an_hour() -> None:
    seconds = [judge(ErrorClass.SERVER, failures).seconds for failures in range(12)]
    assert seconds[: FAILURES - 1] == [0] * (FAILURES - 1)
    assert seconds[FAILURES - 1 :] == [60, 120, 240, 480, 900, 900, 900, 900]
    assert judge(None, 9).failures == 0
