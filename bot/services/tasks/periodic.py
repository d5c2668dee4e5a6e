"""Runs the periodic clean-up of old data; knows no rule of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

SWEEP_SECONDS = 600.0


async def run(*sweeps: Callable[[], Awaitable[None]]) -> None:
    """Run each sweep periodically, until cancelled; one that fails is tried again."""
    while True:
        for sweep in sweeps:
            try:
                await sweep()
            except Exception:
                log.exception("a sweep of old data failed")
        await asyncio.sleep(SWEEP_SECONDS)
