"""One set of picture workers for all of these tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from bot.pictures.pool import Pictures


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pictures() -> AsyncIterator[Pictures]:
    pictures = Pictures()
    yield pictures
    await pictures.close()


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[bytes], Path]:
    """Write bytes to a file whose name tells nothing."""

    def save(data: bytes) -> Path:
        path = tmp_path / "attachment"
        path.write_bytes(data)
        return path

    return save
