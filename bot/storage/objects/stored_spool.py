"""The spool of several machines: files are written here and kept in an object store (port Spool).

`<data_dir>/spool` holds what is being written and what the store has not taken yet,
`<data_dir>/cache` copies of what it has. What the store says is true: a copy of an object that is
gone goes as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Generator
from pathlib import Path

from bot.domain.errors import PictureStoreError
from bot.domain.setup_problems import SetupProblem
from bot.storage.objects.local_copies import LocalCopies
from bot.storage.objects.s3 import S3Objects, StoredObject
from bot.storage.spool import DiskSpool, is_job_id

# An empty folder this old is not being written into.
_EMPTY_SECONDS = 3600
# A process died before it could put these. Its job is over, unless the store was away meanwhile.
_LEFT_SECONDS = 86_400
_CALM_LOOKS = 10


class StoredSpool(DiskSpool):
    """Files of jobs in a store, up to so many bytes there and so many of copies here."""

    def __init__(
        self, data_dir: Path, objects: S3Objects, *, max_bytes: int, cache_bytes: int
    ) -> None:
        super().__init__(data_dir, max_bytes=max_bytes)
        self._objects = objects
        self._copies = LocalCopies(data_dir / "cache", max_bytes=cache_bytes)
        self._listed: list[StoredObject] = []
        # Jobs whose objects could not be deleted because the store was away.
        self._condemned: set[str] = set()
        self._calm = 0

    async def room_for(self, expected_bytes: int, *, granted: bool = True) -> bool:
        """Tell whether the store's limit and the disk hold so much more.

        Raises PictureStoreError while the store is away: what is paid could not be kept.
        """
        if self._objects.trouble is not None:
            await self._objects.look()
        return await super().room_for(expected_bytes, granted=granted)

    async def put(self, relative: str, *, synced: bool = False) -> None:
        """Bring a written file into the store; raises PictureStoreError."""
        path = self.path(relative)
        if not path.exists():
            return  # got from the store
        await self._objects.put(relative, path)
        with self._of_disk():
            await asyncio.to_thread(self._copies.take, path, relative)

    async def get(self, relative: str) -> Path | None:
        """Return a local file, fetched if need be; None where it is neither here nor there."""
        if (here := await super().get(relative)) is not None:
            return here
        if (copy := self._copies.get(relative)) is not None:
            return copy
        with self._of_disk():
            new = await asyncio.to_thread(self._copies.new)
            try:
                if not await self._objects.get(relative, new):
                    return None
                return await asyncio.to_thread(self._copies.take, new, relative)
            finally:
                new.unlink(missing_ok=True)

    async def tend(self) -> None:
        """See what the store has, and keep the copies within their limit.

        Raises PictureStoreError while the store is away.
        """
        await asyncio.to_thread(self._delete_condemned)
        self._calm += 1
        if self._objects.trouble is not None:
            self._calm = 0
        self._listed = await self._objects.list()
        await asyncio.to_thread(self._trim, {one.key for one in self._listed})

    def used_bytes(self) -> int:
        """Add up the bytes in the store, as it was seen last."""
        return sum(one.bytes for one in self._listed)

    def remove(self, job_id: str) -> None:
        """Delete a job's files here and in the store; later, if the store is away."""
        super().remove(job_id)
        self._copies.remove(job_id)
        self._condemned.add(job_id)
        if self._objects.trouble is None:
            with contextlib.suppress(PictureStoreError):
                self._delete_condemned()

    def job_ids(self) -> list[str]:
        """Return the jobs that have files here or in the store, to be looked up for `sweep`."""
        self._listed = self._objects.list_now()
        stored = {one.key.partition("/")[0] for one in self._listed}
        return sorted({*super().job_ids(), *filter(is_job_id, stored)})

    @contextlib.contextmanager
    def _of_disk(self) -> Generator[None]:
        """A disk that takes no copy is like a store that is away: what is paid waits for it."""
        try:
            yield
        except OSError as error:
            raise PictureStoreError(
                SetupProblem.PICTURES_DISK, folder=self._root, why=error.strerror
            ) from error

    async def _measure(self) -> int:
        self._listed = await self._objects.list()
        return self.used_bytes()

    def _touched_at(self, job_id: str) -> float:
        changes = (one.changed_at for one in self._listed if one.key.startswith(f"{job_id}/"))
        here = super()._touched_at(job_id) if self._folder(job_id).exists() else None
        return max((here, *changes) if here else changes, default=time.time())

    def _delete_condemned(self) -> None:
        for job_id in list(self._condemned):
            self._objects.delete_now(one.key for one in self._objects.list_now(job_id))
            self._condemned.discard(job_id)

    def _trim(self, stored: set[str]) -> None:
        self._copies.trim(stored)
        now = time.time()
        for job_id in super().job_ids():
            folder = self._folder(job_id)
            with contextlib.suppress(OSError):
                age = now - folder.stat().st_mtime
                if age > _LEFT_SECONDS and self._calm >= _CALM_LOOKS:
                    super().remove(job_id)
                elif age > _EMPTY_SECONDS:
                    self._folders.pop(job_id, None)
                    os.rmdir(folder)
