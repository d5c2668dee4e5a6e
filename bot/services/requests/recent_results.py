"""Members' newest pictures in memory: a suggestion while somebody types waits for nothing.

One short list for each member and channel; the least recently used is forgotten first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.job import Job, Post
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

    async def recent(
        self, *, user_id: int, guild_id: int, channel_id: int, limit: int
    ) -> list[ResultPicture]: ...


class RecentResults:
    """The newest pictures of members, as far as they are known; only `run` waits for anything."""

    def __init__(self, clock: Clock) -> None:
        self._lists: RefreshingCache[RecentScope, tuple[Recent, ...]] = RefreshingCache(
            clock=clock, about="recent pictures", most=LISTS, fresh_seconds=FRESH_SECONDS
        )

    def of(self, user_id: int, guild_id: int, channel_id: int) -> tuple[Recent, ...]:
        """Return what is known of a member's pictures in a channel, the newest first."""
        scope = RecentScope(user_id=user_id, guild_id=guild_id, channel_id=channel_id)
        return self._lists.get(scope) or ()

    def expect(self, user_id: int, guild_id: int, channel_id: int) -> None:
        """Have the list ready: a member is at work in a channel."""
        self._lists.expect(RecentScope(user_id=user_id, guild_id=guild_id, channel_id=channel_id))

    def posted(self, job: Job, posts: Sequence[Post]) -> None:
        """Put a result that was posted just now at the top of its member's list."""
        scope = RecentScope(user_id=job.user_id, guild_id=job.guild_id, channel_id=job.channel_id)
        ids = [post.message_id for post in posts for _ in post.positions]
        new = [
            recent
            for number, message_id in enumerate(ids, start=1)
            if message_id is not None and (recent := _recent(job, number, message_id))
        ]

        def led(recent: tuple[Recent, ...]) -> tuple[Recent, ...]:
            others = [one for one in recent if one.job_id != job.job_id]
            return (*new, *others)[:PICTURES]

        if not self._lists.change(scope, led):
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

    async def run(self, results: Reader) -> None:
        """Read what is wanted, until cancelled."""

        async def read(scope: RecentScope) -> tuple[Recent, ...]:
            shown = await results.recent(
                user_id=scope.user_id,
                guild_id=scope.guild_id,
                channel_id=scope.channel_id,
                limit=PICTURES,
            )
            standing = [one for one in shown if not one.removed]
            found = [_recent(one.job, one.number, one.message_id) for one in standing]
            return tuple(one for one in found if one is not None)

        await self._lists.run(read)


def _recent(job: Job, number: int, message_id: int) -> Recent | None:
    """Return what is kept of a picture; None without a prompt: its member deleted their data."""
    if not job.request.prompt:
        return None
    return Recent(
        job_id=job.job_id,
        number=number,
        message_id=message_id,
        prompt=job.request.prompt[:PROMPT_CHARACTERS],
        at=job.finished_at or job.created_at,
    )
