"""Machines with a folder each and one store of pictures: one dies by SIGKILL, another goes on.

All run on one database here; only their folders are apart.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests import postgres
from tests.e2e.place import Place, new_place
from tests.e2e.test_roles import QUICK, until_states
from tests.e2e.verdict import until_ended, verdict
from tests.object_store import Bucket, bucket
from tests.torture.test_crash_points import SET, SETTINGS, ask, death, dying, edit

pytestmark = pytest.mark.timeout(180)


@pytest_asyncio.fixture
async def store() -> AsyncIterator[Bucket]:
    async with bucket() as made:
        yield made


@pytest_asyncio.fixture
async def place(tmp_path: Path, store: Bucket) -> AsyncIterator[Place]:
    async with new_place(tmp_path) as place:
        place.settings |= SETTINGS | {"EASEL_STORAGE__PICTURES": store.address}
        yield place


def machine(place: Place, name: str) -> dict[str, str]:
    return {"EASEL_STORAGE__DATA_DIR": str(place.folder / name)}


async def ended_elsewhere(place: Place, **states: int) -> dict[str, int]:
    """Start the bot on another machine, let all end, and prove that there is one outcome."""
    await place.start(**machine(place, "two"))
    await until_ended(place, jobs=sum(states.values()))
    assert await verdict(place) == []
    assert await place.states() == states
    return await place.books()


@pytest.mark.parametrize(
    "point",
    ["picture:half", "picture:complete", "before:deliver", "after:deliver", "before:posted"],
)
async def test_what_was_paid_on_one_machine_is_posted_once_by_another(
    place: Place, point: str
) -> None:
    process = await dying(place, point, **machine(place, "one"))
    await ask(place, count=3, **SET)
    await death(place, process)
    assert (await ended_elsewhere(place, done=1))["member"] == 3
    assert len(place.apis.requests) == 1


async def test_a_reference_is_sent_by_another_machine_than_fetched_it(place: Place) -> None:
    process = await dying(place, "after:claim", **machine(place, "one"))
    await edit(place)
    await death(place, process)
    await ended_elsewhere(place, done=1)
    assert len(place.apis.requests) == 1


async def test_a_reply_that_the_store_never_had_is_unknown_elsewhere_and_refunded(
    place: Place,
) -> None:
    process = await dying(place, "reply:complete", **machine(place, "one"))
    await ask(place)
    await death(place, process)
    books = await ended_elsewhere(place, failed=1)
    assert (books["member"], books["everywhere"]) == (0, 1)
    assert len(place.apis.requests) == 1


async def test_a_reply_that_the_store_never_had_is_read_on_the_machine_that_has_it(
    place: Place,
) -> None:
    process = await dying(place, "reply:complete", **machine(place, "two"))
    await ask(place)
    await death(place, process)
    assert (await ended_elsewhere(place, done=1))["member"] == 1
    assert len(place.apis.requests) == 1


@pytest.mark.parametrize("point", ["picture:complete", "after:deliver"])
async def test_what_a_gateway_took_and_a_killed_worker_made_another_worker_posts(
    place: Place, server: postgres.Databases, point: str
) -> None:
    made = await server.make(empty=True)
    place.settings["EASEL_STORAGE__URL"] = made
    await place.started(
        await place.launch("--role", "gateway", program=("-c", QUICK), **machine(place, "hears"))
    )
    first = await place.launch(
        *("--role", "worker"),
        program=("-m", "tests.e2e.killed_bot", point),
        **machine(place, "one"),
    )
    await edit(place)
    async with asyncio.timeout(30):
        assert await first.wait() == -signal.SIGKILL, place.log()
    second = await place.launch("--role", "worker", program=("-c", QUICK), **machine(place, "two"))
    await place.wire.until(lambda: bool(place.results()), timeout=90)
    await until_states(place, done=1)
    assert len(place.results()) == 1
    assert len(place.apis.requests) == 1
    assert await place.stop(second) == 0
    assert (await place.books())["member"] == 1
    for process in place.processes:
        if process.returncode is None:
            await place.stop(process)
    await server.drop(made)


async def test_requests_outlast_a_store_that_goes_away_under_them(
    place: Place, store: Bucket
) -> None:
    await place.start(**machine(place, "one"))
    await ask(place)
    await until_ended(place, jobs=1)
    # Nobody has noticed yet: these are accepted, and paid.
    await store.line.cut()
    for number in range(3):
        await ask(place, f"a fox {number}")
    await place.wire.until(lambda: len(place.apis.requests) > 1)
    assert len(place.results()) == 1
    await store.line.mend()
    await until_ended(place, jobs=4)
    assert await verdict(place) == []
    assert await place.states() == {"done": 4}
    assert len(place.apis.requests) == 4
