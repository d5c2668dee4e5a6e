"""Copies of stored objects in a folder of bounded size; any of them may vanish."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Collection
from pathlib import Path

from bot.domain.errors import SetupError
from bot.domain.setup_problems import SetupProblem

# Code that was given a path opens it within this time.
IN_USE_SECONDS = 600


class LocalCopies:
    """Files by key, `<job_id>/<name>`; what was used longest ago goes first."""

    def __init__(self, root: Path, *, max_bytes: int) -> None:
        self._root = root
        self._max_bytes = max_bytes
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SetupError(
                SetupProblem.PICTURES_FOLDER, folder=root, why=error.strerror
            ) from error

    def get(self, key: str) -> Path | None:
        """Return a copy, which stays for ten minutes from now."""
        path = self._root / key
        try:
            os.utime(path)
        except FileNotFoundError:
            return None
        return path

    def new(self) -> Path:
        """Return where a copy can be written before it is taken in."""
        handle, name = tempfile.mkstemp(suffix=".part", dir=self._root)
        os.close(handle)
        return Path(name)

    def take(self, source: Path, key: str) -> Path:
        """Make a file of the same disk the copy of a key."""
        path = self._root / key
        os.utime(source)
        while True:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            # The folder may go between the two lines, if it was empty.
            with contextlib.suppress(FileNotFoundError):
                return source.replace(path)
            if not source.exists():
                raise FileNotFoundError(source)

    def remove(self, job_id: str) -> None:
        """Delete the copies of a job."""
        for entry in _entries(self._root / job_id):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(entry.path)
        _remove_if_empty(self._root / job_id)

    def trim(self, stored: Collection[str]) -> int:
        """Delete copies of what is not `stored` any more, and those above the limit.

        Returns the bytes that are left.
        """
        before = time.time() - IN_USE_SECONDS
        found: list[tuple[float, int, str]] = []
        for entry in _entries(self._root):
            if entry.is_dir():
                for copy in _entries(Path(entry.path)):
                    with contextlib.suppress(FileNotFoundError):
                        state = copy.stat()
                        found.append((state.st_mtime, state.st_size, copy.path))
                _remove_if_empty(Path(entry.path))
            elif entry.stat().st_mtime < before:
                os.unlink(entry.path)
        left = sum(size for _, size, _ in found)
        for used_at, size, path in sorted(found):
            if used_at >= before:
                break
            key = os.path.relpath(path, self._root).replace(os.sep, "/")
            if left > self._max_bytes or key not in stored:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)
                _remove_if_empty(Path(path).parent)
                left -= size
        return left


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return list(os.scandir(folder))
    except FileNotFoundError:
        return []


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()
