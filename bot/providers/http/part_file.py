"""A file that is there completely or not at all, also after a power cut; written off the loop."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

_BUFFER_BYTES = 1 << 20
_HEAD_BYTES = 64


@asynccontextmanager
async def part_file(target: Path) -> AsyncGenerator[PartFile]:
    """Open `<target>.part` for writing; without a commit nothing is left of it."""
    part = target.with_name(target.name + ".part")
    opening = asyncio.ensure_future(asyncio.to_thread(_open, part))
    try:
        yield PartFile(await asyncio.shield(opening), part, target)
    finally:
        # Also when it was cancelled while the thread opened it.
        await asyncio.wait((opening,))
        if opening.exception() is None:
            opening.result().close()
            part.unlink(missing_ok=True)


class PartFile:
    """Collects bytes; `commit` gives them the target's name."""

    def __init__(self, file: BinaryIO, part: Path, target: Path) -> None:
        self._file = file
        self._part = part
        self._target = target
        self._buffer = bytearray()
        self.head = b""
        # The last byte that is no blank.
        self.last = b""
        self.bytes = 0

    async def write(self, data: bytes) -> None:
        """Add bytes; the first ones stay readable in `head`."""
        if len(self.head) < _HEAD_BYTES:
            self.head = (self.head + data)[:_HEAD_BYTES]
        self.last = data[-_HEAD_BYTES:].rstrip()[-1:] or self.last
        self.bytes += len(data)
        self._buffer += data
        if len(self._buffer) >= _BUFFER_BYTES:
            await _in_thread(self._flush)

    def restart(self) -> None:
        """Forget everything written so far."""
        self._buffer.clear()
        self.head, self.last, self.bytes = b"", b"", 0
        self._file.seek(0)
        self._file.truncate()

    async def flushed(self) -> Path:
        """Write out what was collected, and return where it can be read before the commit."""
        await _in_thread(self._flush)
        return self._part

    async def commit(self) -> None:
        """Give the file its name, after its bytes have reached the disk."""
        await _in_thread(self._commit)

    def _flush(self) -> None:
        data, self._buffer = memoryview(self._buffer), bytearray()
        while data:
            data = data[self._file.write(data) :]

    def _commit(self) -> None:
        self._flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._target)
        sync_folder(self._target.parent)


def _open(part: Path) -> BinaryIO:
    return part.open("wb", buffering=0)


async def _in_thread(work: Callable[[], None]) -> None:
    """Run to the end also when cancelled: nobody may close the file under a writing thread."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait((running,))
        raise


def sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power cut, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
