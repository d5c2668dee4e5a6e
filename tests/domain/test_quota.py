"""Allowances, windows in every odd time zone, and the division of charges."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.quotas.quota import (
    Limit,
    Used,
    left_in,
    parse_allowance,
    split_charge,
    split_kept,
)
from bot.domain.quotas.windows import Window, window_end, window_start
from tests.cases import every_case
from tests.zones import zone_named

HOUR, DAY, WEEK, MONTH = Window.HOUR, Window.DAY, Window.WEEK, Window.MONTH

# --- allowances -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("10/day", (Limit(10, DAY),)),
        (" 10 / Day ", (Limit(10, DAY),)),
        ("0/day", (Limit(0, DAY),)),
        ("20/day, 5/hour", (Limit(5, HOUR), Limit(20, DAY))),
        ("1/month,2/week,3/day,4/hour", tuple(map(Limit, (4, 3, 2, 1), Window))),
        ("999999999/month", (Limit(999_999_999, MONTH),)),
        ("none", ()),
        (" None\n", ()),
    ],
)
def test_an_allowance_is_read(text: str, limits: tuple[Limit, ...]) -> None:
    assert parse_allowance(text) == limits


@every_case(
    "text",
    [
        "",
        "10",
        "day",
        "/day",
        "10/",
        "10/days",
        "10/year",
        "-1/day",
        "+1/day",
        "1.5/day",
        "1e3/day",
        "1_000/day",
        "ten/day",
        "٣/day",
        "10 per day",
        "10/day,",
        "10/day;5/hour",
        "none,10/day",
        "1000000000/day",
        "unlimited",
    ],
)
def test_what_is_no_allowance_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(ValueError, match="write NUMBER/hour, /day, /week or /month"):
        parse_allowance(text)


def test_two_limits_for_one_window_are_refused() -> None:
    with pytest.raises(ValueError, match="two limits for one day"):
        parse_allowance("10/day,20/day")


@given(st.lists(st.builds(Limit, st.integers(0, 999_999_999), st.sampled_from(Window))))
def test_an_allowance_reads_back_what_it_writes(limits: list[Limit]) -> None:
    one_each = {limit.window: limit for limit in limits}
    text = ",".join(map(str, one_each.values())) or "none"
    assert set(parse_allowance(text)) == set(one_each.values())


# --- windows ----------------------------------------------------------------------------------


def at(text: str, zone: tzinfo = UTC, *, fold: int = 0) -> int:
    """Return the UTC seconds of a local time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp())


def bounds(window: Window, now: int, zone: tzinfo = UTC) -> tuple[str, str]:
    """Return a window's beginning and end as local times."""
    start = window_start(window, now, zone)
    ends = (start, window_end(window, start, zone))
    return tuple(  # pyright: ignore[reportReturnType]
        datetime.fromtimestamp(seconds, zone).strftime("%Y-%m-%d %H:%M:%S") for seconds in ends
    )


@every_case(
    ("window", "now", "start", "end"),
    [
        (HOUR, "2024-05-15 10:20:30", "2024-05-15 10:00:00", "2024-05-15 11:00:00"),
        (HOUR, "2024-05-15 23:59:59", "2024-05-15 23:00:00", "2024-05-16 00:00:00"),
        (DAY, "2024-05-15 00:00:00", "2024-05-15 00:00:00", "2024-05-16 00:00:00"),
        (DAY, "2024-05-15 23:59:59", "2024-05-15 00:00:00", "2024-05-16 00:00:00"),
        (WEEK, "2024-05-12 23:59:59", "2024-05-06 00:00:00", "2024-05-13 00:00:00"),
        (WEEK, "2024-05-13 00:00:00", "2024-05-13 00:00:00", "2024-05-20 00:00:00"),
        (WEEK, "2025-01-01 12:00:00", "2024-12-30 00:00:00", "2025-01-06 00:00:00"),
        (MONTH, "2024-02-29 12:00:00", "2024-02-01 00:00:00", "2024-03-01 00:00:00"),
        (MONTH, "2023-02-28 23:59:59", "2023-02-01 00:00:00", "2023-03-01 00:00:00"),
        (MONTH, "2024-12-31 23:59:59", "2024-12-01 00:00:00", "2025-01-01 00:00:00"),
        (MONTH, "2025-01-01 00:00:00", "2025-01-01 00:00:00", "2025-02-01 00:00:00"),
        (MONTH, "2024-04-30 23:59:59", "2024-04-01 00:00:00", "2024-05-01 00:00:00"),
    ],
)
def test_a_window_begins_and_ends_with_its_name(
    window: Window, now: str, start: str, end: str
) -> None:
    assert bounds(window, at(now)) == (start, end)


