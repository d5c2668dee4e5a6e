"""A classifier behind HTTP that finds what a test wants, or reads the colour of a picture."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from PIL import Image

from tests.providers.servers import site

CATEGORIES = ("gore", "nudity", "hate", "minors")


@dataclass
class LocalJudge:
    """What it finds in every picture; `asked` counts the questions."""

    url: str = ""
    found: str = "gore"
    asked: int = 0
    read: Callable[[Image.Image], str] | None = None

    async def answer(self, request: web.Request) -> web.Response:
        body: dict[str, Any] = await request.json()
        self.asked += 1
        found = self.found
        if self.read is not None and "image" in body:
            found = self.read(Image.open(io.BytesIO(base64.b64decode(body["image"]))))
        scores = {name: 0.9 if name == found else 0.1 for name in CATEGORIES}
        return web.json_response({"categories": scores})

    def settings(self, *checks: str) -> dict[str, Any]:
        """Return it as the configuration names it."""
        return {
            "kind": "http",
            "base_url": self.url,
            "checks": list(checks or ("results",)),
            "categories": {"gore": "hold", "nudity": "spoiler", "hate": "refuse"},
            "minors": ["minors"],
        }


@asynccontextmanager
async def local_judge() -> AsyncIterator[LocalJudge]:
    """Serve one on loopback."""
    judge = LocalJudge()
    async with site(judge.answer) as there:
        judge.url = there.url
        yield judge
