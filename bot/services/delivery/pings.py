"""When a member is pinged: with a result after a long wait, and when nothing came of a request.

Everything else that the bot posts allows no mentions.
"""

from __future__ import annotations

from bot.domain.job import Job, Reason
from bot.domain.server import ServerSettings

LONG_WAIT_SECONDS = 60


def pinged_with_result(job: Job, settings: ServerSettings, *, first: bool, now: int) -> bool:
    """Tell whether a message of a result pings its requester: only the first one can.

    Managers can turn it off. A member who picks a result up was told before, and is here already.
    """
    waited = now - job.created_at > LONG_WAIT_SECONDS
    return first and waited and settings.ping_after_long_waits and job.told_at is None


def pinged_without_result(job: Job, *, public: bool) -> bool:
    """Tell whether the channel pings the requester when a job ends without pictures.

    A member who cancelled it knows, and a private request concerns nobody else.
    """
    return public and job.reason is not Reason.BY_MEMBER
