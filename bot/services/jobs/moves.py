"""Moves jobs whose provider fails to another one that serves the same request (T14).

docs/spec/states.md: only while nothing may have been paid.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.errors import QuotaError
from bot.domain.job import CallState, Job, JobState
from bot.domain.requests.failover import Failover
from bot.domain.requests.request import ImageRequest, Reference
from bot.services.delivery.progress import progress_of
from bot.services.delivery.tickets import Tickets
from bot.services.jobs.circuit_breaker import Circuits
from bot.services.ports import Clock, Database, Measures, StoredReference, of_server
from bot.services.quotas.quota_book import QuotaBook
from bot.services.tasks.conflicts import repeatable
from bot.services.tasks.wake_event import WakeEvent

log = logging.getLogger(__name__)


class Moves:
    """Moves jobs; `wake_events` tell who serves of new jobs, by the provider's name."""

    def __init__(
        self,
        *,
        failover: Failover,
        database: Database,
        quotas: QuotaBook,
        circuits: Circuits,
        tickets: Tickets,
        wake_events: Mapping[str, WakeEvent],
        clock: Clock,
        measures: Measures,
    ) -> None:
        self._measures = measures
        self._failover = failover
        self._database = database
        self._quotas = quotas
        self._circuits = circuits
        self._tickets = tickets
        self._wake_events = wake_events
        self._clock = clock

    async def move_waiting(self, provider: str) -> None:
        """Move the queued jobs of a provider that takes nothing now, where others serve them."""
        async with self._database.read() as uow:
            jobs = await uow.queue.queued_and_running(provider)
        for job in jobs:
            if job.state is JobState.QUEUED:
                await self.move(job)

    async def move(self, job: Job) -> bool:
        """Move a queued or running job to the next provider that it has not tried.

        False where none takes it, or something may have been paid: the job is then as it was.
        """
        # Asked for each waiting job every few seconds, so without the database at first.
        if not any(self._takes(one.provider) for one in self._failover.candidates(job.request)):
            return False
        async with self._database.read() as uow:
            references = await uow.job_queries.references(job.job_id)
            calls = await uow.calls.of_job(job.job_id)
        tried = {call.provider for call in calls if call.state is CallState.FAILED}
        for _, request in self._failover.others(job.request, *pictures_of(references)):
            name = request.provider
            if self._takes(name) and name not in tried:
                try:
                    return await self._moved(job, request)
                except QuotaError as error:
                    log.warning("job %s cannot move to %s: %s", job.job_id, name, error)
        return False

    def _takes(self, provider: str) -> bool:
        """Tell whether a provider is there and takes requests now."""
        return provider in self._wake_events and self._circuits.paused(provider) is None

    @repeatable
    async def _moved(self, job: Job, request: ImageRequest) -> bool:
        async with self._database.write(of_server(job.guild_id)) as uow:
            if not await uow.claims.move(job, request):
                return False
            price = request.price_micro * request.count
            await self._quotas.hold_up_to(uow, job, price, now=self._clock.now())
            queued = replace(job, state=JobState.QUEUED, request=request)
            ahead = await uow.queue.queued_ahead(queued)
            await uow.commit()
        log.info("job %s moves from %s to %s", job.job_id, job.request.provider, request.provider)
        self._measures.moved(job.request.provider, request.provider)
        self._tickets.changed(progress_of(queued, ahead=ahead))
        self._wake_events[request.provider].wake()
        return True


def pictures_of(
    stored: Sequence[StoredReference],
) -> tuple[tuple[Reference, ...], Reference | None]:
    """Return the references of a job, and its mask, as they are sent."""
    masks = [_reference(one) for one in stored if one.role == "mask"]
    pictures = tuple(_reference(one) for one in stored if one.role == "picture")
    return pictures, masks[0] if masks else None


def _reference(stored: StoredReference) -> Reference:
    return Reference(
        url=stored.url,
        url_expires_at=stored.url_expires_at,
        mime=stored.mime,
        width=stored.width,
        height=stored.height,
        bytes=stored.bytes,
        altered=stored.converted,
    )