@every_case(
    ("zone", "window", "now", "start", "end"),
    [
        # Five hours and three quarters east: local hours begin at a quarter past the UTC hour.
        ("Asia/Kathmandu", HOUR, "2024-05-15 10:59:59", "10:00:00", "11:00:00"),
        ("Asia/Kathmandu", DAY, "2024-05-15 00:00:00", "2024-05-15", "2024-05-16"),
        ("Asia/Kolkata", HOUR, "2024-05-15 10:00:00", "10:00:00", "11:00:00"),
        # The clock goes forward at midnight: that day begins at one.
        ("America/Sao_Paulo", DAY, "2018-11-04 12:00:00", "2018-11-04 01:00:00", "2018-11-05"),
        ("America/Sao_Paulo", DAY, "2018-11-03 23:59:59", "2018-11-03", "2018-11-04 01:00:00"),
        ("America/Sao_Paulo", HOUR, "2018-11-04 01:30:00", "01:00:00", "02:00:00"),
        ("Africa/Cairo", DAY, "2024-04-26 05:00:00", "2024-04-26 01:00:00", "2024-04-27"),
        # ... from half past eleven: it begins at half past midnight.
        ("America/Toronto", DAY, "1919-03-31 00:40:00", "1919-03-31 00:30:00", "1919-04-01"),
        # The clock goes back at midnight: the day before has 25 hours.
        ("America/Sao_Paulo", DAY, "2018-02-17 23:30:00", "2018-02-17", "2018-02-18"),
        # A day that a country skipped.
        ("Pacific/Apia", DAY, "2011-12-29 12:00:00", "2011-12-29", "2011-12-31"),
        ("Pacific/Apia", DAY, "2011-12-31 00:00:00", "2011-12-31", "2012-01-01"),
        # Weeks and months across a change of the clock.
        ("Europe/Berlin", WEEK, "2024-03-31 12:00:00", "2024-03-25", "2024-04-01"),
        ("Europe/Berlin", MONTH, "2024-10-31 12:00:00", "2024-10-01", "2024-11-01"),
        ("Pacific/Auckland", MONTH, "2024-09-30 23:59:59", "2024-09-01", "2024-10-01"),
    ],
)
def test_a_window_follows_its_time_zone(
    zone: str, window: Window, now: str, start: str, end: str
) -> None:
    def full(text: str) -> str:
        text = text if "-" in text else f"{now[:10]} {text}"
        return text if ":" in text else f"{text} 00:00:00"

    place = zone_named(zone)
    assert bounds(window, at(now, place), place) == (full(start), full(end))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2024-03-31", 23),
        ("Europe/Berlin", "2024-10-27", 25),
        ("Australia/Lord_Howe", "2024-10-06", 23.5),
        ("Australia/Lord_Howe", "2024-04-07", 24.5),
        ("America/Havana", "2024-11-03", 25),
        ("America/Sao_Paulo", "2018-02-17", 25),
        ("Asia/Kathmandu", "2024-05-15", 24),
    ],
)
def test_a_day_is_as_long_as_its_clock_makes_it(zone: str, day: str, hours: float) -> None:
    place = zone_named(zone)
    start = window_start(DAY, at(f"{day} 12:00:00", place), place)
    assert window_end(DAY, start, place) - start == hours * 3600


@pytest.mark.parametrize(
    ("day", "count"),
    [("2024-10-06", 23), ("2024-04-07", 24)],
    ids=["half an hour is skipped", "half an hour comes twice"],
)
def test_where_the_clock_changes_by_half_an_hour_no_hour_is_shorter_than_one(
    day: str, count: int
) -> None:
    zone = zone_named("Australia/Lord_Howe")
    now = at(f"{day} 00:00:00", zone)
    end = window_end(DAY, now, zone)
    lengths: list[int] = []
    while now < end:
        assert window_start(HOUR, now, zone) == now
        lengths.append(window_end(HOUR, now, zone) - now)
        now += lengths[-1]
    assert now == end
    assert lengths == [3600] * (count - 1) + [5400]


def test_a_doubled_hour_over_midnight_does_not_bring_the_day_back() -> None:
    # One minute past midnight the clock goes back an hour: the new day has begun, and stays.
    zone = zone_named("America/St_Johns")
    begun = at("2006-10-29 00:00:00", zone)
    assert bounds(DAY, begun, zone) == ("2006-10-29 00:00:00", "2006-10-30 00:00:00")
    for seconds in (0, 59, 60, 61, 1800, 3599, 3600, 7200):
        assert window_start(DAY, begun + seconds, zone) == begun
    assert datetime.fromtimestamp(begun + 60, zone).day == 28


