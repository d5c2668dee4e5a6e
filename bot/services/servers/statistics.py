"""What a server made today, this week or this month: numbers by its own days, and their picture.

Knows no words: who asks turns the numbers into charts.
"""

from __future__ import annotations

import logging
import tempfile
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path

from bot.domain.errors import PictureError
from bot.services.ports import Chart, Charts, Clock, Database, Usage
from bot.services.servers.policies import Policies

log = logging.getLogger(__name__)


class Period(StrEnum):
    """A span of days that ends today."""

    TODAY = "today"
    WEEK = "week"  # since Monday
    MONTH = "month"  # since the first


class Statistics:
    """Counts, and has drawn what was counted."""

    def __init__(
        self,
        *,
        database: Database,
        policies: Policies,
        charts: Charts,
        clock: Clock,
        currency: str,
    ) -> None:
        self.currency = currency
        self._database = database
        self._policies = policies
        self._charts = charts
        self._clock = clock

    async def usage(self, guild_id: int, period: Period) -> Usage:
        """Return what was posted in a server, and what it cost."""
        zone = (await self._policies.of(guild_id)).settings.zone
        last = datetime.fromtimestamp(self._clock.now(), zone).date()
        first = _first(period, last)
        since, until = _midnight(first, zone), _midnight(last + timedelta(days=1), zone)
        async with self._database.read(long=True) as uow:
            made = await uow.stats.made(guild_id, since=since, until=until)
            models = await uow.stats.by_model(guild_id, since=since, until=until)
            services = await uow.stats.by_provider(guild_id, since=since, until=until)
            members = await uow.stats.by_member(guild_id, since=since, until=until)
            spent = await uow.stats.spent(guild_id, since=since, until=until)
            wins = await uow.votes.wins(guild_id, since=since, until=until)
            refused, failed = await uow.stats.without_pictures(guild_id, since=since, until=until)
        return Usage(
            first=first,
            last=last,
            pictures=_by_day(((at, pictures) for at, pictures, _ in made), zone),
            credits=_by_day(((at, credits) for at, _, credits in made), zone),
            refused=refused,
            failed=failed,
            models=models,
            members=members,
            money=_money_by_day(spent, zone),
            services=services,
            wins=wins,
        )

    @asynccontextmanager
    async def drawn(
        self, charts: Sequence[Chart], plain: Sequence[Chart]
    ) -> AsyncGenerator[Path | None]:
        """Give the charts as one PNG that is there until the context ends; None: it failed.

        `plain` are the same in letters that every machine can draw.
        """
        with tempfile.TemporaryDirectory(prefix="easel-") as folder:
            target = Path(folder) / "stats.png"
            try:
                await self._charts.draw(charts, target, plain=plain)
            except (PictureError, OSError) as error:
                log.warning("the statistics could not be drawn: %r", error)
                yield None
            else:
                yield target


def _first(period: Period, last: date) -> date:
    match period:
        case Period.TODAY:
            return last
        case Period.WEEK:
            return last - timedelta(days=last.weekday())
        case Period.MONTH:
            return last.replace(day=1)


def _midnight(day: date, zone: tzinfo) -> int:
    """Return when a day begins; where the clock skips midnight, the moment it skips to."""
    return int(datetime.combine(day, time(), zone).timestamp())


def _by_day(slices: Iterable[tuple[int, int]], zone: tzinfo) -> dict[date, int]:
    days: Counter[date] = Counter()
    for at, count in slices:
        days[datetime.fromtimestamp(at, zone).date()] += count
    return dict(days)


def _money_by_day(
    slices: Iterable[tuple[int, int, int]], zone: tzinfo
) -> dict[date, tuple[int, int]]:
    days: defaultdict[date, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for at, known, unknown in slices:
        day = datetime.fromtimestamp(at, zone).date()
        days[day] = (days[day][0] + known, days[day][1] + unknown)
    return dict(days)
