"""What a member may still spend, which limit is named first, and how charges end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import QuotaError, QuotaScope
from bot.domain.job import Job, JobState, Reason
from bot.domain.quotas.quota import Limit
from bot.domain.quotas.windows import Window
from bot.services.ports import CounterKey, CounterKind, QuotaStatus
from bot.storage.engine.database import SqlDatabase
from bot.storage.ledger.quotas import SqlQuotas
from tests.services.house import GUILD, MEMBER, NOW, House

HOUR_END = NOW + 3600  # it is ten o'clock sharp
DAY_END = NOW + 14 * 3600
MONTH_END = 1_717_200_000  # 2024-06-01 00:00:00 UTC


@pytest.fixture
def limited(house: House, database: SqlDatabase, tmp_path: Path) -> Any:
    """Return a maker of houses with other limits, on the same database."""

    def limited(**limits: str) -> House:
        return House(database, tmp_path, clock=house.clock, **limits)  # pyright: ignore[reportArgumentType]

    return limited


async def refused(house: House, **submission: Any) -> QuotaError:
    before = await house.used()
    with pytest.raises(QuotaError) as raised:
        await house.ask(**submission)
    assert await house.used() == before
    return raised.value


async def settle(house: House, job: Job, *, delivered: int, paid: int) -> None:
    """Settle a waiting job's holds, and end it so that the books are at rest."""
    async with house.database.write() as unit:
        await house.book.settle(unit, job, delivered=delivered, paid=paid, now=house.clock.at)
        await unit.jobs.cancel(job.job_id, Reason.EXPIRED, now=house.clock.at)
        await unit.commit()


async def quota_status(house: House) -> QuotaStatus:
    return await house.intake.quota_status(guild_id=GUILD, user_id=MEMBER)


# --- up to the limit and no further -------------------------------------------------------------


async def test_a_limit_of_ten_lets_ten_pictures_through(house: House) -> None:
    await house.ask(count=7)
    await house.ask(count=3)
    error = await refused(house)
    assert (error.scope, error.needed, error.left) == (QuotaScope.MEMBER, 1, 0)
    assert (error.window, error.renews_at) == (Window.DAY, DAY_END)
    assert (await quota_status(house)).left == 0


async def test_many_requests_at_once_do_not_overshoot(house: House) -> None:
    results = await asyncio.gather(*(house.ask(count=2) for _ in range(12)), return_exceptions=True)
    assert [isinstance(result, QuotaError) for result in results].count(True) == 7
    assert await house.used() == {"member": 10, "ceiling": 10, "global": 10}


async def test_a_request_that_does_not_fit_whole_is_refused_whole(house: House) -> None:
    await house.ask(count=7)
    assert (await refused(house, count=4)).left == 3
    await house.ask(count=3)


async def test_a_request_costs_what_its_size_and_quality_cost(house: House) -> None:
    ticket = await house.ask(size="4K", count=3)
    assert await house.used() == {"member": 6, "ceiling": 6, "global": 6}
    job = await house.finish(ticket)
    assert [hold.kept for hold in await house.holds(job)] == [6, 6, 6]


async def test_a_new_window_starts_from_nothing(house: House) -> None:
    await house.ask(count=10)
    house.clock.at = DAY_END - 1
    await refused(house)
    house.clock.at = DAY_END
    await house.ask(count=10)
    assert (await quota_status(house)).left == 0


async def test_members_and_servers_have_counters_of_their_own(house: House) -> None:
    await house.ask(count=10)
    await house.ask(count=10, user_id=MEMBER + 1)
    await house.ask(count=10, guild_id=GUILD + 1)
    assert await house.used() == {"member": 10, "ceiling": 20, "global": 30}


# --- several windows ----------------------------------------------------------------------------


async def test_all_windows_must_let_a_request_through(limited: Any) -> None:
    house = limited(member="3/hour,5/day")
    await house.ask(count=3)
    hour = await refused(house)
    assert (hour.window, hour.left, hour.renews_at) == (Window.HOUR, 0, HOUR_END)
    house.clock.at = HOUR_END
    await house.ask(count=2)
    day = await refused(house)
    assert (day.window, day.left, day.renews_at) == (Window.DAY, 0, DAY_END)
    assert [used.left for used in (await quota_status(house)).windows] == [1, 0]


