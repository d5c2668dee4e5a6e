"""The spool keeps each job's files apart, inside its own folder and its limit."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.domain.errors import SetupError
from bot.storage.spool import DiskSpool

JOB = "7ZZZZZZZZZZZZ"
NOW = 1_000_000


@pytest.fixture
def spool(tmp_path: Path) -> DiskSpool:
    return DiskSpool(tmp_path / "data", max_bytes=1_000)


def write(spool: DiskSpool, relative: str, size: int = 1) -> Path:
    path = spool.path(relative)
    path.write_bytes(b"x" * size)
    return path


def test_every_file_has_a_name_of_its_own_in_the_jobs_folder(
    spool: DiskSpool, tmp_path: Path
) -> None:
    names = [
        spool.reference(JOB, "picture", 0),
        spool.reference(JOB, "picture", 1),
        spool.reference(JOB, "mask", 0),
        spool.reply(JOB, 0, 1),
        spool.reply(JOB, 0, 2),
        spool.reply(JOB, 1, 1),
        spool.picture(JOB, 0),
        spool.fitted(JOB, 0),
    ]
    assert len(set(names)) == len(names)
    for name in names:
        assert write(spool, name).parent == tmp_path / "data" / "spool" / JOB
        assert write(spool, f"{name}.part")


def test_nobody_else_may_look_into_the_spool(spool: DiskSpool) -> None:
    folder = spool.path(spool.picture(JOB, 0)).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("job_id", ["", ".", "..", "../etc", "a/b", "/etc", "a\0", "a\n", "x" * 33])
def test_a_job_id_that_leads_elsewhere_is_refused(spool: DiskSpool, job_id: str) -> None:
    acts: list[Callable[[], object]] = [
        lambda: spool.reference(job_id, "picture", 0),
        lambda: spool.reply(job_id, 0, 1),
        lambda: spool.picture(job_id, 0),
        lambda: spool.fitted(job_id, 0),
        lambda: spool.remove(job_id),
    ]
    for actor in acts:
        with pytest.raises(ValueError, match="not a"):
            actor()


@pytest.mark.parametrize(
    "relative",
    [
        "",
        JOB,
        f"{JOB}/",
        f"{JOB}/..",
        f"{JOB}/../x",
        f"/{JOB}/x",
        "../x/y",
        f"{JOB}/a/b",
        f"{JOB}/a\n",
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(spool: DiskSpool, relative: str) -> None:
    with pytest.raises(ValueError, match="not a path of the spool"):
        spool.path(relative)
    with pytest.raises(ValueError, match="not a path of the spool"):
        spool.sync(relative)


def test_a_role_that_leads_elsewhere_names_no_path(spool: DiskSpool) -> None:
    with pytest.raises(ValueError, match="not a path of the spool"):
        spool.path(spool.reference(JOB, "/../../x", 0))


def test_a_file_is_synced_with_its_name_and_its_folders_name(
    spool: DiskSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(spool, spool.picture(JOB, 0))
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(os.readlink(f"/proc/self/fd/{fd}")))
    spool.sync(f"{JOB}/picture-0")
    assert synced == [str(path), str(path.parent), str(path.parent.parent)]


async def test_folders_names_are_synced_together_without_their_files(
    spool: DiskSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [f"job{number}" for number in range(9)]
    root = write(spool, spool.reply(JOB, 0, 1)).parent.parent
    names, sync, begun, go_on = (
        spool.sync_names,
        list[set[str]](),
        asyncio.Event(),
        threading.Event(),
    )
    loop = asyncio.get_running_loop()

    def slowly() -> None:
        sync.append(set(os.listdir(root)))
        loop.call_soon_threadsafe(begun.set)
        assert go_on.wait(10)
        names()

    monkeypatch.setattr(spool, "sync_names", slowly)
    first = asyncio.create_task(spool.put(f"{JOB}/reply-0-1", synced=True))
    await begun.wait()
    later = [
        asyncio.create_task(spool.put(spool.picture(job_id, 0), synced=True)) for job_id in jobs
    ]
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(first, *later)
    assert sync == [{JOB}, {JOB, *jobs}]
    # Once is enough.
    await spool.put(spool.picture(jobs[0], 1), synced=True)
    assert len(sync) == 2


async def test_a_sync_of_names_that_fails_is_told_to_all_who_wait_and_tried_again(
    spool: DiskSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync, fails = os.fsync, [True]

    def failing_once(descriptor: int) -> None:
        if fails and fails.pop():
            raise OSError(5, "the disk is gone")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", failing_once)
    files = [spool.picture(f"job{number}", 0) for number in range(3)]
    ended = await asyncio.gather(
        *(spool.put(relative, synced=True) for relative in files), return_exceptions=True
    )
    assert all(isinstance(error, OSError) for error in ended)
    for relative in files:
        await spool.put(relative, synced=True)


async def test_there_is_room_up_to_the_limit(spool: DiskSpool) -> None:
    write(spool, spool.picture(JOB, 0), 600)
    assert not await spool.room_for(401)
    assert await spool.room_for(400)


async def test_room_that_was_promised_is_not_promised_again(spool: DiskSpool) -> None:
    write(spool, spool.picture(JOB, 0), 100)
    assert await spool.room_for(900)
    write(spool, spool.picture(JOB, 1), 900)
    assert not await spool.room_for(1)


async def test_who_only_asks_takes_no_room_from_others(spool: DiskSpool) -> None:
    write(spool, spool.picture(JOB, 0), 100)
    asked = [spool.room_for(600, granted=False) for _ in range(10)]
    assert await asyncio.gather(*asked) == [True] * 10
    assert not await spool.room_for(901, granted=False)
    assert await spool.room_for(900)


async def test_a_removed_job_makes_room(spool: DiskSpool) -> None:
    path = write(spool, spool.picture(JOB, 0), 1_000)
    assert not await spool.room_for(1)
    spool.remove(JOB)
    assert not path.exists()
    assert await spool.room_for(1_000)
    spool.remove(JOB)


async def test_a_folder_that_another_process_swept_is_made_again(spool: DiskSpool) -> None:
    picture = spool.picture(JOB, 0)
    await spool.put(picture, synced=True)
    spool.path(picture).parent.rmdir()
    assert await spool.get(picture) is None
    write(spool, spool.thumbnail(JOB, 0))


async def test_a_folder_is_made_once_though_a_file_is_looked_for_in_vain(
    spool: DiskSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(spool, spool.picture(JOB, 0))
    made: list[object] = []
    monkeypatch.setattr(os, "mkdir", lambda *given, **_: made.append(given))
    assert await spool.get(spool.fitted(JOB, 0)) is None
    spool.fitted(JOB, 0)
    assert made == []


def test_only_so_many_folders_are_remembered(
    spool: DiskSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.spool._MOST_FOLDERS", 3)
    for number in range(10):
        write(spool, spool.reply(f"job{number}", 0, 1))
        write(spool, spool.reply("job0", 0, number + 2))
    assert len(spool._folders) <= 3


async def test_a_disk_without_twice_the_room_is_full(
    spool: DiskSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=200))
    assert await spool.room_for(100)
    assert not await spool.room_for(101)


async def test_the_walk_through_the_spool_keeps_nobody_waiting_and_misses_nothing(
    spool: DiskSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    walking, walked, started = threading.Event(), threading.Event(), list[int]()

    def walk(folder: Path) -> int:
        started.append(threading.get_ident())
        walking.set()
        walked.wait(10)
        return 300

    assert await spool.room_for(100)
    monkeypatch.setattr("bot.storage.spool._size", walk)
    monkeypatch.setattr("bot.storage.spool._RECOUNT_SECONDS", -1.0)
    assert await spool.room_for(100)
    assert await asyncio.to_thread(walking.wait, 10)
    assert await spool.room_for(200)
    full = asyncio.create_task(spool.room_for(700))
    await asyncio.sleep(0)
    walked.set()
    assert not await full
    assert await spool.room_for(400)
    assert threading.get_ident() not in started


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(SetupError, match=r"fix its permissions or set another storage\.data_dir"):
        DiskSpool(tmp_path / "data", max_bytes=1)


def test_the_sweep_takes_what_is_over_and_leaves_the_rest(spool: DiskSpool) -> None:
    for job_id in ("ENDEDLONGAGO", "JUSTENDED", "WAITING", "ABANDONED", "BEINGMADE"):
        folder = write(spool, spool.picture(job_id, 0)).parent
        fresh = job_id == "BEINGMADE"
        os.utime(folder, (NOW, NOW - 3599) if fresh else (NOW, NOW - 3600))
    ends = {"ENDEDLONGAGO": NOW - 100, "JUSTENDED": NOW - 99, "WAITING": None}
    gone = spool.sweep(spool.job_ids(), ends, now=NOW, keep_seconds=100)
    assert sorted(gone) == ["ABANDONED", "ENDEDLONGAGO"]
    assert sorted(spool.job_ids()) == ["BEINGMADE", "JUSTENDED", "WAITING"]


def test_a_folder_that_came_after_the_question_is_left(spool: DiskSpool) -> None:
    asked = spool.job_ids()
    folder = write(spool, spool.picture(JOB, 0)).parent
    os.utime(folder, (0, 0))
    assert spool.sweep(asked, {}, now=NOW, keep_seconds=1) == []
    assert folder.exists()