ZONES = [
    "UTC",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Toronto",
    "America/Havana",
    "America/Caracas",
    "America/Scoresbysund",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Gaza",
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Europe/Lisbon",
    "Europe/Berlin",
    "Pacific/Apia",
    "Pacific/Chatham",
]
SHORTEST = {HOUR: 3600, DAY: 22 * 3600, WEEK: 6 * 86_400, MONTH: 27 * 86_400}
LONGEST = {HOUR: 7199, DAY: 49 * 3600, WEEK: 8 * 86_400, MONTH: 32 * 86_400}


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(Window),
    st.sampled_from(ZONES).map(zone_named),
    st.integers(at("1910-01-01"), at("2040-01-01")),
)
def test_now_lies_in_its_window_and_windows_touch(window: Window, zone: tzinfo, now: int) -> None:
    start = window_start(window, now, zone)
    end = window_end(window, start, zone)
    assert start <= now < end
    assert SHORTEST[window] <= end - start <= LONGEST[window]
    assert window_start(window, start, zone) == start
    assert window_start(window, end - 1, zone) == start
    assert window_start(window, end, zone) == end


@every_case("zone", ZONES)
def test_windows_touch_around_every_change_of_the_clock(zone: str) -> None:
    place = zone_named(zone)
    for change in changes(place, 2015, 2027):
        for now in (change - 3601, change - 1, change, change + 1, change + 1799, change + 3600):
            for window in Window:
                start = window_start(window, now, place)
                end = window_end(window, start, place)
                assert start <= now < end
                assert window_start(window, end - 1, place) == start
                assert window_start(window, end, place) == end
                assert end - start >= SHORTEST[window]


def changes(zone: tzinfo, first_year: int, last_year: int) -> list[int]:
    """Return the moments when a zone's clock changes."""
    found: list[int] = []
    step = 86_400
    for day in range(at(f"{first_year}-01-01"), at(f"{last_year}-01-01"), step):
        low, high = day, day + step
        if offset(low, zone) == offset(high, zone):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (
                (middle, high) if offset(middle, zone) == offset(low, zone) else (low, middle)
            )
        found.append(high)
    return found


def offset(now: int, zone: tzinfo) -> object:
    return datetime.fromtimestamp(now, zone).utcoffset()


# --- charges ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("needed", "left", "grants", "charge"),
    [
        (3, 10, [], (3, [])),
        (3, 3, [], (3, [])),
        (3, None, [5], (3, [0])),
        (3, 2, [], None),
        (3, 2, [1], (2, [1])),
        (3, 0, [1, 5], (0, [1, 2])),
        (9, 2, [3, 3], None),
        (8, 2, [3, 3], (2, [3, 3])),
        (1, 0, [], None),
    ],
)
def test_the_allowance_is_charged_before_grants_and_grants_in_their_order(
    needed: int, left: int | None, grants: list[int], charge: tuple[int, list[int]] | None
) -> None:
    assert split_charge(needed, left, grants) == charge


@pytest.mark.parametrize(
    ("amounts", "delivered", "kept"),
    [
        ([5], 5, [5]),
        ([5], 0, [0]),
        ([2, 1, 2], 5, [2, 1, 2]),
        ([2, 1, 2], 3, [2, 1, 0]),
        ([2, 1, 2], 1, [1, 0, 0]),
        ([0, 3], 2, [0, 2]),
        ([2, 2], 9, [2, 2]),
        ([], 3, []),
    ],
)
def test_what_was_delivered_is_kept_of_the_allowance_first(
    amounts: list[int], delivered: int, kept: list[int]
) -> None:
    assert split_kept(amounts, delivered) == kept


AMOUNTS = st.lists(st.integers(0, 20), max_size=6)


@given(st.integers(1, 40), st.none() | st.integers(0, 20), AMOUNTS, st.integers(0, 40))
def test_a_charge_is_whole_and_what_is_kept_never_exceeds_it(
    needed: int, left: int | None, grants: list[int], delivered: int
) -> None:
    charge = split_charge(needed, left, grants)
    if charge is None:
        assert left is not None
        assert left + sum(grants) < needed
        return
    allowance, taken = charge
    assert allowance + sum(taken) == needed
    assert left is None or allowance <= left
    assert all(0 <= part <= grant for part, grant in zip(taken, grants, strict=True))
    kept = split_kept([allowance, *taken], delivered)
    assert sum(kept) == min(delivered, needed)


def test_of_several_windows_the_tightest_counts_and_none_is_negative() -> None:
    def used(credits: int, taken: int) -> Used:
        return Used(limit=Limit(credits, DAY), used=taken, starts_at=0, ends_at=86_400)

    assert left_in([]) is None
    assert left_in([used(10, 3), used(20, 18)]) == 2
    # A limit lowered below what is used leaves nothing, not less.
    assert left_in([used(10, 3), used(5, 9)]) == 0
