"""Draws charts with matplotlib, to be read on a phone. Runs in a worker, which prepares its import.

The picture is shown at 390 pixels or so, four tenths of its size: hence the large letters. Its
background is its own, since Discord has dark and light ones.
"""

from __future__ import annotations

import io
import os
import textwrap
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, findSystemFonts, fontManager, get_font
from matplotlib.ft2font import FT2Font
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bot.pictures.whole_file import write
from bot.services.ports.charts import LABEL_LINE_CHARACTERS, Chart, ChartKind, Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _DPI = 1000, 100
_MARGIN, _GAP = 28, 24  # around the panels, and between them
_PAD = 36  # inside a panel
_HEAD, _KEY = 92, 52  # the title, and the line below that names colours
_PLOT, _DATES, _EMPTY, _ROW, _TALL_ROW, _FOOT = 300, 62, 96, 54, 66, 26
_FEW_DAYS = 8  # so many have room for their numbers; more get an axis
_DATE_LABELS = 5
_BAR = 0.72  # of a day
_DIGIT = 18  # pixels, with something around it

_CARD, _PANEL, _LINE = "#1b1d23", "#262932", "#3d414d"
_TEXT, _MUTED = "#f2f3f5", "#b4b9c4"
_BLUE, _AMBER, _GREEN = "#8b9bff", "#ffc04d", "#4fcf9f"
_COLOURS = {ChartKind.MONEY: (_GREEN, _AMBER)}

# Comes with the library: Latin, Greek, Cyrillic.
_FONT = "DejaVu Sans"
# Files that systems have for Chinese, the best first. A bold one beside it is for the titles.
_HAN_FONTS = (
    "NotoSansSC-Regular.ttf",
    "NotoSansSC-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "NotoSansCJK-Regular.ttc",
    "PingFang.ttc",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
)
# How the family ends that has the letter shapes of Simplified Chinese, where a file has several.
_SIMPLIFIED = " SC"
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts")

mpl.rcdefaults()  # ignores a matplotlibrc of the machine
mpl.rcParams.update(
    {
        "font.family": _FONT,
        "text.parse_math": False,  # a dollar sign is one
        "text.color": _TEXT,
        "hatch.color": _PANEL,
        "hatch.linewidth": 3,
    }
)


def draw(target: Path, charts: Sequence[Chart], plain: Sequence[Chart] = ()) -> None:
    """Write one PNG with the charts, or where a letter of theirs is missing the plain ones."""
    charts = charts if _can_write(charts) else plain or charts
    heights = [_height(chart) for chart in charts]
    height = sum(heights) + _GAP * (len(charts) - 1) + 2 * _MARGIN
    figure = Figure(figsize=(_WIDTH / _DPI, height / _DPI), dpi=_DPI, facecolor=_CARD)
    top = _MARGIN
    for chart, panel_height in zip(charts, heights, strict=True):
        _Panel(figure, height, top, panel_height).draw(chart)
        top += panel_height + _GAP
    data = io.BytesIO()
    FigureCanvasAgg(figure).print_png(data, metadata={"Software": None})
    write(target, data.getvalue())


def _can_write(charts: Sequence[Chart]) -> bool:
    """Tell whether there are fonts for every letter that stands in the pictures, and use them."""
    letters: set[int] = set()
    for chart in charts:
        names = (series.name for series in chart.series)
        for text in (chart.title, chart.empty, chart.others, chart.dates, *names):
            letters.update(map(ord, text))
    missing = letters.difference(get_font(findfont(_FONT)).get_charmap())
    if not missing:
        return True
    # Looked for only now, by name: reading every font of a system takes seconds.
    files = {Path(file).name: file for file in findSystemFonts(_FONT_FOLDERS)}
    for name in filter(files.__contains__, _HAN_FONTS):
        face = _simplified(files[name])
        if missing.issubset(face.get_charmap()):
            fontManager.addfont(files[name])
            if bold := files.get(name.replace("-Regular.", "-Bold.")):
                fontManager.addfont(bold)
            # The worker sets it to start fast; while it stands these fonts would not be taken.
            os.environ.pop("MPL_IGNORE_SYSTEM_FONTS", None)
            mpl.rcParams["font.family"] = [_FONT, face.family_name]
            return True
    return False


def _simplified(file: str) -> FT2Font:
    """Return the face of a font file with Simplified Chinese shapes, or the first one.

    A collection has a face for each region, and its first may be the Japanese one.
    """
    first = FT2Font(file)
    faces = (first, *(FT2Font(file, face_index=index) for index in range(1, first.num_faces)))
    return next((face for face in faces if face.family_name.endswith(_SIMPLIFIED)), first)


