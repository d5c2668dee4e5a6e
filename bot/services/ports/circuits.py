"""The circuits of image services, and alerts to the operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """The state of an image service: `failures` in a row, and whether it is paused.

    `reason` is a word for why it is paused, None while it is not; `until` is in UTC seconds, None
    for a pause that somebody has to end.
    """

    name: str
    until: int | None = None
    reason: str | None = None
    failures: int = 0

    def paused(self, now: int) -> bool:
        return self.reason is not None and (self.until is None or self.until > now)


class CircuitStore(Protocol):
    """Circuits by the name of their service."""

    async def all(self) -> Mapping[str, Circuit]: ...

    async def put(self, circuit: Circuit) -> None: ...


class AlertSink(Protocol):
    """Reaches the operator outside of any request."""

    async def alarm(self, text: str) -> None:
        """Send a text to the operator's channel and to each operator; best effort."""
        ...
