"""How long something lasts, as people type it."""

from __future__ import annotations

import pytest

from bot.ui import durations
from bot.ui.discord_api import discord_limits
from bot.ui.durations import UnclearError, parse
from tests.cases import every_case
from tests.zones import zone_named

NOW = 1_767_268_800  # 2026-01-01 12:00:00 UTC


@every_case(
    ("typed", "seconds"),
    [
        ("1 h", 3600),
        ("1h", 3600),
        (" 2  Hours ", 7200),
        ("90 min", 5400),
        ("1 day", 86400),
        ("2 weeks", 14 * 86400),
        ("1 month", 30 * 86400),
        ("３ d", 3 * 86400),
        ("３天", 3 * 86400),
        ("两天", 2 * 86400),
        ("一个月", 30 * 86400),
        ("十五分钟", 900),
        ("二十个小时", 20 * 3600),
        ("三十五 天", 35 * 86400),
        ("半小时", 1800),
        ("半天", 43200),
    ],
)
def test_a_span_counts_from_now(typed: str, seconds: int) -> None:
    assert parse(typed, now=NOW) == NOW + seconds


def test_a_date_lasts_to_its_end_in_the_servers_time_zone() -> None:
    assert parse("2026-01-01", now=NOW) == NOW + 12 * 3600
    assert parse("2026-01-02 08:30", now=NOW) == NOW + 20 * 3600 + 1800
    assert parse("2026年1月1日", now=NOW) == NOW + 12 * 3600
    assert parse("２０２６年１月２号8:30", now=NOW) == NOW + 20 * 3600 + 1800
    kathmandu = zone_named("Asia/Kathmandu")
    assert parse("2026-01-01", now=NOW, zone=kathmandu) == NOW + 6 * 3600 + 900


@every_case(
    "typed",
    [
        *("", " ", "soon", "h", "1", "1 h 2", "-1 h", "1.5 h", "1 h" * 100, "9" * 5000 + " h"),
        *("2026-13-01", "2026-02-30", "01/02/2026", "9999-12-31", "0001-01-01 00:00"),
        *(
            "2026-01-01 25:00",
            "2026年13月1日",
            "2026年",
            "十",
            "半",
            "十十天",
            "一二天",
            "百天",
            "天",
        ),
    ],
)
def test_nonsense_is_refused_with_the_form_to_use(typed: str) -> None:
    with pytest.raises(UnclearError) as raised:
        parse(typed, now=NOW)
    words = str(raised.value)
    assert "Write 1 h, 2 days, or a date" in words or "is in the past" in words
    assert len(words) < 200


@pytest.mark.parametrize("typed", ["0 h", "2025-12-31", "2026-01-01 11:59"])
def test_what_is_over_is_refused(typed: str) -> None:
    with pytest.raises(UnclearError, match="in the past"):
        parse(typed, now=NOW)


@pytest.mark.parametrize("typed", ["367 days", "999999 months", "2030-12-24"])
def test_more_than_a_year_is_refused(typed: str) -> None:
    with pytest.raises(UnclearError, match="longest time is one year"):
        parse(typed, now=NOW)


@every_case(
    "typed",
    [
        "",
        "1",
        "w",
        "3 d",
        "1 day",
        "2026-05-01",
        "两天",
        "2026年5月1日",
        "x",
        "1" + " " * 200 + "d",
    ],
)
def test_every_suggestion_can_be_sent_and_is_understood(typed: str) -> None:
    for name, value in durations.choices(typed, now=NOW):
        assert len(name) <= discord_limits.CHOICE_CHARACTERS
        assert len(value) <= discord_limits.CHOICE_CHARACTERS
        assert parse(value, now=NOW) > NOW


def test_what_can_be_read_is_suggested_first_with_its_end() -> None:
    assert durations.choices("3 d", now=NOW)[0] == ("3 d · until 2026-01-04 12:00", "3 d")
    named = [value for _, value in durations.choices("1 day", now=NOW)]
    assert named == ["1 day"]
