"""Charts as files: what the worker draws, its limits, and that the bot never loads the library."""

from __future__ import annotations

import asyncio
import importlib.util
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio
from fontTools.ttLib import TTFont
from pebble import ProcessPool
from PIL import Image

from bot.domain.errors import PictureError, PictureProblem
from bot.pictures.drawer import MEMORY_BYTES, ChartDrawer
from bot.pictures.pool import Pictures
from bot.pictures.whole_file import part_of
from bot.services.ports.charts import Chart, ChartKind, Series

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROOT = Path(__file__).parents[2]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def loaded() -> AsyncIterator[Pictures]:
    """A worker that keeps the library, for tests that draw often."""
    pictures = Pictures(workers=1, memory_bytes=MEMORY_BYTES)
    yield pictures
    await pictures.close()


def of_days(
    first: Sequence[int | Decimal], second: Sequence[int | Decimal], kind: ChartKind
) -> Chart:
    return Chart(
        kind=kind,
        title="Per day",
        empty="Nothing here.",
        labels=tuple((date(2025, 1, 1) + timedelta(day)).isoformat() for day in range(len(first))),
        series=(
            Series(name="First", values=tuple(first)),
            Series(name="Second", values=tuple(second)),
        ),
    )


def ranking(bars: Mapping[str, int], kind: ChartKind = ChartKind.MODELS) -> Chart:
    return Chart(
        kind=kind,
        title="Per thing",
        empty="Nothing here.",
        labels=tuple(bars),
        series=(Series(name="Pictures", values=tuple(bars.values())),),
        others="{count} others" if kind is ChartKind.MODELS else "",
    )


async def drawn(pictures: Pictures, target: Path, *charts: Chart) -> Image.Image:
    await pictures.draw(charts, target)
    with Image.open(target) as image:
        image.load()
    assert image.format == "PNG"
    assert image.width == 1000
    assert image.convert("RGBA").getchannel("A").getextrema() == (255, 255)
    return image


DATA = {
    "one day": of_days([3], [4], ChartKind.DAYS),
    "a week": of_days([3, 0, 1, 50, 2, 9, 1], [4, 0, 1, 90, 2, 9, 2], ChartKind.DAYS),
    "a month": of_days(range(31), range(0, 62, 2), ChartKind.DAYS),
    "a year": of_days(range(366), range(366), ChartKind.DAYS),
    "only credits": of_days([0, 0], [0, 5], ChartKind.DAYS),
    "huge days": of_days([10**18, 1], [10**18, 9_999_999], ChartKind.DAYS),
    "money": of_days([Decimal("0.04"), Decimal(0)], [Decimal(0), Decimal("1e-6")], ChartKind.MONEY),
    "huge money": of_days([Decimal(10**15)] * 31, [Decimal("0.5")] * 31, ChartKind.MONEY),
    "one model": ranking({"Seedream 4.5": 1}),
    "40 models": ranking({f"Model number {n}": 100 - n for n in range(40)}),
    "huge models": ranking({"A": 10**18, "B": 1}),
    "many scripts": ranking({"我的模型": 9, "نموذج": 8, "🐱": 7, "W" * 36: 6, "$a$ \\x_{": 5}),
    "members": ranking({f"<@{n}>": 20 - n for n in range(10)}, ChartKind.MEMBERS),
}


async def test_each_data_set_has_a_picture_of_its_own(loaded: Pictures, tmp_path: Path) -> None:
    seen = {}
    for name, chart in DATA.items():
        image = await drawn(loaded, tmp_path / "chart", chart)
        assert 150 < image.height < 800, name
        seen[image.tobytes()] = name
    assert len(seen) == len(DATA)


