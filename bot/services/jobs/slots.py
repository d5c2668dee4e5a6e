"""Places among the upstream calls that a provider takes at once."""

from __future__ import annotations

import asyncio


class Slot:
    """One place that was acquired, given back once however often that is said."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._held = True

    def release(self, *_: object) -> None:
        """Give the place back."""
        if self._held:
            self._held = False
            self._places.release()