def _height(chart: Chart) -> int:
    if chart.is_empty:
        return _HEAD + _EMPTY
    if chart.kind in (ChartKind.DAYS, ChartKind.MONEY):
        return _HEAD + _KEY + _PLOT + _DATES
    return _HEAD + len(_bars(chart)) * _row(chart) + _FOOT


class _Panel:
    """A part of the sheet, measured in pixels from its own upper left corner."""

    def __init__(self, figure: Figure, sheet: int, top: int, height: int) -> None:
        self._figure = figure
        self._sheet, self._top, self._height = sheet, top, height

    def draw(self, chart: Chart) -> None:
        width = _WIDTH - 2 * _MARGIN
        ground = self._axes(0, 0, width, self._height)
        ground.set(xlim=(0, width), ylim=(self._height, 0))
        ground.axis("off")
        box = FancyBboxPatch(
            (18, 18), width - 36, self._height - 36, boxstyle="round,pad=18", fc=_PANEL, ec="none"
        )
        ground.add_patch(box)
        ground.text(_PAD, 60, chart.title, size=_points(38), weight="bold", va="baseline")
        if chart.is_empty:
            ground.text(_PAD, _HEAD + 34, chart.empty, size=_points(30), color=_MUTED)
        elif chart.kind in (ChartKind.DAYS, ChartKind.MONEY):
            self._key(ground, chart)
            self._days(chart)
        else:
            self._ranking(chart)

    def _axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Add axes without a frame at this place of the panel."""
        bottom = self._sheet - self._top - top - height
        place = (
            (_MARGIN + left) / _WIDTH,
            bottom / self._sheet,
            width / _WIDTH,
            height / self._sheet,
        )
        axes = self._figure.add_axes(place, facecolor="none")
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0, labelsize=_points(27), labelcolor=_MUTED, pad=8)
        return axes

    def _width(self, words: str, pixels: int) -> float:
        text = self._figure.text(0, 0, words, size=_points(pixels))
        width = text.get_window_extent().width
        text.remove()
        return width

    def _key(self, ground: Axes, chart: Chart) -> None:
        """Name the series in their colours, with their totals."""
        left, middle = _PAD, _HEAD + 14
        for number, (series, colour) in enumerate(_coloured(chart)):
            thick = 8 if number and chart.kind is ChartKind.DAYS else 26
            hatch = "/" if number and chart.kind is ChartKind.MONEY else None
            corner = (left, middle - thick / 2)
            ground.add_patch(Rectangle(corner, 26, thick, fc=colour, lw=0, hatch=hatch))
            words = f"{series.name} {_short(series.total)} {chart.unit}".rstrip()
            text = ground.text(left + 40, middle, words, size=_points(30), va="center_baseline")
            left += 40 + round(text.get_window_extent().width) + 44

    def _days(self, chart: Chart) -> None:
        few = len(chart.labels) <= _FEW_DAYS
        left, right = (_PAD, _PAD) if few else (120, 66)
        width = _WIDTH - 2 * _MARGIN - left - right
        axes = self._axes(left, _HEAD + _KEY, width, _PLOT)
        # A single day is no wall.
        span = max(3, len(chart.labels))
        middle = (len(chart.labels) - 1) / 2
        axes.set_xlim(middle - span / 2, middle + span / 2)
        tops = self._bars_of_days(axes, chart)
        axes.set_ylim(0, max(tops) * (1.3 if few else 1.04))
        axes.axhline(0, color=_LINE, lw=3)
        self._date_ticks(axes, chart.labels, chart.dates)
        if few:
            axes.set_yticks([])
            self._numbers(axes, chart, tops, room=_BAR * width / span)
        else:
            whole = chart.kind is ChartKind.DAYS
            axes.yaxis.set_major_locator(MaxNLocator(3, integer=whole, min_n_ticks=2))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
            axes.grid(axis="y", color=_LINE, lw=1.5)
            axes.set_axisbelow(True)

    def _bars_of_days(self, axes: Axes, chart: Chart) -> list[float]:
        """Draw the first series as bars and the second on top, or as dashes; return the tops."""
        (first, colour), (second, other) = (
            ([float(value) for value in series.values], colour)
            for series, colour in _coloured(chart)
        )
        axes.bar(range(len(first)), first, _BAR, color=colour)
        if chart.kind is ChartKind.MONEY:
            axes.bar(range(len(first)), second, _BAR, bottom=first, color=other, hatch="/", lw=0)
            return [below + above for below, above in zip(first, second, strict=True)]
        for day, value in enumerate(second):
            if value:
                axes.hlines(value, day - _BAR / 2, day + _BAR / 2, other, lw=5)
        return [max(pair) for pair in zip(first, second, strict=True)]

    def _date_ticks(self, axes: Axes, labels: Sequence[str], dates: str) -> None:
        last = len(labels) - 1
        ticks = range(last + 1)
        if last >= _FEW_DAYS:
            ticks = [round(n * last / (_DATE_LABELS - 1)) for n in range(_DATE_LABELS)]
        days = [date.fromisoformat(labels[tick]) for tick in ticks]
        shown = [dates.format(day=day.day, month=f"{day:%b}", number=day.month) for day in days]
        axes.set_xticks(ticks, shown)

    def _numbers(self, axes: Axes, chart: Chart, tops: Sequence[float], room: float) -> None:
        """Write each day's numbers: the second above, the first into its bar where it fits."""
        (first, colour), (second, other) = _coloured(chart)
        high = axes.get_ylim()[1]
        for day, top in enumerate(tops):
            above = 8
            words = _short(first.values[day])
            value = float(first.values[day])
            fits = value / high * _PLOT > 44 and len(words) * _DIGIT < room
            if second.values[day]:
                _write(axes, _short(second.values[day]), (day, top), above, other)
                above += 32
            if value and second.values[day] and fits:
                _write(axes, words, (day, value), -36, _PANEL)
            elif value:
                _write(axes, words, (day, top), above, colour)

    def _ranking(self, chart: Chart) -> None:
        bars = _bars(chart)
        marks = ["\n".join(textwrap.wrap(mark, LABEL_LINE_CHARACTERS)) for mark, _ in bars]
        left = _PAD + 20 + self._width("\n".join(marks), 28)
        width = _WIDTH - 2 * _MARGIN - left - _PAD
        axes = self._axes(left, _HEAD, width, len(bars) * _row(chart))
        rows = range(len(bars))
        values = [float(value) for _, value in bars]
        colours = [_BLUE] * len(bars)
        if len(bars) > len(chart.marks):
            colours[-1] = _MUTED
        axes.barh(rows, values, 0.62, color=colours)
        axes.axvline(0, color=_LINE, lw=3)
        # Beyond the longest bar there is room for its number.
        axes.set(xlim=(0, max(values) * width / (width - 110)), ylim=(len(bars) - 0.5, -0.5))
        axes.set_xticks([])
        axes.set_yticks(rows, marks, size=_points(28), color=_TEXT, linespacing=1.0)
        for row, (_, value) in enumerate(bars):
            axes.annotate(
                _short(value),
                (float(value), row),
                (_points(12), 0),
                textcoords="offset points",
                va="center_baseline",
                size=_points(28),
            )


