"""Who is answered first when many ask at once."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from bot.ui.discord_api.discord_limits import CROWD
from cogs import responses


async def test_in_a_crowd_everybody_gets_a_promise_before_the_work_begins(
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
    asking = [asyncio.create_task(ask(number)) for number in range(CROWD + 2)]
    while len(happened) < CROWD + 4:  # noqa: ASYNC110 - their tasks run in turns of the loop
        await asyncio.sleep(0)
    go_on.set()
    assert await asyncio.gather(*asking) == list(range(CROWD + 2))
    promises = [number for what, number in happened if what == "promise"]
    assert promises == [CROWD, CROWD + 1]
    for number in promises:
        assert happened.index(("promise", number)) < happened.index(("work", number))
    # The crowd is gone.
    assert await ask(CROWD) == CROWD
    assert happened[-1] == ("work", CROWD)
    assert len(happened) == CROWD + 5
