"""`/easel stats`: what was made, by the server's own days, as a picture and as a table."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from PIL import Image

from bot.services.ports import ChartKind
from bot.services.servers.statistics import Period
from bot.ui.messages.staff import statistics as words
from tests.cogs.member_actions import manager, posted, press
from tests.world import World, text_of


@pytest.fixture
def drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing: the worker takes seconds to start."""
    from bot.pictures.drawer import ChartDrawer

    async def draw(_: Any, __: Any, target: Any, **___: Any) -> None:
        Image.new("RGB", (1000, 400), "navy").save(target, "PNG")

    monkeypatch.setattr(ChartDrawer, "draw", draw)


async def stats(world: World, who: Any, period: str = "week") -> Any:
    shown = await who.slash(world.art, "easel stats", period=period)
    assert shown.ephemeral
    return shown.response


def file_of(world: World, message: Any, name: str) -> bytes:
    """Return a file that a card shows."""
    waiting: list[Any] = [p if isinstance(p, dict) else p.to_dict() for p in message.components]
    while waiting:
        part = waiting.pop()
        waiting += [*part.get("components", []), *part.get("items", [])]
        for media in (part.get("file"), part.get("media")):
            if media and str(media["url"]).partition("?")[0].endswith(name):
                return world.rules.cdn.get(media["url"]) or b""
    raise AssertionError(f"no {name} is shown")


async def test_members_are_named_beside_their_bars(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.pictures.drawer import ChartDrawer

    drawn: list[tuple[str, ...]] = []

    async def draw(_: Any, charts: Any, target: Any, **___: Any) -> None:
        drawn.extend(chart.marks for chart in charts if chart.kind is ChartKind.MEMBERS)
        Image.new("RGB", (1000, 400), "navy").save(target, "PNG")

    monkeypatch.setattr(ChartDrawer, "draw", draw)
    maya = manager(world)
    await posted(world, count=2)
    await stats(world, maya)
    assert drawn == [("1. alice",)]


@pytest.mark.usefixtures("drawn_at_once")
async def test_what_was_made_is_counted_by_day_model_and_member(world: World) -> None:
    maya = manager(world)
    await posted(world, count=2)
    await world.bob.slash(world.art, "imagine", prompt="a hen")
    world.apis.fail_next("moderation")
    await world.bob.slash(world.art, "imagine", prompt="nothing comes of it")
    await world.finished()
    usage = await world.app.servers.statistics.usage(world.guild.id, Period.TODAY)

    today = date(2026, 1, 1)
    assert (usage.first, usage.last) == (today, today)
    assert (usage.pictures, usage.credits) == ({today: 3}, {today: 3})
    assert usage.members == [(world.alice.id, 2), (world.bob.id, 1)]
    assert [count for _, count in usage.models] == [3]
    text = text_of(await stats(world, maya, "today"))
    assert f"1. <@{world.alice.id}> · 2 pictures" in text
    assert f"2. <@{world.bob.id}> · 1 picture" in text
    assert (usage.refused, usage.failed) == (1, 0)
    assert "1 request was refused for its words or pictures." in text


@pytest.mark.usefixtures("drawn_at_once")
async def test_refused_and_failed_requests_are_told_apart(world: World) -> None:
    maya = manager(world)
    for fault in ("moderation", "524"):
        world.apis.fail_next(fault)
        await world.bob.slash(world.art, "imagine", prompt="nothing comes of it")
        await world.finished()
    text = text_of(await stats(world, maya, "today"))
    assert "1 request was refused" in text
    assert "1 request failed for other reasons" in text


async def test_days_are_the_servers_own(world: World) -> None:
    await posted(world)  # New Year's midnight in UTC
    for zone, day in (("America/New_York", 31), ("Asia/Kathmandu", 1), ("Australia/Lord_Howe", 1)):
        await world.decide("time_zone", zone)
        usage = await world.app.servers.statistics.usage(world.guild.id, Period.WEEK)
        assert {one.day for one in usage.pictures} == {day}
        assert usage.first == date(2025, 12, 29)


async def test_other_servers_and_earlier_days_do_not_count(world: World) -> None:
    await posted(world)
    assert (
        await world.app.servers.statistics.usage(world.guild.id + 1, Period.MONTH)
    ).pictures == {}
    await world.env.advance_time(86400)

    assert (await world.app.servers.statistics.usage(world.guild.id, Period.TODAY)).pictures == {}
    week = await world.app.servers.statistics.usage(world.guild.id, Period.WEEK)
    assert week.pictures == {date(2026, 1, 1): 1}


async def test_a_removed_result_still_counts_for_it_was_charged(world: World) -> None:
    result = await posted(world)
    asked = await press(world.alice, result, label="Remove")
    await press(world.alice, asked, label="Remove")
    await world.env.settle()

    usage = await world.app.servers.statistics.usage(world.guild.id, Period.TODAY)
    assert sum(usage.pictures.values()) == 1


async def test_the_picture_is_drawn_with_words_for_those_who_do_not_see_it(world: World) -> None:
    maya = manager(world)
    await posted(world)
    shown = await stats(world, maya, "month")

    picture = Image.open(io.BytesIO(file_of(world, shown, "stats.png")))
    assert picture.size[0] == 1000
    (gallery,) = [r for r in map(str, _descriptions(shown)) if "Pictures per day" in r]
    assert "1 picture" in gallery


def _descriptions(message: Any) -> list[str]:
    waiting: list[Any] = [p if isinstance(p, dict) else p.to_dict() for p in message.components]
    found: list[str] = []
    while waiting:
        part = waiting.pop()
        waiting += [*part.get("components", []), *part.get("items", [])]
        found += [part["description"]] if part.get("description") else []
    return found


@pytest.mark.usefixtures("drawn_at_once")
async def test_every_number_is_in_the_table(world: World) -> None:
    maya = manager(world)
    await posted(world, count=2)
    shown = await stats(world, maya, "week")

    table = file_of(world, shown, "stats.csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {"label": f"<@{world.alice.id}>", "number": "2"}.items() <= next(
        row for row in rows if row["label"].startswith("<@")
    ).items()
    assert [row["number"] for row in rows if row["series"] == "Credits"][-1] == "2"


@pytest.mark.usefixtures("drawn_at_once")
async def test_an_empty_server_is_told_how_to_begin(world: World) -> None:
    assert str(words.STATS_TABLE) in text_of(await stats(world, manager(world), "today"))


async def test_without_a_picture_the_table_is_still_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.pictures.drawer import ChartDrawer

    async def broken(*_: object, **___: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(ChartDrawer, "draw", broken)
    await posted(world)
    shown = await stats(world, manager(world))

    assert str(words.STATS_UNDRAWN) in text_of(shown)
    assert file_of(world, shown, "stats.csv")
