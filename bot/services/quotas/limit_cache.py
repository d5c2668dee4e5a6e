"""The limits of servers in memory: a suggestion while somebody types waits for nothing."""

from __future__ import annotations

from bot.domain.quotas.rules import Rule, Subject, ordered
from bot.services.ports import Clock, Database
from bot.services.servers.policies import Policies
from bot.services.tasks.refreshing_cache import RefreshingCache

SERVERS = 1000
# Rules of single members that are kept for a server, the newest.
MEMBERS = 200
# Another process may set limits too: an older list is still used, and read again.
FRESH_SECONDS = 10


class LimitCache:
    """What servers set, as far as it is known; only `run` waits for anything."""

    def __init__(self, *, database: Database, policies: Policies, clock: Clock) -> None:
        self._database = database
        self._policies = policies
        self._clock = clock
        self._rules: RefreshingCache[int, tuple[Rule, ...]] = RefreshingCache(
            clock=clock,
            about="the limits of a server",
            most=SERVERS,
            fresh_seconds=FRESH_SECONDS,
        )

    def of(self, guild_id: int) -> list[Rule]:
        """Return the rules of a server that are in force, without the operator's."""
        now = self._clock.now()
        rules = self._rules.get(guild_id) or ()
        return [r for r in rules if r.in_force(now) and r.subject is not Subject.CEILING]

    def changed(self, guild_id: int) -> None:
        """Read a server's rules again soon."""
        self._rules.refresh(guild_id)

    async def run(self) -> None:
        """Read what is wanted, until cancelled."""
        await self._rules.run(self._read)

    async def _read(self, guild_id: int) -> tuple[Rule, ...]:
        async with self._database.read() as uow:
            policy = await self._policies.current(uow, guild_id)
            members = await uow.rules.of_members(guild_id, limit=MEMBERS)
        return tuple(ordered([*policy.rules, *members]))
