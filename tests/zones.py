"""Time zones for tests: from the pinned data, as the bot has them."""

from __future__ import annotations

from datetime import tzinfo

from bot.domain.time_zones import zone_of


def zone_named(name: str) -> tzinfo:
    """Return a time zone that there is."""
    zone = zone_of(name)
    assert zone is not None, name
    return zone
