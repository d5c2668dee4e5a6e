"""Lets a crowd loose on a database file and holds the books against the limits."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path

from bot.domain.quotas.rules import Subject
from bot.domain.quotas.windows import Window
from bot.services.servers.changes import Changes
from bot.services.servers.decisions import RuleDecision
from bot.services.servers.policies import Policies
from bot.storage.engine.database import SqlDatabase
from bot.storage.ledger.ledger_check import problems
from bot.storage.tables import counters
from tests.services.fakes import HandClock
from tests.services.house import GUILD, NOW


async def crowd(
    url: str,
    folder: Path,
    *,
    processes: int,
    requests: int,
    member: int,
    budget: int,
    shared: str = "none",
) -> None:
    """Decide two limits, let every process ask, and prove that both hold to the credit.

    There must be more asked than the budget lets through.
    """
    database = SqlDatabase(url)
    try:
        clock = HandClock(NOW)
        policies = Policies(database=database, clock=clock)
        changes = Changes(database=database, policies=policies, clock=clock)
        for subject, credits in ((Subject.EVERYONE, member), (Subject.BUDGET, budget)):
            decision = RuleDecision(subject, 0, Window.DAY)
            value = {"credits": credits, "until": None}
            await changes.set(changes.actor(GUILD, 7), decision, value, action="decided")
        running = [
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.services.crowd", url),
                *(str(folder / f"spool{number}"), f"p{number}", str(requests), shared),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=Path(__file__).parents[2],
            )
            for number in range(processes)
        ]
        ended = await asyncio.gather(*(process.communicate() for process in running))
        assert [errors.decode() for _, errors in ended] == [""] * processes
        answers = [json.loads(answer) for answer, _ in ended]
        assert await problems(database, now=NOW) == []
        async with database.read() as unit:
            rows = (await unit.connection.execute(counters.select())).all()
    finally:
        await database.close()
    made = Counter[int]()
    for answer in answers:
        made.update({int(user): credits for user, credits in answer["made"].items()})
    assert {row.user_id: row.used for row in rows if row.kind == "member" and row.used} == made
    assert max(made.values()) <= member
    (used,) = [row.used for row in rows if row.kind == "budget"]
    # The last credits may be fewer than the next request wants.
    assert budget - 2 <= used == sum(made.values()) <= budget
    assert sum(answer["withdrawn"] for answer in answers)
    assert set().union(*(answer["refused"] for answer in answers)) == {"member", "budget"}
