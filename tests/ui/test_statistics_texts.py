"""What the statistics say, with and without their charts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from bot.ui.discord_api.discord_limits import ALT_TEXT_CHARACTERS
from bot.ui.language import speaking
from bot.ui.messages.staff import statistics

FIRST, LAST = date(2025, 1, 30), date(2025, 2, 2)


def test_days_without_a_picture_are_there_as_zeros() -> None:
    chart = statistics.days_chart({FIRST: 3, LAST: 1}, {FIRST: 4}, first=FIRST, last=LAST)
    assert chart.labels == ("2025-01-30", "2025-01-31", "2025-02-01", "2025-02-02")
    assert [series.values for series in chart.series] == [(3, 0, 0, 1), (4, 0, 0, 0)]


def test_money_is_exact_and_what_is_unsure_stands_apart() -> None:
    chart = statistics.money_chart({LAST: (40_000, 1)}, "USD", first=LAST, last=LAST)
    assert [series.total for series in chart.series] == [Decimal("0.04"), Decimal("0.000001")]
    assert chart.unit == "USD"


def test_rankings_fall_and_leave_out_who_has_nothing() -> None:
    chart = statistics.models_chart([("B", 1), ("A", 1), ("none", 0), ("C", 9)])
    assert chart.labels == ("C", "A", "B")
    assert chart.series[0].values == (9, 1, 1)


def test_a_label_that_cannot_be_drawn_is_a_letter_that_the_text_explains() -> None:
    names = ["Seedream 4.5", "我的模型", "B", "نموذج", "Модель", "🐱 cat", "x" * 37, "a\u202eb"]
    chart = statistics.models_chart([(name, 10 - place) for place, name in enumerate(names)])
    assert chart.marks == ("Seedream 4.5", "A", "B", "C", "Модель", "D", "E", "F")
    assert statistics.model_legend(chart) == [
        "A: 我的模型, 9 pictures",
        "C: نموذج, 7 pictures",
        "D: 🐱 cat, 5 pictures",
        f"E: {'x' * 37}, 4 pictures",
        "F: a\u202eb, 3 pictures",
    ]


def test_of_many_models_eight_have_a_bar_of_their_own() -> None:
    nine = statistics.models_chart([(f"M{n}", 1) for n in range(9)])
    ten = statistics.models_chart([(f"M{n}", 1) for n in range(10)])
    assert (len(nine.marks), len(ten.marks)) == (9, 8)
    assert statistics.model_legend(ten) == []


def test_members_are_named_beside_the_picture_by_their_rank() -> None:
    chart = statistics.members_chart([(f"<@{n}>", n) for n in range(1, 13)], {})
    lines = statistics.member_legend(chart)
    assert len(lines) == 10
    assert lines[0] == "1. <@12> · 12 pictures"
    assert lines[9] == "10. <@3> · 3 pictures"


def test_members_have_their_names_beside_their_bars_where_the_font_can_write_them() -> None:
    names = {
        "<@1>": "Maya",
        "<@2>": "美雅",
        "<@3>": "a name that is longer than two lines have room",
    }
    chart = statistics.members_chart([(f"<@{n}>", 9 - n) for n in range(1, 5)], names)
    assert chart.marks == ("1. Maya", "2", "3", "4")
    assert statistics.member_legend(chart)[0] == "1. <@1> · 8 pictures"


def test_the_alt_text_says_the_numbers_that_matter() -> None:
    charts = [
        statistics.days_chart({FIRST: 3, LAST: 1}, {FIRST: 4, LAST: 1}, first=FIRST, last=LAST),
        statistics.models_chart([("Seedream 4.5", 3), ("我的模型", 1)]),
        statistics.members_chart([("<@7>", 4), ("<@8>", 2)], {"<@8>": "Maya"}),
        statistics.money_chart({FIRST: (1_234_500_000, 80_000)}, "USD", first=FIRST, last=LAST),
    ]
    assert statistics.alt_text(charts) == (
        "Pictures per day, 30 January to 2 February: 4 pictures for 5 credits, the most on "
        "30 January (3). "
        "Pictures per model: Seedream 4.5 3, 我的模型 1. "
        "Most active members: number 1 4, Maya 2. "
        "Cost per day in USD, 30 January to 2 February: 1,234.50 in all, and perhaps 0.08 more."
    )


def test_the_alt_text_counts_as_its_language_does() -> None:
    with speaking("zh-CN"):
        text = statistics.alt_text([statistics.models_chart([("Seedream 4.5", 3), ("GPT", 1)])])
    assert text == "各模型的图片：Seedream 4.5 3 张、GPT 1 张。"


def test_the_alt_text_of_nothing_says_so() -> None:
    charts = [
        statistics.days_chart({}, {}, first=FIRST, last=FIRST),
        statistics.models_chart([]),
        statistics.members_chart([], {}),
        statistics.money_chart({}, "USD", first=FIRST, last=FIRST),
    ]
    assert statistics.alt_text(charts) == (
        "Pictures per day: No pictures in this period. /imagine makes the next one. Pictures per "
        "model: No model was used in this period. Most active members: Nobody made a picture in "
        "this period. Cost per day in USD: Nothing was spent in this period."
    )


def test_credits_without_a_picture_have_no_best_day() -> None:
    chart = statistics.days_chart({}, {FIRST: 2}, first=FIRST, last=FIRST)
    assert statistics.alt_text([chart]) == "Pictures per day, 30 January: 0 pictures for 2 credits."


def test_the_alt_text_keeps_within_what_discord_takes() -> None:
    days = [FIRST + timedelta(day) for day in range(31)]
    huge = dict.fromkeys(days, 10**18)
    charts = [
        statistics.days_chart(huge, huge, first=days[0], last=days[-1]),
        statistics.models_chart([("模型" * 400 + str(n), 10**18 - n) for n in range(40)]),
        statistics.members_chart([(f"<@{n}>", 10**18) for n in range(40)], {}),
        *[statistics.money_chart({FIRST: (10**18, 1)}, "USD", first=FIRST, last=LAST)] * 9,
    ]
    assert len(statistics.alt_text(charts)) <= ALT_TEXT_CHARACTERS


@pytest.mark.parametrize("period", statistics.STATS_PERIODS)
def test_every_period_has_its_title(period: str) -> None:
    assert str(statistics.STATS_PERIODS[period]) in statistics.stats_title(period)
