"""The time of day (port Clock)."""

from __future__ import annotations

import time


class SystemClock:
    """The wall clock."""

    def now(self) -> int:
        return int(time.time())
