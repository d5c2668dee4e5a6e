"""Servers and channels that are gone, and what waits for them. Part of one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, union, update

from bot.domain.job import Job, JobState
from bot.domain.quotas.rules import Subject
from bot.services.ports import GalleryState
from bot.storage.comparison_tables import (
    comparison_entries,
    comparison_votes,
    comparisons,
)
from bot.storage.engine.connect import insert_for
from bot.storage.engine.connection import Connection
from bot.storage.jobs.statements import parked
from bot.storage.people.styles import SqlStyles
from bot.storage.policy_tables import (
    access,
    audit,
    blocks,
    guild_versions,
    left_guilds,
    rules,
    settings,
    words,
)
from bot.storage.rows import AnyRow, job_of
from bot.storage.tables import favourites, gallery_posts, grants, jobs, ledger, posts

# Where a server is gone nobody asks any more which moderator it was.
NOBODY = -1
# What the operator's shell decides may be about a server that never had the bot.
_GUILDS = union(
    select(jobs.c.guild_id),
    select(settings.c.guild_id).where(settings.c.key != "operator_paused"),
    select(rules.c.guild_id).where(rules.c.subject != Subject.CEILING.value),
    select(access.c.guild_id),
    select(words.c.guild_id),
    select(audit.c.guild_id).where(audit.c.actor_id != 0),
)


class SqlRemovedGuilds:
    """Port Departures."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def queued(
        self,
        *,
        guild_id: int | None = None,
        channel_id: int | None = None,
        user_id: int | None = None,
    ) -> list[str]:
        """Return the jobs that wait or are held, by where they belong to, oldest first."""
        found = select(jobs.c.job_id).where(
            jobs.c.state.in_([JobState.QUEUED.value, JobState.HELD.value])
        )
        for column, wanted in (
            (jobs.c.guild_id, guild_id),
            (jobs.c.channel_id, channel_id),
            (jobs.c.user_id, user_id),
        ):
            if wanted is not None:
                found = found.where(column == wanted)
        return [row.job_id for row in await self._all(found.order_by(jobs.c.turn))]

    async def parked(self, guild_id: int) -> list[Job]:
        """Return the jobs of a server that wait for pick-up."""
        found = select(jobs).where(parked, jobs.c.guild_id == guild_id)
        return [job_of(row) for row in await self._all(found)]

    async def channel_gone(self, channel_id: int, *, now: int) -> None:
        """Mark every result in a deleted channel as removed."""
        # By the posts themselves: a result need not lie where it was asked for.
        there = (posts.c.channel_id == channel_id, posts.c.removed_at.is_(None))
        gone = posts.c.message_id.is_not(None)
        await self._run(update(posts).where(*there, gone).values(removed_at=now))
        shown = update(gallery_posts).where(gallery_posts.c.place_id == channel_id)
        await self._run(shown.values(state=GalleryState.GONE.value))

    async def guilds(self) -> set[int]:
        """Return the servers that had the bot, by what is stored, but those known to be left."""
        found = {row.guild_id for row in await self._all(_GUILDS)}
        return found - {0} - set(await self.left())

    async def left(self) -> dict[int, int]:
        """Return the servers that removed the bot, and when."""
        return {row.guild_id: row.left_at for row in await self._all(select(left_guilds))}

    async def leave(self, guild_id: int, *, now: int) -> None:
        """Note that a server removed the bot; the first time counts."""
        statement = insert_for(self._connection.dialect.name, left_guilds)
        row = statement.values(guild_id=guild_id, left_at=now)
        await self._run(row.on_conflict_do_nothing())

    async def come_back(self, guild_id: int) -> None:
        """Note that the bot is in a server again."""
        await self._run(delete(left_guilds).where(left_guilds.c.guild_id == guild_id))

    async def members(self, guild_id: int, *, limit: int) -> list[int]:
        """Return some people in a server's jobs, grants and ledger who are not tombstones yet."""
        found = union(
            *(
                select(book.c.user_id).where(book.c.guild_id == guild_id, book.c.user_id > 0)
                for book in (jobs, grants, ledger)
            )
        )
        return [row.user_id for row in await self._all(found.limit(limit))]

    async def purge(self, guild_id: int) -> None:
        """Delete what a server decided, but for the operator's ceiling, and who decided it.

        Its version moves on instead: a process may remember an older one.
        """
        staff = ((ledger, ledger.c.actor_id), (grants, grants.c.given_by))
        for book, who in staff:
            theirs = update(book).where(book.c.guild_id == guild_id, who > 0)
            await self._run(theirs.values({who.name: NOBODY}))
        decided = rules.c.subject != Subject.CEILING.value
        await self._run(delete(rules).where(rules.c.guild_id == guild_id, decided))
        for table in (access, words, settings, blocks, audit, favourites, gallery_posts):
            await self._run(delete(table).where(table.c.guild_id == guild_id))
        theirs = select(comparisons.c.comparison_id).where(comparisons.c.guild_id == guild_id)
        for table in (comparison_votes, comparison_entries):
            await self._run(delete(table).where(table.c.comparison_id.in_(theirs)))
        await self._run(delete(comparisons).where(comparisons.c.guild_id == guild_id))
        await SqlStyles(self._connection).purge(guild_id)
        this = update(guild_versions).where(guild_versions.c.guild_id == guild_id)
        await self._run(this.values(version=guild_versions.c.version + 1))

    async def _all(self, statement: Any) -> Sequence[AnyRow]:
        return (await self._connection.execute(statement)).all()

    async def _run(self, statement: Any) -> None:
        await self._connection.execute(statement)
