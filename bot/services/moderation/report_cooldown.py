"""What members bring before the moderators, each thing now and then: reports, wishes for more."""

from __future__ import annotations

from collections import OrderedDict

from bot.services.ports import Clock

# Who reported a picture, or asked for more, gives the moderators so much time.
PATIENCE_SECONDS = 6 * 3600
_REMEMBERED = 5000


class ReportCooldown:
    """Remembers who brought what, in memory alone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: OrderedDict[tuple[int, str], int] = OrderedDict()

    def begin(self, user_id: int, what: str) -> bool:
        """Let a member bring something; False when they did not long ago.

        It counts from now on, so that two presses at once are one.
        """
        now, since = self._clock.now(), self._since.get((user_id, what))
        if since is not None and now < since + PATIENCE_SECONDS:
            return False
        self._since[user_id, what] = now
        self._since.move_to_end((user_id, what))
        if len(self._since) > _REMEMBERED:
            self._since.popitem(last=False)
        return True

    def forget(self, user_id: int, what: str) -> None:
        """Let a member bring it at once: the moderators never saw it."""
        self._since.pop((user_id, what), None)
