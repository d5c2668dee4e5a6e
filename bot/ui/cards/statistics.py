"""The card of /easel stats: charts as one picture, who is who in it, and the numbers as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import discord
from discord import ui

from bot.services.ports import Chart, ChartKind, Usage, Wins
from bot.ui.cards.cards import WAITING, Card
from bot.ui.messages.staff import statistics as words

PICTURE, TABLE = "stats.png", "stats.csv"


def charts(
    usage: Usage, label: Callable[[str], str], currency: str, names: Mapping[int, str]
) -> list[Chart]:
    """Return what is drawn: days, models, members, and money where any has a price.

    `names` are those of some members.
    """
    pictures: dict[str, int] = {}
    for model_id, count in usage.models:
        pictures[label(model_id)] = pictures.get(label(model_id), 0) + count
    span = {"first": usage.first, "last": usage.last}
    drawn = [
        words.days_chart(usage.pictures, usage.credits, **span),
        words.models_chart(pictures.items()),
        words.members_chart(
            ((f"<@{user_id}>", count) for user_id, count in usage.members),
            {f"<@{user_id}>": name for user_id, name in names.items()},
        ),
    ]
    if any(map(any, usage.money.values())):
        drawn.append(words.money_chart(usage.money, currency, **span))
    return drawn


def wins(usage: Usage, label: Callable[[str], str]) -> list[tuple[str, Wins]]:
    """Return what models won in comparisons, by label."""
    return [(label(one.model), one) for one in usage.wins]


def card(
    drawn: Sequence[Chart],
    usage: Usage,
    period: str,
    table: discord.File,
    picture: discord.File | None,
    wins: Sequence[tuple[str, Wins]] = (),
) -> Card:
    """Return the card; without a `picture` the words say so, and the table has it all."""
    parts: list[ui.Item[Card]] = [ui.TextDisplay(words.stats_title(period))]
    if picture is None:
        parts.append(ui.TextDisplay(str(words.STATS_UNDRAWN)))
    else:
        item = discord.MediaGalleryItem(picture, description=words.alt_text(drawn))
        parts.append(ui.MediaGallery(item))
    parts += [ui.TextDisplay("\n".join(legend)) for legend in _legends(drawn) if legend]
    if usage.services:
        parts.append(ui.TextDisplay(words.services(usage.services)))
    if wins:
        parts.append(ui.TextDisplay(words.wins(wins)))
    if told := words.without_pictures(usage.refused, usage.failed):
        parts.append(ui.TextDisplay(told))
    parts += [ui.File[Any](table), ui.TextDisplay(f"-# {words.STATS_TABLE}")]
    return Card(*parts, colour=WAITING)


def _legends(drawn: Sequence[Chart]) -> list[list[str]]:
    legends = {ChartKind.MODELS: words.model_legend, ChartKind.MEMBERS: words.member_legend}
    return [legends[chart.kind](chart) for chart in drawn if chart.kind in legends]
