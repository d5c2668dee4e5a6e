"""Pictures, as the rest of the bot sees them: paths in, values or a refusal out.

Everything is decoded in worker processes that are killed when they take too long. This module
must not load a decoder; of a file it looks at lengths, checksums and end marks alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

from pebble import ProcessExpired, ProcessPool

from bot.domain.errors import PictureError, PictureProblem
from bot.domain.file_types import HEAD_BYTES, picture_type
from bot.domain.provenance import (
    Credentials,
    MarkMode,
    Marks,
    PostedMark,
    SigningError,
    SigningProblem,
)
from bot.domain.variations.canvas import MAX_CANVAS_PIXELS, Margins
from bot.pictures.formats.pixel_data import pixel_hash
from bot.pictures.formats.structure import size_of_whole
from bot.pictures.marks.posted import marks_in
from bot.pictures.picture_values import (
    MarkedFile,
    Marking,
    Needs,
    PictureFile,
    PictureInfo,
    Prepared,
)
from bot.pictures.picture_worker import run, start
from bot.pictures.whole_file import part_of
from bot.services.ports.charts import Chart

if TYPE_CHECKING:
    from pebble.common.types import MultiprocessingContext

log = logging.getLogger(__name__)

KEEP = Marking()

# Enough for 64 megapixel telephones and full-frame cameras; the largest legal result has 16.8
# million. Four bytes a pixel make it 260 MB, of which transparent WebP, the hungriest, needs five
# times as much for a moment (measured).
MAX_PIXELS = 65_000_000
MEMORY_BYTES = 3 << 29

# It takes some milliseconds to hash.
_LARGE_BYTES = 4 << 20

_TASKS_PER_WORKER = 200  # a new process now and then, against leaks and fragmentation
_GRACE_SECONDS = 10.0  # beyond the worker's own limit: starting it, and noticing its end


class Pictures:
    """A few workers that decode and encode; started with the first picture.

    Every method raises PictureError for a picture that cannot be used, and OSError where a file
    cannot be read or written. A target is written completely or not at all and may be its source.
    """

    def __init__(
        self,
        *,
        workers: int = 2,
        memory_bytes: int = MEMORY_BYTES,
        timeout_seconds: float = 20.0,
        max_pixels: int = MAX_PIXELS,
        marking: Marking = KEEP,
        certificate: str = "",
        key: str = "",
        trust_anchors: str = "",
    ) -> None:
        """Write the marks that `marking` says; certificates and key are paths or PEM itself."""
        # Told of each picture that was to be signed: None, or why it was not.
        self.on_signing: Callable[[SigningProblem | None], None] = lambda _problem: None
        # c2pa itself is loaded in the workers alone.
        self.checks_credentials = find_spec("c2pa") is not None
        self._marking = marking
        self._trust_anchors = trust_anchors
        self._signing_pair = certificate, key
        self._signer: Pictures | None = None
        self._workers = workers
        self._memory_bytes = memory_bytes
        self._timeout_seconds = timeout_seconds
        self._max_pixels = max_pixels
        self._pool: ProcessPool | None = None
        self._starting = asyncio.Lock()
        # Waiting happens here, in order, rather than in the pool: what waits can be cancelled
        # without harm, and a pool that breaks takes only running work along.
        self._free = asyncio.Semaphore(workers)
        self._closed = False

    @property
    def writes_marks(self) -> bool:
        """Whether results are given the marks that they lack."""
        return self._marking.mode is not MarkMode.KEEP

    @property
    def knows_issuers(self) -> bool:
        """Whether `marks` may find an issuer that the operator trusts."""
        return self.checks_credentials and bool(self._trust_anchors)

    async def inspect(self, source: Path) -> PictureInfo:
        """Decode a file completely and say what it is."""
        return await self._run("inspect", source)

    async def inspect_result(self, source: Path) -> PictureFile:
        """Say what a file is; decode it only where its bytes do not show that it is whole."""
        return await asyncio.to_thread(_whole, source, self._max_pixels) or await self.inspect(
            source
        )

    async def prepare(self, source: Path, target: Path, needs: Needs) -> Prepared:
        """Write a reference as an image API takes it: upright, still, without metadata.

        Bytes that are right as they are lose their metadata and nothing else.
        """
        return await self._run("prepare", source, needs, target=target)

    async def shrink(self, source: Path, target: Path, *, longest_edge: int) -> Prepared:
        """Write a prepared reference as small as that edge makes it.

        See docs/spec/image-apis.md section 10.7.

        The last resort before giving up, so transparency is laid on white for JPEG.
        """
        return await self._run("shrink", source, longest_edge, target=target)

    async def fit(
        self,
        source: Path,
        target: Path,
        *,
        limit_bytes: int,
        mime: str | None = None,
        content_id: str = "",
    ) -> PictureInfo:
        """Write a picture in at most limit_bytes, as every viewer shows it, with its marks alone.

        It becomes `mime` where it fits so at its size. What does not fit becomes JPEG, or WebP
        where it is not opaque: quality falls first, then the size. Marks of its origin are carried
        on; what else the metadata says is not.
        """
        marking = replace(self._marking, content_id=content_id)
        if marking.mode is not MarkMode.SIGN:
            return await self._run("fit", source, limit_bytes, mime, marking, target=target)
        unsigned = target.with_name(target.name + ".unsigned")
        try:
            info = await self._run("fit", source, limit_bytes, mime, marking, target=unsigned)
            signed = await self._sign(unsigned, target, source, limit_bytes)
            if signed is None:
                unsigned.replace(target)
                return info
        finally:
            unsigned.unlink(missing_ok=True)
        return replace(info, bytes=signed.bytes, sha256=signed.sha256, marks=signed.marks)

    async def mark(
        self, source: Path, target: Path, *, limit_bytes: int, content_id: str = ""
    ) -> MarkedFile | None:
        """Write a picture with the marks that it lacks, without touching a pixel.

        None, and no file, where it lacks none, by setting or because its service marked it, and
        where there is no room.
        """
        if self._marking.mode is MarkMode.KEEP:
            return None
        marking = replace(self._marking, content_id=content_id)
        unsigned = target.with_name(target.name + ".unsigned")
        try:
            marked: MarkedFile | None = await self._run("mark", source, marking, target=unsigned)
            if marked is None or marked.bytes > limit_bytes:
                return None
            if marking.mode is MarkMode.SIGN:
                signed = await self._sign(unsigned, target, None, limit_bytes)
                if signed is not None or not marked.written:
                    return signed
            unsigned.replace(target)
            return marked
        finally:
            unsigned.unlink(missing_ok=True)

    async def _sign(
        self, source: Path, target: Path, original: Path | None, limit_bytes: int
    ) -> MarkedFile | None:
        """Sign a file in a process of its own; None, and no file, where that cannot be."""
        if self._signer is None:
            self._signer = Pictures(
                workers=1,
                memory_bytes=self._memory_bytes,
                timeout_seconds=self._timeout_seconds,
                max_pixels=self._max_pixels,
            )
        problem, signed = SigningProblem.WORKER, None
        try:
            signed = await self._signer._run(
                "sign", source, original, limit_bytes, *self._signing_pair, target=target
            )
        except SigningError as error:
            problem = error.problem
            log.warning("a picture was not signed: %s %s", problem, error.detail)
        except PictureError as error:
            log.warning("a picture was not signed: %s", error)
        self.on_signing(None if signed else problem)
        return signed

    async def thumbnail(self, source: Path, target: Path, *, longest_edge: int) -> PictureInfo:
        """Write a picture as a small JPEG, what is transparent on white."""
        return await self._run("thumbnail", source, longest_edge, target=target)

    async def mask(
        self, source: Path, target: Path, *, width: int, height: int, limit_bytes: int
    ) -> PictureInfo:
        """Write a mask as RGBA PNG of exactly this size, transparent where it may change.

        The source has the same ratio, and is either transparent there or white on black.
        """
        return await self._run("mask", source, width, height, limit_bytes, target=target)

    async def extend(
        self, source: Path, target: Path, mask: Path, *, margins: Margins
    ) -> tuple[PictureInfo, PictureInfo]:
        """Write a picture with transparent margins as PNG, and the mask that lets them change.

        Both become smaller where the canvas would be larger than what any model makes.
        """
        try:
            return await self._run(
                "extend", source, mask, margins, MAX_CANVAS_PIXELS, target=target
            )
        finally:
            part_of(mask).unlink(missing_ok=True)

    async def marks(self, source: Path) -> Marks:
        """Say what marks of its origin a picture has; credentials that end a worker make no sense.

        Needs no decoding, so a picture of any size may be asked about.
        """
        try:
            return await self._run("marks", source, self._trust_anchors)
        except PictureError as error:
            if error.problem is PictureProblem.NOT_A_PICTURE:
                raise
            return Marks(credentials=Credentials.UNREADABLE)

    async def draw(
        self, charts: Sequence[Chart], target: Path, *, plain: Sequence[Chart] = ()
    ) -> None:
        """Write charts as one PNG, see `Charts`; the library for it stays loaded in the worker."""
        # Made here, because a worker that is killed would leave it behind.
        with TemporaryDirectory(ignore_cleanup_errors=True) as settings:
            await self._run("draw", None, tuple(charts), tuple(plain), settings, target=target)

    async def close(self) -> None:
        """Let running work end, then stop the workers; a second call does nothing."""
        self._closed = True
        if self._signer is not None:
            await self._signer.close()
        for _ in range(self._workers):
            await self._free.acquire()
        for _ in range(self._workers):
            self._free.release()  # callers that still wait learn that it is closed
        async with self._starting:
            if self._pool is not None:
                await asyncio.to_thread(_stop, self._pool)
                self._pool = None

    async def _run(
        self, operation: str, source: Path | None, *arguments: object, target: Path | None = None
    ) -> Any:
        paths = (path for path in (source, target) if path is not None)
        call = (operation, self._max_pixels, *paths, *arguments)
        async with self._free:
            try:
                for _ in range(2):
                    try:
                        return await self._attempt(call)
                    except BrokenProcessPool:
                        continue  # a worker died idle, which pebble takes for the end of the pool
                    except ProcessExpired as error:
                        # SIGTERM comes from outside: a service manager's, to the whole group.
                        if error.exitcode != -signal.SIGTERM:
                            detail = str(error.exitcode)
                            raise PictureError(PictureProblem.CRASHED, detail) from None
                raise PictureError(PictureProblem.CRASHED, "twice")
            except TimeoutError:
                raise PictureError(PictureProblem.TIMEOUT) from None
            finally:
                if target is not None:
                    part_of(target).unlink(missing_ok=True)  # a killed worker's

    async def _attempt(self, call: tuple[object, ...]) -> object:
        pool = await self._running_pool()
        try:
            future = pool.schedule(run, args=call, timeout=self._timeout_seconds)
        except RuntimeError as error:  # it broke since it was asked
            raise BrokenProcessPool from error
        # A task that is handed over in the very moment a pool breaks is never answered.
        async with asyncio.timeout(self._timeout_seconds + _GRACE_SECONDS):
            return await asyncio.wrap_future(future)

    async def _running_pool(self) -> ProcessPool:
        async with self._starting:
            if self._closed:
                raise RuntimeError("the picture workers are closed")
            if self._pool is None or not self._pool.active:
                if self._pool is not None:
                    await asyncio.to_thread(_stop, self._pool)
                starting = asyncio.create_task(asyncio.to_thread(self._start))
                try:
                    await asyncio.shield(starting)
                finally:
                    # Nothing stops the thread, and its workers would belong to nobody.
                    self._pool = await starting
            return self._pool

    def _start(self) -> ProcessPool:
        pool = ProcessPool(
            max_workers=self._workers,
            max_tasks=_TASKS_PER_WORKER,
            initializer=start,
            initargs=(self._memory_bytes,),
            context=cast("MultiprocessingContext", multiprocessing.get_context("spawn")),
        )
        # Asking is what starts it: processes are spawned here rather than in the event loop.
        if not pool.active:
            raise RuntimeError("the picture workers do not start")
        return pool


def _whole(source: Path, max_pixels: int) -> PictureFile | None:
    """Describe a still picture that is whole by its checksums and end marks; None for another."""
    data = source.read_bytes()
    mime = picture_type(data[:HEAD_BYTES])
    size = size_of_whole(data, mime) if mime else None
    if mime is None or size is None or size[0] * size[1] > max_pixels:
        return None
    width, height = size
    sha256, of_pixels = _hashes(data, mime)
    return PictureFile(
        mime=mime,
        width=width,
        height=height,
        bytes=len(data),
        sha256=sha256,
        pixel_hash=of_pixels,
        marks=marks_in(data, mime, credentials=PostedMark.KEPT),
    )


def _hashes(data: bytes, mime: str) -> tuple[str, str]:
    """Return the SHA-256 of a file and the hash of its pixels; of a large one side by side."""
    if len(data) < _LARGE_BYTES:
        return hashlib.sha256(data).hexdigest(), pixel_hash(data, mime)
    with ThreadPoolExecutor(1) as beside:
        pixels = beside.submit(pixel_hash, data, mime)
        return hashlib.sha256(data).hexdigest(), pixels.result()


def _stop(pool: ProcessPool) -> None:
    pool.stop()
    # Pebble lets go of its locks first, and then ends its workers one by one: of those that are
    # only just starting, each would complain on stderr that the locks are gone.
    workers = pool._pool_manager.worker_manager.workers  # pyright: ignore[reportPrivateUsage]
    for worker in tuple(workers.values()):
        worker.terminate()
    pool.join()
