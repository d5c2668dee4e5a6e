"""Environments of programs that nobody here wrote; `.ci/prepare` installs them from their locks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def place_of(name: str) -> Path:
    """Return the folder of an environment; skips where it is absent or of another lock."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = cache / "easel" / "judges" / name
    installed, wanted = place / "installed.lock", HERE / f"requirements-{name}.lock"
    if not installed.is_file():
        pytest.skip(f"{place} is not installed: run .ci/prepare")
    if installed.read_bytes() != wanted.read_bytes():
        pytest.skip(f"{place} is of another {wanted.name}: run .ci/prepare")
    return place
