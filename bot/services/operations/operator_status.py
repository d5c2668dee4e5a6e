"""Reads how things stand in all servers together, for `easel status`."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.quotas.windows import Window, window_start
from bot.services.ports import Clock, Database, OperatorStatus, ServerPause
from bot.services.quotas.quota_book import QuotaBook


async def operator_status(
    database: Database, quotas: QuotaBook, clock: Clock, *, services: Sequence[str]
) -> OperatorStatus:
    """Read all of it in one transaction; `services` are the configured image services."""
    now = clock.now()
    day_began = window_start(Window.DAY, now)
    async with database.read(long=True) as uow:
        circuits = await uow.circuits.all()
        credits, money = await quotas.everywhere_used(uow, now=now)
        return OperatorStatus(
            now=now,
            pauses=[
                ServerPause(guild_id=guild_id, by_operator=by_operator, pause=pause)
                for guild_id, by_operator, pause in await uow.metrics.pauses()
                if pause.in_force(now)
            ],
            circuits=[
                one for name, one in circuits.items() if name in services and one.paused(now)
            ],
            blocks=await uow.metrics.blocks(now=now),
            under_way=await uow.metrics.under_way(),
            day_began=day_began,
            ended=await uow.metrics.ended(since=day_began),
            credits=credits,
            money=money,
        )
