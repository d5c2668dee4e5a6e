"""A complete HTTP answer, as the parsers see it; knows nothing of how it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# To parse so much takes less than a hop to a thread.
SMALL_BYTES = 16_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, body, headers with names in lower case, and when it came in UTC seconds.

    `base` is the address that relative ones in the body count from.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    received_at: float = 0.0
    base: str = ""

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()
