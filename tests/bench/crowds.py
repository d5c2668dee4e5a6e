"""Many members at once: how soon they are answered, when the pictures are there, and at what cost.

Beside the bot stand, in the same run, a bare bot that makes the same necessary calls and keeps
nothing, a bare bot that only answers, a bare script, and the build that the first plan ended with.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from tests.bench.first_build import COMMIT, first_build
from tests.bench.lean_apis import LeanApis, png
from tests.bench.lean_discord import LeanDiscord
from tests.bench.processes import Running, bare_bot, easel, floor, lean_bot
from tests.bench.rows import Row, Run, at_least, at_most, below

CHANNELS = 64
# What 1024 x 1024 pixels come to as a PNG, half flat and half busy.
PICTURE = {"side": 1024, "size_bytes": 700_000}
# An answer counts among the slowest hundredth only where there are some hundred.
POOLED_ANSWERS = 300
_MB = 1_000_000


@dataclass(slots=True)
class Times:
    """What each round of one program took: seconds, and what it used."""

    last_picture: list[float] = field(default_factory=list[float])
    cpu: list[float] = field(default_factory=list[float])
    answers: list[float] = field(default_factory=list[float])
    calls: list[float] = field(default_factory=list[float])
    peak_bytes: list[float] = field(default_factory=list[float])

    def rates(self, members: int) -> list[float]:
        return [members / seconds for seconds in self.last_picture]

    def cpu_of_one(self, members: int) -> list[float]:
        """Return the milliseconds of processor time that a request took, workers included."""
        return [seconds / members * 1000 for seconds in self.cpu]

    def p99(self) -> list[float]:
        """Return the 99th percentile of all answers together."""
        waits = sorted(self.answers)
        return [waits[int(len(waits) * 0.99)] if len(waits) >= 100 else waits[-1]]


@dataclass(slots=True)
class Together:
    """The programs that took turns."""

    easel: Times = field(default_factory=Times)
    lean: Times = field(default_factory=Times)
    answering: Times = field(default_factory=Times)
    script: Times = field(default_factory=Times)
    first: Times = field(default_factory=Times)


async def crowd(run: Run) -> list[Row]:
    """64 members in 64 channels at once, and a service that takes 0.3 s."""
    members = 8 if run.quick else 64
    rounds = run.rounds if run.quick else max(run.rounds, -(-POOLED_ANSWERS // members))
    times = await _measure(run, "crowd", members, rounds=rounds, delay_seconds=0.3)
    name = f"{members} at once, 0.3 s"
    own, lean = times.easel, times.lean
    return [
        *_cost(f"{name}: processor time a request", times, members),
        at_most(
            f"{name}: last picture, against a lean bot",
            own.last_picture,
            lean.last_picture,
            times=1.6,
        ),
        at_most(
            f"{name}: last picture, a bare script", own.last_picture, times.script.last_picture
        ),
        at_most(f"{name}: answer p99", own.p99(), times.answering.p99(), times=2),
        below(f"{name}: Discord calls a picture", own.calls, limit=4, unit="calls"),
        _peak(f"{name}: peak memory", times),
    ]


async def burst(run: Run) -> list[Row]:
    """500 requests at once, and a service that takes no time."""
    members = 20 if run.quick else 500
    times = await _measure(run, "burst", members, rounds=run.rounds, delay_seconds=0)
    name = f"{members} at once, 0 s"
    own = times.easel
    rows = [
        at_least(name_of, own.rates(members), peer.rates(members), times=goal, unit="/s")
        for name_of, peer, goal in (
            (f"{name}: throughput, against {COMMIT}", times.first, 4),
            (f"{name}: throughput, a lean bot", times.lean, None),
            (f"{name}: throughput, a bare script", times.script, None),
        )
        if peer.last_picture
    ]
    return [
        *rows,
        *_cost(f"{name}: processor time a request", times, members, goals=(None, None)),
        at_most(f"{name}: answer p99", own.p99(), times.answering.p99(), times=1.2),
        below(f"{name}: slowest answer", [max(own.answers)], limit=3, unit="s"),
        below(f"{name}: Discord calls a picture", own.calls, limit=4, unit="calls"),
        _peak(f"{name}: peak memory", times),
    ]


async def alone(run: Run) -> list[Row]:
    """One member after another, at a service that is quick and at one that is not."""
    rows: list[Row] = []
    for delay_seconds, limit in ((0.3, 3), (3.0, 4)):
        place = run.place(f"alone-{delay_seconds}")
        async with AsyncExitStack() as stack:
            apis = await stack.enter_async_context(LeanApis(png(**PICTURE), delay_seconds=0))
            discord = await stack.enter_async_context(LeanDiscord(channels=CHANNELS))
            bot = await stack.enter_async_context(easel(place, discord, apis))
            await pictures(discord, bot, Times(), members=1)
            apis.delay_seconds = delay_seconds
            times = Times()
            for _ in range(run.rounds):
                await pictures(discord, bot, times, members=1)
        name = f"alone, {delay_seconds:g} s: Discord calls a picture"
        rows.append(below(name, times.calls, limit=limit, unit="calls"))
    return rows


def _cost(
    name: str,
    times: Together,
    members: int,
    *,
    goals: tuple[float | None, float | None] = (4.5, 0.25),
) -> list[Row]:
    own = times.easel.cpu_of_one(members)
    return [
        at_most(f"{name}, against {what}", own, peer.cpu_of_one(members), times=goal, unit="ms")
        for what, peer, goal in (
            ("a lean bot", times.lean, goals[0]),
            (COMMIT, times.first, goals[1]),
        )
        if peer.cpu
    ]


def _peak(name: str, times: Together) -> Row:
    own, lean = ([peak / _MB for peak in one.peak_bytes] for one in (times.easel, times.lean))
    return at_most(f"{name}, workers included, a lean bot", own, lean, unit="MB")


async def _measure(
    run: Run, name: str, members: int, *, rounds: int, delay_seconds: float
) -> Together:
    """Let the programs take turns, all of them running from the beginning."""
    place, times = run.place(name), Together()
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        apis = await enter(LeanApis(png(**PICTURE), delay_seconds=0))

        async def server() -> LeanDiscord:
            return await enter(LeanDiscord(channels=CHANNELS))

        discord = await server()
        script = await enter(floor(place, discord, apis, channels=CHANNELS))
        bots: list[tuple[LeanDiscord, Running, Times]] = []
        bot = await enter(easel(place, discord, apis, profile=run.profile_of(name)))
        bots.append((discord, bot, times.easel))
        lean_discord = await server()
        bots.append((lean_discord, await enter(lean_bot(place, lean_discord, apis)), times.lean))
        if (build := first_build()) is not None:
            first_discord = await server()
            old = run.place(f"{name}-{COMMIT}")
            first = await enter(easel(old, first_discord, apis, build=build))
            bots.append((first_discord, first, times.first))
        answering_discord = await server()
        answering = await enter(bare_bot(place, answering_discord))

        for its_discord, program, _ in bots:
            # The first pictures start the picture workers.
            await pictures(its_discord, program, Times(), members=2)
        apis.delay_seconds = delay_seconds
        for _ in range(rounds):
            times.script.last_picture.append(await _floor(discord, script, members=members))
            await _answers(answering_discord, answering, times.answering, members=members)
            for its_discord, program, its_times in bots:
                await pictures(its_discord, program, its_times, members=members)
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


async def pictures(discord: LeanDiscord, bot: Running, times: Times, *, members: int) -> None:
    """Ask for so many pictures at once, and note what they took."""
    discord.forget()
    bot.forget_peaks()
    before, start = bot.cpu_seconds(), time.perf_counter()
    await _asked(discord, members, lambda: len(discord.posted) == len(discord.answered) == members)
    await bot.settled()
    times.last_picture.append(discord.posted[-1] - start)
    times.cpu.append(bot.cpu_seconds() - before)
    times.answers += discord.waits()
    times.calls.append(discord.calls / members)
    times.peak_bytes.append(bot.peak_bytes())


async def _answers(discord: LeanDiscord, bare: Running, times: Times, *, members: int) -> None:
    discord.forget()
    await _asked(discord, members, lambda: len(discord.answered) == members)
    await bare.settled()
    times.answers += discord.waits()


async def _asked(discord: LeanDiscord, members: int, done: Callable[[], bool]) -> None:
    await discord.ask(members)
    await discord.until(done)
