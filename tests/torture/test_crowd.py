"""Eight processes with five hundred requests each on one database file; `make torture` runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.storage.engine import schema
from tests.services.crowding import crowd


@pytest.mark.timeout(1200)
async def test_eight_processes_at_once_take_exactly_what_the_rules_let_through(
    tmp_path: Path,
) -> None:
    file = tmp_path / "easel.db"
    await schema.upgrade(f"sqlite+aiosqlite:///{file}")
    await crowd(
        f"sqlite+aiosqlite:///{file}",
        file.parent,
        processes=8,
        requests=500,
        member=200,
        budget=1590,
    )