def _coloured(chart: Chart) -> Iterator[tuple[Series, str]]:
    return zip(chart.series, _COLOURS.get(chart.kind, (_BLUE, _AMBER)), strict=False)


def _bars(chart: Chart) -> list[tuple[str, int | Decimal]]:
    """Return the bars of a ranking, and the rest as one."""
    values = chart.series[0].values
    bars = list(zip(chart.marks, values, strict=False))
    rest = values[len(bars) :]
    if rest and chart.others:
        bars.append((chart.others.format(count=len(rest)), sum(rest)))
    return bars


def _row(chart: Chart) -> int:
    """Return the height of a bar, with room for two lines where a label takes them."""
    tall = any(len(mark) > LABEL_LINE_CHARACTERS for mark, _ in _bars(chart))
    return _TALL_ROW if tall else _ROW


def _write(axes: Axes, words: str, place: tuple[float, float], above: int, colour: str) -> None:
    """Write a number over a bar, so many pixels above the place; into it with less than none."""
    axes.annotate(
        words,
        place,
        (0, _points(above)),
        textcoords="offset points",
        ha="center",
        color=colour,
        size=_points(27),
    )


def _points(pixels: float) -> float:
    return pixels * 72 / _DPI


def _tick(value: float) -> str:
    if not value:
        return ""  # the line says so
    return f"{value:.4g}" if value < 1_000 else _short(int(value))


def _short(value: int | Decimal) -> str:
    """Write a number in at most six signs: 9,999; 12.3K; 0.04."""
    if isinstance(value, int) and value < 10_000:
        return f"{value:,}"
    if 0 < value < Decimal("0.01"):
        return "<0.01"
    if value < 1_000:
        return f"{value:.2f}"
    if value < 10_000:
        return f"{value:,.0f}"
    for unit, size in (("K", 10**3), ("M", 10**6), ("B", 10**9), ("T", 10**12)):
        if value < 999.5 * size:
            return f"{float(value) / size:.3g}{unit}"
    return ">999T"
