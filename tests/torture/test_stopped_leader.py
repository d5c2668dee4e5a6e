"""A worker that does the chores is stopped by SIGSTOP past its lease, and goes on later."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import SystemClock
from bot.services.servers.changes import Changes
from bot.services.servers.decisions import SettingDecision, WordDecision
from bot.services.servers.policies import Policies
from tests import postgres
from tests.e2e.place import Place, new_place
from tests.e2e.test_roles import QUICK
from tests.e2e.verdict import opened, rows

pytestmark = pytest.mark.timeout(180)

POSTS = "/channels/*/messages"
# What is claimed to be told runs out in seconds, too.
STOPPED = f"from bot.services.delivery import log_channel\nlog_channel.CLAIM_SECONDS = 4\n{QUICK}"


@pytest_asyncio.fixture
async def place(server: postgres.Databases, tmp_path: Path) -> AsyncIterator[Place]:
    async with new_place(tmp_path) as place:
        place.settings["EASEL_STORAGE__URL"] = made = await server.make()
        yield place
    await server.drop(made)


async def decide(place: Place, *words: str) -> None:
    """Forbid words in the server, which tells its log channel."""
    assert place.art.guild
    async with opened(place) as database:
        clock = SystemClock()
        policies = Policies(database=database, clock=clock)
        changes = Changes(database=database, policies=policies, clock=clock)
        actor = changes.actor(place.art.guild.id, place.alice.id)
        decisions = [(SettingDecision("log_channel"), place.art.id)]
        for decision, value in [*decisions, *((WordDecision(word), True) for word in words)]:
            await changes.set(actor, decision, value, action="setting")


async def until_told(place: Place) -> None:
    async with opened(place) as database, asyncio.timeout(60):
        while await rows(  # noqa: ASYNC110 - another process's
            database, "SELECT 1 FROM audit WHERE echoed_at IS NULL"
        ):
            await asyncio.sleep(0.1)


async def test_no_line_of_a_log_channel_is_posted_twice(place: Place) -> None:
    program = ("-c", STOPPED)
    await place.started(await place.launch("--role", "gateway", program=program))
    first = await place.launch("--role", "worker", program=program)
    with place.wire.hold("POST", POSTS, times=1) as hold:
        await decide(place, "lion", "tiger")
        await hold.reached(timeout=60)
        first.send_signal(signal.SIGSTOP)
        await decide(place, "panther")
        await place.launch("--role", "worker", program=program)
        await until_told(place)
        first.send_signal(signal.SIGCONT)
        hold.release()
    await decide(place, "leopard")
    await until_told(place)
    await place.wire.until(lambda: not place.wire.busy)
    said = "\n".join(message.content for message in place.art.history())
    assert [said.count(word) for word in ("lion", "tiger", "panther", "leopard")] == [1] * 4
