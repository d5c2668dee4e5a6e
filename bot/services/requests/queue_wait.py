"""How long a request may wait, and how many may wait at once."""

from __future__ import annotations

from dataclasses import dataclass

# What waited this long is refunded and told (docs/spec/states.md, T10).
QUEUE_SECONDS = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCaps:
    """How many requests of one member, and of one server, may wait or run at once."""

    per_member: int
    per_server: int
