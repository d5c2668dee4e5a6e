"""The limits of servers in memory: a suggestion while somebody types waits for nothing.

A list that is missing or old is read anew behind the answer, by a loop of its own, so the next
key has it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict

from bot.domain.rules import Rule, Subject, ordered
from bot.services.ports import Clock, Database
from bot.services.servers.policies import Policies

log = logging.getLogger(__name__)

SERVERS = 1000
# Rules of single members that are kept for a server, the newest.
MEMBERS = 200
# Another process may set limits too: an older list is used, and read anew.
FRESH_SECONDS = 10


class KnownRules:
    """What servers set, as far as it is known; nothing here waits but `run`."""

    def __init__(self, *, database: Database, policies: Policies, clock: Clock) -> None:
        self._database = database
        self._policies = policies
        self._clock = clock
        self._rules: OrderedDict[int, tuple[int, tuple[Rule, ...]]] = OrderedDict()
        self._wanted: set[int] = set()
        self._news = asyncio.Event()

    def of(self, guild_id: int) -> list[Rule]:
        """Return the rules of a server that are in force, without the operator's."""
        now = self._clock.now()
        read_at, rules = self._rules.get(guild_id, (0, ()))
        if read_at + FRESH_SECONDS <= now:
            self.changed(guild_id)
        return [r for r in rules if r.in_force(now) and r.subject is not Subject.CEILING]

    def changed(self, guild_id: int) -> None:
        """Read a server's rules anew, soon."""
        self._wanted.add(guild_id)
        self._news.set()

    async def run(self) -> None:
        """Read what is wanted, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._wanted:
                try:
                    await self._read(self._wanted.pop())
                except Exception:
                    log.exception("the limits of a server could not be read")

    async def _read(self, guild_id: int) -> None:
        async with self._database.read() as uow:
            policy = await self._policies.current(uow, guild_id)
            members = await uow.rules.of_members(guild_id, limit=MEMBERS)
        self._rules[guild_id] = (self._clock.now(), tuple(ordered([*policy.rules, *members])))
        self._rules.move_to_end(guild_id)
        if len(self._rules) > SERVERS:
            self._rules.popitem(last=False)
