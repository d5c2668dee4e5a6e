"""Pauses an image service that fails: its queue is kept, no new request is taken for it.

What is known is shared through the database, so that all processes and the operator's shell see
the same; each process reads it every few seconds.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from bot.domain.circuit_breaker import CircuitTrouble, judge
from bot.domain.errors import ASYNCHRONOUS, Failure
from bot.domain.job import SERVICE_REFUSALS
from bot.domain.providers.refusal_waves import SECONDS, in_waves
from bot.services.operations.alerts import Alerts
from bot.services.ports import Circuit, Clock, Database, of_provider
from bot.services.tasks.conflicts import repeatable

log = logging.getLogger(__name__)


class Circuits:
    """The state of each image service, from memory; `refresh` reads it again."""

    def __init__(self, *, database: Database, clock: Clock, alerts: Alerts) -> None:
        self._database = database
        self._clock = clock
        self._alerts = alerts
        self._known: Mapping[str, Circuit] = {}

    def paused(self, name: str) -> Circuit | None:
        """Return the circuit of a service that takes nothing now; None while it works."""
        circuit = self._known.get(name)
        return circuit if circuit is not None and circuit.paused(self._clock.now()) else None

    def all_paused(self, names: list[str]) -> bool:
        """Tell whether every one of these services is paused."""
        return bool(names) and all(self.paused(name) for name in names)

    async def refresh(self) -> None:
        """See what other processes and the shell decided."""
        async with self._database.read() as uow:
            self._known = await uow.circuits.all()

    @repeatable
    async def ended(self, name: str, failure: Failure | None) -> None:
        """A call ended, answered or failed: open the circuit or close it."""
        known = self._known.get(name)
        if failure is None and (known is None or not known.failures):
            return
        now = self._clock.now()
        async with self._database.write(of_provider(name)) as uow:
            before = (await uow.circuits.all()).get(name) or Circuit(name=name)
            if before.reason == CircuitTrouble.OPERATOR:
                return
            if before.paused(now) and failure is not None:
                # Calls that were sent before the pause say nothing new.
                self._known = {**self._known, name: before}
                return
            verdict = judge(failure.error_class if failure else None, before.failures)
            trouble = verdict.trouble
            if trouble is CircuitTrouble.FAILING and failure and failure.code == ASYNCHRONOUS:
                trouble = CircuitTrouble.ASYNCHRONOUS
            circuit = Circuit(
                name=name,
                failures=verdict.failures,
                reason=trouble,
                until=now + verdict.seconds if verdict.trouble else None,
            )
            await uow.circuits.put(circuit)
            await uow.commit()
        self._known = {**self._known, name: circuit}
        if trouble is not None:
            self._alerts.provider(name, trouble, until=circuit.until)
        elif failure is not None and failure.code == ASYNCHRONOUS:
            # Each such call may be paid, so it is told before the circuit opens.
            self._alerts.provider(name, CircuitTrouble.ASYNCHRONOUS, until=None)
        elif before.reason is not None:
            log.info("%s works again", name)

    async def refused(self, name: str) -> None:
        """A job ended with a refusal: tell the operator if the service refuses everybody."""
        since = self._clock.now() - SECONDS
        async with self._database.read() as uow:
            endings = await uow.job_queries.endings(SERVICE_REFUSALS, since=since, provider=name)
        if in_waves(endings):
            self._alerts.provider(name, CircuitTrouble.REFUSING, until=None)

    async def pause(self, name: str, *, until: int | None = None) -> None:
        """Take nothing for a service until somebody resumes it, or until a time (UTC seconds)."""
        await self._put(Circuit(name=name, reason=CircuitTrouble.OPERATOR, until=until))

    async def resume(self, name: str) -> None:
        """Let a service work again, whatever paused it."""
        await self._put(Circuit(name=name))

    @repeatable
    async def _put(self, circuit: Circuit) -> None:
        async with self._database.write(of_provider(circuit.name)) as uow:
            await uow.circuits.put(circuit)
            await uow.commit()
        self._known = {**self._known, circuit.name: circuit}
