"""Runs periodic work, such as the clean-up of old data, and loops that are woken for work; knows no
rule of its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.services.tasks.leases import CHORES, Held
from bot.services.tasks.wake_event import WakeEvent

log = logging.getLogger(__name__)

SWEEP_SECONDS = 600.0


async def run(
    *sweeps: Callable[[], Awaitable[None]], held: Held, seconds: float = SWEEP_SECONDS
) -> None:
    """Run each sweep periodically, until cancelled; one that fails is tried again.

    They are chores: of several processes one does them.
    """
    while True:
        for sweep in sweeps if held.holds(CHORES) else ():
            try:
                await sweep()
            except Exception:
                log.exception("a sweep failed")
        await asyncio.sleep(seconds)


async def run_when_woken(
    step: Callable[[], Awaitable[None]], wake_event: WakeEvent, *, seconds: float
) -> None:
    """Run a step when it is woken and at least every `seconds`, until cancelled; one that fails is
    logged and tried again.
    """
    while True:
        try:
            await step()
        except Exception:
            log.exception("a step of %s failed", step.__module__)
        await wake_event.wait(seconds)
