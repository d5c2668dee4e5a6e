"""Which shards of Discord's gateway this process holds, where several processes share them.

Each shard is a lease. A process takes as many free ones as it may and begins their sessions; of a
process that is gone, the leases run out and another one takes them. Whoever loses a lease that it
could not renew ends, before another process may have begun with the shard.
"""

from __future__ import annotations

import asyncio
import logging
import math

from discord.gateway import DiscordWebSocket

from bot.client import EaselClient
from bot.domain.errors import SetupError
from bot.domain.setup_problems import SetupProblem
from bot.services.ports import Clock, Database, Scope
from bot.services.tasks.leases import LeaseHolder

log = logging.getLogger(__name__)

# How often a process looks for shards that nobody holds.
LOOK_SECONDS = 5.0
# Discord takes one IDENTIFY of each bucket in five seconds (Gateway, Rate Limiting).
IDENTIFY_SECONDS = 5
_COUNT = "shards"


class Shards:
    """Takes shards for a client; `most` at once, all that are free without it."""

    def __init__(
        self,
        *,
        client: EaselClient,
        leases: LeaseHolder,
        database: Database,
        clock: Clock,
        most: int | None,
        count: int | None,
    ) -> None:
        self._client = client
        self._leases = leases
        self._database = database
        self._clock = clock
        self._most = most
        self._count = count
        self._buckets = 1
        self._held: list[int] = []

    async def connect(self) -> None:
        """Connect with the shards that are free, and wait while there are none."""
        client = self._client
        advised, _, limit = await client.http.get_bot_gateway()
        self._buckets = max(1, limit["max_concurrency"])
        self._count = client.shard_count = await self._agreed(self._count or advised)
        client.identifying = self._take_turn
        while not await self._take():
            await self._leases.freed.wait(LOOK_SECONDS)
        client.shard_ids = list(self._held)
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self._watch())
            await client.connect()
            watching.cancel()

    async def _agreed(self, count: int) -> int:
        """Return the number of shards of all processes: that of the first one while any lives."""
        async with self._database.write(Scope("shards")) as uow:
            agreed = int(await uow.meta.get(_COUNT) or count)
            names = [_name(shard_id) for shard_id in range(agreed)]
            if len(await uow.leases.free(names, now=self._clock.now())) == agreed:
                agreed = count
            await uow.meta.put(_COUNT, str(agreed))
            await uow.commit()
        if agreed != count:
            log.warning("%d shards, as the processes that run: %d were asked for", agreed, count)
        return agreed

    async def _take(self) -> list[int]:
        """Take free shards, and return which."""
        count = self._count or 1
        room = (self._most or count) - len(self._held)
        names = {_name(shard_id): shard_id for shard_id in range(count)}
        taken: list[int] = []
        while len(taken) < room and (name := await self._leases.take_one(_COUNT, list(names))):
            taken.append(names[name])
        self._held += taken
        if taken:
            log.info("shards of this process: %s of %d", sorted(self._held), count)
        return taken

    async def _watch(self) -> None:
        """Begin with shards that became free; end when one was lost."""
        while True:
            await self._leases.freed.wait(LOOK_SECONDS)
            for shard_id in self._held:
                if not self._leases.holds(_name(shard_id)):
                    raise SetupError(SetupProblem.SHARD_LOST, shard=shard_id)
            for shard_id in await self._take():
                shard_ids = sorted({*(self._client.shard_ids or ()), shard_id})
                self._client.shard_ids = self._client._connection.shard_ids = shard_ids
                await self._client.launch_shard(DiscordWebSocket.DEFAULT_GATEWAY, shard_id)

    async def _take_turn(self, shard_id: int) -> None:
        """Wait until Discord takes an IDENTIFY of this shard, of whatever process it is."""
        bucket = shard_id % self._buckets
        key, now = f"identify/{bucket}", self._clock.now()
        async with self._database.write(Scope("identify", str(bucket))) as uow:
            at = max(now, int(await uow.meta.get(key) or 0))
            await uow.meta.put(key, str(at + IDENTIFY_SECONDS + 1))
            await uow.commit()
        await asyncio.sleep(max(0.0, math.ceil(at - now)))


def _name(shard_id: int) -> str:
    return f"shard/{shard_id}"
