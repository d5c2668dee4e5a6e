"""A member's own requests in a server: open ones first, then those that ended, newest first.

Pages begin behind a request, not at a number, so an old page stays right when new requests come.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.domain.catalog import Catalog
from bot.domain.estimates import Estimates
from bot.domain.job import Job, JobState
from bot.domain.job_outcome import outcome
from bot.domain.text import search as search_words
from bot.services.delivery.progress import ProgressReader, progress_of
from bot.services.ports import Clock, Database, HistoryEntry, HistoryPage, ResultPicture, UnitOfWork
from bot.services.requests.picture_numbers import numbered
from bot.services.requests.thumbnails import Thumbnails

# A section with a thumbnail is three of the 40 components of a message.
PAGE = 10
# Together with the one that ended they fit one list of choices.
MOST_OPEN = 24
_AT_ONCE, _SEARCHED_AT_ONCE = 2 * PAGE, 500
# A press looks at so many requests at most; the next page goes on from there.
MOST_SEARCHED = 10_000


class History:
    """Reads pages of requests, of the member who asks only."""

    def __init__(
        self,
        *,
        database: Database,
        thumbnails: Thumbnails,
        catalog: Catalog,
        estimates: Estimates,
        clock: Clock,
    ) -> None:
        self._database = database
        self._thumbnails = thumbnails
        self._reader = ProgressReader(catalog=catalog, estimates=estimates, clock=clock)

    async def page(
        self,
        *,
        user_id: int,
        guild_id: int,
        before: str = "",
        search: str = "",
        may_show: Callable[[ResultPicture], bool] = lambda _: True,
    ) -> HistoryPage:
        """Return the requests before one, or the newest, whose prompts have these words.

        `may_show` says which pictures may be seen where the page is shown.
        """
        words = search_words.words_of(search)
        open_jobs: list[Job] = []
        if not before:
            async with self._database.read() as uow:
                found = await uow.job_queries.open(user_id, guild_id=guild_id)
            found.sort(key=lambda job: not job.waits_for_pickup)
            open_jobs = [job for job in found if search_words.contains(job.request.prompt, words)]
        shown_open = open_jobs[:MOST_OPEN]
        # One at least: the next page begins behind it.
        room = max(1, PAGE - len(shown_open))
        ended, older, stopped = await self._ended(
            user_id, guild_id, before=before, words=words, room=room
        )
        async with self._database.read() as uow:
            opened = [HistoryEntry(progress=await self._reader.read(uow, j)) for j in shown_open]
            entries = [await self._entry(uow, job_id) for job_id in ended]
            last = await uow.job_queries.get(older) if older and stopped else None
        return HistoryPage(
            open=tuple(opened),
            ended=tuple(await self._pictured([one for one in entries if one], may_show)),
            before=before,
            search=search,
            older=older,
            more_open=len(open_jobs) - len(shown_open),
            searched_to=last.created_at if last else None,
        )

    async def entry(self, job_id: str) -> HistoryEntry | None:
        """Return one request as it stands, without a thumbnail."""
        async with self._database.read() as uow:
            return await self._entry(uow, job_id)

    async def _ended(
        self, user_id: int, guild_id: int, *, before: str, words: tuple[str, ...], room: int
    ) -> tuple[list[str], str | None, bool]:
        """Return ids of jobs that match, where the next page begins, and whether that is a stop.

        What a member deleted is not theirs to see any more, for as long as it still counts.
        """
        found: list[str] = []
        last, limit = before, _SEARCHED_AT_ONCE if words else _AT_ONCE
        for _ in range(MOST_SEARCHED // limit):
            async with self._database.read(long=bool(words)) as uow:
                rows = await uow.job_queries.ended(
                    user_id, guild_id=guild_id, before=last, limit=limit
                )
            for job_id, prompt in rows:
                if prompt and search_words.contains(prompt, words):
                    if len(found) == room:
                        return found, found[-1], False
                    found.append(job_id)
                last = job_id
            if len(rows) < limit:
                return found, None, False
        return found, last, True

    async def _entry(self, uow: UnitOfWork, job_id: str) -> HistoryEntry | None:
        job = await uow.job_queries.get(job_id)
        if job is None:
            return None
        if job.state is not JobState.DONE:
            return HistoryEntry(progress=await self._reader.read(uow, job))
        posts = await uow.posts.of_job(job_id)
        pictures = await uow.calls.pictures(job_id)
        made = outcome(job.request.count, await uow.calls.of_job(job_id), pictures)
        return HistoryEntry(
            progress=progress_of(job, posts=posts, result=made),
            shown=tuple(numbered(job, posts, {one.position: one for one in pictures})),
        )

    async def _pictured(
        self, entries: Sequence[HistoryEntry], may_show: Callable[[ResultPicture], bool]
    ) -> list[HistoryEntry]:
        """Add thumbnails, and mark as removed what turns out to be gone."""
        standing = [one.picture for one in entries if one.picture is not None]
        found = await self._thumbnails.of([one for one in standing if may_show(one)])
        pictured: list[HistoryEntry] = []
        for entry in entries:
            picture = entry.picture
            key = (picture.job.job_id, picture.number) if picture else ("", 0)
            thumbnail = found.get(key)
            if picture is not None and key in found and thumbnail is None:
                gone = picture.message_id
                shown = tuple(
                    replace(one, removed=one.removed or one.message_id == gone)
                    for one in entry.shown
                )
                entry = replace(entry, shown=shown)
            pictured.append(replace(entry, thumbnail=thumbnail))
        return pictured
