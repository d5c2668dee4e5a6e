"""Money: prices of pictures, what calls cost, and a budget that really stops spending."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

import bot.services.delivery.posting
from bot.domain.errors import ErrorClass, QuotaError, QuotaScope
from bot.domain.job import Job, JobState, Reason
from bot.services.ports import CounterKind
from bot.storage.engine.database import SqlDatabase
from bot.storage.policy_tables import audit
from bot.storage.tables import calls, counters
from tests.services.fakes import Step, failing
from tests.services.house import House, until

CENTS = 10_000
UNKNOWN = failing(ErrorClass.UNKNOWN_OUTCOME)
REFUSED = failing(ErrorClass.PROMPT_REFUSED)
PRICE = {"price": 0.04, "large_price": 0.08}


@pytest.fixture
def spend() -> str:
    return "1/day"


@pytest.fixture
async def house(
    database: SqlDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spend: str
) -> AsyncIterator[House]:
    """A process whose model costs 4 cents a picture, 8 in 4K; its books agree after the test."""
    monkeypatch.setattr(bot.services.delivery.posting, "FIRST_WAIT_SECONDS", 0.0)
    house = House(database, tmp_path, spend=spend, prices=PRICE)
    yield house
    assert await house.problems() == []


async def spent(house: House) -> int:
    """Return what the counter of money says, in cents."""
    async with house.database.read() as unit:
        kind = counters.c.kind == CounterKind.MONEY.value
        found = await unit.connection.execute(select(counters.c.used).where(kind))
        amounts = [used for (used,) in found]
    return sum(amounts) // CENTS


async def costs(house: House, job: Job) -> list[tuple[int | None, str]]:
    """Return what each call cost in cents, and whether that is known."""
    cost = func.coalesce(calls.c.charged_micro, calls.c.spend_micro).label("cost")
    rows = select(cost, calls.c.certainty).where(calls.c.job_id == job.job_id)
    async with house.database.read() as unit:
        found = (await unit.connection.execute(rows.order_by(calls.c.seq))).all()
    return [(None if row.cost is None else row.cost // CENTS, row.certainty) for row in found]


async def refused(house: House, **submission: Any) -> QuotaError:
    with pytest.raises(QuotaError) as raised:
        await house.ask(**submission)
    assert raised.value.scope is QuotaScope.MONEY
    return raised.value


async def test_a_request_keeps_the_price_it_was_accepted_with(house: House) -> None:
    ticket = await house.ask(count=2)
    job = await house.job(ticket.progress.job.job_id)
    assert job.request.price_micro == 4 * CENTS
    assert await spent(house) == 8


async def test_a_large_picture_has_its_own_price(house: House) -> None:
    await house.ask(size="4K", count=2)
    assert await spent(house) == 16


async def test_made_pictures_are_paid_for_certain(house: House) -> None:
    job = await house.finish(await house.ask(count=2))
    assert await costs(house, job) == [(4, "known"), (4, "known")]
    assert await spent(house) == 8


async def test_what_was_refused_is_given_back(house: House) -> None:
    house.service.script = [REFUSED, Step()]
    job = await house.finish(await house.ask(count=2))
    assert await costs(house, job) == [(0, "none"), (4, "known")]
    assert await spent(house) == 4


async def test_a_lost_call_counts_as_paid_and_says_that_nobody_knows(house: House) -> None:
    house.service.script = [UNKNOWN]
    job = await house.finish(await house.ask())
    assert job.state is JobState.FAILED
    assert await costs(house, job) == [(4, "unknown")]
    assert await spent(house) == 4
    assert (await house.used())["member"] == 0


async def test_more_than_was_asked_is_spent_but_never_more_than_was_held(house: House) -> None:
    house.service.script = [Step(images=3)]
    job = await house.finish(await house.ask())
    assert await costs(house, job) == [(12, "known")]
    assert await spent(house) == 4


async def test_what_the_service_says_that_it_charged_is_what_is_spent(house: House) -> None:
    house.service.script = [Step(cost_micro=3 * CENTS), Step(cost_micro=1 * CENTS)]
    job = await house.finish(await house.ask(count=2))
    assert sorted(await costs(house, job)) == [(1, "known"), (3, "known")]
    assert await spent(house) == 4


async def test_a_call_that_names_no_cost_counts_at_its_price_beside_one_that_does(
    house: House,
) -> None:
    house.service.script = [Step(cost_micro=3 * CENTS), Step(), UNKNOWN]
    job = await house.finish(await house.ask(count=3))
    # Which call meets which answer is a matter of luck.
    assert sorted(await costs(house, job)) == [(3, "known"), (4, "known"), (4, "unknown")]
    assert await spent(house) == 11


async def test_a_cost_above_the_price_counts_at_once_and_stops_the_next_request(
    house: House,
) -> None:
    gate = asyncio.Event()
    house.service.script = [Step(cost_micro=98 * CENTS), Step(gate=gate)]
    asked = await house.ask(count=2)
    async with house.at_work(), asyncio.timeout(10):
        await until(lambda: house.service.under_way == 1)
        while await spent(house) != 102:  # noqa: ASYNC110 - the other call ends in the database
            await asyncio.sleep(0.01)
        await refused(house)
        gate.set()
        await house.worker.drained()
    job = await house.job(asked.progress.job.job_id)
    assert sorted(await costs(house, job)) == [(4, "known"), (98, "known")]
    assert await spent(house) == 102


async def test_a_cost_above_the_price_stays_when_another_call_gives_its_hold_back(
    house: House,
) -> None:
    house.service.script = [Step(cost_micro=10 * CENTS), REFUSED]
    job = await house.finish(await house.ask(count=2))
    assert sorted(await costs(house, job)) == [(0, "none"), (10, "known")]
    assert await spent(house) == 10


async def test_a_cancelled_request_costs_no_money(house: House) -> None:
    ticket = await house.ask(count=5)
    assert await spent(house) == 20
    await house.intake.cancel(ticket.progress.job.job_id, by=Reason.BY_MEMBER)
    assert await spent(house) == 0


@pytest.mark.parametrize("spend", ["0.10/day"])
async def test_the_budget_of_money_stops_before_it_is_passed(house: House) -> None:
    await house.ask(count=2)
    error = await refused(house)
    assert (error.needed, error.left) == (4 * CENTS, 2 * CENTS)
    assert error.renews_at is not None
    assert await spent(house) == 8
    assert (await house.used())["member"] == 2, "nothing else was charged either"


@pytest.mark.parametrize("spend", ["0.05/day"])
async def test_a_request_above_the_whole_budget_is_told_no_time(house: House) -> None:
    assert (await refused(house, count=2)).renews_at is None


@pytest.mark.parametrize("spend", ["0/day"])
async def test_a_budget_of_nothing_stops_everything_that_has_a_price(house: House) -> None:
    await refused(house)


@pytest.mark.parametrize("spend", ["0.20/day"])
async def test_many_at_once_do_not_pass_the_budget(house: House) -> None:
    submissions = [house.ask(user_id=user_id) for user_id in range(100, 120)]
    ended = await asyncio.gather(*submissions, return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in ended) == 5
    assert await spent(house) == 20


@pytest.mark.parametrize("spend", ["0.40/day"])
async def test_the_operator_is_warned_at_four_fifths_and_when_it_is_used_up(house: House) -> None:
    for count in (7, 1, 2):
        await house.ask(count=count)
    entries = select(audit.c.guild_id, audit.c.subject_id, audit.c.new).where(
        audit.c.action == "budget_warning", audit.c.subject_id == "money"
    )
    async with house.database.read() as unit:
        found = (await unit.connection.execute(entries)).all()
    assert [(row.guild_id, '"percent":80' in row.new.replace(" ", "")) for row in found] == [
        (0, True),
        (0, False),
    ]


async def test_a_model_without_a_price_is_not_counted(
    database: SqlDatabase, tmp_path: Path
) -> None:
    house = House(database, tmp_path, spend="0/day")
    job = await house.finish(await house.ask())
    assert await costs(house, job) == [(None, "known")]
    assert await spent(house) == 0


async def test_a_new_day_renews_the_budget(database: SqlDatabase, tmp_path: Path) -> None:
    house = House(database, tmp_path, spend="0.04/day", prices=PRICE)
    await house.ask()
    await refused(house, user_id=101)
    house.clock.at += 86_400
    await house.ask(user_id=101)


async def test_a_cost_of_a_model_without_a_price_is_spent_and_shown(
    database: SqlDatabase, tmp_path: Path
) -> None:
    house = House(database, tmp_path, spend="1/day, 5/month")
    house.service.script = [Step(cost_micro=7 * CENTS)]
    job = await house.finish(await house.ask())
    assert await spent(house) == 2 * 7
    async with house.database.read() as unit:
        (ended,) = await unit.metrics.ended(since=0)
        day = {"since": 0, "until": 2**40}
        ((_, known, unknown),) = await unit.stats.spent(job.guild_id, **day)
    assert (ended.known_micro, ended.perhaps_micro) == (7 * CENTS, 0)
    assert (known, unknown) == (7 * CENTS, 0)
    assert await house.problems() == []
