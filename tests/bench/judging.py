"""What a judge that answers at once adds to a result, from the spooled picture to its verdict."""

from __future__ import annotations

import time
from typing import Any

from bot.clock import SystemClock
from bot.domain.safety.verdicts import Check, JudgeRules, Verdict
from bot.pictures.pool import Pictures
from bot.providers.judges.http_judge import HttpJudge
from bot.providers.judges.kinds import KINDS
from bot.services.jobs.call_metrics import Unmeasured
from bot.services.safety.judging import Judging, SeatedJudge
from bot.storage.spool import DiskSpool
from tests.bench.lean_apis import png
from tests.bench.rows import Row, Run, below
from tests.local_judge import local_judge

_JOB = "0123456789ABC"
_REPEATS = 5


async def judging(run: Run) -> list[Row]:
    """Judge a usual picture, once in each round and some more."""
    place = run.place("judging")
    spool, pictures = DiskSpool(place, max_bytes=10**10), Pictures()
    source = spool.path(spool.picture(_JOB, 0))
    source.write_bytes(png(side=1024, size_bytes=700_000))
    unasked: Any = None  # a judge that answers alerts nobody
    async with local_judge() as local:
        local.found = ""
        judge = HttpJudge("local", KINDS["http"], local.url, None, model="", timeout_seconds=10)
        seated = SeatedJudge(judge=judge, checks=frozenset({Check.RESULTS}), rules=JudgeRules())
        asked = Judging(
            [seated],
            pictures=pictures,
            spool=spool,
            clock=SystemClock(),
            measures=Unmeasured(),
            alerts=unasked,
            words=unasked,
        )
        try:
            await pictures.inspect(source)  # starts the workers
            told: list[float] = []
            for _ in range(run.rounds * _REPEATS):
                start = time.perf_counter()
                (finding,) = await asked.files(Check.RESULTS, _JOB, [source])
                told.append(time.perf_counter() - start)
                assert finding.verdict is Verdict.POST
        finally:
            await judge.close()
            await pictures.close()
    return [below("a judge that answers at once, added to a result", told, limit=0.3, unit="s")]
