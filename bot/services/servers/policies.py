"""What servers decided, kept in memory and read again when its version changes."""

from __future__ import annotations

from collections.abc import Sequence

from cachetools import LRUCache

from bot.domain.server import ServerPolicy, ServerSettings
from bot.domain.text.wordlist import MOST_WORDS, WordList
from bot.services.ports import Clock, Database, UnitOfWork

# What reads only the memory sees another process's decision this late; the transaction that
# accepts a job always compares versions.
FRESH_SECONDS = 30
# Thousands of servers share a process; one that was not used for long is read again.
REMEMBERED = 5000


class Policies:
    """Reads and remembers the policy of each server."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: LRUCache[int, tuple[int, ServerPolicy]] = LRUCache(REMEMBERED)
        self._forgets = 0

    async def of(self, guild_id: int) -> ServerPolicy:
        """Return a server's policy from memory while it is fresh, else from the database.

        Not for use inside a transaction: that calls `current`.
        """
        read_at, policy = self._known.get(guild_id, (0, None))
        # Nothing is fresh if the clock goes back.
        if policy is not None and 0 <= self._clock.now() - read_at < FRESH_SECONDS:
            return policy
        async with self._database.read() as uow:
            return await self.current(uow, guild_id)

    def known(self, guild_id: int) -> ServerPolicy | None:
        """Return a server's policy from memory, however old."""
        found = self._known.get(guild_id)
        return found[1] if found else None

    async def current(self, uow: UnitOfWork, guild_id: int) -> ServerPolicy:
        """Return a server's policy as it is in this transaction."""
        return (await self.current_of(uow, [guild_id]))[guild_id]

    async def current_of(
        self, uow: UnitOfWork, guild_ids: Sequence[int]
    ) -> dict[int, ServerPolicy]:
        """Return the policies of several servers as they are in this transaction."""
        forgets, versions = self._forgets, await uow.versions.of(guild_ids)
        return {
            one: await self._current(uow, one, versions.get(one, 0), forgets) for one in guild_ids
        }

    async def _current(
        self, uow: UnitOfWork, guild_id: int, version: int, forgets: int
    ) -> ServerPolicy:
        known = self.known(guild_id)
        if known is None or known.version != version:
            known = ServerPolicy(
                version=version,
                settings=ServerSettings.of(await uow.settings.of_guild(guild_id)),
                access=tuple(await uow.access.of_guild(guild_id)),
                rules=tuple(await uow.rules.of_guild(guild_id)),
                member_rules=bool(await uow.rules.of_members(guild_id, limit=1)),
                # One too many must not close a whole server.
                words=WordList((await uow.access.words(guild_id))[:MOST_WORDS]),
            )
            # What a writer reads may never be committed, and another decision then gets the same
            # version. What a reader reads may be older than a decision made meanwhile.
            if uow.writes or self._forgets != forgets:
                self._known.pop(guild_id, None)
                return known
        self._known[guild_id] = (self._clock.now(), known)
        return known

    def forget(self, guild_id: int) -> None:
        """Read a server's policy again at the next question: this process changed something."""
        self._forgets += 1
        self._known.pop(guild_id, None)
