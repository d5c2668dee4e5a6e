"""However large a quota is, nobody fills the queue."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.errors import AccessError, Denial
from bot.domain.job import Reason
from bot.services.requests.queue_wait import QueueCaps
from tests.services.house import GUILD, House


@pytest.fixture
def capped(house: House) -> House:
    house.intake._queue = QueueCaps(per_member=2, per_server=3)
    return house


async def refused(house: House, **submission: object) -> AccessError:
    before = await house.used()
    with pytest.raises(AccessError) as raised:
        await house.ask(**submission)
    assert raised.value.denial is Denial.TOO_MANY_WAITING
    assert await house.used() == before
    return raised.value


async def test_a_member_has_so_many_requests_under_way_and_not_one_more(capped: House) -> None:
    first = await capped.ask()
    await capped.ask()
    assert (await refused(capped)).values["mine"]
    await capped.intake.cancel(first.progress.job.job_id, by=Reason.BY_MEMBER)
    await capped.ask()


async def test_a_server_as_well_and_another_is_not_held_up(capped: House) -> None:
    for user_id in (1, 2, 3):
        await capped.ask(user_id=user_id)
    assert not (await refused(capped, user_id=4)).values["mine"]
    await capped.ask(user_id=4, guild_id=GUILD + 1)


async def test_what_has_ended_does_not_count(capped: House) -> None:
    for _ in range(3):
        await capped.finish(await capped.ask())


async def test_a_crowd_that_waits_fills_no_spool(house: House) -> None:
    # A picture is taken for 40 MB, and three of them would fill this one.
    house.spool._max_bytes = 100_000_000
    tickets = await asyncio.gather(*(house.ask(user_id=100 + n) for n in range(12)))
    assert len({ticket.progress.job.job_id for ticket in tickets}) == 12