@pytest.mark.parametrize("kind", ChartKind)
async def test_a_chart_of_nothing_says_so(
    kind: ChartKind, loaded: Pictures, tmp_path: Path
) -> None:
    days = kind in (ChartKind.DAYS, ChartKind.MONEY)
    zero = of_days([0] * 7, [0] * 7, kind) if days else ranking({"A": 0}, kind)
    none = of_days([], [], kind) if days else ranking({}, kind)
    first, second, other = [
        (await drawn(loaded, tmp_path / "chart", chart)).tobytes()
        for chart in (zero, none, replace(none, empty="Something else."))
    ]
    assert first == second != other


async def test_charts_stand_one_below_the_other(loaded: Pictures, tmp_path: Path) -> None:
    charts = [DATA["a month"], DATA["40 models"], DATA["members"], DATA["money"]]
    alone = [await drawn(loaded, tmp_path / "chart", chart) for chart in charts]
    sheet = await drawn(loaded, tmp_path / "chart", *charts)
    assert sheet.height < sum(image.height for image in alone)
    assert sheet.height > max(image.height for image in alone) * 2


async def test_the_rest_of_40_models_is_one_bar(loaded: Pictures, tmp_path: Path) -> None:
    ten = ranking({f"Model number {n}": 100 - n for n in range(10)})
    forty = await drawn(loaded, tmp_path / "chart", DATA["40 models"])
    assert forty.size == (await drawn(loaded, tmp_path / "chart", ten)).size


async def test_no_name_of_a_member_is_drawn(loaded: Pictures, tmp_path: Path) -> None:
    first = ranking({"<@1>": 5, "<@2>": 3}, ChartKind.MEMBERS)
    second = ranking({"猫": 5, "🐱": 3}, ChartKind.MEMBERS)
    images = [await drawn(loaded, tmp_path / "chart", chart) for chart in (first, second)]
    assert images[0].tobytes() == images[1].tobytes()


async def test_every_sign_that_is_drawn_is_in_the_font() -> None:
    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "mpl-data/fonts/ttf/DejaVuSans.ttf"
    with TTFont(path, lazy=True) as font:
        known = {*(font.getBestCmap() or ())}
    signs = [chr(code) for code in range(0x21, 0x3000)]
    accepted = [sign for sign in signs if ranking({sign: 1}).marks == (sign,)]
    assert {*"Aé$Жλ"} <= {*accepted}
    assert {ord(sign) for sign in accepted} <= known


async def test_the_drawer_draws_and_leaves_no_worker_behind(tmp_path: Path) -> None:
    before = children()
    target = tmp_path / "chart.png"
    await ChartDrawer().draw([DATA["a week"]], target)
    with Image.open(target) as image:
        assert image.width == 1000
    assert children() <= before
    assert os.listdir(tmp_path) == ["chart.png"]


