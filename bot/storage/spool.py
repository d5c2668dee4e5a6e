"""The spool: a folder of files for each job, `<data_dir>/spool/<job_id>/` (port Spool).

Knows no database: who asks it to clean up says which jobs there are. A writer of a file writes
`<name>.part` first, renames it, and calls `put`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from bot.domain.errors import SetupError
from bot.domain.setup_problems import SetupProblem

# What a job id may look like here; anything else could lead out of the folder.
_JOB_ID = re.compile(r"[0-9A-Za-z_-]{1,32}")
_RELATIVE = re.compile(r"[0-9A-Za-z_-]{1,32}/[0-9A-Za-z_-]+(\.[0-9A-Za-z]+)*")

# References lie in the spool before their job is in the database (K2).
_WITHOUT_JOB_SECONDS = 3600
_RECOUNT_SECONDS = 60.0
# Those that another process sweeps are never heard of again.
_MOST_FOLDERS = 10_000


class DiskSpool:
    """Files of jobs under a data folder, up to so many bytes; raises SetupError without one."""

    def __init__(self, data_dir: Path, *, max_bytes: int) -> None:
        self._root = data_dir / "spool"
        try:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SetupError(
                SetupProblem.PICTURES_FOLDER, folder=self._root, why=error.strerror
            ) from error
        self._max_bytes = max_bytes
        self._estimate = 0
        self._granted = 0
        self._counted_at: float | None = None
        self._counting: asyncio.Task[None] | None = None
        # Jobs whose folder is there, with whether its name survives a power cut.
        self._folders: dict[str, bool] = {}
        # Syncs of those names: the one under way, and the one that comes after it.
        self._syncing: asyncio.Task[None] | None = None
        self._next_sync: asyncio.Task[None] | None = None

    def path(self, relative: str) -> Path:
        """Return where a stored relative path lies; ValueError for one that leads elsewhere."""
        if not _RELATIVE.fullmatch(relative):
            raise ValueError(f"not a path of the spool: {relative!r}")
        return self._root / relative

    def reference(self, job_id: str, role: str, position: int) -> str:
        """Name a reference picture's file; its folder exists afterwards."""
        return self._file(job_id, f"reference-{role}-{position}")

    def reply(self, job_id: str, seq: int, try_number: int) -> str:
        """Name the raw answer to one try of a call; its folder exists afterwards."""
        return self._file(job_id, f"reply-{seq}-{try_number}")

    def picture(self, job_id: str, position: int) -> str:
        """Name a result's file; its folder exists afterwards."""
        return self._file(job_id, f"picture-{position}")

    def fitted(self, job_id: str, position: int) -> str:
        """Name the file of a result made smaller; its folder exists afterwards."""
        return self._file(job_id, f"fitted-{position}")

    def marked(self, job_id: str, position: int) -> str:
        """Name the file of a result with marks that were written to it."""
        return self._file(job_id, f"marked-{position}")

    def thumbnail(self, job_id: str, position: int) -> str:
        """Name the file of a result's thumbnail; its folder exists afterwards."""
        return self._file(job_id, f"thumbnail-{position}")

    def judged(self, job_id: str, name: str) -> str:
        """Name the file that judges look at, for as long as they do; its folder exists then."""
        return self._file(job_id, f"judged-{name}")

    async def room_for(self, expected_bytes: int, *, granted: bool = True) -> bool:
        """Tell whether the spool's limit holds so much more, and the disk twice that (K25).

        What was granted counts as used until the next recount. That comes each minute, and before
        anything is refused. It runs in a thread: a walk through 10,000 jobs takes 0.2 s.
        """
        if shutil.disk_usage(self._root).free < 2 * expected_bytes:
            return False
        if self._counted_at is None or self._estimate + expected_bytes > self._max_bytes:
            await asyncio.shield(self._recount())
        elif time.monotonic() - self._counted_at > _RECOUNT_SECONDS:
            self._recount()
        if self._estimate + expected_bytes > self._max_bytes:
            return False
        if granted:
            self._estimate += expected_bytes
            self._granted += expected_bytes
        return True

    def _recount(self) -> asyncio.Task[None]:
        """Start a recount, or join the one that is under way."""
        if self._counting is None:
            self._counting = asyncio.create_task(self._count(self._granted))
            # Where nobody waits for it, nobody hears either: the next one fails again.
            self._counting.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._counting

    async def _count(self, granted: int) -> None:
        try:
            self._estimate = await self._measure()
            # The walk may have missed what was written meanwhile.
            self._estimate += self._granted - granted
            self._counted_at = time.monotonic()
        finally:
            self._counting = None

    async def _measure(self) -> int:
        return await asyncio.to_thread(_size, self._root)

    async def put(self, relative: str, *, synced: bool = False) -> None:
        """Make a written file survive a power cut; `synced`: it did, but for its folder's name."""
        job_id = relative.partition("/")[0]
        if not synced:
            await asyncio.to_thread(self.sync, relative)
        elif not self._folders.get(job_id):
            # What is under way may have begun before this name was there.
            if self._next_sync is None:
                self._next_sync = asyncio.create_task(self._sync_after(self._syncing))
            await asyncio.shield(self._next_sync)
        if job_id in self._folders:
            self._folders[job_id] = True

    async def get(self, relative: str) -> Path | None:
        """Return a file, None where it is not there (any more)."""
        path = self.path(relative)
        if path.exists():
            return path
        if not path.parent.exists():
            # Another process swept the folder.
            self._folders.pop(path.parent.name, None)
        return None

    async def tend(self) -> None:
        """Do what has to be done each minute: nothing."""

    def used_bytes(self) -> int:
        """Add up the bytes of every file, which reads the whole folder."""
        return _size(self._root)

    def sync(self, relative: str) -> None:
        """Make a written file, its name and its folder's name survive a power cut."""
        path = self.path(relative)
        for entry in (path, path.parent, self._root):
            _sync(entry)

    def sync_names(self) -> None:
        """Make the names of all folders survive a power cut: the files were synced in them."""
        _sync(self._root)

    async def _sync_after(self, before: asyncio.Task[None] | None) -> None:
        """Sync the names once for all who wait for it."""
        if before is not None:
            await asyncio.wait((before,))
        self._syncing, self._next_sync = self._next_sync, None
        await asyncio.to_thread(self.sync_names)

    def remove(self, job_id: str) -> None:
        """Delete a job's files."""
        self._folders.pop(job_id, None)
        shutil.rmtree(self._folder(job_id), ignore_errors=True)

    def job_ids(self) -> list[str]:
        """Return the jobs that have a folder, to be looked up for `sweep`."""
        return [entry.name for entry in os.scandir(self._root) if is_job_id(entry.name)]

    def sweep(
        self, job_ids: list[str], ends: Mapping[str, int | None], *, now: int, keep_seconds: int
    ) -> list[str]:
        """Delete folders that are not needed any more; return their job ids.

        `ends` says for each of `job_ids` that is a job when it ended, None while it is under
        way. Files of an ended job stay for `keep_seconds`, a folder without a job for an hour.
        """
        gone: list[str] = []
        for job_id in job_ids:
            if job_id in ends:
                ended_at = ends[job_id]
                over = ended_at is not None and ended_at + keep_seconds <= now
            else:
                over = self._touched_at(job_id) + _WITHOUT_JOB_SECONDS <= now
            if over:
                self.remove(job_id)
                gone.append(job_id)
        return gone

    def _folder(self, job_id: str) -> Path:
        if not is_job_id(job_id):
            raise ValueError(f"not a job id: {job_id!r}")
        return self._root / job_id

    def _file(self, job_id: str, name: str) -> str:
        # Once: to make it takes the lock of the folder above, which a sync of it holds, too.
        if job_id not in self._folders:
            with contextlib.suppress(FileExistsError):
                os.mkdir(self._folder(job_id), mode=0o700)
            if len(self._folders) >= _MOST_FOLDERS:
                self._folders.clear()
            self._folders[job_id] = False
        return f"{job_id}/{name}"

    def _touched_at(self, job_id: str) -> float:
        try:
            return self._folder(job_id).stat().st_mtime
        except FileNotFoundError:
            return time.time()


def is_job_id(name: str) -> bool:
    """Tell whether a name may be that of a job's folder."""
    return _JOB_ID.fullmatch(name) is not None


def _sync(entry: Path) -> None:
    descriptor = os.open(entry, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _size(folder: Path) -> int:
    """Add up the files' bytes; what disappears meanwhile does not count."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(path, name)).st_size
            except FileNotFoundError:
                continue
    return total
