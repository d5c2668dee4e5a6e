"""What the statistics say: the words in the charts, beside them, and instead of them.

Members are mentions, which the caller writes; in a picture stand their names, where it has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import zip_longest

from bot.services.ports import Wins
from bot.services.ports.charts import Chart, ChartKind, Series
from bot.ui.discord_api.discord_limits import ALT_TEXT_CHARACTERS
from bot.ui.language import Phrase, _, ngettext, pgettext
from bot.ui.messages.requests.comparisons import vote_count
from bot.ui.messages.words import clip, commas, number, plural, sentences
from bot.ui.text import escaped

STATS_PERIODS = {
    "today": Phrase("today"),
    "week": Phrase("this week"),
    "month": Phrase("this month"),
}
STATS_UNDRAWN = Phrase(
    "The charts could not be drawn this time. The attached table has the numbers."
)
TABLE_COLUMNS = (
    Phrase("chart"),
    Phrase("label"),
    Phrase("series"),
    Phrase("number"),
    Phrase("unit"),
)
STATS_TABLE = Phrase("Every number is in the attached table.")

_MICRO = 1_000_000
_OTHERS = Phrase("{count} others")
_NAMED_IN_ALT_TEXT = 5


def stats_title(period: str) -> str:
    """Return the title for a key of STATS_PERIODS."""
    return _("**Statistics of this server, {period}**", period=STATS_PERIODS[period])


def days_chart(
    pictures: Mapping[date, int], credits: Mapping[date, int], *, first: date, last: date
) -> Chart:
    """Return pictures and credits of each day, both ends included; a missing day is a zero."""
    days = _days(first, last)
    return Chart(
        kind=ChartKind.DAYS,
        title=_("Pictures per day"),
        empty=_("No pictures in this period. /imagine makes the next one."),
        labels=tuple(day.isoformat() for day in days),
        dates=pgettext("day of a chart: {day} 5, {month} Jan, {number} 1", "{day} {month}"),
        series=(
            Series(name=_("Pictures"), values=tuple(pictures.get(day, 0) for day in days)),
            Series(name=_("Credits"), values=tuple(credits.get(day, 0) for day in days)),
        ),
    )


def models_chart(pictures: Iterable[tuple[str, int]]) -> Chart:
    """Return pictures by a model's label."""
    chart = _ranking(
        ChartKind.MODELS, _("Pictures per model"), _("No model was used in this period."), pictures
    )
    return replace(chart, others=str(_OTHERS))


def members_chart(pictures: Iterable[tuple[str, int]], names: Mapping[str, str]) -> Chart:
    """Return pictures by a member's mention; `names` are those of some mentions."""
    chart = _ranking(
        ChartKind.MEMBERS,
        _("Most active members"),
        _("Nobody made a picture in this period."),
        pictures,
    )
    return replace(chart, names=tuple(names.get(label, "") for label in chart.labels))


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
        title=_("Cost per day in {currency}", currency=currency),
        empty=_("Nothing was spent in this period."),
        labels=tuple(day.isoformat() for day in days),
        dates=pgettext("day of a chart: {day} 5, {month} Jan, {number} 1", "{day} {month}"),
        series=(Series(name=_("Paid"), values=paid), Series(name=_("Perhaps paid"), values=unsure)),
        unit=currency,
    )


def without_pictures(refused: int, failed: int) -> str | None:
    """Return how many requests brought no picture, and why; None for none."""
    said: list[str] = []
    if refused:
        said.append(
            ngettext(
                "{requests} was refused for its words or pictures.",
                "{requests} were refused for their words or pictures.",
                refused,
                requests=plural(refused, "request"),
            )
        )
    if failed:
        said.append(_("{requests} failed for other reasons.", requests=plural(failed, "request")))
    return sentences(*said, _("None of them cost their members anything.")) if said else None


def services(made: Iterable[tuple[str, int]]) -> str:
    """Return how many pictures each image service made."""
    counted = [
        _("{service}, {pictures}", service=escaped(name), pictures=_pictures(count))
        for name, count in made
    ]
    return _("Image services: {services}", services=" · ".join(counted))


def wins_chart(wins: Iterable[tuple[str, Wins]]) -> Chart:
    """Return what models won in comparisons, by label, for the table."""
    found = list(wins)
    return Chart(
        kind=ChartKind.MODELS,
        title=_("Wins in comparisons"),
        empty="",
        labels=tuple(label for label, _one in found),
        series=(
            Series(name=_("Wins"), values=tuple(one.won for _label, one in found)),
            Series(name=_("Comparisons"), values=tuple(one.compared for _label, one in found)),
            Series(name=_("Votes"), values=tuple(one.votes for _label, one in found)),
        ),
    )


