"""Says which jobs should have moved on by now; a running bot moves them automatically."""

from __future__ import annotations

from enum import StrEnum

from bot.domain.job import JobState
from bot.services.ports import OpenJob

# A lease is renewed several times within this, and overdue jobs are looked for every few seconds.
_GRACE_SECONDS = 120
# Bad news that could not be told is given up after an hour.
_UNTOLD_SECONDS = 3600 + _GRACE_SECONDS


class StallReason(StrEnum):
    """Why a job does not move on."""

    NOT_WORKED_ON = "not_worked_on"  # its process is gone, and no other took it over
    OVERDUE = "overdue"  # its time to wait, or to be picked up, is over
    UNTOLD = "untold"  # it ended, and nobody told its member


def stall_reason(job: OpenJob, *, now: int) -> StallReason | None:
    """Return why a job is stuck, None while all is as it should be."""
    if job.finished_at is not None:
        return StallReason.UNTOLD if job.finished_at + _UNTOLD_SECONDS <= now else None
    if job.parked or job.collected or job.state in (JobState.QUEUED, JobState.HELD):
        return StallReason.OVERDUE if job.expires_at + _GRACE_SECONDS <= now else None
    held = job.lease_until is not None and job.lease_until + _GRACE_SECONDS > now
    return None if held else StallReason.NOT_WORKED_ON
