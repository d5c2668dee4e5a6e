"""The bot dies by SIGKILL around a post of the gallery (K46 to K49); then it is there once.

Real processes over real sockets, as in `test_crash_points.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import simcord

from tests.databases import chosen
from tests.e2e.place import Place, new_place
from tests.e2e.verdict import opened, rows, until_ended
from tests.torture.test_crash_points import SETTINGS, ask, death, dying, killed_after_post

pytestmark = pytest.mark.timeout(180)

STAR = "⭐"


@pytest_asyncio.fixture
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with new_place(tmp_path) as place, chosen(request, place.settings):
        place.settings |= SETTINGS
        yield place


async def opened_gallery(place: Place, *, forum: bool = False) -> simcord.ChannelHandle:
    """Let alice make a result, and the server open a gallery for one star."""
    guild = place.art.guild
    assert guild is not None
    make = guild.create_forum_channel if forum else guild.create_text_channel
    gallery = make("gallery")
    process = await place.start()
    await ask(place)
    await until_ended(place, jobs=1)
    async with opened(place) as database, database.write() as uow:
        for key, value in (("gallery_channel", gallery.id), ("gallery_stars", 1)):
            await uow.settings.put(guild.id, key, value)
        await uow.versions.bump(guild.id)
        await uow.commit()
    await place.kill(process)
    return gallery


async def star(place: Place) -> None:
    with place.wire.unsettled():
        await place.bob.react(place.results()[0], STAR)


async def posted(place: Place) -> None:
    """Start the bot, and wait until the gallery is as it was decided."""
    await place.start()
    async with opened(place) as database, asyncio.timeout(90):
        while await states(database) != ["posted"]:  # noqa: ASYNC110 - nothing to wait on
            await asyncio.sleep(0.05)
    await place.wire.until(lambda: not place.wire.busy)


async def states(database: Any) -> list[str]:
    return [row.state for row in await rows(database, "SELECT state FROM gallery_posts")]


@pytest.mark.parametrize(
    "point", ["after:let_in", "before:mark_gallery_try", "after:mark_gallery_try"]
)
async def test_k46_k47_what_was_decided_is_posted_once(place: Place, point: str) -> None:
    gallery = await opened_gallery(place)
    process = await dying(place, point)
    await star(place)
    await death(place, process)
    assert gallery.history() == []
    await posted(place)
    assert len(gallery.history()) == 1


async def test_k46_a_star_that_was_not_committed_was_never_put_and_is_found_again(
    place: Place,
) -> None:
    gallery = await opened_gallery(place)
    process = await dying(place, "before:let_in")
    await star(place)
    await death(place, process)
    async with opened(place) as database:
        assert await rows(database, "SELECT 1 FROM favourites") == []
    await place.start()
    with place.wire.unsettled():
        await place.alice.react(place.results()[0], STAR)
    await place.wire.until(lambda: len(gallery.history()) == 1, timeout=60)


@pytest.mark.parametrize("history", [True, False], ids=["found", "not to be read"])
async def test_k48_a_post_whose_number_was_lost_is_not_posted_twice(
    place: Place, history: bool
) -> None:
    gallery = await opened_gallery(place)
    process = await place.start()
    await killed_after_post(place, process, star(place))
    assert len(gallery.history()) == 1
    if not history:
        place.wire.inject_error(
            "GET", f"/channels/{gallery.id}/messages", status=403, code=50001, times=None
        )
    await posted(place)
    assert len(gallery.history()) == 1


async def test_k48_a_post_of_a_forum_whose_number_was_lost_is_not_posted_twice(
    place: Place,
) -> None:
    gallery = await opened_gallery(place, forum=True)
    process = await place.start()
    with place.wire.hold("POST", "/channels/*/threads", at="after") as hold:
        await star(place)
        await hold.reached(timeout=30)
        await place.kill(process)
    await posted(place)
    threads = place.wire.backend.active_threads(place.art.guild.id if place.art.guild else 0)
    assert [thread.parent_id for thread in threads] == [gallery.id]


@pytest.mark.parametrize("point", ["before:in_gallery", "after:in_gallery"])
async def test_k48_k49_a_result_removed_after_a_crash_leaves_the_gallery(
    place: Place, point: str
) -> None:
    gallery = await opened_gallery(place)
    process = await dying(place, point)
    await star(place)
    await death(place, process)
    assert len(gallery.history()) == 1
    place.wire.backend.delete_message(place.art.id, place.results()[0].id)
    async with opened(place) as database, database.write() as uow:
        await uow.connection.exec_driver_sql("UPDATE posts SET removed_at = 1")
        await uow.commit()
    await place.start()
    await place.wire.until(lambda: gallery.history() == [], timeout=90)