def wins(found: Iterable[tuple[str, Wins]]) -> str:
    """Return what each model won in comparisons, a line for each."""
    lines = [
        ngettext(
            "{model}: {won} of {count} comparison won, {votes}",
            "{model}: {won} of {count} comparisons won, {votes}",
            one.compared,
            model=escaped(label),
            won=number(one.won),
            count=number(one.compared),
            votes=vote_count(one.votes),
        )
        for label, one in found
    ]
    return "\n".join([_("**Wins in comparisons**"), *lines])


def model_legend(chart: Chart) -> list[str]:
    """Return who the letters in the chart of models are; a line has no Markdown of its own."""
    pairs = zip(chart.marks, chart.labels, chart.series[0].values, strict=False)
    return [
        _("{mark}: {label}, {pictures}", mark=mark, label=label, pictures=_pictures(value))
        for mark, label, value in pairs
        if mark != label
    ]


def member_legend(chart: Chart) -> list[str]:
    """Return the members by rank; labels are mentions, which Discord turns into names."""
    ranks = range(1, len(chart.marks) + 1)
    pairs = zip(ranks, chart.labels, chart.series[0].values, strict=False)
    return [f"{rank}. {label} · {_pictures(value)}" for rank, label, value in pairs]


def alt_text(charts: Sequence[Chart]) -> str:
    """Describe the charts for those who do not see them, within Discord's limit."""
    return clip(sentences(*map(_described, charts)), ALT_TEXT_CHARACTERS)


def _described(chart: Chart) -> str:
    if chart.is_empty:
        return _("{title}: {text}", title=chart.title, text=chart.empty)
    match chart.kind:
        case ChartKind.DAYS:
            return _described_days(chart)
        case ChartKind.MONEY:
            return _described_money(chart)
        case ChartKind.MODELS:
            return _leading(chart, chart.labels)
        case ChartKind.MEMBERS:
            ranks = [_("number {rank}", rank=rank) for rank in range(1, len(chart.marks) + 1)]
            named = zip_longest(ranks, chart.names[: len(ranks)])
            return _leading(chart, [name or rank for rank, name in named])


def _described_days(chart: Chart) -> str:
    pictures, credits = chart.series
    values = {
        "title": chart.title,
        "days": _span(chart.labels),
        "pictures": _pictures(pictures.total),
        "credits": plural(int(credits.total), "credit"),
    }
    most = max(pictures.values)
    if not most:
        return _("{title}, {days}: {pictures} for {credits}.", **values)
    return _(
        "{title}, {days}: {pictures} for {credits}, the most on {day} ({most}).",
        **values,
        day=_day(chart.labels[pictures.values.index(most)]),
        most=number(most),
    )


def _described_money(chart: Chart) -> str:
    paid, unsure = (series.total for series in chart.series)
    values = {"title": chart.title, "days": _span(chart.labels), "paid": _money(paid)}
    if not unsure:
        return _("{title}, {days}: {paid} in all.", **values)
    return _(
        "{title}, {days}: {paid} in all, and perhaps {unsure} more.",
        **values,
        unsure=_money(unsure),
    )


def _leading(chart: Chart, names: Sequence[str]) -> str:
    values = chart.series[0].values
    bars = list(zip(names, values, strict=False))[:_NAMED_IN_ALT_TEXT]
    named = [_counted(clip(name, 40), value) for name, value in bars]
    rest = values[len(named) :]
    if rest:
        named.append(_counted(_OTHERS.filled(count=len(rest)), sum(rest)))
    return _("{title}: {named}.", title=chart.title, named=commas(named))


def _counted(name: str, pictures: int | Decimal) -> str:
    return _("{name} {pictures}", name=name, pictures=number(pictures))


def _ranking(kind: ChartKind, title: str, empty: str, pictures: Iterable[tuple[str, int]]) -> Chart:
    """Return a chart in falling order, without those who have nothing."""
    bars = sorted((bar for bar in pictures if bar[1]), key=lambda bar: (-bar[1], bar[0]))
    return Chart(
        kind=kind,
        title=title,
        empty=empty,
        labels=tuple(label for label, count in bars),
        series=(Series(name=_("Pictures"), values=tuple(count for label, count in bars)),),
    )


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=day) for day in range((last - first).days + 1)]


def _span(labels: Sequence[str]) -> str:
    first, last = _day(labels[0]), _day(labels[-1])
    return first if first == last else _("{first} to {last}", first=first, last=last)


def _day(label: str) -> str:
    """Return a day as `5 March`; a catalog may use `{day.month}`."""
    return _("{day.day} {day:%B}", day=date.fromisoformat(label))


def _pictures(count: int | Decimal) -> str:
    return plural(int(count), "picture")


def _money(amount: int | Decimal) -> str:
    return f"{amount:,.2f}" if amount >= 1 else f"{amount:.2g}"
