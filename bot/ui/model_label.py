"""What the model of a request is called, for everybody who reads of it."""

from __future__ import annotations

from bot.domain.catalog import Catalog
from bot.domain.job import Job
from bot.ui.messages.requests.comparisons import HIDDEN_MODEL


def model_label(catalog: Catalog, job: Job) -> str:
    """Return what the model of a job is called; nobody is told before a vote on it ends."""
    if job.model_hidden:
        return str(HIDDEN_MODEL)
    offers = catalog.of(job.request.model)
    return offers[0].label if offers else job.request.model
