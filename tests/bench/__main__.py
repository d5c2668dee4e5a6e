"""`python -m tests.bench`: what the bot costs beside a floor that is measured in the same run.

Rows by name, all of them without one; `--quick` only proves that everything works.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.bench.crowds import alone, burst, crowd
from tests.bench.database_server import reservations, several
from tests.bench.inspecting import inspection
from tests.bench.judging import judging
from tests.bench.ledger import books
from tests.bench.memory import memory
from tests.bench.peers import peer
from tests.bench.rows import Row, Run, show
from tests.bench.servers import servers
from tests.bench.starting import start
from tests.bench.syncs import syncs

ROWS: dict[str, Callable[[Run], Awaitable[list[Row]]]] = {
    measure.__name__: measure
    for measure in (
        *(crowd, burst, alone, syncs, inspection, judging, memory, servers, books, start),
        *(reservations, several, peer),
    )
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("rows", nargs="*", help=f"of {', '.join(ROWS)}")
    parser.add_argument("--rounds", type=int, default=5, help="the best one counts")
    parser.add_argument("--quick", action="store_true", help="small numbers and one round")
    parser.add_argument("--profile", type=Path, metavar="FOLDER", help="cProfiles of the bot")
    wanted = parser.parse_args()
    if unknown := set(wanted.rows) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    if not Path("/proc/self/clear_refs").exists():
        parser.error("the memory of processes is read from Linux' /proc")
    if wanted.profile:
        wanted.profile.mkdir(parents=True, exist_ok=True)
    rounds = 1 if wanted.quick else wanted.rounds
    names = wanted.rows or list(ROWS)
    with tempfile.TemporaryDirectory(prefix="easel-bench-") as folder:
        run = Run(
            folder=Path(folder),
            rounds=rounds,
            quick=wanted.quick,
            profile=wanted.profile and wanted.profile.resolve(),
        )
        try:
            rows = asyncio.run(_measured(names, run))
        except asyncio.CancelledError:
            return 130
    cores = os.cpu_count()
    shared = "" if (cores or 0) > 4 else ": they share them with Discord and APIs, which only adds"
    facts = [
        f"{cores} cores for the bot and its picture workers{shared}",
        f"Python {platform.python_version()}, {platform.system()} {platform.release()}",
        f"the best of {rounds} rounds, bot and floor in turn",
    ]
    show(rows, facts)
    return 0


async def _measured(names: list[str], run: Run) -> list[Row]:
    rows: list[Row] = []
    measuring = asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Cancelled rather than interrupted: what was started is ended on the way out.
        asyncio.get_running_loop().add_signal_handler(number, _stop, measuring)
    for name in names:
        print(f"measuring: {name}", file=sys.stderr, flush=True)
        rows += await ROWS[name](run)
    return rows


def _stop(measuring: asyncio.Task[object] | None) -> None:
    if measuring is not None:
        measuring.cancel()


if __name__ == "__main__":
    sys.exit(main())
