"""Picture workers that are stopped while they start say nothing: stderr is the bot's log."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Several at once, so that workers start slowly; a stop at any moment of it.
PROCESSES, ROUNDS = 6, 20
PROGRAM = f"""
import random, time
from bot.pictures import pool

if __name__ == "__main__":
    for _ in range({ROUNDS}):
        started = pool.Pictures(workers=3)._start()
        time.sleep(0.1 + random.random() * 1.4)
        pool._stop(started)
"""


def test_workers_stopped_at_any_moment_of_their_start_are_silent(tmp_path: Path) -> None:
    program = tmp_path / "stops.py"
    program.write_text(PROGRAM)
    running = [
        subprocess.Popen(
            [sys.executable, program],
            env={"PYTHONPATH": str(ROOT), "PATH": ""},
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    try:
        said = [process.communicate(timeout=100)[1] for process in running]
    finally:
        for process in running:
            process.kill()
    assert said == [""] * PROCESSES
    assert {process.returncode for process in running} == {0}
