"""A few hundred broken pictures; ten thousand are in tests/torture."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from bot.domain.errors import PictureProblem
from bot.pictures.pool import Pictures
from tests.pictures.mutations import survives

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_broken_pictures_are_read_or_refused_and_nothing_else(
    pictures: Pictures, tmp_path: Path
) -> None:
    outcomes = await asyncio.gather(
        *(survives(pictures, number, tmp_path) for number in range(300))
    )
    count = Counter(outcomes)
    # Damage that is never noticed, or that always is, would test nothing.
    assert count[None] > 30
    assert count[PictureProblem.BROKEN] > 30
