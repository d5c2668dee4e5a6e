"""What becomes of a job afterwards: retried, removed; and the public ticket of one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BindParameter, Executable, and_, bindparam, update

from bot.domain.job import Post
from bot.storage.jobs.queries import JobReads
from bot.storage.tables import jobs, pictures, posts

_of_job: BindParameter[str] = bindparam("of_job")

_RETRY = (
    update(jobs)
    .where(jobs.c.job_id == _of_job, jobs.c.retried_by.is_(None))
    .values(retried_by=bindparam("new_job"))
)
_TICKET_POSTED = (
    update(jobs).where(jobs.c.job_id == _of_job).values(ticket_message_id=bindparam("new_ticket"))
)
_REMOVE = (
    update(posts)
    .where(posts.c.job_id == _of_job, posts.c.removed_at.is_(None))
    .values(removed_at=bindparam("now"), removed_by=bindparam("who"))
)
_REMOVED = (
    update(posts)
    .where(and_(posts.c.message_id == bindparam("of_message"), posts.c.removed_at.is_(None)))
    .values(removed_at=bindparam("now"))
)
_FORGET_URLS = (
    update(pictures)
    .where(
        pictures.c.job_id.in_(bindparam("of_jobs", expanding=True)),
        pictures.c.source_url.is_not(None),
    )
    .values(source_url=None)
)


class JobLinks(JobReads):
    """Changes that leave a job's state alone, and so need no claim on it."""

    async def retry(self, job_id: str, new_job_id: str) -> bool:
        """Record which job retries another one; False when one does already (D4)."""
        return await self._moved(_RETRY, of_job=job_id, new_job=new_job_id)

    async def ticket_posted(self, job_id: str, message_id: int | None) -> None:
        """Remember the public ticket of a job, or that it was taken away."""
        await self._moved(_TICKET_POSTED, of_job=job_id, new_ticket=message_id)

    async def remove(self, job_id: str, *, by: int, now: int) -> list[Post]:
        """Mark a result's posts removed; return those that were not yet."""
        standing = [post for post in await self.posts(job_id) if post.removed_at is None]
        await self._moved(_REMOVE, of_job=job_id, who=by, now=now)
        return standing

    async def forget_urls(self, job_ids: Sequence[str]) -> None:
        """Forget where the pictures of jobs came from."""
        await self._moved(_FORGET_URLS, of_jobs=list(job_ids))

    async def removed(self, message_id: int, *, now: int) -> bool:
        """Mark the post of a message that was deleted; False when there is none to mark."""
        return await self._moved(_REMOVED, of_message=message_id, now=now)

    async def _moved(self, statement: Executable, **values: object) -> bool:
        """Run a guarded statement; tell whether its guard let it through."""
        return (await self._connection.execute(statement, values)).rowcount > 0
