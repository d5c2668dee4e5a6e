"""What members made lately, in memory: a suggestion while somebody types waits for nothing.

One short list for each member and channel; the least used is forgotten first. A list that is
missing or old is read anew behind the answer, by a loop of its own, so the next key has it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from bot.domain.job import Job
from bot.services.ports import Clock, Recent, ResultPicture

log = logging.getLogger(__name__)

# 25 pictures (as many as Discord suggests) of a few hundred bytes each: 10 MB at most.
LISTS = 1000
PICTURES = 25
PROMPT_CHARACTERS = 100
# Another process may post or remove pictures too: an older list is used, and read anew.
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
    """The newest pictures of members, as far as they are known; nothing here waits but `run`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lists: OrderedDict[RecentScope, tuple[Recent, ...]] = OrderedDict()
        self._read_at: dict[RecentScope, int] = {}
        self._wanted: OrderedDict[RecentScope, None] = OrderedDict()
        self._posted: OrderedDict[str, Job] = OrderedDict()
        self._news = asyncio.Event()
        self._losses = 0

    def of(self, user_id: int, guild_id: int, channel_id: int) -> tuple[Recent, ...]:
        """Return what is known of a member's pictures in a channel, the newest first."""
        self.expect(user_id, guild_id, channel_id)
        whose = RecentScope(user_id=user_id, guild_id=guild_id, channel_id=channel_id)
        if whose in self._lists:
            self._lists.move_to_end(whose)
        return self._lists.get(whose, ())

    def expect(self, user_id: int, guild_id: int, channel_id: int) -> None:
        """A member is at work in a channel: have the list ready."""
        whose = RecentScope(user_id=user_id, guild_id=guild_id, channel_id=channel_id)
        if self._clock.now() - self._read_at.get(whose, 0) >= FRESH_SECONDS:
            self._want(whose)

    def posted(self, job: Job) -> None:
        """A result was posted: it leads its member's list from now on."""
        self._posted[job.job_id] = job
        if len(self._posted) > LISTS:
            self._posted.popitem(last=False)
        self._news.set()

    def gone(self, *, job_id: str | None = None, message_id: int | None = None) -> None:
        """A result, or one of its messages, was removed: no list names it any more."""
        self._losses += 1
        for whose, known in self._lists.items():
            if any(one.job_id == job_id or one.message_id == message_id for one in known):
                self._lists[whose] = tuple(
                    one for one in known if one.job_id != job_id and one.message_id != message_id
                )

    def forget(self, user_id: int) -> None:
        """A member's data was deleted: keep nothing of theirs."""
        self._losses += 1
        for lists in (self._lists, self._wanted, self._read_at):
            for whose in [one for one in lists if one.user_id == user_id]:
                del lists[whose]
        for job_id in [job.job_id for job in self._posted.values() if job.user_id == user_id]:
            del self._posted[job_id]

    async def run(self, results: Reader) -> None:
        """Read what is wanted, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._posted or self._wanted:
                try:
                    await self._next(results)
                except Exception:
                    log.exception("recent pictures could not be read")

    async def _next(self, results: Reader) -> None:
        losses = self._losses
        if self._posted:
            _, job = self._posted.popitem(last=False)
            whose = RecentScope(
                user_id=job.user_id, guild_id=job.guild_id, channel_id=job.channel_id
            )
            shown = await results.of_job(job.job_id)
            others = [one for one in self._lists.get(whose, ()) if one.job_id != job.job_id]
            self._put(whose, [*_recent(shown), *others])
        else:
            whose, _ = self._wanted.popitem(last=False)
            shown = await results.recent(
                user_id=whose.user_id,
                guild_id=whose.guild_id,
                channel_id=whose.channel_id,
                limit=PICTURES,
            )
            self._read_at[whose] = self._clock.now()
            self._put(whose, _recent(shown))
        if losses != self._losses:
            # It may have been read before the removal.
            self._want(whose)

    def _want(self, whose: RecentScope) -> None:
        self._wanted[whose] = None
        if len(self._wanted) > LISTS:
            self._wanted.popitem(last=False)
        self._news.set()

    def _put(self, whose: RecentScope, recent: list[Recent]) -> None:
        self._lists[whose] = tuple(recent[:PICTURES])
        self._lists.move_to_end(whose)
        if len(self._lists) > LISTS:
            oldest, _ = self._lists.popitem(last=False)
            self._read_at.pop(oldest, None)


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
