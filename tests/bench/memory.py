"""What the bot's process holds in memory, idle and with ten large pictures in flight."""

from __future__ import annotations

from tests.bench.lean_apis import LeanApis, png
from tests.bench.lean_discord import LeanDiscord
from tests.bench.processes import easel, now_bytes, peak_bytes
from tests.bench.rows import Row, Run, below

_MB = 1_000_000


async def memory(run: Run) -> list[Row]:
    """Ten pictures in 4K at once, to a server that takes them as they are.

    Decoding happens in the picture workers, which are counted apart.
    """
    side, size_bytes, jobs = (1024, 2 * _MB, 3) if run.quick else (4096, 20 * _MB, 10)
    idle: list[float] = []
    above: list[float] = []
    workers: list[float] = []
    picture = png(side=side, size_bytes=size_bytes)
    for number in range(run.rounds):
        async with (
            # Long enough for all calls to be under way before the first is answered.
            LeanApis(picture, delay_seconds=1) as apis,
            LeanDiscord(boosted=True) as discord,
            easel(
                run.place(f"memory-{number}"), discord, apis, profile=run.profile_of("memory")
            ) as bot,
        ):
            await bot.settled()
            start = now_bytes(bot.pid)
            bot.forget_peaks()
            await discord.ask(jobs, size="4K")
            await discord.until(lambda: len(discord.posted) == jobs)
            if apis.most_at_once < jobs:
                raise RuntimeError("the pictures were not in flight at once")
            idle.append(start / _MB)
            above.append((peak_bytes(bot.pid) - start) / _MB)
            workers.append(sum(map(peak_bytes, bot.children())) / _MB)
    apart = f"the picture workers together {max(workers):.0f} MB at their peaks"
    name = f"{jobs} pictures of {len(picture) / _MB:.0f} MB"
    return [
        below(f"{name}: peak above idle", above, limit=150, unit="MB", raw=apart),
        below("idle memory", idle, limit=95, unit="MB"),
    ]
