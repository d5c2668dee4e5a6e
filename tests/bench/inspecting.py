"""What it costs to see that a result is whole, beside decoding it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.pictures.pool import Pictures
from tests.bench.lean_apis import png
from tests.bench.rows import Row, Run, at_most, below

_REPEATS = 5


async def inspection(run: Run) -> list[Row]:
    """A usual PNG and a large one."""
    place = run.place("inspection")
    sizes = ((1024, 700_000, 1.0), (4096, 20_000_000, 20.0))
    rows: list[Row] = []
    pictures = Pictures()
    try:
        for side, size_bytes, limit in sizes[:1] if run.quick else sizes:
            source = place / f"{size_bytes}.png"
            source.write_bytes(png(side=side, size_bytes=size_bytes))
            await pictures.inspect(source)  # starts the workers
            times = range(run.rounds * _REPEATS)
            told = [await _milliseconds(pictures.inspect_result, source) for _ in times]
            decoded = [await _milliseconds(pictures.inspect, source) for _ in times]
            name = f"inspecting a PNG of {size_bytes / 1e6:.1f} MB"
            rows.append(below(name, told, limit=limit, unit="ms"))
            rows.append(at_most(f"{name}, beside decoding it", told, decoded, unit="ms"))
    finally:
        await pictures.close()
    return rows


async def _milliseconds(look: Callable[[Path], Awaitable[object]], source: Path) -> float:
    start = time.perf_counter()
    await look(source)
    return (time.perf_counter() - start) * 1000
