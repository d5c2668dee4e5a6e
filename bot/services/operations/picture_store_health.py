"""Whether pictures can be kept: looks after their store, and tells when it goes and comes back.

A folder is never away. While a store is, requests are refused and calls wait before they are sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from bot.domain.errors import SetupError, StorageError
from bot.services.operations.alerts import AGAIN_SECONDS, Alerts
from bot.services.ports import Clock, Spool

log = logging.getLogger(__name__)

LOOK_SECONDS = 60.0
# A store that is away is looked at more often.
AWAY_SECONDS = 15.0
_ALERT = "pictures"


class PictureStoreHealth:
    """`words` make the operator's alert of what is wrong, `over` says that it works again."""

    def __init__(
        self,
        *,
        spool: Spool,
        clock: Clock,
        alerts: Alerts,
        words: Callable[[SetupError], str],
        over: Callable[[], str],
    ) -> None:
        self._spool = spool
        self._clock = clock
        self._alerts = alerts
        self._words = words
        self._over = over
        self._trouble: StorageError | None = None
        self._failed_in_a_row = 0
        self._alerted_at = 0

    async def run(self) -> None:
        """Look now and then, until cancelled."""
        while True:
            await self.watch()
            await asyncio.sleep(AWAY_SECONDS if self._trouble else LOOK_SECONDS)

    @property
    def trouble(self) -> str | None:
        """What was wrong when it was looked at last."""
        return str(self._trouble) if self._trouble else None

    async def watch(self) -> None:
        """Look once, and tell what changed since the look before."""
        try:
            await self._spool.tend()
        except StorageError as error:
            self._away(StorageError(error.problem, **error.values))
        except OSError:
            log.exception("the copies of pictures could not be looked after")
        else:
            self._works()

    def _away(self, found: StorageError) -> None:
        self._trouble = found
        self._failed_in_a_row += 1
        now, again = self._clock.now(), self._failed_in_a_row
        if again == 1:
            log.warning("the picture store failed once and is looked at again: %s", str(found))
        elif again == 2 or now - self._alerted_at >= AGAIN_SECONDS:
            self._alerted_at = now
            self._alerts.tell(_ALERT, self._words(found))

    def _works(self) -> None:
        if self._failed_in_a_row > 1:
            log.info("the picture store works again")
            self._alerts.over(_ALERT, self._over())
        self._trouble, self._failed_in_a_row = None, 0
