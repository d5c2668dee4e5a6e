"""How long a request will take: what its model typically needs, and what waits before it."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from bot.domain.catalog import Offer
from bot.domain.requests.request import ImageRequest


class Estimates:
    """Estimates in seconds; `slots` are upstream calls at once for each provider."""

    def __init__(self, slots: Mapping[str, int]) -> None:
        self._slots = slots

    def seconds(self, offer: Offer, request: ImageRequest, *, ahead: int) -> int:
        """Return the seconds until the last picture, with so many jobs ahead."""
        slots = self._slots.get(offer.provider, 1)
        calls = request.calls()
        own = offer.typical_seconds * ceil(len(calls) / slots)
        own += offer.seconds_per_extra * (calls[0] - 1)
        return own + offer.typical_seconds * ceil(ahead / slots)
