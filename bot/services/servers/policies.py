"""What servers decided, kept in memory with a version and read anew when it moved."""

from __future__ import annotations

from collections import OrderedDict

from bot.domain.server import ServerPolicy, ServerSettings
from bot.domain.text.wordlist import MOST_WORDS, WordList
from bot.services.ports import Clock, Database, UnitOfWork

# A decision made through another process is seen this late by what only looks at the memory; the
# transaction that accepts a job always looks itself.
FRESH_SECONDS = 30
# Thousands of servers share a process; those nobody uses now are read again when they come back.
REMEMBERED = 5000


class Policies:
    """Reads and remembers the policy of each server."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: OrderedDict[int, tuple[int, ServerPolicy]] = OrderedDict()
        self._forgets = 0

    async def of(self, guild_id: int) -> ServerPolicy:
        """Return a server's policy from memory while it is fresh, else from the database.

        Not inside a transaction: that one looks by `current`.
        """
        read_at, policy = self._known.get(guild_id, (0, None))
        # A clock that was set back makes nothing fresh.
        if policy is not None and 0 <= self._clock.now() - read_at < FRESH_SECONDS:
            return policy
        async with self._database.read() as uow:
            return await self.current(uow, guild_id)

    def known(self, guild_id: int) -> ServerPolicy | None:
        """Return what the memory has of a server, however old."""
        found = self._known.get(guild_id)
        return found[1] if found else None

    async def current(self, uow: UnitOfWork, guild_id: int) -> ServerPolicy:
        """Return a server's policy as it is in this transaction."""
        forgets = self._forgets
        version = await uow.versions.get(guild_id)
        known = self.known(guild_id)
        if known is None or known.version != version:
            known = ServerPolicy(
                version=version,
                settings=ServerSettings.of(await uow.settings.of_guild(guild_id)),
                access=tuple(await uow.access.of_guild(guild_id)),
                rules=tuple(await uow.rules.of_guild(guild_id)),
                # One too many must not close a whole server.
                words=WordList((await uow.access.words(guild_id))[:MOST_WORDS]),
            )
            # What a writer reads may never be committed, and another decision then has the same
            # version; what a reader reads may be older than a decision made meanwhile.
            if uow.writes or self._forgets != forgets:
                self._known.pop(guild_id, None)
                return known
        self._known[guild_id] = (self._clock.now(), known)
        self._known.move_to_end(guild_id)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return known

    def forget(self, guild_id: int) -> None:
        """Look again at the next question: this process changed something."""
        self._forgets += 1
        self._known.pop(guild_id, None)
