"""Many members at once: how soon they are answered, and when the last picture is there."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack

from tests.bench.lean_apis import LeanApis, png
from tests.bench.lean_discord import LeanDiscord
from tests.bench.processes import Running, bare_bot, easel, floor
from tests.bench.rows import Row, Run, at_least, at_most, below

CHANNELS = 64
# What 1024 x 1024 pixels come to as a PNG, half flat and half busy.
PICTURE = {"side": 1024, "size_bytes": 700_000}


async def crowd(run: Run) -> list[Row]:
    """64 members in 64 channels at once, and a service that takes 0.3 s."""
    members = 8 if run.quick else 64
    times = await _measure(run, "crowd", members, delay_seconds=0.3)
    name = f"{members} at once, 0.3 s"
    cost = times.cost(members)
    return [
        at_most(f"{name}: last picture", times.pictures, times.floor, times=1.15, raw=cost),
        at_most(f"{name}: answer p99", times.answers, times.bare_answers, times=3),
    ]


async def burst(run: Run) -> list[Row]:
    """500 requests at once, and a service that takes no time."""
    members = 20 if run.quick else 500
    times = await _measure(run, "burst", members, delay_seconds=0)
    name = f"{members} at once, 0 s"
    return [
        at_least(
            f"{name}: throughput",
            [members / seconds for seconds in times.pictures],
            [members / seconds for seconds in times.floor],
            times=0.6,
            unit="/s",
            raw=times.cost(members),
        ),
        at_most(f"{name}: answer p99", times.answers, times.bare_answers, times=3),
        below(f"{name}: slowest answer", times.slowest, limit=3, unit="s"),
    ]


class _Times:
    """Seconds of each round."""

    def __init__(self) -> None:
        self.pictures: list[float] = []
        self.floor: list[float] = []
        self.answers: list[float] = []
        self.slowest: list[float] = []
        self.bare_answers: list[float] = []
        self.cpu: list[float] = []

    def cost(self, members: int) -> str:
        """Say what a request costs the bot's process, which other programs do not change much."""
        return f"{min(self.cpu) / members * 1000:.1f} ms of processor time a request"


async def _measure(run: Run, name: str, members: int, *, delay_seconds: float) -> _Times:
    """Let bot, bare bot and bare script take turns, all of them running from the beginning."""
    place, times = run.place(name), _Times()
    async with AsyncExitStack() as stack:
        apis = await stack.enter_async_context(LeanApis(png(**PICTURE), delay_seconds=0))
        discord = await stack.enter_async_context(LeanDiscord(channels=CHANNELS))
        bare_discord = await stack.enter_async_context(LeanDiscord(channels=CHANNELS))
        bare = await stack.enter_async_context(bare_bot(place, bare_discord))
        script = await stack.enter_async_context(floor(place, discord, apis, channels=CHANNELS))
        bot = await stack.enter_async_context(
            easel(place, discord, apis, profile=run.profile_of(name))
        )
        # The first pictures start the picture workers.
        await _pictures(discord, bot, members=2)
        apis.delay_seconds = delay_seconds
        for _ in range(run.rounds):
            times.floor.append(await _floor(discord, script, members=members))
            times.bare_answers.append(await _answers(bare_discord, bare, members=members))
            before = bot.cpu_seconds()
            times.pictures.append(await _pictures(discord, bot, members=members))
            times.cpu.append(bot.cpu_seconds() - before)
            waits = discord.waits()
            times.answers.append(_p99(waits))
            times.slowest.append(waits[-1])
    return times


async def _floor(discord: LeanDiscord, script: Running, *, members: int) -> float:
    discord.forget()
    start = time.perf_counter()
    if script.process.stdin is not None:
        script.process.stdin.write(f"{members}\n".encode())
    await discord.until(lambda: len(discord.posted) == members)
    seconds = discord.posted[-1] - start
    await script.settled()
    return seconds


async def _pictures(discord: LeanDiscord, bot: Running, *, members: int) -> float:
    discord.forget()
    start = time.perf_counter()
    await discord.ask(members)
    await discord.until(lambda: len(discord.posted) == len(discord.answered) == members)
    await bot.settled()
    return discord.posted[-1] - start


async def _answers(discord: LeanDiscord, bare: Running, *, members: int) -> float:
    discord.forget()
    await discord.ask(members)
    await discord.until(lambda: len(discord.answered) == members)
    await bare.settled()
    return _p99(discord.waits())


def _p99(waits: list[float]) -> float:
    return waits[int(len(waits) * 0.99)] if len(waits) >= 100 else waits[-1]
