"""Who is answered first when many ask at once."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from bot.ui.discord_api import discord_limits
from bot.ui.discord_api.discord_limits import CROWD
from cogs import responses


async def test_in_a_crowd_everybody_gets_a_promise_as_soon_as_it_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    happened: list[tuple[str, int]] = []
    go_on = asyncio.Event()

    async def defer(interaction: Any, *, fresh: bool = False) -> None:
        happened.append(("promise", interaction.id))

    async def work(number: int) -> int:
        happened.append(("work", number))
        await go_on.wait()
        return number

    async def ask(number: int) -> int:
        interaction: Any = SimpleNamespace(id=number)
        return await responses.await_or_defer(interaction, work(number))

    monkeypatch.setattr(responses, "defer", defer)
    monkeypatch.setattr(discord_limits, "PATIENCE_SECONDS", 60)
    asking = [asyncio.create_task(ask(number)) for number in range(CROWD + 2)]
    async with asyncio.timeout(10):
        while len(happened) < 2 * len(asking):  # noqa: ASYNC110 - their tasks run in turns
            await asyncio.sleep(0)
    go_on.set()
    assert await asyncio.gather(*asking) == list(range(CROWD + 2))
    promises = [number for what, number in happened if what == "promise"]
    assert sorted(promises) == list(range(CROWD + 2))
    # Who came when it was none has begun already; who comes later is promised first.
    for number in range(CROWD, CROWD + 2):
        assert happened.index(("promise", number)) < happened.index(("work", number))
    # The crowd is gone.
    assert await ask(CROWD) == CROWD
    assert happened[-1] == ("work", CROWD)
    assert len(happened) == 2 * len(asking) + 1
