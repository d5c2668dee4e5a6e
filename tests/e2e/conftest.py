"""The place for end-to-end tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.databases import chosen
from tests.e2e.place import Place, new_place


@pytest_asyncio.fixture
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with new_place(tmp_path) as place, chosen(request, place.settings):
        yield place
