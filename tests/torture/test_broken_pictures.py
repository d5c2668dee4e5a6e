"""Ten thousand broken pictures; `make torture` runs them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.pictures.pool import Pictures
from tests.pictures.mutations import survives

BATCH = 500


@pytest.mark.parametrize("start", range(0, 10_000, BATCH))
async def test_broken_pictures_are_read_or_refused_and_nothing_else(
    start: int, tmp_path: Path
) -> None:
    pictures = Pictures()
    try:
        await asyncio.gather(
            *(survives(pictures, number, tmp_path) for number in range(start, start + BATCH))
        )
    finally:
        await pictures.close()
