"""Who may see a request and its pictures, and who may read its prompt."""

from __future__ import annotations

from bot.domain.job import Job
from bot.domain.server import ServerPolicy
from bot.services.servers.access import Requester


def may_see(who: Requester, job: Job) -> bool:
    """Tell whether somebody may know of a request: of this server; private ones are their own."""
    return job.guild_id == who.scope and (not job.secret or job.user_id == who.user_id)


def readable_prompt(job: Job, policy: ServerPolicy, *, user_id: int, moderator: bool) -> str | None:
    """Return what somebody may read of a prompt, None where the server hides prompts.

    Requesters read all of their own, and moderators of everybody's.
    """
    if moderator or job.user_id == user_id:
        return job.request.prompt
    return policy.words.masked(job.request.prompt) if policy.settings.prompts_shown else None
