"""What thousands of servers cost the bot's process: memory, and the time until it knows them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.lean_apis import LeanApis
from tests.bench.lean_discord import SERVERS_PER_SHARD, LeanDiscord
from tests.bench.processes import Running, bare_bot, easel, now_bytes, peak_bytes
from tests.bench.rows import Row, Run, at_most, below

_MB = 1_000_000
# discord.py waits so long before each shard but the first: Discord lets one begin in that time.
_BETWEEN_SHARDS_SECONDS = 5
# Each round of thousands takes most of a minute.
_MOST_ROUNDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    """A process that knows all of its servers; `seconds` after its start."""

    now: float
    peak: float
    seconds: float


async def servers(run: Run) -> list[Row]:
    """Start with one server and with thousands, with a shard for each thousand.

    The floor is a bare bot that knows as many, on one shard: what discord.py keeps of a server.
    """
    many = 200 if run.quick else 3000
    own: list[float] = []
    bare: list[float] = []
    seconds: list[float] = []
    raw = ""
    place = run.place("servers")
    # The first start makes the database, by libraries that no later start loads.
    await _easel(place, run, 0)
    for _ in range(min(run.rounds, _MOST_ROUNDS)):
        few, full = [await _easel(place, run, count) for count in (0, many)]
        own.append((full.now - few.now) / many * 1000)
        on_one = min(many, SERVERS_PER_SHARD)
        bare_few, bare_full = [await _bare(place, count) for count in (0, on_one)]
        bare.append((bare_full.now - bare_few.now) / on_one * 1000)
        seconds.append((full.seconds - few.seconds) / many * 1000)
        raw = f"{few.now:.0f} MB with one, {full.now:.0f} MB with {many:,}, peak {full.peak:.0f} MB"
    waits = (-(-many // SERVERS_PER_SHARD) - 1) * _BETWEEN_SHARDS_SECONDS
    waited = f"with {waits} s between the shards' starts"
    return [
        at_most("memory per 1,000 servers", own, bare, times=1.1, unit="MB", raw=raw),
        below(
            "start per 1,000 servers",
            seconds,
            limit=8,
            unit="s",
            raw=waited,
        ),
    ]


async def _easel(place: Path, run: Run, servers: int) -> _Size:
    profile = run.profile_of("servers") if servers else None
    started = time.perf_counter()
    async with (
        LeanApis(b"", delay_seconds=0) as apis,
        LeanDiscord(servers=servers) as discord,
        easel(place, discord, apis, profile=profile) as bot,
    ):
        return await _known(bot, discord, max(-(-servers // SERVERS_PER_SHARD), 1), started)


async def _bare(place: Path, servers: int) -> _Size:
    started = time.perf_counter()
    async with LeanDiscord(servers=servers) as discord, bare_bot(place, discord) as bot:
        return await _known(bot, discord, 1, started)


async def _known(bot: Running, discord: LeanDiscord, shards: int, started: float) -> _Size:
    await discord.until(lambda: discord.introduced == shards)
    seconds = time.perf_counter() - started
    await bot.settled()
    return _Size(now=now_bytes(bot.pid) / _MB, peak=peak_bytes(bot.pid) / _MB, seconds=seconds)
