"""The bot dies by SIGKILL around the commits of a style with a picture (K2, K55).

Real processes over real sockets, as in `test_crash_points.py`.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.domain.job import new_job_id
from tests.databases import chosen
from tests.e2e.place import Place, new_place
from tests.e2e.verdict import opened, rows, until_ended
from tests.torture.test_crash_points import SETTINGS, ask, death, dying

pytestmark = pytest.mark.timeout(180)


@pytest_asyncio.fixture
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with new_place(tmp_path) as place, chosen(request, place.settings):
        place.settings |= SETTINGS
        process = await place.start()
        await ask(place)
        await until_ended(place, jobs=1)
        await place.kill(process)
        yield place


async def save(place: Place) -> None:
    with place.wire.unsettled():
        await place.alice.slash(
            place.art, "style save", name="Ink", words="in ink", pictures="result"
        )


async def saved(place: Place) -> asyncio.subprocess.Process:
    """Let a style be kept with its picture; return the process that goes on running."""
    process = await place.start()
    await save(place)
    async with opened(place) as database, asyncio.timeout(30):
        while not await rows(database, "SELECT 1 FROM styles"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await place.wire.until(lambda: not place.wire.busy)
    return process


async def die_deleting(place: Place, point: str) -> None:
    """Let the bot that will die at a point delete a style that was kept."""
    await place.kill(await saved(place))
    process = await dying(place, point)
    with place.wire.unsettled():
        await place.alice.slash(place.art, "style delete", style="Ink")
    await death(place, process)


async def folders(place: Place) -> set[str]:
    """Return the folders in the spool that belong to no job."""
    async with opened(place) as database:
        jobs = {row.job_id for row in await rows(database, "SELECT job_id FROM jobs")}
    return {folder.name for folder in (place.folder / "spool").iterdir()} - jobs


async def pictures(place: Place) -> set[str]:
    """Return the pictures of styles, and see that the file of each is there."""
    async with opened(place) as database:
        kept = await rows(database, "SELECT picture_id, path FROM style_pictures")
    assert all((place.folder / "spool" / row.path).stat().st_size for row in kept)
    return {row.picture_id for row in kept}


async def an_hour_later(place: Place) -> None:
    """Start the bot when an hour has passed, and wait until it has swept the spool."""
    nobodys = place.folder / "spool" / new_job_id()
    nobodys.mkdir()
    long_ago = time.time() - 3601
    for folder in (place.folder / "spool").iterdir():
        os.utime(folder, times=(long_ago, long_ago))
    await place.start()
    await place.wire.until(lambda: not nobodys.exists(), timeout=60)


async def test_k2_pictures_of_a_style_that_was_never_kept_go_after_an_hour(place: Place) -> None:
    process = await dying(place, "before:add_style")
    await save(place)
    await death(place, process)
    assert await pictures(place) == set()
    assert len(await folders(place)) == 1
    await an_hour_later(place)
    assert await folders(place) == set()


async def test_a_style_that_was_kept_has_its_picture_for_ever(place: Place) -> None:
    process = await dying(place, "after:add_style")
    await save(place)
    await death(place, process)
    (kept,) = await pictures(place)
    await an_hour_later(place)
    assert await folders(place) == await pictures(place) == {kept}


async def test_a_style_whose_end_was_not_committed_has_its_picture(place: Place) -> None:
    await die_deleting(place, "before:remove_style")
    await an_hour_later(place)
    assert await folders(place) == await pictures(place)
    assert len(await folders(place)) == 1


async def test_k55_files_of_a_deleted_style_go_after_an_hour(place: Place) -> None:
    await die_deleting(place, "after:remove_style")
    assert await pictures(place) == set()
    assert len(await folders(place)) == 1
    await an_hour_later(place)
    assert await folders(place) == set()
