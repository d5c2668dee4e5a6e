"""`make bench` in its small form: it measures every row and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the memory of processes is read from /proc"
)

ROOT = Path(__file__).parent.parent


def found(folder: Path, pattern: str) -> list[Path]:
    return list(folder.glob(pattern))


async def bench(folder: Path, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.bench", "--quick", *arguments),
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(folder)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # Ctrl-C in a terminal reaches the whole group, and nobody outside it.
        start_new_session=True,
    )


@pytest.mark.long
@pytest.mark.timeout(300)  # beside whatever else runs
async def test_the_bench_measures_a_row_and_leaves_nothing(tmp_path: Path) -> None:
    process = await bench(tmp_path, "start")
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    assert "start to ready" in out.decode()
    assert found(tmp_path, "*") == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_bench_and_what_it_started(
    tmp_path: Path, number: signal.Signals
) -> None:
    process = await bench(tmp_path, "crowd")
    async with asyncio.timeout(60):
        while not found(tmp_path, "*/crowd/bot.log"):  # noqa: ASYNC110 - another process's file
            await asyncio.sleep(0.01)
    os.killpg(process.pid, number)
    await process.communicate()
    assert process.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert found(tmp_path, "*") == []
