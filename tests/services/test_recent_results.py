"""Lists of recent pictures: from memory at once, read behind the answer, never too many."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from cachetools import FIFOCache

from bot.domain.job import Job, Picture, PictureState, Post
from bot.services.ports import ResultPicture
from bot.services.requests import recent_results
from bot.services.requests.recent_results import FRESH_SECONDS, RecentResults
from tests.services.fakes import HandClock
from tests.ui.samples import job

ME, GUILD, HERE = 33, 11, 22


class Shelf:
    """Results as the database would have them; `reads` counts whole lists."""

    def __init__(self) -> None:
        self.shown: list[ResultPicture] = []
        self.reads = 0
        self.broken = False
        self.meanwhile: Callable[[], None] = lambda: None

    async def recent(
        self, *, user_id: int, guild_id: int, channel_id: int, limit: int
    ) -> list[ResultPicture]:
        self.reads += 1
        if self.broken:
            raise OSError("the disk is away")
        found = [one for one in self.shown if one.job.user_id == user_id]
        self.meanwhile()
        return found[:limit]


def made(job_id: str, *, pictures: int = 1, **changes: Any) -> list[ResultPicture]:
    submission: Job = job(job_id=job_id, **changes)
    facts = Picture(job_id=job_id, position=0, call_seq=0, state=PictureState.FETCHED)
    return [
        ResultPicture(
            job=submission,
            number=number,
            of=pictures,
            picture=facts,
            channel_id=HERE,
            message_id=int(job_id),
            place=number - 1,
            removed=False,
        )
        for number in range(1, pictures + 1)
    ]


def posts(job_id: str, *, pictures: int = 1) -> list[Post]:
    return [
        Post(
            job_id=job_id,
            part=0,
            channel_id=HERE,
            nonce=f"{job_id}.0",
            positions=tuple(range(pictures)),
            message_id=int(job_id),
        )
    ]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def clock() -> HandClock:
    return HandClock(1_800_000_000)


@pytest.fixture
async def memory(shelf: Shelf, clock: HandClock) -> AsyncIterator[RecentResults]:
    memory = RecentResults(clock)
    running = asyncio.create_task(memory.run(shelf))
    yield memory
    running.cancel()


async def read(memory: RecentResults) -> None:
    """Wait until nothing is to be read."""
    async with asyncio.timeout(5):
        while memory._lists._wanted or memory._lists._news.is_set():  # noqa: ASYNC110
            await asyncio.sleep(0)
    for _ in range(3):
        await asyncio.sleep(0)


def known(memory: RecentResults, user_id: int = ME) -> list[str]:
    return [one.job_id for one in memory.of(user_id, GUILD, HERE)]


async def test_a_cold_memory_has_it_at_the_next_key(memory: RecentResults, shelf: Shelf) -> None:
    shelf.shown = made("7")
    assert known(memory) == []
    await read(memory)

    assert known(memory) == ["7"]
    await read(memory)
    assert shelf.reads == 1


async def test_an_old_list_is_used_and_read_anew(memory: RecentResults, shelf: Shelf) -> None:
    shelf.shown = made("7")
    known(memory)
    await read(memory)
    shelf.shown = made("8")
    memory._lists._clock.at += recent_results.FRESH_SECONDS  # pyright: ignore[reportAttributeAccessIssue]

    assert known(memory) == ["7"]
    await read(memory)
    assert known(memory) == ["8"]


async def test_what_is_posted_leads_the_list_and_is_not_read(
    memory: RecentResults, shelf: Shelf
) -> None:
    shelf.shown = made("7")
    known(memory)
    await read(memory)
    for _ in range(2):
        memory.posted(job(job_id="8"), posts("8", pictures=2))
        assert known(memory) == ["8", "8", "7"]
    first, second, _ = memory.of(ME, GUILD, HERE)
    assert [(one.number, one.message_id) for one in (first, second)] == [(1, 8), (2, 8)]
    await read(memory)
    assert shelf.reads == 1


async def test_what_is_posted_during_a_read_is_not_lost(
    memory: RecentResults, shelf: Shelf
) -> None:
    def post() -> None:
        shelf.meanwhile = lambda: None
        memory.posted(job(job_id="8"), posts("8"))
        shelf.shown = [*made("8"), *made("7")]

    shelf.shown, shelf.meanwhile = made("7"), post
    known(memory)
    await read(memory)
    assert known(memory) == ["8", "7"]


async def test_what_is_posted_elsewhere_during_a_read_does_not_repeat_it(
    memory: RecentResults, shelf: Shelf
) -> None:
    shelf.shown = made("7")
    memory.expect(ME, GUILD, HERE + 1)
    await read(memory)
    shelf.meanwhile = lambda: memory.posted(job(job_id="8", channel_id=HERE + 1), posts("8"))
    known(memory)
    await read(memory)
    assert shelf.reads == 2


async def test_who_asks_again_has_an_old_list_ready_which_is_not_read_for_that(
    memory: RecentResults, shelf: Shelf, clock: HandClock
) -> None:
    shelf.shown = made("7")
    memory.expect(ME, GUILD, HERE)
    await read(memory)
    clock.at += FRESH_SECONDS
    memory.expect(ME, GUILD, HERE)
    await read(memory)
    assert shelf.reads == 1
    assert known(memory) == ["7"]
    await read(memory)
    assert shelf.reads == 2


async def test_what_is_posted_where_no_list_is_known_is_read(
    memory: RecentResults, shelf: Shelf
) -> None:
    shelf.shown = [*made("8"), *made("7")]
    memory.posted(job(job_id="8"), posts("8"))
    await read(memory)
    assert known(memory) == ["8", "7"]


async def test_what_is_removed_leaves_every_list(memory: RecentResults, shelf: Shelf) -> None:
    shelf.shown = [*made("7"), *made("8"), *made("9")]
    known(memory)
    await read(memory)
    memory.gone(message_id=8)
    memory.gone(job_id="9")

    assert known(memory) == ["7"]


async def test_a_removal_during_the_read_is_not_undone(memory: RecentResults, shelf: Shelf) -> None:
    def remove() -> None:
        shelf.meanwhile = lambda: None
        shelf.shown = made("8")
        memory.gone(message_id=7)

    shelf.shown = [*made("7"), *made("8")]
    shelf.meanwhile = remove
    known(memory)
    await read(memory)

    assert known(memory) == ["8"]


async def test_a_failed_read_is_tried_again_at_the_next_key(
    memory: RecentResults, shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.shown, shelf.broken = made("7"), True
    known(memory)
    await read(memory)
    assert "could not be read" in caplog.text
    shelf.broken = False
    assert known(memory) == []
    await read(memory)

    assert known(memory) == ["7"]


async def test_the_least_used_list_is_forgotten(memory: RecentResults, shelf: Shelf) -> None:
    memory._lists._entries = FIFOCache(2)
    shelf.shown = [one for user in (1, 2, 3) for one in made(str(user), user_id=user)]
    for user in (1, 2):
        known(memory, user)
        await read(memory)
    known(memory, 1)
    known(memory, 3)
    await read(memory)

    assert [bool(known(memory, user)) for user in (1, 2, 3)] == [True, False, True]
    assert len(memory._lists._entries) == 2


async def test_a_list_is_as_short_as_what_discord_shows(
    memory: RecentResults, shelf: Shelf
) -> None:
    shelf.shown = [one for number in range(40) for one in made(str(number), prompt="x" * 4000)]
    known(memory)
    await read(memory)
    memory.posted(job(job_id="41", prompt="x" * 4000), posts("41", pictures=3))

    found = memory.of(ME, GUILD, HERE)
    assert len(found) == 25
    assert {len(one.prompt) for one in found} == {recent_results.PROMPT_CHARACTERS}
