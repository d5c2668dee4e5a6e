"""Tells the operator what only they can fix: once an hour for each kind of problem.

The process that told a problem also tells that it is over.

What was told is remembered in the database, so that several processes, or one that starts over
and over, do not say it more often.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.circuit_breaker import CircuitTrouble
from bot.domain.errors import StorageError
from bot.services.ports import AlertSink, Clock, Database, Scope

log = logging.getLogger(__name__)

AGAIN_SECONDS = 3600
# More than this waiting means that nothing gets out: the log has it all.
_WAITING = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alert:
    """A text for the operator; `over`: that this kind of trouble has ended."""

    kind: str
    text: str
    over: bool = False


class Alerts:
    """Takes alerts at once and sends them from its own task: nobody waits for one."""

    def __init__(
        self,
        *,
        alarm: AlertSink,
        database: Database,
        clock: Clock,
        words: Callable[[str, CircuitTrouble, int | None], str],
    ) -> None:
        self._alarm = alarm
        self._database = database
        self._clock = clock
        self._words = words
        self._waiting: asyncio.Queue[_Alert] = asyncio.Queue(_WAITING)
        self._told: dict[str, int] = {}
        self._not_over: set[str] = set()

    def provider(self, name: str, trouble: CircuitTrouble, *, until: int | None) -> None:
        """An image service is paused, until a time in UTC seconds if it is tried again then.

        Without a time, two troubles are warnings: the service goes on.
        """
        warning = until is None and trouble is CircuitTrouble.ASYNCHRONOUS
        kind = f"{name}.{trouble}.warning" if warning else f"{name}.{trouble}"
        self.tell(kind, self._words(name, trouble, until))

    def tell(self, kind: str, text: str) -> None:
        """Tell one kind of trouble, unless it was told within the hour."""
        log.warning("alert: %s", text)
        self._put(_Alert(kind=kind, text=text))

    def over(self, kind: str, text: str) -> None:
        """Tell that a kind of trouble is over, if the operator was told that it began."""
        self._put(_Alert(kind=kind, text=text, over=True))

    def _put(self, alert: _Alert) -> None:
        try:
            self._waiting.put_nowait(alert)
        except asyncio.QueueFull:
            log.warning("too many alerts are waiting: this one is only logged")

    async def run(self) -> None:
        """Send alerts until cancelled; what cannot be sent is in the log."""
        while True:
            alert = await self._waiting.get()
            try:
                if await self._due(alert):
                    await self._alarm.alarm(alert.text)
            except Exception:
                log.exception("an alert could not be sent to the operator: %s", alert.text)

    async def _due(self, alert: _Alert) -> bool:
        kind = alert.kind
        if alert.over:
            known = kind in self._not_over
            self._not_over.discard(kind)
            return known
        now, key = self._clock.now(), f"alert:{kind}"
        if self._told.get(kind, 0) > now - AGAIN_SECONDS:
            return False
        try:
            async with self._database.write(Scope("alert", kind)) as uow:
                if int(await uow.meta.get(key) or 0) > now - AGAIN_SECONDS:
                    return False
                await uow.meta.put(key, str(now))
                await uow.commit()
        except StorageError:
            pass  # it may be the very thing to tell; what this process told it remembers
        self._told[kind] = now
        self._not_over.add(kind)
        return True
