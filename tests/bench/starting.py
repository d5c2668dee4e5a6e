"""How long the bot takes from its start to a session of Discord's."""

from __future__ import annotations

import time
from contextlib import AbstractAsyncContextManager

from tests.bench.lean_apis import LeanApis
from tests.bench.lean_discord import LeanDiscord
from tests.bench.processes import Running, bare_bot, easel
from tests.bench.rows import Row, Run, below


async def start(run: Run) -> list[Row]:
    """Start again and again on one database; the first start makes its tables."""
    place = run.place("start")
    seconds: list[float] = []
    bare: list[float] = []
    async with LeanApis(b"", delay_seconds=0) as apis, LeanDiscord() as discord:
        profile = run.profile_of("start")
        first = await _timed(discord, easel(place, discord, apis))
        for _ in range(run.rounds):
            seconds.append(await _timed(discord, easel(place, discord, apis, profile=profile)))
            bare.append(await _timed(discord, bare_bot(place, discord)))
    raw = f"the first start, with migrations {first:.2f} s; a bare bot {min(bare):.2f} s"
    return [below("start to ready", seconds, limit=1.5, unit="s", raw=raw)]


async def _timed(discord: LeanDiscord, program: AbstractAsyncContextManager[Running]) -> float:
    started = time.perf_counter()
    async with program:
        return discord.identified[-1] - started
