"""Orders and the local image APIs, and services to send them with."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.providers.service import HttpImageService
from bot.sandbox.image_apis import ImageApis
from bot.services.ports import CallRequest
from tests.providers.servers import KEY, make_request


@pytest.fixture
def call_request(tmp_path: Path) -> Callable[..., CallRequest]:
    numbers = itertools.count()

    def make(**changes: object) -> CallRequest:
        values: dict[str, object] = {
            "request": make_request(),
            "images": 1,
            "references": (),
            "mask": None,
            "user_tag": "u_1",
            "reply": tmp_path / f"reply-{next(numbers)}",
        }
        return CallRequest(**{**values, **changes})  # pyright: ignore[reportArgumentType]

    return make


@pytest.fixture
async def apis() -> AsyncIterator[ImageApis]:
    async with ImageApis() as running:
        yield running


@pytest.fixture
async def connect() -> AsyncIterator[Callable[..., HttpImageService]]:
    opened: list[HttpImageService] = []

    def make(base_url: str, **values: Any) -> HttpImageService:
        given: dict[str, Any] = {"api_key": KEY, "chance": lambda: 0.0, **values}
        given.setdefault("pause", at_once)
        opened.append(HttpImageService(name="routescope", base_url=base_url, **given))
        return opened[-1]

    yield make
    for service in opened:
        await service.close()


async def at_once(_: float) -> None:
    """Stand in for waiting."""
