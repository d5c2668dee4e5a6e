"""Who is answered first when many ask at once."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from bot.ui.discord_api import discord_limits
from bot.ui.discord_api.discord_limits import CROWD
from cogs import responses


async def test_a_crowd_that_comes_as_the_patience_of_those_before_it_ends_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    promised: list[int] = []
    go_on = asyncio.Event()

    async def defer(interaction: Any, *, fresh: bool = False) -> None:
        promised.append(interaction.id)

    async def work() -> None:
        await go_on.wait()

    async def ask(number: int) -> None:
        interaction: Any = SimpleNamespace(id=number)
        await responses.await_or_defer(interaction, work())

    monkeypatch.setattr(responses, "defer", defer)
    monkeypatch.setattr(discord_limits, "PATIENCE_SECONDS", 60)
    asking = [asyncio.create_task(ask(number)) for number in range(CROWD)]
    await asyncio.sleep(0)
    (*_, last) = filter(None, responses._under_way.values())
    last.reschedule(0)
    # In the same turn of the event loop, before the task of that patience hears of its end.
    asking.append(asyncio.create_task(ask(CROWD)))
    async with asyncio.timeout(10):
        while len(promised) < CROWD + 1:  # noqa: ASYNC110 - their tasks run in turns
            await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(*asking)


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