async def test_of_two_windows_in_the_way_the_one_that_renews_last_is_named(limited: Any) -> None:
    house = limited(member="5/hour,6/day")
    await house.ask(count=5)
    error = await refused(house, count=2)
    assert (error.window, error.left, error.renews_at) == (Window.DAY, 1, DAY_END)
    error = await refused(house, count=1)
    assert (error.window, error.left, error.renews_at) == (Window.HOUR, 0, HOUR_END)


async def test_what_no_renewal_makes_possible_has_no_time(limited: Any) -> None:
    house = limited(member="3/day")
    error = await refused(house, count=4)
    assert (error.left, error.renews_at, error.limit) == (3, None, 3)


async def test_the_window_that_never_has_so_many_is_named(limited: Any) -> None:
    house = limited(member="3/hour,6/day")
    await house.ask(count=3)
    error = await refused(house, count=4)
    assert (error.window, error.limit, error.renews_at) == (Window.HOUR, 3, None)


async def test_no_limit_means_no_limit(limited: Any) -> None:
    house = limited(member="none", ceiling="none", everywhere="none")
    ticket = await house.ask(count=15)
    assert ticket.quota_status.left is None
    assert ticket.quota_status.windows == ()
    job = await house.finish(ticket)
    assert job.state is JobState.DONE
    assert await house.holds(job) == []


async def test_a_limit_of_nothing_denies(limited: Any) -> None:
    error = await refused(limited(member="0/day"))
    assert (error.left, error.renews_at) == (0, None)


# --- which limit is named first -----------------------------------------------------------------


async def test_the_members_own_limit_is_named_before_the_servers(limited: Any) -> None:
    house = limited(member="1/day", ceiling="1/day", everywhere="1/day")
    await house.ask()
    assert (await refused(house)).scope is QuotaScope.MEMBER
    assert (await refused(house, user_id=2)).scope is QuotaScope.CEILING
    assert (await refused(house, guild_id=GUILD + 1)).scope is QuotaScope.GLOBAL


async def test_a_ceiling_says_what_is_left_and_when_it_renews(limited: Any) -> None:
    house = limited(member="none", ceiling="5/hour,6/month")
    await house.ask(count=4)
    error = await refused(house, count=2)
    assert (error.scope, error.left, error.renews_at) == (QuotaScope.CEILING, 1, HOUR_END)
    house.clock.at = HOUR_END
    error = await refused(house, count=3)
    assert (error.window, error.left, error.renews_at) == (Window.MONTH, 2, MONTH_END)
    assert (await refused(house, count=8)).renews_at is None


# --- grants -------------------------------------------------------------------------------------


async def test_grants_are_used_after_the_allowance_the_soonest_to_expire_first(
    house: House,
) -> None:
    lasting = await house.grant(5)
    ending = await house.grant(2, expires_at=NOW + 60)
    assert (await quota_status(house)).left == 17
    ticket = await house.ask(count=13)
    job = ticket.progress.job
    assert [(hold.grant_id, hold.amount) for hold in await house.holds(job)] == [
        (None, 10),
        (ending, 2),
        (lasting, 1),
        (None, 13),
        (None, 13),
    ]
    assert [(grant.grant_id, grant.used) for grant in await house.grants()] == [(lasting, 1)]
    error = await refused(house, count=5)
    assert (error.left, error.renews_at) == (4, DAY_END)
    await settle(house, job, delivered=13, paid=13)


async def test_grants_return_first_and_the_allowance_is_kept_first(house: House) -> None:
    first = await house.grant(2, expires_at=NOW + 60)
    second = await house.grant(5)
    job = (await house.ask(count=15)).progress.job
    await settle(house, job, delivered=11, paid=12)
    assert {hold.grant_id: hold.kept for hold in await house.holds(job) if hold.grant_id} == {
        first: 1,
        second: 0,
    }
    assert {grant.grant_id: grant.used for grant in await house.grants()} == {first: 1, second: 0}
    assert await house.used() == {"member": 10, "ceiling": 12, "global": 12}


