"""The build that the first plan ended with, to measure against: cloned once into a cache."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

COMMIT = "f6f3890"
_ROOT = Path(__file__).parents[2]


def first_build() -> Path | None:
    """Return the folder of its sources; None where this checkout's history does not have it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = cache / "easel" / f"build-{COMMIT}"
    if not (folder / "bot").is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            _git("clone", "--quiet", "--no-checkout", str(_ROOT), str(folder))
            _git("-C", str(folder), "checkout", "--quiet", COMMIT)
        except (OSError, subprocess.CalledProcessError):
            return None
    return folder


def _git(*arguments: str) -> None:
    subprocess.run(("git", *arguments), check=True, capture_output=True)
