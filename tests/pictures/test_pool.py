"""Workers that die, hang or run out of memory, and the ones that go on."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import pytest_asyncio

from bot.domain.errors import PictureError, PictureProblem
from bot.pictures.pool import Pictures
from bot.pictures.whole_file import part_of
from tests.pictures.samples import SEEDREAM, encoded, flat_png, scene

pytestmark = pytest.mark.asyncio(loop_scope="session")
Save = Callable[[bytes], Path]

ROOT = Path(__file__).parents[2]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - other processes set no events
            await asyncio.sleep(0.01)


class Endless:
    """A file that keeps its reader waiting: a pipe that is open and into which nobody writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: int | None = None
        os.mkfifo(path)

    async def reached(self) -> None:
        """Wait until somebody reads."""
        await until(self._has_reader)

    def _has_reader(self) -> bool:
        try:
            self._writer = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            return False
        return True

    def end(self) -> None:
        if self._writer is not None:
            os.close(self._writer)
            self._writer = None


@pytest.fixture
def endless(tmp_path: Path) -> Iterator[Endless]:
    pipe = Endless(tmp_path / "endless")
    yield pipe
    pipe.end()


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good"
    path.write_bytes(encoded(scene(), "PNG"))
    return path


class Own:
    """A pool of one worker that a test may kill."""

    def __init__(self) -> None:
        self.pictures = Pictures(workers=1)
        self._worker: BaseProcess | None = None

    def find(self) -> int:
        """Return the id of the worker; other pools may replace theirs meanwhile."""
        pool = self.pictures._pool
        assert pool is not None
        (self._worker,) = pool._pool_manager.worker_manager.workers.values()
        assert self._worker.pid is not None
        return self._worker.pid

    def kill(self, how: signal.Signals) -> None:
        os.kill(self.find(), how)

    async def dead(self) -> None:
        """Wait until the worker that was found is not there any more."""
        worker = self._worker
        assert worker is not None
        await until(lambda: not worker.is_alive())


@pytest_asyncio.fixture(loop_scope="session")
async def own() -> AsyncIterator[Own]:
    own = Own()
    yield own
    await own.pictures.close()


async def kind_of(task: asyncio.Task[object]) -> PictureProblem:
    with pytest.raises(PictureError) as caught:
        await task
    return caught.value.problem


async def test_a_worker_that_is_killed_over_a_picture_refuses_it_and_the_next_one_is_read(
    own: Own, endless: Endless, good: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    part_of(target).write_bytes(b"half of it")
    task = asyncio.create_task(own.pictures.prepare(endless.path, target, SEEDREAM))
    await endless.reached()
    own.kill(signal.SIGKILL)
    assert await kind_of(task) is PictureProblem.CRASHED
    assert not part_of(target).exists()
    assert (await own.pictures.inspect(good)).width == 96


async def test_a_worker_that_was_told_to_end_has_its_picture_read_by_the_next(
    own: Own, endless: Endless, good: Path
) -> None:
    task = asyncio.create_task(own.pictures.inspect(endless.path))
    await endless.reached()
    os.replace(good, endless.path)
    own.kill(signal.SIGTERM)
    assert (await task).width == 96


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_a_worker_that_dies_with_nothing_to_do_is_replaced(
    how: signal.Signals, own: Own, good: Path
) -> None:
    await own.pictures.inspect(good)
    own.kill(how)
    assert (await own.pictures.inspect(good)).width == 96
    own.kill(how)
    await own.dead()
    assert (await own.pictures.inspect(good)).width == 96


async def test_a_picture_that_takes_too_long_is_refused_and_the_next_one_is_read(
    endless: Endless, good: Path
) -> None:
    pictures = Pictures(workers=1, timeout_seconds=0.3)
    task = asyncio.create_task(pictures.inspect(endless.path))
    assert await kind_of(task) is PictureProblem.TIMEOUT
    assert (await pictures.inspect(good)).width == 96
    await pictures.close()


async def test_a_picture_that_needs_too_much_memory_is_refused_and_the_next_one_is_read(
    good: Path, saved: Save
) -> None:
    pictures = Pictures(workers=1, memory_bytes=40 << 20)
    # Three times: what one attempt took must be free again for the next.
    large = saved(flat_png(8_000, 5_000))
    for _ in range(3):
        with pytest.raises(PictureError) as caught:
            await pictures.prepare(large, large, SEEDREAM)
        assert caught.value.problem is PictureProblem.MEMORY
        assert (await pictures.inspect(good)).width == 96
    await pictures.close()


async def test_a_cancelled_picture_gives_its_worker_back(
    own: Own, endless: Endless, good: Path
) -> None:
    task = asyncio.create_task(own.pictures.inspect(endless.path))
    await endless.reached()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await own.pictures.inspect(good)).width == 96


async def test_more_pictures_than_workers_are_read_one_after_another(
    pictures: Pictures, good: Path
) -> None:
    infos = await asyncio.gather(*(pictures.inspect(good) for _ in range(30)))
    assert len(set(infos)) == 1


async def test_closing_waits_for_running_work_and_refuses_what_comes_later(
    own: Own, endless: Endless, good: Path
) -> None:
    running = asyncio.create_task(own.pictures.inspect(endless.path))
    await endless.reached()
    own.find()
    waiting = asyncio.create_task(own.pictures.inspect(good))
    closing = asyncio.create_task(own.pictures.close())
    await asyncio.sleep(0)
    assert not closing.done()
    endless.end()
    await closing
    assert await kind_of(running) is PictureProblem.NOT_A_PICTURE
    with pytest.raises(RuntimeError, match="closed"):
        await waiting
    with pytest.raises(RuntimeError, match="closed"):
        await own.pictures.inspect(good)
    await own.pictures.close()
    await own.dead()


async def test_pictures_that_were_never_used_close() -> None:
    await Pictures().close()


async def test_a_target_that_cannot_be_written_is_an_error_of_the_system(
    pictures: Pictures, good: Path, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        await pictures.prepare(good, tmp_path / "no" / "out", SEEDREAM)


async def test_the_calling_process_takes_no_memory_for_a_picture(
    pictures: Pictures, saved: Save
) -> None:
    path = saved(flat_png(6_000, 6_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await pictures.prepare(path, path, SEEDREAM)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 16 * 1024  # KiB; the picture has 36 MB


def run(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


async def test_the_calling_process_never_loads_a_decoder() -> None:
    code = "import sys, bot.pictures.pool as _; print({'PIL', 'pillow_heif'} & {*sys.modules})"
    with run(code) as process:
        assert process.communicate() == ("set()\n", None)


async def test_busy_workers_do_not_outlive_a_bot_that_was_killed(endless: Endless) -> None:
    code = f"""
import asyncio, multiprocessing, os, pathlib
from bot.pictures.pool import Pictures
async def main():
    task = asyncio.create_task(Pictures().inspect(pathlib.Path({str(endless.path)!r})))
    while not multiprocessing.active_children():
        await asyncio.sleep(0.01)
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    await task
asyncio.run(main())
"""
    with run(code) as process:
        assert process.stdout is not None
        workers = [int(word) for word in process.stdout.readline().split()]
        await endless.reached()
        process.kill()
    assert workers
    await until(lambda: not any(map(_lives, workers)))


def _lives(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
