"""Which window a charge goes to: time zones, moves between them, resets, clocks, and warnings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from bot.domain.errors import QuotaError, QuotaScope
from bot.domain.job import Reason
from bot.domain.quotas.quota import parse_allowance
from bot.domain.quotas.rules import Subject
from bot.domain.quotas.windows import Window
from bot.services.quotas.quota_book import QuotaBook, Rules
from bot.services.servers.changes import Changes
from bot.services.servers.decisions import RuleDecision, SettingDecision
from tests.services.house import GUILD, MEMBER, NOW, House
from tests.zones import zone_named

HOUR, DAY, WEEK, MONTH = Window.HOUR, Window.DAY, Window.WEEK, Window.MONTH


@pytest.fixture
def changes(house: House) -> Changes:
    return Changes(database=house.database, policies=house.policies, clock=house.clock)


@pytest.fixture
def limit(changes: Changes) -> Callable[..., Any]:
    async def limit(
        credits: int | None, window: Window = DAY, subject: Subject = Subject.EVERYONE
    ) -> None:
        value = {"credits": credits, "until": None}
        actor = changes.actor(GUILD, 7)
        await changes.set(actor, RuleDecision(subject, 0, window), value, action="limit_set")

    return limit


@pytest.fixture
def move(changes: Changes) -> Callable[..., Any]:
    async def move(zone: str) -> None:
        decision = SettingDecision("time_zone")
        await changes.set(changes.actor(GUILD, 7), decision, zone, action="setting")

    return move


def at(text: str, zone: str = "UTC", *, fold: int = 0) -> int:
    """Return the UTC seconds of a local time."""
    local = datetime.fromisoformat(text).replace(tzinfo=zone_named(zone), fold=fold)
    return int(local.timestamp())


async def used_up(house: House) -> int | None:
    """Return when a member's window renews that has nothing left."""
    with pytest.raises(QuotaError) as raised:
        await house.ask()
    assert raised.value.scope is QuotaScope.MEMBER
    return raised.value.renews_at


async def reset(house: House) -> int:
    async with house.database.write() as uow:
        most = await house.book.reset(
            uow, guild_id=GUILD, user_id=MEMBER, by=7, reason="kind", now=house.clock.at
        )
        await uow.commit()
    return most


async def left(house: House) -> int | None:
    return (await house.intake.quota_status(guild_id=GUILD, user_id=MEMBER)).left


# --- time zones -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "window", "now", "renews"),
    [
        ("Asia/Kathmandu", HOUR, "2024-05-15 10:59:59", "2024-05-15 11:00"),
        ("Asia/Kathmandu", DAY, "2024-05-15 23:59:59", "2024-05-16"),
        ("Asia/Kathmandu", WEEK, "2024-05-19 23:59:59", "2024-05-20"),
        ("Asia/Kathmandu", MONTH, "2024-02-29 23:59:59", "2024-03-01"),
        # Half an hour is skipped, and half an hour comes twice.
        ("Australia/Lord_Howe", DAY, "2024-10-06 00:00", "2024-10-07"),
        ("Australia/Lord_Howe", HOUR, "2024-10-06 22:30", "2024-10-07"),
        ("Australia/Lord_Howe", DAY, "2024-04-07 00:00", "2024-04-08"),
        # An hour is skipped, and an hour comes twice, on a Sunday and at a month's end.
        ("Europe/Berlin", DAY, "2024-03-31 01:59:59", "2024-04-01"),
        ("Europe/Berlin", WEEK, "2024-03-31 03:00", "2024-04-01"),
        ("Europe/Berlin", MONTH, "2024-03-31 23:59:59", "2024-04-01"),
        ("Europe/Berlin", DAY, "2024-10-27 02:30", "2024-10-28"),
        ("Europe/Berlin", MONTH, "2024-12-31 23:59:59", "2025-01-01"),
        # Midnight itself is skipped: the day begins at one.
        ("America/Sao_Paulo", DAY, "2018-11-03 23:59:59", "2018-11-04 01:00"),
        ("America/New_York", WEEK, "2024-11-03 01:30", "2024-11-04"),
        ("Pacific/Apia", DAY, "2011-12-29 12:00", "2011-12-31"),
    ],
)
async def test_a_member_s_window_renews_by_the_server_s_clock(
    house: House, limit: Any, move: Any, zone: str, window: Window, now: str, renews: str
) -> None:
    house.clock.at = at(now, zone)
    await move(zone)
    await limit(1, window)
    await house.ask()
    assert await used_up(house) == at(renews, zone)
    house.clock.at = at(renews, zone) - 1
    await used_up(house)
    house.clock.at += 1
    await house.ask()
    await used_up(house)


