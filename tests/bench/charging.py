"""One of several processes that reserve and settle, with all limits that members share.

    python -m tests.bench.charging URL NUMBER TASKS

reads `JOBS SERVERS SETTLE` from a line of its standard input, time and again: prepares so many jobs
in so many servers and says `ready`; at the next line charges them, each task one after the other,
and says as JSON how often the server ended a unit of work for the sake of another one.
"""

from __future__ import annotations

import asyncio
import json
import sys
from itertools import count, islice

from bot.domain.errors import StorageError
from bot.domain.job import Job
from bot.domain.server import ServerPolicy
from bot.services.ports import of_job, of_server
from bot.storage.engine.database import SqlDatabase
from tests.bench.ledger import BOOK, NOW, new_job


async def main(url: str, number: int, tasks: int) -> None:
    database = SqlDatabase(url)
    numbers = count(number * 10_000_000)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    try:
        while line := await lines.readline():
            jobs, servers, settle = (int(word) for word in line.split())
            made = [new_job(n, guild_id=n % servers + 1) for n in islice(numbers, jobs)]
            async with database.write() as uow:
                for job in made:
                    await uow.jobs.add(job, [])
                await uow.commit()
            _say("ready")
            await lines.readline()
            shares = (made[first::tasks] for first in range(tasks))
            ended = await asyncio.gather(
                *(_charge(database, share, settle=bool(settle)) for share in shares)
            )
            _say(json.dumps(sum(ended)))
    finally:
        await database.close()


async def _charge(database: SqlDatabase, jobs: list[Job], *, settle: bool) -> int:
    """Charge jobs as accepting and ending them does; return how many units had to give way."""
    conflicts = 0
    for job in jobs:
        try:
            async with database.write(of_server(job.guild_id)) as uow:
                await BOOK.reserve(uow, ServerPolicy(), job, role_ids=(), now=NOW)
                await uow.commit()
            if settle:
                async with database.write(of_job(job.job_id)) as uow:
                    await BOOK.settle(uow, job, delivered=1, paid=1, now=NOW)
                    await uow.commit()
        except StorageError as error:
            print(error, file=sys.stderr)
            conflicts += 1
    return conflicts


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
