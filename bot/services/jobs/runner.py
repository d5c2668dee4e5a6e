"""Runs the jobs of one provider, each in an object of its own."""

from __future__ import annotations

import asyncio

from bot.domain.job import Job
from bot.services.jobs.dependencies import JobDependencies
from bot.services.jobs.job_calls import StoredCalls
from bot.services.jobs.job_run import JobRun
from bot.services.jobs.slots import Places, Slot
from bot.services.ports import ImageService
from bot.services.tasks.log_context import about_job


class Runner:
    """Runs jobs of one provider; `slots` limits its upstream calls at once."""

    def __init__(
        self,
        service: ImageService,
        dependencies: JobDependencies,
        *,
        slots: Places | None = None,
    ) -> None:
        self.slots: Places = slots or asyncio.Semaphore(service.slots)
        self._service = service
        self._dependencies = dependencies

    @about_job
    async def run(self, job: Job, *, slot_held: bool, stored: StoredCalls | None = None) -> None:
        """Bring a running or delivering job to its end; a held slot is given back.

        `stored` are its calls, where its claim has read them.
        """
        await JobRun(
            job,
            service=self._service,
            dependencies=self._dependencies,
            slots=self.slots,
            slot=Slot(self.slots) if slot_held else None,
            stored=stored,
        ).run()
