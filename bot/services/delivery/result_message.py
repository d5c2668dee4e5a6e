"""What a posted result shows beside its pictures, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.job import Destination, Job, Post
from bot.domain.server import ServerPolicy
from bot.services.ports import UnitOfWork


async def parent_message(uow: UnitOfWork, job: Job) -> tuple[int, int] | None:
    """Find the message of the picture that a job edits, while it stands."""
    number = job.parent_index or 1
    for post in await uow.posts.of_job(job.parent_job_id) if job.parent_job_id else ():
        if number <= len(post.positions):
            stands = post.message_id is not None and post.removed_at is None
            return (post.channel_id, post.message_id or 0) if stands else None
        number -= len(post.positions)
    return None


def public_prompt(job: Job, policy: ServerPolicy) -> str | None:
    """Return the prompt shown below a result; a private result shows it to its author only."""
    if job.destination is not Destination.CHANNEL:
        return job.request.prompt
    # Words may have been forbidden after it was accepted.
    shown = policy.settings.prompts_shown
    return policy.words.masked(job.request.prompt) if shown else None


def pictures_of(posts: Sequence[Post]) -> int:
    """Count the pictures of posts, each once."""
    return len({position for post in posts for position in post.positions})
