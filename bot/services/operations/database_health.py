"""Whether the database can be read and written: asked again and again, said when it changes.

Code that fails because of it need not report it: this log, the operator's alert and /readyz do.
A single look that fails is only logged, because a busy machine answers late now and then; the
second one in a row is an alarm.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from bot.domain.errors import SetupError, StorageError
from bot.domain.setup_problems import SetupProblem
from bot.services.operations.alerts import AGAIN_SECONDS, Alerts
from bot.services.ports import GUARDED, Clock, Database

log = logging.getLogger(__name__)

LOOK_SECONDS = 15
# Who asks wants an answer also while another process holds the file, for which writers wait.
PATIENCE_SECONDS = 3.0
# As many pages as accepting a request may need. A full file still has room for a shorter note in
# the place of an older one.
_ROOM = "." * 65_536
_KEY = "heartbeat"
_ALERT = "database"
_NO_ANSWER = StorageError(SetupProblem.NO_ANSWER, seconds=f"{PATIENCE_SECONDS:g}")


class DatabaseHealth:
    """Looks at the database.

    `words` make the operator's alert of what is wrong, `over` says that it works again.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        alerts: Alerts,
        words: Callable[[SetupError], str],
        over: Callable[[], str],
    ) -> None:
        self._database = database
        self._clock = clock
        self._alerts = alerts
        self._words = words
        self._over = over
        self._probe: asyncio.Task[SetupError | None] | None = None
        self._failed_in_a_row = 0
        self._alerted_at = 0

    async def run(self) -> None:
        """Look now and then, until cancelled."""
        try:
            while True:
                await self.watch()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            if self._probe is not None:
                self._probe.cancel()
                await asyncio.gather(self._probe, return_exceptions=True)

    async def watch(self) -> None:
        """Look once, and tell what changed since the look before."""
        self._tell(await self._look())

    async def look(self) -> str | None:
        """Return what is wrong with the database now, None while all is well; tell nobody."""
        found = await self._look()
        return str(found) if found else None

    async def _look(self) -> SetupError | None:
        probe = self._probe
        # One that waits for a locked file goes on waiting: another would only queue up behind it.
        if probe is None or probe.done():
            probe = self._probe = asyncio.create_task(self._try())
        await asyncio.wait({probe}, timeout=PATIENCE_SECONDS)
        return probe.result() if probe.done() else _NO_ANSWER

    async def _try(self) -> SetupError | None:
        try:
            async with self._database.write(GUARDED) as uow:
                await uow.meta.put(_KEY, _ROOM)
                await uow.meta.put(_KEY, str(self._clock.now()))
                await uow.commit()
            async with self._database.read() as uow:
                await uow.meta.get(_KEY)
        except SetupError as error:
            # A new one: the one that was raised holds the transaction's frames.
            return StorageError(error.problem, **error.values)
        except Exception as error:
            # Another database's driver has errors of its own.
            return StorageError(SetupProblem.SAID, said=repr(error))
        return None

    def _tell(self, found: SetupError | None) -> None:
        before = self._failed_in_a_row
        self._failed_in_a_row = before + 1 if found else 0
        if found is None:
            if before:
                log.info("the database works again")
            if before > 1:
                self._alerts.over(_ALERT, self._over())
        elif before == 0:
            log.warning("the database failed once and is looked at again: %s", found)
        else:
            if before == 1:
                log.error("requests cannot be accepted: %s", found)
            now = self._clock.now()
            if before == 1 or now - self._alerted_at >= AGAIN_SECONDS:
                self._alerted_at = now
                self._alerts.tell(_ALERT, self._words(found))
