"""Rounds of load that end in SIGKILL at any moment, on one database; at last all comes to its end.

Every choice comes from the seed, but for the moments themselves, which the machine makes.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Sequence
from typing import Any

import simcord

from bot.storage.engine import schema
from bot.storage.ledger.ledger_check import problems
from tests.e2e.place import Place
from tests.e2e.verdict import later, opened, until_ended, verdict
from tests.world import labels_of

SETTINGS = {"EASEL_QUOTA__DEFAULT": "100000/day", "EASEL_QUOTA__SERVER_BUDGET": "100000/day"}
MOST_WISHES = 8
LONGEST_SECONDS = 2.5
ASKED_SECONDS = 2.0
# Nothing that takes minutes, or pauses the service for long.
FAULTS = (
    *["" for _ in range(8)],
    *("moderation", "output", "500-once", "503-once", "429-ms-once", "502", "504", "reset"),
    *("half", "broken", "empty", "nulls", "asset-500-once", "asset-404"),
    "not-a-picture",
)
_MODELS = (
    {"model": "doubao-seedream-3-0-t2i-250415", "size": "512x512"},
    {"model": "doubao-seedream-4-0-250828", "size": "960x960"},
    {"model": "doubao-seedream-4-0-250828", "size": "960x960", "related": "set"},
)
_COMPARED = (
    "doubao-seedream-3-0-t2i-250415",
    "doubao-seedream-4-0-250828",
    "doubao-seedream-4-5-251128",
    "doubao-seedream-5-0-260128",
)


async def survive(place: Place, seed: int, rounds: int, faults: Sequence[str] = FAULTS) -> None:
    """Kill the bot so many times, then let all end and prove that all came to one outcome."""
    luck = random.Random(seed)
    place.settings |= SETTINGS | {"EASEL_QUOTA__GLOBAL_BUDGET": "100000/day"}
    members = [place.alice, place.bob]
    members += [_member(place, f"member{number}") for number in range(6)]
    # Who dies while it starts may not have come to that.
    await schema.upgrade(place.database_url)
    for number in range(rounds):
        await _round(place, luck, members, f"{seed}-{number}", faults)
    await place.start()
    async with asyncio.timeout(180):
        ended = asyncio.create_task(until_ended(place, seconds=170))
        while not ended.done():
            await later(place)
            await asyncio.wait({ended}, timeout=2)
        await ended
    found = await verdict(place)
    assert found == [], f"seed {seed}: {found}"


async def _round(
    place: Place,
    luck: random.Random,
    members: list[simcord.MemberActor],
    name: str,
    faults: Sequence[str],
) -> None:
    process = await place.launch()
    # Now and then it dies while it starts, and takes over what the last one left.
    if luck.random() < 0.8:
        await place.started(process)
        place.apis.delay_seconds = luck.choice([0.0, 0.1, 0.5])
        for submission in range(luck.randint(1, MOST_WISHES)):
            prompt = _prompt(f"{name}-{submission}", luck.choice(faults))
            asks = luck.choices((_ask, _compare), weights=(4, 1))[0]
            await asks(place, luck, luck.choice(members), prompt)
            await _vote(place, luck, luck.choice(members))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(luck.uniform(0, LONGEST_SECONDS)):
            await process.wait()
            raise AssertionError(f"round {name}: the bot ended by itself:\n{place.log()[-5000:]}")
    await place.kill(process)
    await later(place)
    async with opened(place) as database:
        found = await problems(database)
    assert found == [], f"round {name}: {found}"
    # The uploads of hundreds of rounds would fill the memory.
    place.wire.requests.clear()


def _prompt(name: str, fault: str) -> str:
    return f"fox {name}" + (f" fault:{fault}" if fault else "")


async def _ask(place: Place, luck: random.Random, member: simcord.MemberActor, prompt: str) -> None:
    options: dict[str, Any] = dict(luck.choice(_MODELS))
    with place.wire.unsettled():
        if luck.random() < 0.2:
            await member.send(place.art, f"<@{place.wire.backend.bot_user.id}> {prompt}")
        else:
            count = luck.randint(1, 3)
            await member.slash(place.art, "imagine", prompt=prompt, count=count, **options)


async def _compare(
    place: Place, luck: random.Random, member: simcord.MemberActor, prompt: str
) -> None:
    """Compare models, and press the button with the price once or twice, if it comes."""
    models = luck.sample(_COMPARED, luck.randint(2, 3))
    presses = luck.choice((1, 1, 2))
    with place.wire.unsettled():
        asked: Any = await member.slash(
            place.art,
            "compare",
            prompt=prompt,
            **dict(zip(("model-a", "model-b", "model-c"), models, strict=False)),
        )
        with contextlib.suppress(TimeoutError):
            await place.wire.until(
                lambda: bool(asked.response and labels_of(asked.response)), timeout=ASKED_SECONDS
            )
            (label,) = labels_of(asked.response)
            for _ in range(presses):
                await member.click(asked.response.message, label=label)


async def _vote(place: Place, luck: random.Random, member: simcord.MemberActor) -> None:
    """Vote on a comparison that stands, or try to end it."""
    posts = [post for post in place.results() if "Which picture is the best?" in post.content]
    if not posts:
        return
    post, ends = luck.choice(posts), luck.random() < 0.5
    with place.wire.unsettled():
        if ends:
            await member.click(post, label="End the vote")
        else:
            await member.select(post, ["A"])


def _member(place: Place, name: str) -> simcord.MemberActor:
    guild = place.art.guild
    assert guild
    return guild.add_member(place.wire.create_user(name))
