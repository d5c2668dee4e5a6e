"""Wakes a loop at once when there is work, and after a timeout in case a signal was missed."""

from __future__ import annotations

import asyncio


class WakeEvent:
    """An event that many may set and one loop waits for."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def wake(self) -> None:
        """Wake the loop; several calls wake it once."""
        self._event.set()

    async def wait(self, timeout_seconds: float) -> None:
        """Return when woken, or after the timeout (another process may have added work)."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()
