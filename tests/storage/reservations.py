"""Reserves for jobs as the services do it; run by itself, one of several processes on one file.

    python reservations.py URL NUMBER COUNT LIMIT

prints how many of COUNT reservations went through. NUMBER tells the processes apart.
"""

from __future__ import annotations

import asyncio
import sys

from bot.domain.catalog import Operation
from bot.domain.job import Destination, Job, JobState
from bot.domain.quotas.windows import Window
from bot.domain.requests.request import ImageRequest
from bot.services.ports import Charge, CounterKey, CounterKind, Hold
from bot.storage.engine.database import SqlDatabase

NOW = 2_000
END = 86_400


def submission(number: int, *, credits: int = 1) -> Job:
    request = ImageRequest(
        model="m",
        source="s",
        provider="routescope",
        operation=Operation.GENERATE,
        prompt="a lighthouse in fog",
        size="2K",
        count=credits,
    )
    return Job(
        job_id=f"{number:013}",
        origin=f"i:{number}",
        guild_id=1,
        channel_id=10,
        user_id=100,
        request=request,
        state=JobState.QUEUED,
        destination=Destination.CHANNEL,
        spoiler=False,
        created_at=NOW,
        expires_at=NOW + 3600,
    )


def counter(kind: CounterKind, *, starts_at: int = 0) -> CounterKey:
    return CounterKey(
        kind=kind,
        guild_id=0 if kind is CounterKind.GLOBAL else 1,
        user_id=100 if kind is CounterKind.MEMBER else 0,
        window=Window.DAY,
        starts_at=starts_at,
    )


KINDS = (CounterKind.MEMBER, CounterKind.CEILING, CounterKind.GLOBAL)


def charge(key: CounterKey, amount: int, *, limit: int | None = 10, part: int = 0) -> Charge:
    hold = Hold(part=part, counter=key, grant_id=None, amount=amount)
    return Charge(hold=hold, limit=limit, ends_at=END)


async def take(
    database: SqlDatabase, key: CounterKey, amount: int, *, number: int, limit: int | None = 10
) -> bool:
    """Take from one counter for a new job; False where the limit does not let it through."""
    job = submission(number)
    async with database.write() as unit:
        await unit.jobs.add(job, [])
        over = await unit.quotas.charge(job, [charge(key, amount, limit=limit)], now=NOW)
        if over is None:
            await unit.commit()
    return over is None


async def reserve(database: SqlDatabase, job: Job, *, limit: int) -> bool:
    """Take a job's credits from three counters, all or none; only the member's has a limit."""
    async with database.write() as unit:
        if not await unit.jobs.add(job, []):
            return False
        limits = [limit if kind is CounterKind.MEMBER else 10**9 for kind in KINDS]
        charges = [
            charge(counter(kind), job.request.credits, part=part, limit=most)
            for part, (kind, most) in enumerate(zip(KINDS, limits, strict=True))
        ]
        if await unit.quotas.charge(job, charges, now=NOW) is not None:
            return False
        await unit.commit()
    return True


async def main(url: str, number: int, count: int, limit: int) -> None:
    database = SqlDatabase(url)
    try:
        made = await asyncio.gather(
            *(reserve(database, submission(number * 1000 + n), limit=limit) for n in range(count))
        )
    finally:
        await database.close()
    print(sum(made))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:])))
