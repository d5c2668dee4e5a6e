"""What the statistics say: the words in the charts, beside them, and instead of them.

Names of members are mentions, which the caller writes; they stand in no picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from bot.services.ports.charts import Chart, ChartKind, Series
from bot.ui.limits import ALT_TEXT_CHARACTERS
from bot.ui.messages.words import clip, number, plural

STATS_PERIODS = {"today": "today", "week": "this week", "month": "this month"}
STATS_UNDRAWN = "The charts could not be drawn this time. The attached table has the numbers."
STATS_TABLE = "Every number is in the attached table."

_MICRO = 1_000_000
_OTHERS = "{count} others"
_NAMED_IN_ALT_TEXT = 5


def stats_title(period: str) -> str:
    """Return the title for a key of STATS_PERIODS."""
    return f"**Statistics of this server, {STATS_PERIODS[period]}**"


def days_chart(
    pictures: Mapping[date, int], credits: Mapping[date, int], *, first: date, last: date
) -> Chart:
    """Return pictures and credits of each day, both ends included; a missing day is a zero."""
    days = _days(first, last)
    return Chart(
        kind=ChartKind.DAYS,
        title="Pictures per day",
        empty="No pictures in this time. /imagine makes the next one.",
        labels=tuple(day.isoformat() for day in days),
        series=(
            Series(name="Pictures", values=tuple(pictures.get(day, 0) for day in days)),
            Series(name="Credits", values=tuple(credits.get(day, 0) for day in days)),
        ),
    )


def models_chart(pictures: Iterable[tuple[str, int]]) -> Chart:
    """Return pictures by a model's label."""
    chart = _ranking(
        ChartKind.MODELS, "Pictures per model", "No model was used in this time.", pictures
    )
    return replace(chart, others=_OTHERS)


def members_chart(pictures: Iterable[tuple[str, int]]) -> Chart:
    """Return pictures by a member's mention."""
    return _ranking(
        ChartKind.MEMBERS, "Most active members", "Nobody made a picture in this time.", pictures
    )


def money_chart(
    micro: Mapping[date, tuple[int, int]], currency: str, *, first: date, last: date
) -> Chart:
    """Return what was paid each day in millionths: surely, and perhaps (an unknown outcome)."""
    days = _days(first, last)
    paid, unsure = (
        tuple(Decimal(micro.get(day, (0, 0))[part]) / _MICRO for day in days) for part in (0, 1)
    )
    return Chart(
        kind=ChartKind.MONEY,
        title=f"Cost per day in {currency}",
        empty="Nothing was spent in this time.",
        labels=tuple(day.isoformat() for day in days),
        series=(Series(name="Paid", values=paid), Series(name="Perhaps paid", values=unsure)),
        unit=currency,
    )


def model_legend(chart: Chart) -> list[str]:
    """Return who the letters in the chart of models are; a line has no Markdown of its own."""
    pairs = zip(chart.marks, chart.labels, chart.series[0].values, strict=False)
    return [f"{mark}: {label}, {_pictures(value)}" for mark, label, value in pairs if mark != label]


def member_legend(chart: Chart) -> list[str]:
    """Return the members by rank; labels are mentions, which Discord turns into names."""
    pairs = zip(chart.marks, chart.labels, chart.series[0].values, strict=False)
    return [f"{mark}. {label} · {_pictures(value)}" for mark, label, value in pairs]


def alt_text(charts: Sequence[Chart]) -> str:
    """Describe the charts for those who do not see them, within Discord's limit."""
    return clip(" ".join(_described(chart) for chart in charts), ALT_TEXT_CHARACTERS)


def _described(chart: Chart) -> str:
    if chart.is_empty:
        return f"{chart.title}: {chart.empty}"
    match chart.kind:
        case ChartKind.DAYS:
            pictures, credits = chart.series
            total = f"{_pictures(pictures.total)} for {plural(int(credits.total), 'credit')}"
            most = max(pictures.values)
            day = _day(chart.labels[pictures.values.index(most)])
            best = f", the most on {day} ({number(most)})" if most else ""
            return f"{chart.title}, {_span(chart.labels)}: {total}{best}."
        case ChartKind.MONEY:
            known, unknown = (series.total for series in chart.series)
            unsure = f", and perhaps {_money(unknown)} more" if unknown else ""
            return f"{chart.title}, {_span(chart.labels)}: {_money(known)} in all{unsure}."
        case ChartKind.MODELS:
            return _leading(chart, chart.labels)
        case ChartKind.MEMBERS:
            return _leading(chart, [f"number {rank}" for rank in chart.marks])


def _leading(chart: Chart, names: Sequence[str]) -> str:
    values = chart.series[0].values
    named = [
        f"{clip(name, 40)} {number(value)}" for name, value in zip(names, values, strict=False)
    ][:_NAMED_IN_ALT_TEXT]
    rest = values[len(named) :]
    if rest:
        named.append(f"{_OTHERS.format(count=len(rest))} {number(sum(rest))}")
    return f"{chart.title}: {', '.join(named)}."


def _ranking(kind: ChartKind, title: str, empty: str, pictures: Iterable[tuple[str, int]]) -> Chart:
    """Return a chart in falling order, without those who have nothing."""
    bars = sorted((bar for bar in pictures if bar[1]), key=lambda bar: (-bar[1], bar[0]))
    return Chart(
        kind=kind,
        title=title,
        empty=empty,
        labels=tuple(label for label, _ in bars),
        series=(Series(name="Pictures", values=tuple(count for _, count in bars)),),
    )


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=day) for day in range((last - first).days + 1)]


def _span(labels: Sequence[str]) -> str:
    first, last = _day(labels[0]), _day(labels[-1])
    return first if first == last else f"{first} to {last}"


def _day(label: str) -> str:
    day = date.fromisoformat(label)
    return f"{day.day} {day:%B}"


def _pictures(count: int | Decimal) -> str:
    return plural(int(count), "picture")


def _money(amount: int | Decimal) -> str:
    return f"{amount:,.2f}" if amount >= 1 else f"{amount:.2g}"
