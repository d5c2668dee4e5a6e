"""Beside a bot without quota and durability, measured from outside: when the last picture lands.

The lean bot stands for such a bot. It makes the fewest calls that show a picture and keeps nothing,
so it is quicker than bots of others: the rows are for information.
"""

from __future__ import annotations

import statistics
from contextlib import AsyncExitStack

from tests.bench.crowds import CHANNELS, Times, pictures
from tests.bench.lean_apis import LeanApis, png
from tests.bench.lean_discord import LeanDiscord
from tests.bench.processes import Running, easel, lean_bot
from tests.bench.rows import Row, Run

_ROUNDS = 3
# What 2048 x 2048 pixels come to as a PNG, as in the other rows.
_PICTURE = {"side": 2048, "size_bytes": 2_800_000}


async def peer(run: Run) -> list[Row]:
    """60 members at once and a service that takes 0.3 s; 20 calls in flight, and all 60."""
    members = 6 if run.quick else 60
    took = dict[str, Times]()
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        apis = await enter(LeanApis(png(**_PICTURE), delay_seconds=0.3))
        bots: list[tuple[str, LeanDiscord, Running]] = []
        for name, in_flight in (("easel, 20", 20), ("easel, 60", 60), ("lean bot, 60", 60)):
            discord = await enter(LeanDiscord(channels=CHANNELS))
            start = lean_bot if name.startswith("lean") else easel
            bot = await enter(start(run.place(f"peer-{name}"), discord, apis, at_once=in_flight))
            bots.append((name, discord, bot))
            # The first picture starts the picture workers.
            await pictures(discord, bot, Times(), members=1)
        for _ in range(1 if run.quick else _ROUNDS):
            for name, discord, bot in bots:
                await pictures(discord, bot, took.setdefault(name, Times()), members=members)
    lean = statistics.median(took["lean bot, 60"].last_picture)
    rows: list[Row] = []
    for in_flight in (20, 60):
        own = took[f"easel, {in_flight}"].last_picture
        rows.append(
            Row(
                what=f"{members} at once, 2048 px, {in_flight} in flight: last picture, median",
                measured=f"{statistics.median(own):.3g} s",
                floor=f"{lean:.3g} s",
                ratio=statistics.median(own) / lean,
                raw=", ".join(f"{seconds:.3g}" for seconds in own),
            )
        )
    return rows
