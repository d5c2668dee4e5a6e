"""Two thousand requests with random faults in one process: nothing is left over, nothing grows."""

from __future__ import annotations

import json
import random
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.place import Place, new_place
from tests.e2e.rounds import FAULTS, SETTINGS
from tests.e2e.verdict import later, opened, rows, until_ended, verdict

JOBS = 2000
AT_ONCE = 25
SMALL = {"model": "doubao-seedream-3-0-t2i-250415", "size": "512x512"}


@pytest.mark.timeout(1500)
async def test_two_thousand_requests_leave_nothing_behind(tmp_path: Path) -> None:
    luck = random.Random(seed := random.randrange(10**6))
    async with new_place(tmp_path) as place:
        place.settings |= SETTINGS | {"EASEL_QUOTA__GLOBAL_BUDGET": "100000/day"}
        await place.start(program=("-m", "tests.torture.counted_bot", str(_counts(place))))
        await _work(place, luck, JOBS // 2)
        before = await _count(place)
        await _work(place, luck, JOBS)
        after = await _count(place)
        assert await verdict(place) == [], f"seed {seed}"
    growth = {name: after[name] - before[name] for name in after}
    assert growth["memory_kb"] <= max(30_000, before["memory_kb"] // 5), growth
    for name in ("tasks", "files", "connections", "views"):
        assert growth[name] <= 10, growth


async def _work(place: Place, luck: random.Random, until_jobs: int) -> None:
    """Ask until there were so many jobs; then a day goes by, and the spool is empty."""
    while (jobs := await _jobs(place)) < until_jobs:
        await place.wire.burst(_submission(place, luck, f"{jobs} {n}") for n in range(AT_ONCE))
        await _ended(place)
        place.wire.requests.clear()
    async with opened(place) as database, database.write() as uow:
        await uow.connection.exec_driver_sql("UPDATE jobs SET finished_at = finished_at - 90000")
        await uow.commit()
    spool = place.folder / "spool"
    await place.wire.until(lambda: not list(spool.iterdir()), timeout=30)


def _submission(place: Place, luck: random.Random, name: str) -> Coroutine[Any, Any, Any]:
    fault = luck.choice(FAULTS)
    prompt = f"fox {name}" + (f" fault:{fault}" if fault else "")
    member = luck.choice([place.alice, place.bob])
    return member.slash(place.art, "imagine", prompt=prompt, **SMALL)


async def _jobs(place: Place) -> int:
    async with opened(place) as database:
        ((jobs,),) = await rows(database, "SELECT count(*) FROM jobs")
        return jobs


async def _ended(place: Place) -> None:
    """Wait for the end of all; a service that failed too often is resumed, as its operator may."""
    for _ in range(30):
        await later(place)
        try:
            return await until_ended(place, seconds=6)
        except TimeoutError:
            continue
    raise AssertionError(f"not everything has ended: {await place.states()}")


async def _count(place: Place) -> dict[str, int]:
    file = _counts(place)
    lines = file.read_text().splitlines() if file.exists() else []
    place.processes[-1].send_signal(signal.SIGUSR1)

    def counted() -> list[str]:
        found = file.read_text().splitlines() if file.exists() else []
        return found if len(found) > len(lines) else []

    return json.loads((await place.wire.until(counted, timeout=30))[-1])


def _counts(place: Place) -> Path:
    return place.folder / "counts.jsonl"
