"""Results that were posted: which picture a message shows, where it comes from, its removal.

Every way to an earlier picture (reply, menu, button, `/edit`) finds it here. Knows messages by
their ids only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from bot.domain.errors import AccessError, Denial
from bot.domain.job import Call, Destination, Job, Picture, PictureState, Post
from bot.domain.message_limits import CHOICES
from bot.services.ports import (
    GUARDED,
    Clock,
    Database,
    Messages,
    PictureFile,
    ReferenceSource,
    ResultPicture,
    Spool,
    UnitOfWork,
)
from bot.services.requests.picture_numbers import counted, numbered
from bot.services.requests.recent_results import RecentResults
from bot.services.tasks.conflicts import repeatable
from bot.services.tasks.log_context import about_job

# More ancestors than anybody looks at; a guard against chains without an end.
LONGEST_CHAIN = 50

__all__ = ["ResultPicture", "Results"]


class Results:
    """Finds pictures of results by message, job or member; removes results."""

    def __init__(
        self,
        *,
        database: Database,
        messages: Messages,
        spool: Spool,
        clock: Clock,
        recent_results: RecentResults,
        removed: Callable[[], None] = lambda: None,
    ) -> None:
        """`removed` hears that a result, or a message of one, is gone."""
        self._database = database
        self._messages = messages
        self._spool = spool
        self._clock = clock
        self._recent_results = recent_results
        self._removed = removed

    async def of_message(self, message_id: int) -> list[ResultPicture]:
        """Return the pictures of one message; none when it is not a result of ours.

        A message of a gallery stands for the message of the result that it shows.
        """
        async with self._database.read() as uow:
            if jobs := await uow.job_queries.sharing(message_id):
                shown = counted([one for job in jobs for one in await _shown(uow, job)], jobs)
            elif job := await uow.gallery.of_message(message_id):
                shown = await _shown(uow, job)
                message_id = next((one.message_id for one in shown if not one.removed), 0)
            else:
                shown = []
        return [one for one in shown if one.message_id == message_id]

    async def of_job(self, job_id: str) -> list[ResultPicture]:
        """Return the posted pictures of a job, by number."""
        async with self._database.read() as uow:
            job = await uow.job_queries.get(job_id)
            return await _shown(uow, job) if job else []

    async def messages(self, job_id: str) -> list[tuple[int, int]]:
        """Return the messages of a result that stand: channel and id."""
        async with self._database.read() as uow:
            posts = await uow.posts.of_job(job_id)
        return [
            (post.channel_id, post.message_id)
            for post in posts
            if post.message_id is not None and post.removed_at is None
        ]

    async def of_file(self, guild_id: int, file: PictureFile) -> list[tuple[Job, int]]:
        """Return a server's jobs that posted this file or its pixels, with the position of it."""
        async with self._database.read() as uow:
            return await uow.job_queries.of_picture(
                guild_id, sha256=file.sha256, pixel_hash=file.pixel_hash
            )

    async def calls(self, job_id: str) -> list[Call]:
        """Return every upstream call that was made or planned for a job."""
        async with self._database.read() as uow:
            return await uow.calls.of_job(job_id)

    async def lost(self, job_id: str) -> list[Picture]:
        """Return the pictures that a service named and that did not arrive."""
        async with self._database.read() as uow:
            pictures = await uow.calls.pictures(job_id)
        gone = (PictureState.FAILED, PictureState.WITHHELD)
        return [picture for picture in pictures if picture.state in gone]

    async def newest(self, *, user_id: int, guild_id: int, channel_id: int) -> list[ResultPicture]:
        """Return the pictures of the member's newest result in a channel that still stands."""
        found = await self._recent(user_id, guild_id, channel_id, limit=1)
        return found[0] if found else []

    async def recent(
        self, *, user_id: int, guild_id: int, channel_id: int, limit: int = CHOICES
    ) -> list[ResultPicture]:
        """Return the member's pictures in a channel, those of the newest result first."""
        found = await self._recent(user_id, guild_id, channel_id, limit=limit)
        return [one for shown in found for one in shown][:limit]

    async def source(self, shown: ResultPicture) -> ReferenceSource:
        """Return where a picture is to be had: its spooled file while kept, else its post.

        Raises AccessError (PICTURE_GONE) when it was removed, or its message is gone.
        """
        gone = AccessError(Denial.PICTURE_GONE)
        if shown.removed:
            raise gone
        urls: list[str] | None = []
        if shown.job.destination is Destination.CHANNEL:
            urls = await self._messages.pictures(shown.channel_id, shown.message_id)
        if urls is None:
            # Deleted while nobody looked: it is not to come back either.
            await self.deleted(shown.message_id)
            raise gone
        url = urls[shown.place] if shown.place < len(urls) else None
        path = await self.kept(shown.picture)
        if url is None and path is None:
            raise gone
        return ReferenceSource(
            url=url,
            path=path,
            name=f"{shown.job.job_id}-{shown.own_number}",
            trusted=True,
            result=(shown.job.job_id, shown.own_number),
            owner_id=shown.job.user_id,
            spoiler=shown.job.spoiler,
        )

    async def posted_file(self, shown: ResultPicture) -> Path | None:
        """Return the file of a picture as it was posted, while it is kept."""
        kept = await self.kept(shown.picture)
        if kept is None:
            return None
        for name in (self._spool.fitted, self._spool.marked):
            made = await self._spool.get(name(shown.job.job_id, shown.picture.position))
            if made is not None:
                return made
        return kept

    async def chain(self, job_id: str) -> list[ResultPicture | Job]:
        """Return a result and its ancestors up to the first; a job where no post is known.

        The result itself stands for its first picture, an ancestor for the one that was used.
        """
        chain: list[ResultPicture | Job] = []
        number, next_id = 1, job_id
        async with self._database.read() as uow:
            while next_id and len(chain) < LONGEST_CHAIN:
                job = await uow.job_queries.get(next_id)
                if job is None:
                    break
                shown = [one for one in await _shown(uow, job) if one.number == number]
                chain.append(shown[0] if shown else job)
                next_id, number = job.parent_job_id or "", job.parent_index or 1
        return chain

    @repeatable
    async def remove(self, job_id: str, *, by: int) -> bool:
        """Remove a result for good; False when a message could not be deleted.

        It is marked first: from then on nothing brings the pictures back.
        """
        async with self._database.write(GUARDED) as uow:
            job = await uow.job_queries.get(job_id)
            posts = await uow.posts.remove(job_id, by=by, now=self._clock.now())
            await uow.commit()
        return await self.take_down(job, posts) if job else True

    def forget(self, job_id: str) -> None:
        """Name a result nowhere any more: it was marked as removed."""
        self._recent_results.gone(job_id=job_id)
        self._removed()

    @about_job
    async def take_down(self, job: Job, posts: Sequence[Post]) -> bool:
        """Delete the messages of a result that was marked; False when one had to be left."""
        self.forget(job.job_id)
        if job.destination is not Destination.CHANNEL:
            return True  # a private answer is its member's to dismiss
        ids = [(post.channel_id, post.message_id) for post in posts if post.message_id is not None]
        return all([await self._messages.delete(*place) for place in ids])

    @repeatable
    async def deleted(self, message_id: int) -> None:
        """Remember that somebody deleted a message on Discord."""
        async with self._database.write(GUARDED) as uow:
            known = await uow.posts.removed(message_id, now=self._clock.now())
            await uow.gallery.deleted(message_id)
            await uow.commit()
        if known:
            self._recent_results.gone(message_id=message_id)
            self._removed()

    async def log_channel(self, guild_id: int) -> int | None:
        """Return the channel where a server wants reports, if it has named one."""
        async with self._database.read() as uow:
            channel_id = await uow.settings.get(guild_id, "log_channel")
        return channel_id if isinstance(channel_id, int) and channel_id else None

    async def _recent(
        self, user_id: int, guild_id: int, channel_id: int, *, limit: int
    ) -> list[list[ResultPicture]]:
        async with self._database.read() as uow:
            jobs = await uow.job_queries.results(
                user_id, guild_id=guild_id, channel_id=channel_id, limit=limit
            )
            found = [await _shown(uow, job) for job in jobs]
        return [[one for one in shown if not one.removed] for shown in found]

    async def kept(self, picture: Picture) -> Path | None:
        """Return the file of a picture, while it is kept."""
        return await self._spool.get(picture.path) if picture.path else None


async def _shown(uow: UnitOfWork, job: Job) -> list[ResultPicture]:
    posts = await uow.posts.of_job(job.job_id)
    pictures = await uow.calls.pictures(job.job_id) if posts else []
    return numbered(job, posts, {picture.position: picture for picture in pictures})
