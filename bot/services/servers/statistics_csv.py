"""The numbers of charts as a table for spreadsheets; knows no file and no Discord."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

from bot.services.ports.charts import Chart

# Without it, Excel reads UTF-8 as the code page of its system.
BYTE_ORDER_MARK = "\ufeff"
# A cell that begins so is taken for a formula (OWASP, CSV Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_of(charts: Iterable[Chart], columns: Iterable[object]) -> str:
    """Return every number of the charts, one row each; `columns` are the five headings:

    chart, label, series, number and unit, as its reader calls them.
    """
    out = io.StringIO()
    out.write(BYTE_ORDER_MARK)
    rows = csv.writer(out)
    rows.writerow(map(str, columns))
    for chart in charts:
        for position, label in enumerate(chart.labels):
            for series in chart.series:
                number = _plain(series.values[position])
                texts = (chart.title, label, series.name)
                rows.writerow((*map(cell, texts), number, cell(chart.unit)))
    return out.getvalue()


def cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _plain(value: int | Decimal) -> str:
    """Write a number without an exponent, which spreadsheets would round."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
