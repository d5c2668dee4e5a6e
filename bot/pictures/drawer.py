"""Draws charts for the rest of the bot: values in, a file or a refusal out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from bot.pictures.pool import Pictures
from bot.services.ports.charts import Chart

# Loading the library and drawing four panels take less than 200 MB of address space (measured).
MEMORY_BYTES = 1 << 29


class ChartDrawer:
    """Starts a worker for each drawing, and one at a time.

    Statistics are asked for seldom, and the library would stay in a worker for good: 60 MB of
    memory, and address space that the largest pictures need.
    """

    def __init__(self, *, memory_bytes: int = MEMORY_BYTES, timeout_seconds: float = 20.0) -> None:
        self._memory_bytes = memory_bytes
        self._timeout_seconds = timeout_seconds
        self._one = asyncio.Lock()

    async def draw(
        self, charts: Sequence[Chart], target: Path, *, plain: Sequence[Chart] = ()
    ) -> None:
        """Write one PNG with the charts one below the other; see `Charts`."""
        async with self._one:
            worker = Pictures(
                workers=1, memory_bytes=self._memory_bytes, timeout_seconds=self._timeout_seconds
            )
            try:
                await worker.draw(charts, target, plain=plain)
            finally:
                await worker.close()
