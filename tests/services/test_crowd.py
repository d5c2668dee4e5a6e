"""Several processes on one database file: no limit is passed, and nobody hears of locks."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.services.crowding import crowd


async def test_two_processes_at_once_take_exactly_what_the_rules_let_through(
    migrated: Path, tmp_path: Path
) -> None:
    file = Path(shutil.copy(migrated, tmp_path / "easel.db"))
    await crowd(
        f"sqlite+aiosqlite:///{file}", file.parent, processes=2, requests=50, member=9, budget=66
    )
