"""How often a request waits for the disk: fsyncs of the write-ahead log, counted by strace."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from tests.bench.lean_apis import LeanApis, png
from tests.bench.lean_discord import LeanDiscord
from tests.bench.processes import easel
from tests.bench.rows import Row, Run, below

_SYNC = re.compile(r"\b(?:fsync|fdatasync)\(\d+<([^>]*)>")


async def syncs(run: Run) -> list[Row]:
    """One at a time, where each commit is an fsync of its own, and many at once."""
    if shutil.which("strace") is None:
        return [Row(what="commits and fsyncs", measured="strace is missing")]
    alone, apart_alone = await _counted(run, "one by one", requests=3 if run.quick else 20)
    at_once, apart_at_once = await _counted(run, "at once", requests=8 if run.quick else 64)
    return [
        below("commits a request, one by one", [alone], limit=5, unit="", raw=apart_alone),
        below("WAL fsyncs a request, 64 at once", [at_once], limit=1, unit="", raw=apart_at_once),
    ]


async def _counted(run: Run, name: str, *, requests: int) -> tuple[float, str]:
    """Return the log's fsyncs of a request, and in words those of other files."""
    place = run.place(f"syncs-{name.replace(' ', '-')}")
    trace = place / "trace"
    tracer = ("strace", "-D", "-f", "-y", "-qq", "-e", "trace=fsync,fdatasync", "-o", str(trace))
    picture = png(side=1024, size_bytes=700_000)
    async with (
        LeanApis(picture, delay_seconds=0.3) as apis,
        LeanDiscord() as discord,
        easel(place, discord, apis, tracer=tracer) as bot,
    ):
        await bot.settled()
        before = _files(trace)
        if name == "at once":
            await discord.ask(requests)
            await discord.until(lambda: len(discord.posted) == requests)
            await bot.settled()
        else:
            for number in range(1, requests + 1):
                await discord.ask(1)
                await discord.until(lambda number=number: len(discord.posted) == number)
                await bot.settled()
        counts = _files(trace) - before
    told = _told(place / "easel.db")
    log = counts.pop("easel.db-wal", 0) - told
    database = counts.pop("easel.db", 0)
    spool = sum(counts.values())
    apart = {"told": told, "checkpoints": database, "spool": spool}
    return log / requests, ", ".join(f"{what} {n / requests:.2f}" for what, n in apart.items())


def _told(file: Path) -> int:
    """Count the commits that only remember what tickets said: one a second, for all together."""
    with closing(sqlite3.connect(file)) as database:
        return database.execute("SELECT count(DISTINCT told_at) FROM jobs").fetchone()[0]


def _files(trace: Path) -> Counter[str]:
    return Counter(Path(found).name for found in _SYNC.findall(trace.read_text()))
