"""Charts as a table: every number, and no formula."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

from bot.services.ports.charts import Chart, ChartKind, Series
from bot.services.servers.statistics_csv import csv_of
from bot.ui.messages.staff.statistics import TABLE_COLUMNS


def chart(*labels: str, values: tuple[int | Decimal, ...] = (1,), unit: str = "") -> Chart:
    return Chart(
        kind=ChartKind.MODELS,
        title="Pictures",
        empty="Nothing.",
        labels=labels,
        series=(Series(name="Made", values=values),),
        unit=unit,
    )


def cells(*charts: Chart) -> list[list[str]]:
    return list(csv.reader(io.StringIO(csv_of(charts, TABLE_COLUMNS).removeprefix("\ufeff"))))[1:]


def test_a_table_has_every_number_and_says_that_it_is_utf_8() -> None:
    money = chart("2025-01-01", "2025-01-02", values=(Decimal("0.000001"), 10**18), unit="USD")
    assert (
        csv_of([money], TABLE_COLUMNS)
        .encode()
        .startswith(b"\xef\xbb\xbfchart,label,series,number,unit\r\n")
    )
    assert cells(money, chart('我的 "模型", 🐱')) == [
        ["Pictures", "2025-01-01", "Made", "0.000001", "USD"],
        ["Pictures", "2025-01-02", "Made", "1000000000000000000", "USD"],
        ["Pictures", '我的 "模型", 🐱', "Made", "1", ""],
    ]


def test_a_table_of_nothing_is_its_heading() -> None:
    assert csv_of([], TABLE_COLUMNS) == "\ufeffchart,label,series,number,unit\r\n"


@pytest.mark.parametrize("label", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "＝1", "\r=1"])
def test_a_text_that_a_spreadsheet_would_calculate_is_kept_a_text(label: str) -> None:
    assert cells(chart(label))[0][1] == "'" + label


def test_a_number_is_no_text() -> None:
    assert cells(chart("a=b", "A-1", values=(0, 7)))[1][1:4] == ["A-1", "Made", "7"]


@pytest.mark.parametrize("values", [(-1,), (Decimal("NaN"),), (Decimal("Infinity"),), (1, 2), ()])
def test_numbers_that_cannot_be_drawn_make_no_chart(values: tuple[int | Decimal, ...]) -> None:
    with pytest.raises(ValueError, match=r"Made|Pictures"):
        chart("A", values=values)
