"""A process of the bot in which many ask at once; run by itself, one of several on one file.

    python -m tests.services.crowd URL FOLDER NAME REQUESTS SHARED

prints as JSON how many requests were let through, by member, and how many each limit refused.
SHARED are limits that all of them share, too large to refuse anything, or "none".
Anything else that goes wrong ends it with a traceback.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path

from bot.domain.errors import QuotaError
from bot.domain.job import Reason
from bot.storage.engine.database import SqlDatabase
from tests.services.house import MEMBER, House

MEMBERS = 8
AT_ONCE = 20
# Every so many of those let through are withdrawn at once: they give their credits back.
WITHDRAWN = 5


async def main(url: str, folder: str, name: str, requests: int, shared: str) -> None:
    database = SqlDatabase(url)
    house = House(database, Path(folder), me=name, member="none", ceiling=shared, everywhere=shared)
    turns, made, refused, withdrawn = asyncio.Semaphore(AT_ONCE), Counter[int](), Counter[str](), 0

    async def ask(number: int) -> None:
        nonlocal withdrawn
        user_id = MEMBER + number % MEMBERS
        async with turns:
            try:
                ticket = await house.ask(user_id=user_id, count=1 + number % 3)
            except QuotaError as error:
                refused[error.scope.value] += 1
                return
            if number % WITHDRAWN == 0:
                job = await house.intake.cancel(ticket.progress.job.job_id, by=Reason.BY_MEMBER)
                assert job is not None
                withdrawn += 1
                return
            made[user_id] += ticket.progress.job.request.credits

    try:
        await asyncio.gather(*(ask(number) for number in range(requests)))
    finally:
        await database.close()
    print(json.dumps({"made": made, "refused": refused, "withdrawn": withdrawn}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4], requests=int(sys.argv[4]), shared=sys.argv[5]))
