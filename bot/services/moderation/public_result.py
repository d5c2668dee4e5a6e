"""Which results moderators may remove or cover: those that everybody sees, and that stand."""

from __future__ import annotations

from bot.domain.errors import Objection, StaffError
from bot.domain.job import Destination, Job
from bot.services.ports import UnitOfWork


async def public_result(uow: UnitOfWork, guild_id: int, job_id: str) -> Job:
    """Return the request of a result; StaffError where there is none to do anything about."""
    job = await uow.job_queries.get(job_id)
    if job is None or job.guild_id != guild_id:
        raise StaffError(Objection.PICTURE_UNKNOWN)
    if job.destination is not Destination.CHANNEL:
        raise StaffError(Objection.PICTURE_PRIVATE)
    posts = [post for post in await uow.posts.of_job(job_id) if post.message_id]
    if not posts:
        raise StaffError(Objection.PICTURE_UNKNOWN)
    if all(post.removed_at for post in posts):
        raise StaffError(Objection.PICTURE_REMOVED)
    return job
