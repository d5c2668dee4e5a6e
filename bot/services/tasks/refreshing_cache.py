"""Values in memory that are read again in the background, so that a suggestion waits for nothing.

`get` answers at once with what is known, however old. A value that is missing or old is then read
by `run`, and the next question gets it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cachetools import FIFOCache

from bot.services.ports import Clock

log = logging.getLogger(__name__)

K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True, kw_only=True)
class _Entry(Generic[V]):
    """A value, and when it was read last because it was old (UTC seconds)."""

    value: V
    read_at: int


class RefreshingCache(Generic[K, V]):
    """Holds at most `most` values, the last used; only `run` waits for anything.

    `about` names the values in the log.
    """

    def __init__(self, *, clock: Clock, about: str, most: int, fresh_seconds: int) -> None:
        self._clock = clock
        self._about = about
        self._fresh_seconds = fresh_seconds
        # Not an LRUCache: there, `update` would count as a use of every value.
        self._entries: FIFOCache[K, _Entry[V]] = FIFOCache(most)
        self._wanted: FIFOCache[K, None] = FIFOCache(most)
        self._news = asyncio.Event()
        self._changes = 0
        self._reading: K | None = None

    def get(self, key: K) -> V | None:
        """Return the value as it is known, and have it read again if it is old."""
        if not self.is_fresh(key):
            self.refresh(key)
        return self.known(key)

    def known(self, key: K) -> V | None:
        """Return the value as it is known, None if it was never read."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries[key] = entry  # used last
        return entry.value

    def expect(self, key: K) -> None:
        """Have a value ready that is probably asked for soon; an old one serves until it is."""
        if key not in self._entries:
            self.refresh(key)

    def is_fresh(self, key: K) -> bool:
        """Tell whether a value is known and not old; no value is fresh if the clock goes back."""
        entry = self._entries.get(key)
        return entry is not None and 0 <= self._clock.now() - entry.read_at < self._fresh_seconds

    def refresh(self, key: K) -> None:
        """Read a value again soon."""
        if key not in self._wanted:
            self._wanted[key] = None
        self._news.set()

    def change(self, key: K, change: Callable[[V], V]) -> bool:
        """Change one value; False if it is not known. As `update`, but for the others."""
        if key == self._reading:
            self._changes += 1
        entry = self._entries.get(key)
        if entry is not None:
            entry.value = change(entry.value)
        return entry is not None

    def update(self, change: Callable[[V], V]) -> None:
        """Change every known value; what is being read now may be older, and is read again."""
        self._changes += 1
        for entry in self._entries.values():
            entry.value = change(entry.value)

    def forget(self, matches: Callable[[K], bool]) -> None:
        """Drop values by their key; what is being read now is read again."""
        self._changes += 1
        for keys in (self._entries, self._wanted):
            for key in [one for one in keys if matches(one)]:
                del keys[key]

    async def run(self, read: Callable[[K], Awaitable[V]]) -> None:
        """Read what is missing or old, until cancelled; a failure is logged."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._wanted:
                key, _ = self._wanted.popitem()
                try:
                    await self._read(key, read)
                except Exception:
                    log.exception("%s could not be read", self._about)

    async def _read(self, key: K, read: Callable[[K], Awaitable[V]]) -> None:
        changes, self._reading = self._changes, key
        try:
            value = await read(key)
        finally:
            self._reading = None
        # A read that comes early must not put off the next one: it may be of a part only.
        read_at = self._entries[key].read_at if self.is_fresh(key) else self._clock.now()
        self._entries[key] = _Entry(value=value, read_at=read_at)
        if changes != self._changes:
            self.refresh(key)
