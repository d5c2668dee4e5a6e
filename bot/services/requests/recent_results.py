"""Members' newest pictures in memory: a suggestion while somebody types waits for nothing.

One short list for each member and channel; the least recently used is forgotten first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cachetools import LRUCache

from bot.domain.job import Job
from bot.domain.message_limits import CHOICES
from bot.services.ports import Clock, Recent, ResultPicture
from bot.services.tasks.refreshing_cache import RefreshingCache

# As many pictures as Discord suggests, of a few hundred bytes each: 10 MB at most.
LISTS = 1000
PICTURES = CHOICES
PROMPT_CHARACTERS = 100
# Another process may post or remove pictures too: an older list is still used, and read again.
FRESH_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentScope:
    """Whose list it is, and where."""

    user_id: int
    guild_id: int
    channel_id: int


class Reader(Protocol):
    """Reads results from the database."""

    async def of_job(self, job_id: str) -> list[ResultPicture]: ...

    async def recent(
        self, *, user_id: int, guild_id: int, channel_id: int, limit: int
    ) -> list[ResultPicture]: ...


class RecentResults:
    """The newest pictures of members, as far as they are known; only `run` waits for anything."""

    def __init__(self, clock: Clock) -> None:
        self._lists: RefreshingCache[RecentScope, tuple[Recent, ...]] = RefreshingCache(
            clock=clock, about="recent pictures", most=LISTS, fresh_seconds=FRESH_SECONDS
        )
        # Jobs that were posted since a list was read, by their ids.
        self._posted: LRUCache[RecentScope, dict[str, Job]] = LRUCache(LISTS)

    def of(self, user_id: int, guild_id: int, channel_id: int) -> tuple[Recent, ...]:
        """Return what is known of a member's pictures in a channel, the newest first."""
        scope = RecentScope(user_id=user_id, guild_id=guild_id, channel_id=channel_id)
        return self._lists.get(scope) or ()

    def expect(self, user_id: int, guild_id: int, channel_id: int) -> None:
        """Have the list ready: a member is at work in a channel."""
        self._lists.expect(RecentScope(user_id=user_id, guild_id=guild_id, channel_id=channel_id))

    def posted(self, job: Job) -> None:
        """Put a result that was posted at the top of its member's list."""
        scope = RecentScope(user_id=job.user_id, guild_id=job.guild_id, channel_id=job.channel_id)
        self._posted.setdefault(scope, {})[job.job_id] = job
        self._lists.refresh(scope)

    def gone(self, *, job_id: str | None = None, message_id: int | None = None) -> None:
        """Take a result, or one of its messages, off every list: it was removed."""

        def without(recent: tuple[Recent, ...]) -> tuple[Recent, ...]:
            return tuple(
                one for one in recent if one.job_id != job_id and one.message_id != message_id
            )

        self._lists.update(without)

    def forget(self, user_id: int) -> None:
        """Keep nothing of a member: their data was deleted."""
        self._lists.forget(lambda scope: scope.user_id == user_id)
        for scope in [one for one in self._posted if one.user_id == user_id]:
            del self._posted[scope]

    async def run(self, results: Reader) -> None:
        """Read what is wanted, until cancelled."""

        async def read(scope: RecentScope) -> tuple[Recent, ...]:
            known = self._lists.known(scope)
            posted = self._posted.pop(scope, {})
            if posted and known is not None and self._lists.is_fresh(scope):
                new = [one for job_id in reversed(posted) for one in await results.of_job(job_id)]
                others = [one for one in known if one.job_id not in posted]
                return (*_recent(new), *others)[:PICTURES]
            return tuple(_recent(await self._all(results, scope)))

        await self._lists.run(read)

    async def _all(self, results: Reader, scope: RecentScope) -> list[ResultPicture]:
        return await results.recent(
            user_id=scope.user_id,
            guild_id=scope.guild_id,
            channel_id=scope.channel_id,
            limit=PICTURES,
        )


def _recent(shown: list[ResultPicture]) -> list[Recent]:
    return [
        Recent(
            job_id=one.job.job_id,
            number=one.number,
            message_id=one.message_id,
            prompt=one.job.request.prompt[:PROMPT_CHARACTERS],
            at=one.job.finished_at or one.job.created_at,
        )
        for one in shown
        # Without a prompt where its member deleted their data.
        if not one.removed and one.job.request.prompt
    ]