async def test_an_hour_that_comes_twice_is_two_hours(house: House, limit: Any, move: Any) -> None:
    await move("Europe/Berlin")
    await limit(1, HOUR)
    house.clock.at = at("2024-10-27 02:30", "Europe/Berlin")
    await house.ask()
    await used_up(house)
    house.clock.at = at("2024-10-27 02:30", "Europe/Berlin", fold=1)
    await house.ask()
    await used_up(house)


async def test_budgets_count_in_utc_wherever_the_server_is(
    house: House, limit: Any, move: Any
) -> None:
    await move("Asia/Kathmandu")
    await limit(2, DAY, Subject.BUDGET)
    house.clock.at = at("2024-05-15 23:59:59")
    await house.ask(count=2)
    with pytest.raises(QuotaError) as raised:
        await house.ask()
    assert (raised.value.scope, raised.value.renews_at) == (
        QuotaScope.BUDGET,
        at("2024-05-16 00:00"),
    )
    house.clock.at += 1
    await house.ask(count=2)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"])
async def test_a_window_that_has_begun_keeps_its_end_when_the_server_moves(
    house: House, limit: Any, move: Any, zone: str
) -> None:
    await limit(2)
    await house.ask(count=2)
    end = at("2024-05-16 00:00")
    assert await used_up(house) == end
    await move(zone)
    assert await used_up(house) == end
    house.clock.at = end - 1
    await used_up(house)
    # What begins then ends with the day of the new place, be it soon.
    house.clock.at = end
    await house.ask(count=2)
    here = datetime.fromtimestamp(end, zone_named(zone)).date()
    assert await used_up(house) == at(str(here), zone) + 86_400


async def test_moving_to_and_fro_gives_nobody_a_second_window(
    house: House, limit: Any, move: Any
) -> None:
    await limit(1)
    await house.ask()
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC", "Asia/Tokyo"):
        await move(zone)
        await used_up(house)


# --- the clock of the machine -----------------------------------------------------------------


@pytest.mark.parametrize("seconds", [1, 3600, 90_000, 40 * 86_400])
async def test_a_clock_that_is_set_back_gives_nobody_a_second_window(
    house: House, limit: Any, seconds: int
) -> None:
    for window in Window:
        await limit(1, window)
    await house.ask()
    house.clock.at -= seconds
    await used_up(house)
    house.clock.at += seconds
    await used_up(house)


# --- beginning anew ---------------------------------------------------------------------------


async def test_a_reset_opens_the_window_anew_and_leaves_what_is_held(house: House) -> None:
    job = (await house.ask(count=7)).progress.job
    assert await reset(house) == 7
    assert await left(house) == 10
    await house.ask(count=10)
    await house.intake.cancel(job.job_id, by=Reason.BY_MODERATOR)
    assert await left(house) == 0
    assert await used_up(house) == at("2024-05-16 00:00")


async def test_there_is_nothing_to_reset_twice(house: House) -> None:
    assert await reset(house) == 0
    await house.ask(count=3)
    assert (await reset(house), await reset(house)) == (3, 0)


async def test_resets_in_one_second_each_begin_anew(house: House) -> None:
    for _ in range(3):
        await house.ask(count=10)
        assert await reset(house) == 10
    assert await left(house) == 10


