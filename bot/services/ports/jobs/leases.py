"""What several processes share out among themselves for a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol


class Leases(Protocol):
    """Names, each held by one process until a time (UTC seconds)."""

    async def take(self, name: str, *, me: str, until: int, now: int) -> bool:
        """Take a name that nobody holds, or hold it longer; False when another process has it."""
        ...

    async def free(self, names: Sequence[str], *, now: int) -> list[str]:
        """Return those that nobody holds, in their order."""
        ...

    async def renew(
        self, me: str, names: Sequence[str], *, until: int, now: int
    ) -> Collection[str]:
        """Hold longer those names that a process still holds; return them."""
        ...

    async def sweep(self, *, before: int) -> None:
        """Delete what ran out before a time: the process that held it died."""
        ...

    async def release(self, me: str, names: Sequence[str] | None = None) -> None:
        """Give names back, all of them without a list."""
        ...
