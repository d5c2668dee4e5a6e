"""Refusals of a service's filter: what they cost, whom they count against, and who is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.circuit_breaker import FAILURES, CircuitTrouble
from bot.domain.errors import ASYNCHRONOUS, AccessError, Denial, ErrorClass, Failure
from bot.domain.job import CallState, Job, Reason
from bot.domain.providers.refusal_waves import MEMBERS, SECONDS, Ending, in_waves
from bot.services.servers.access import REFUSALS
from tests.services.fakes import Step, failing
from tests.services.house import House
from tests.services.test_circuit_breaker import run, told

REFUSED = failing(ErrorClass.PROMPT_REFUSED)
WRAPPED = Step(
    failure=Failure(error_class=ErrorClass.PROMPT_REFUSED, code="upstream_error", http_status=500)
)
LATER = Step(
    failure=Failure(
        error_class=ErrorClass.BAD_RESPONSE,
        code=ASYNCHRONOUS,
        message="the service answers later; task t-17",
        http_status=202,
    )
)


async def end(house: House, step: Step, user_id: int) -> Job:
    """Let one member's request meet a step of the service."""
    house.clock.at += 1
    house.service.script = [step]
    await house.ask(user_id=user_id)
    return await run(house)


async def test_a_members_own_refusals_pause_nobody_and_stop_that_member(house: House) -> None:
    for _ in range(REFUSALS):
        job = await end(house, WRAPPED, 7)
        assert job.reason is Reason.REFUSED_PROMPT
    assert house.circuits.paused("routescope") is None
    with pytest.raises(AccessError) as caught:
        await house.ask(user_id=7)
    assert caught.value.denial is Denial.REFUSED_TOO_OFTEN
    await house.ask(user_id=8)
    assert await told(house) == []


async def test_what_a_refusal_costs_the_budget_stands_in_its_status(house: House) -> None:
    plain = await end(house, REFUSED, 7)
    assert (await house.calls(plain))[-1].state is CallState.REFUSED
    assert await house.used() == {"member": 0, "ceiling": 0, "global": 0}
    wrapped = await end(house, WRAPPED, 8)
    assert (await house.calls(wrapped))[-1].state is CallState.UNKNOWN
    # The member pays nothing; the operator perhaps did.
    assert await house.used() == {"member": 0, "ceiling": 1, "global": 1}


async def test_five_members_refused_in_a_row_are_told_and_count_against_nobody(
    house: House,
) -> None:
    for _ in range(REFUSALS - 1):
        await end(house, REFUSED, 1)
    for user_id in range(2, MEMBERS):
        await end(house, REFUSED, user_id)
    assert await told(house) == []
    await end(house, REFUSED, MEMBERS)
    assert await told(house) == [f"routescope: {CircuitTrouble.REFUSING}"]
    await end(house, REFUSED, 1)
    # Six refusals, all of them in the wave.
    await house.ask(user_id=1)
    assert house.circuits.paused("routescope") is None


async def test_a_picture_between_says_that_the_filter_is_well(house: House) -> None:
    for user_id in range(1, MEMBERS):
        await end(house, REFUSED, user_id)
    await end(house, Step(), 50)
    await end(house, REFUSED, MEMBERS)
    assert await told(house) == []


def ending(number: int, user_id: int, at: int, *, refused: bool = True, of: str = "a") -> Ending:
    return Ending(
        job_id=f"{number}",
        provider=of,
        user_id=user_id,
        created_at=at - 1,
        ended_at=at,
        refused=refused,
    )


def test_a_wave_is_five_members_of_one_service_within_ten_minutes() -> None:
    near = [ending(n, n, 1000 + n) for n in range(MEMBERS)]
    assert in_waves(near) == {one.job_id for one in near}
    assert in_waves(reversed(near)) == in_waves(near)
    far = [ending(n, n, 1000 + n * SECONDS // (MEMBERS - 1)) for n in range(MEMBERS)]
    assert in_waves(far) == frozenset()
    assert in_waves([replace(one, user_id=1) for one in near]) == frozenset()
    elsewhere = [replace(one, provider="b") if one.job_id == "2" else one for one in near]
    assert in_waves(elsewhere) == frozenset()
    assert in_waves([*near, ending(9, 9, 1002, refused=False)]) == frozenset()
    twice = [*near, ending(8, 0, 1001), ending(9, 0, 1004)]
    assert in_waves(twice) == {one.job_id for one in twice}
    assert in_waves([ending(7, 0, 100), *near]) == {one.job_id for one in near}


async def test_an_asynchronous_service_is_named_so_and_paused_after_repeats(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for number in range(FAILURES):
        job = await end(house, LATER, number + 1)
        assert (await house.calls(job))[-1].state is CallState.UNKNOWN
    assert "task t-17" in caplog.text
    used = await house.used()
    assert (used["member"], used["global"]) == (0, FAILURES)
    circuit = house.circuits.paused("routescope")
    assert circuit is not None
    assert circuit.reason == CircuitTrouble.ASYNCHRONOUS
    # Once as a warning, once as a pause.
    assert await told(house) == [f"routescope: {CircuitTrouble.ASYNCHRONOUS}"] * 2