async def test_a_reset_in_the_last_second_of_a_window_does_not_reach_into_the_next(
    house: House,
) -> None:
    house.clock.at = at("2024-05-15 23:59:59")
    await house.ask(count=10)
    assert await reset(house) == 10
    await house.ask(count=4)
    # Another second, and it renews by itself.
    assert await reset(house) == 0
    house.clock.at += 1
    assert await left(house) == 10
    await house.ask(count=6)
    assert await left(house) == 4
    assert await reset(house) == 6


async def test_a_reset_while_the_clock_is_set_back_still_helps(house: House) -> None:
    await house.ask(count=10)
    house.clock.at -= 90_000
    assert await reset(house) == 10
    await house.ask(count=10)
    await used_up(house)


# --- several limits ---------------------------------------------------------------------------


async def test_a_limit_lowered_below_what_is_used_lets_nothing_through_until_it_renews(
    house: House, limit: Any
) -> None:
    await house.ask(count=7)
    await limit(3)
    assert await left(house) == 0
    assert await used_up(house) == at("2024-05-16 00:00")
    await limit(8)
    await house.ask()
    await used_up(house)


async def test_a_personal_scope_has_its_own_limit_and_no_server_s(house: House, limit: Any) -> None:
    book = QuotaBook(
        Rules(
            member=parse_allowance("10/day"),
            ceiling=parse_allowance("1/day"),
            everywhere=parse_allowance("3/day"),
            personal=parse_allowance("2/day"),
        )
    )
    await limit(0)
    async with house.database.read() as uow:
        policy = await house.policies.current(uow, 0)
        quota_status = await book.quota_status(
            uow, policy, guild_id=0, user_id=MEMBER, role_ids=(), now=NOW
        )
    assert [used.limit.credits for used in quota_status.windows] == [2]
    assert (quota_status.left, quota_status.server, quota_status.grants) == (2, (), ())


# --- warnings ---------------------------------------------------------------------------------


async def warnings(house: House) -> list[tuple[str, int, int, int]]:
    async with house.database.read() as uow:
        entries = await uow.audit.unechoed(limit=50)
    found: list[tuple[str, int, int, int]] = []
    for entry in entries:
        if entry.action == "budget_warning":
            new: Any = entry.new
            assert entry.actor_id == 0
            found.append((entry.subject_id, new["percent"], new["used"], new["limit"]))
    return found


async def test_somebody_is_warned_once_at_eighty_and_once_at_a_hundred_percent(
    house: House, limit: Any
) -> None:
    await limit(10, DAY, Subject.BUDGET)
    await house.ask(count=7)
    assert await warnings(house) == []
    job = (await house.ask(count=1)).progress.job
    assert await warnings(house) == [("budget", 80, 8, 10)]
    # Back below, and again above: it was said.
    await house.intake.cancel(job.job_id, by=Reason.BY_MEMBER)
    await house.ask(count=1)
    await house.ask(count=2)
    with pytest.raises(QuotaError):
        await house.ask()
    assert await warnings(house) == [("budget", 80, 8, 10), ("budget", 100, 10, 10)]


async def test_a_budget_that_is_raised_warns_again_of_what_is_left(
    house: House, limit: Any
) -> None:
    await limit(5, DAY, Subject.BUDGET)
    await house.ask(count=5)
    await limit(10, DAY, Subject.BUDGET)
    await house.ask(count=2)
    await house.ask(count=1)
    await house.ask(count=2)
    assert await warnings(house) == [
        ("budget", 100, 5, 5),
        ("budget", 80, 8, 10),
        ("budget", 100, 10, 10),
    ]


async def test_a_new_window_warns_anew(house: House, limit: Any) -> None:
    await limit(5, DAY, Subject.BUDGET)
    for _ in range(2):
        await house.ask(count=5)
        house.clock.at += 86_400
    assert await warnings(house) == [("budget", 100, 5, 5)] * 2


async def test_a_request_that_is_refused_by_another_limit_warns_nobody(
    house: House, limit: Any
) -> None:
    await limit(5, DAY, Subject.BUDGET)
    await limit(4, DAY, Subject.CEILING)
    with pytest.raises(QuotaError) as raised:
        await house.ask(count=5)
    assert raised.value.scope is QuotaScope.CEILING
    assert await warnings(house) == []