async def test_an_expired_grant_is_worth_nothing_but_takes_back_what_was_held(
    house: House,
) -> None:
    await house.grant(5, expires_at=NOW + 60)
    job = (await house.ask(count=12)).progress.job
    house.clock.at = NOW + 60
    assert (await quota_status(house)).left == 0
    assert (await refused(house)).left == 0
    await settle(house, job, delivered=0, paid=0)
    assert await house.grants() == []
    assert await house.used() == {"member": 0, "ceiling": 0, "global": 0}


async def test_a_grant_without_an_allowance_still_counts(limited: Any) -> None:
    house = limited(member="0/day")
    await house.grant(2)
    await house.ask(count=2)
    assert (await refused(house)).left == 0


async def test_a_grant_that_is_gone_before_it_is_taken_refuses(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: object, **__: object) -> bool:
        return False

    await house.grant(5)
    monkeypatch.setattr(SqlQuotas, "take_grant", gone)
    await refused(house, count=12)


async def test_a_request_beyond_allowance_and_grants_names_when_both_would_do(
    house: House,
) -> None:
    await house.grant(2)
    await house.ask(count=5)
    error = await refused(house, count=12)
    assert (error.left, error.renews_at) == (7, DAY_END)
    assert (await refused(house, count=13)).renews_at is None


# --- settling -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delivered", "paid", "used"),
    [
        (4, 4, {"member": 4, "ceiling": 4, "global": 4}),
        (3, 4, {"member": 3, "ceiling": 4, "global": 4}),
        (0, 2, {"member": 0, "ceiling": 2, "global": 2}),
        (0, 0, {"member": 0, "ceiling": 0, "global": 0}),
        (4, 9, {"member": 4, "ceiling": 4, "global": 4}),
    ],
)
async def test_members_pay_what_was_posted_and_budgets_what_was_probably_paid(
    house: House, delivered: int, paid: int, used: dict[str, int]
) -> None:
    job = (await house.ask(count=4)).progress.job
    await settle(house, job, delivered=delivered, paid=paid)
    assert await house.used() == used


async def test_settling_twice_gives_back_once(house: House) -> None:
    kept = (await house.ask(count=2)).progress.job
    job = (await house.ask(count=4)).progress.job
    await settle(house, job, delivered=1, paid=1)
    await settle(house, job, delivered=0, paid=0)
    assert await house.used() == {"member": 3, "ceiling": 3, "global": 3}
    await settle(house, kept, delivered=2, paid=2)


async def test_a_refund_goes_to_the_window_that_it_came_from(house: House) -> None:
    old = (await house.ask(count=6)).progress.job
    house.clock.at = DAY_END
    new = (await house.ask(count=9)).progress.job
    await settle(house, old, delivered=0, paid=0)
    assert (await quota_status(house)).left == 1
    await settle(house, new, delivered=9, paid=9)
    day = CounterKey(
        kind=CounterKind.MEMBER,
        guild_id=GUILD,
        user_id=MEMBER,
        window=Window.DAY,
        starts_at=DAY_END - 86_400,
    )
    async with house.database.read() as unit:
        assert await unit.quotas.used(day) == 0


async def test_every_window_of_a_member_is_settled(limited: Any) -> None:
    house = limited(member="5/hour,9/day")
    job = (await house.ask(count=4)).progress.job
    holds = await house.holds(job)
    member = [hold for hold in holds if hold.counter and hold.counter.kind is CounterKind.MEMBER]
    assert [(hold.counter and hold.counter.window, hold.amount) for hold in member] == [
        (Window.HOUR, 4),
        (Window.DAY, 4),
    ]
    await settle(house, job, delivered=1, paid=4)
    found = await quota_status(house)
    assert [(used.limit, used.used) for used in found.windows] == [
        (Limit(5, Window.HOUR), 1),
        (Limit(9, Window.DAY), 1),
    ]
    assert [used.used for used in found.server] == [4]


async def test_looking_at_what_is_left_changes_nothing(house: House) -> None:
    assert (await quota_status(house)).left == 10
    assert await house.used() == {"member": 0, "ceiling": 0, "global": 0}
