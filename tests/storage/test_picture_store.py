"""Pictures are kept in a folder or in a store: the same promises, and what a store adds."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from bot.domain.errors import PictureStoreError, SetupError
from bot.domain.setup_problems import SetupProblem
from bot.storage.objects import spool_at
from bot.storage.objects.local_copies import LocalCopies
from bot.storage.objects.s3 import S3Objects
from bot.storage.spool import DiskSpool
from tests.object_store import Bucket, bucket

JOB = "01JABCDEFGHJKMNPQRSTVWXYZ0"
OTHER = "01JABCDEFGHJKMNPQRSTVWXYZ1"
LONG_AGO = 86_400 * 2


@pytest.fixture
async def store() -> AsyncIterator[Bucket]:
    async with bucket() as made:
        yield made


@pytest.fixture(params=["folder", "store"])
async def spool(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DiskSpool]:
    """A spool of each way, on a machine of its own."""
    if request.param == "folder":
        yield spool_at("", tmp_path, limit_mb=100, cache_mb=100)
        return
    async with bucket() as made:
        yield on_machine(made, tmp_path)


def on_machine(store: Bucket, folder: Path, *, cache_mb: int = 100) -> DiskSpool:
    return spool_at(store.address, folder, limit_mb=100, cache_mb=cache_mb)


async def put(spool: DiskSpool, relative: str, data: bytes = b"picture") -> None:
    spool.path(relative).write_bytes(data)
    await spool.put(relative)


def age(folder: Path) -> None:
    """Let everything in a folder have been used two days ago."""
    for path in [*folder.rglob("*"), folder]:
        used_at = time.time() - LONG_AGO
        os.utime(path, (used_at, used_at))


# --- both ways ------------------------------------------------------------------------------


async def test_what_was_put_is_got(spool: DiskSpool) -> None:
    name = spool.picture(JOB, 0)
    await put(spool, name)
    got = await spool.get(name)
    assert got is not None
    assert got.read_bytes() == b"picture"


async def test_what_was_put_twice_is_what_was_put_last(spool: DiskSpool) -> None:
    name = spool.fitted(JOB, 0)
    await put(spool, name, b"large")
    await put(spool, name, b"small")
    got = await spool.get(name)
    assert got is not None
    assert got.read_bytes() == b"small"


async def test_what_was_never_put_is_nowhere(spool: DiskSpool) -> None:
    assert await spool.get(spool.picture(JOB, 0)) is None


async def test_a_file_can_be_put_again_after_it_was_put(spool: DiskSpool) -> None:
    name = spool.reply(JOB, 0, 1)
    await put(spool, name)
    await spool.put(name, synced=True)
    assert await spool.get(name) is not None


async def test_a_name_that_leads_elsewhere_is_refused(spool: DiskSpool) -> None:
    for act in (spool.put, spool.get):
        with pytest.raises(ValueError, match="not a path of the spool"):
            await act("../../etc/passwd")


async def test_removed_files_are_gone(spool: DiskSpool) -> None:
    await put(spool, spool.picture(JOB, 0))
    await put(spool, spool.picture(OTHER, 0))
    await asyncio.to_thread(spool.remove, JOB)
    assert await spool.get(f"{JOB}/picture-0") is None
    assert await asyncio.to_thread(spool.job_ids) == [OTHER]


async def test_the_limit_counts_what_is_kept(spool: DiskSpool) -> None:
    await put(spool, spool.picture(JOB, 0), bytes(60_000_000))
    assert not await spool.room_for(41_000_000)
    assert await spool.room_for(39_000_000)


async def test_the_sweep_leaves_what_is_under_way_or_new(spool: DiskSpool) -> None:
    ended, under_way, new = "ENDED", "UNDERWAY", "NEW"
    for job_id in (ended, under_way, new):
        await put(spool, spool.picture(job_id, 0))
    job_ids = await asyncio.to_thread(spool.job_ids)
    ends = {ended: int(time.time()) - 101, under_way: None}
    gone = await asyncio.to_thread(
        lambda: spool.sweep(job_ids, ends, now=int(time.time()), keep_seconds=100)
    )
    assert gone == [ended]
    assert sorted(await asyncio.to_thread(spool.job_ids)) == [new, under_way]
    later = int(time.time()) + 3700
    gone = await asyncio.to_thread(
        lambda: spool.sweep([new, under_way], {under_way: None}, now=later, keep_seconds=100)
    )
    assert gone == [new]


# --- several machines -----------------------------------------------------------------------


async def test_another_machine_gets_what_one_has_put(store: Bucket, tmp_path: Path) -> None:
    one, two = on_machine(store, tmp_path / "one"), on_machine(store, tmp_path / "two")
    name = one.reply(JOB, 0, 1)
    await put(one, name, b"paid")
    got = await two.get(name)
    assert got is not None
    assert got.read_bytes() == b"paid"
    assert tmp_path / "two" in got.parents
    assert await asyncio.to_thread(two.job_ids) == [JOB]


async def test_two_who_fetch_the_same_at_once_both_get_it(store: Bucket, tmp_path: Path) -> None:
    one, two = on_machine(store, tmp_path / "one"), on_machine(store, tmp_path / "two")
    await put(one, one.picture(JOB, 0), bytes(20_000_000))
    got = await asyncio.gather(*(two.get(f"{JOB}/picture-0") for _ in range(4)))
    assert {path.stat().st_size for path in got if path} == {20_000_000}
    assert not list((tmp_path / "two" / "cache").glob("*.part"))


async def test_copies_go_when_another_machine_has_removed_the_job(
    store: Bucket, tmp_path: Path
) -> None:
    one, two = on_machine(store, tmp_path / "one"), on_machine(store, tmp_path / "two")
    await put(one, one.picture(JOB, 0))
    assert await two.get(f"{JOB}/picture-0")
    await asyncio.to_thread(one.remove, JOB)
    await two.tend()
    assert await two.get(f"{JOB}/picture-0")  # somebody may be about to open it
    age(tmp_path / "two" / "cache")
    await two.tend()
    assert await two.get(f"{JOB}/picture-0") is None
    assert not list((tmp_path / "two" / "cache").iterdir())


async def test_copies_take_no_more_than_their_limit_and_come_back_when_they_are_asked_for(
    store: Bucket, tmp_path: Path
) -> None:
    spool = on_machine(store, tmp_path, cache_mb=1)
    for number in range(4):
        await put(spool, spool.picture(JOB, number), bytes(400_000))
    age(tmp_path / "cache")
    assert await spool.get(f"{JOB}/picture-1")  # used just now: the others go first
    await spool.tend()
    left = {path.name for path in (tmp_path / "cache" / JOB).iterdir()}
    assert len(left) == 2
    assert "picture-1" in left
    for number in range(4):
        got = await spool.get(f"{JOB}/picture-{number}")
        assert got is not None
        assert got.stat().st_size == 400_000


async def test_what_the_store_lacks_is_never_a_copy_that_can_be_dropped(
    store: Bucket, tmp_path: Path
) -> None:
    spool = on_machine(store, tmp_path, cache_mb=0)
    path = spool.path(spool.reply(JOB, 0, 1))
    path.write_bytes(b"paid")
    age(tmp_path)
    await spool.tend()
    assert path.read_bytes() == b"paid"


# --- a store that does not work -------------------------------------------------------------


async def test_a_store_that_is_away_takes_no_new_work_and_works_again(
    store: Bucket, tmp_path: Path
) -> None:
    spool = on_machine(store, tmp_path)
    name = spool.picture(JOB, 0)
    spool.path(name).write_bytes(b"picture")
    await store.line.cut()
    with pytest.raises(PictureStoreError) as caught:
        await spool.put(name)
    assert caught.value.problem is SetupProblem.STORE_AWAY
    assert store.address in str(caught.value)
    assert spool.path(name).exists()
    with pytest.raises(PictureStoreError):
        await spool.room_for(1)
    with pytest.raises(PictureStoreError):
        await spool.tend()
    await store.line.mend()
    assert await spool.room_for(1)
    await spool.put(name)
    assert not spool.path(name).exists()


async def test_a_disk_without_room_for_a_copy_is_waited_for_like_a_store(
    store: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = on_machine(store, tmp_path / "one"), on_machine(store, tmp_path / "two")
    await put(one, one.picture(JOB, 0))

    def full(_: object) -> Path:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(LocalCopies, "new", full)
        with pytest.raises(PictureStoreError, match="No space left"):
            await two.get(f"{JOB}/picture-0")
    assert await two.get(f"{JOB}/picture-0")


async def test_what_could_not_be_deleted_is_deleted_later(store: Bucket, tmp_path: Path) -> None:
    spool = on_machine(store, tmp_path)
    await put(spool, spool.picture(JOB, 0))
    await store.line.cut()
    await asyncio.to_thread(spool.remove, JOB)
    await store.line.mend()
    await spool.tend()
    assert await asyncio.to_thread(spool.job_ids) == []


async def test_a_bucket_that_is_not_there_is_told_as_such(store: Bucket, tmp_path: Path) -> None:
    spool = spool_at("s3://no-such-bucket", tmp_path, limit_mb=100, cache_mb=100)
    name = spool.picture(JOB, 0)
    spool.path(name).write_bytes(b"picture")
    for act in (spool.put(name), spool.get(f"{JOB}/picture-1"), spool.tend()):
        with pytest.raises(PictureStoreError, match="there is no bucket") as caught:
            await act
        assert caught.value.problem is SetupProblem.STORE_BUCKET


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_credentials_are_told_as_such(
    store: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    async def refuse(_: web.Request) -> web.Response:
        text = "<Error><Code>InvalidAccessKeyId</Code></Error>"
        return web.Response(status=status, text=text, content_type="application/xml")

    pages = web.Application()
    pages.router.add_route("*", "/{path:.*}", refuse)
    runner = web.AppRunner(pages)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        objects = S3Objects(store.address)
        for act in (objects.try_out(), objects.list(), objects.get("a", tmp_path / "a")):
            with pytest.raises(PictureStoreError, match="InvalidAccessKeyId") as caught:
                await act
            assert caught.value.problem is SetupProblem.STORE_REFUSED
    finally:
        await runner.cleanup()


async def test_a_trial_leaves_nothing_behind(store: Bucket) -> None:
    objects = S3Objects(store.address)
    await objects.try_out()
    assert await objects.list() == []


def test_without_the_driver_the_operator_is_told_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "obstore.store", None)
    with pytest.raises(SetupError, match=r"pip install '\.\[s3\]'"):
        spool_at("s3://bucket", tmp_path, limit_mb=100, cache_mb=100)
