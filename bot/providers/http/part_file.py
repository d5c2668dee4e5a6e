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
    """Write `<target>.part`; without a commit nothing is left of it."""
    file = PartFile(target)
    try:
        yield file
    finally:
        file.discard()


class PartFile:
    """Collects bytes; `commit` gives them the target's name.

    It is opened with the first bytes that leave the memory: a small file takes one hop to a thread.
    """

    def __init__(self, target: Path) -> None:
        self._file: BinaryIO | None = None
        self._part = target.with_name(target.name + ".part")
        self._target = target
        self._committed = False
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
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()

    async def flushed(self) -> Path:
        """Open it, write out what was collected; return where it can be read before the commit."""
        await _in_thread(self._flush)
        return self._part

    async def commit(self) -> None:
        """Give the file its name, after its bytes have reached the disk."""
        await _in_thread(self._commit)

    def discard(self) -> None:
        """Close it, and leave nothing of what was not committed."""
        if self._file is not None:
            self._file.close()
            if not self._committed:
                self._part.unlink(missing_ok=True)

    def _flush(self) -> BinaryIO:
        file = self._file = self._file or self._part.open("wb", buffering=0)
        data, self._buffer = memoryview(self._buffer), bytearray()
        while data:
            data = data[file.write(data) :]
        return file

    def _commit(self) -> None:
        file = self._flush()
        os.fsync(file.fileno())
        file.close()
        self._part.replace(self._target)
        self._committed = True
        sync_folder(self._target.parent)


async def _in_thread(work: Callable[[], object]) -> None:
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