async def test_a_drawing_needs_no_home_and_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    temporary.mkdir()
    for name in ("MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    await ChartDrawer().draw([DATA["one day"]], tmp_path / "chart.png")
    assert not home.exists()
    assert not os.listdir(temporary)


@pytest.mark.parametrize(
    ("drawer", "problems"),
    [
        (ChartDrawer(timeout_seconds=0.05), {PictureProblem.TIMEOUT}),
        # What the system has no room for is memory, or a library that cannot be loaded.
        (ChartDrawer(memory_bytes=16 << 20), {PictureProblem.MEMORY, PictureProblem.CRASHED}),
    ],
    ids=["time", "memory"],
)
async def test_a_drawing_past_a_limit_is_refused(
    drawer: ChartDrawer,
    problems: set[PictureProblem],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = children()
    with pytest.raises(PictureError) as caught:
        await drawer.draw([DATA["a week"]], tmp_path / "chart.png")
    assert caught.value.problem in problems
    assert not os.listdir(tmp_path)
    assert children() <= before


async def test_a_sheet_that_takes_too_much_memory_is_refused(
    loaded: Pictures, tmp_path: Path
) -> None:
    target = tmp_path / "chart.png"
    with pytest.raises(PictureError) as caught:
        await loaded.draw([DATA["members"]] * 400, target)
    assert caught.value.problem is PictureProblem.MEMORY
    assert not part_of(target).exists()
    await drawn(loaded, target, DATA["members"])


async def test_a_drawing_that_is_cancelled_as_its_worker_starts_leaves_none_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starting, go_on, started = threading.Event(), threading.Event(), threading.Event()
    start = Pictures._start
    pools: list[ProcessPool] = []

    def slowly(self: Pictures) -> ProcessPool:
        starting.set()
        assert go_on.wait(20)
        pools.append(start(self))
        started.set()
        return pools[0]

    monkeypatch.setattr(Pictures, "_start", slowly)
    task = asyncio.create_task(ChartDrawer().draw([DATA["a week"]], tmp_path / "chart.png"))
    assert await asyncio.to_thread(starting.wait, 20)
    task.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(started.wait, 20)
    assert not pools[0].active


async def test_the_bot_never_loads_the_library() -> None:
    code = (
        "import sys, bot.app, bot.pictures.drawer, bot.ui.messages.staff.statistics;"
        "print({'matplotlib', 'numpy'} & {*sys.modules})"
    )
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "set()\n", done.stderr


def children() -> set[int | None]:
    return {child.pid for child in multiprocessing.active_children()}


async def test_words_that_no_font_has_are_drawn_in_plain_ones(
    loaded: Pictures, tmp_path: Path
) -> None:
    strange = replace(DATA["a week"], title="\U00012000 per day")
    await loaded.draw([strange], tmp_path / "strange.png", plain=[DATA["a week"]])
    await loaded.draw([DATA["a week"]], tmp_path / "plain.png")
    drawn, plain = ((tmp_path / f"{name}.png").read_bytes() for name in ("strange", "plain"))
    assert drawn == plain


FONTS = {file.name for file in Path("/usr/share/fonts").rglob("*.ttc")}
HAS_HAN = not FONTS.isdisjoint({"NotoSansCJK-Regular.ttc", "wqy-microhei.ttc"})
HAS_NOTO = {"NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"} <= FONTS


@pytest.mark.skipif(not HAS_HAN, reason="there is no Chinese font on this machine")
async def test_chinese_words_are_drawn_where_a_font_has_them(
    loaded: Pictures, tmp_path: Path
) -> None:
    chinese = replace(DATA["a week"], title="每天的图片")
    await loaded.draw([chinese], tmp_path / "chinese.png", plain=[DATA["a week"]])
    await loaded.draw([DATA["a week"]], tmp_path / "plain.png")
    drawn, plain = ((tmp_path / f"{name}.png").read_bytes() for name in ("chinese", "plain"))
    assert drawn != plain


@pytest.mark.skipif(not HAS_NOTO, reason="fonts-noto-cjk is not on this machine")
async def test_a_collection_lends_its_simplified_face_and_its_bold_file(tmp_path: Path) -> None:
    """A process of its own, as a worker is one: the tests must not load the library."""
    code = """
import os, sys
from pathlib import Path
os.environ |= {"MPLCONFIGDIR": sys.argv[1], "MPL_IGNORE_SYSTEM_FONTS": "1"}
from bot.pictures import charts
from bot.services.ports.charts import Chart, ChartKind
empty = Chart(kind=ChartKind.DAYS, title="直方图", empty="无", labels=(), series=())
charts.draw(Path(sys.argv[1], "chart.png"), [empty])
from matplotlib.font_manager import FontProperties, fontManager, get_font
for weight in ("normal", "bold"):
    for path in fontManager._find_fonts_by_props(FontProperties(weight=weight)):
        print(Path(path).name, get_font(path).family_name, weight, sep="|")
"""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-W", "ignore", "-c", code, tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines() == [
        "DejaVuSans.ttf|DejaVu Sans|normal",
        "NotoSansCJK-Regular.ttc|Noto Sans CJK SC|normal",
        "DejaVuSans-Bold.ttf|DejaVu Sans|bold",
        "NotoSansCJK-Bold.ttc|Noto Sans CJK SC|bold",
    ], done.stderr
