"""How often a member may send moderators the same thing: a report, or a request for more quota."""

from __future__ import annotations

from cachetools import LRUCache

from bot.services.ports import Clock

# Moderators get this much time before the same member may report the same picture again.
PATIENCE_SECONDS = 6 * 3600
_REMEMBERED = 5000


class ReportCooldown:
    """Remembers who sent what, in memory only."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: LRUCache[tuple[int, str], int] = LRUCache(_REMEMBERED)

    def begin(self, user_id: int, what: str) -> bool:
        """Tell whether a member may send something: False if they did so recently.

        The time counts from this call, so that two presses at once are one report.
        """
        now, since = self._clock.now(), self._since.get((user_id, what))
        if since is not None and now < since + PATIENCE_SECONDS:
            return False
        self._since[user_id, what] = now
        return True

    def forget(self, user_id: int, what: str) -> None:
        """Let a member send it again at once: the moderators never saw it."""
        self._since.pop((user_id, what), None)
