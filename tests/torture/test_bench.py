"""`make bench` in its small form, whole: it measures every row."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_bench import bench, found, pytestmark

__all__ = ["pytestmark"]

ROWS = (
    "last picture",
    "throughput",
    "answer p99",
    "slowest answer",
    "processor time a request",
    "Discord calls a picture",
    "commits",
    "inspecting",
    "peak above idle",
    "idle memory",
    "memory per 1,000 servers",
    "start per 1,000 servers",
    "reserve and settle",
    "claim",
    "start to ready",
    "PostgreSQL",
    "2048 px",
)


@pytest.mark.timeout(900)  # it starts the bot a dozen times, beside whatever else runs
async def test_the_bench_measures_every_row(tmp_path: Path) -> None:
    process = await bench(tmp_path)
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    assert [row for row in ROWS if row not in out.decode()] == []
    assert found(tmp_path, "*") == []
