"""When a member is pinged with a result: after a long wait, unless the server turned that off."""

from __future__ import annotations

from bot.domain.job import Job
from bot.domain.server import ServerSettings

LONG_WAIT_SECONDS = 60


def pings(job: Job, settings: ServerSettings, *, now: int) -> bool:
    """Tell whether the first message of a result calls its requester.

    A member who picks a result up was told before, and is here already.
    """
    waited = now - job.created_at
    return settings.ping_after_long_waits and waited > LONG_WAIT_SECONDS and job.told_at is None
