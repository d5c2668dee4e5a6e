"""An image API on loopback that hands out one picture, made beforehand; checks nothing.

The strict ones of `bot/sandbox/image_apis/` draw each picture, which costs more than the bot.
"""

from __future__ import annotations

import asyncio
import io
import random
from types import TracebackType
from typing import Self

from aiohttp import web
from PIL import Image

GENERATIONS = "/routescope/v1/images/generations"


def png(*, side: int, size_bytes: int) -> bytes:
    """Make a square picture of about so many bytes: noise above, a plain gradient below."""
    rows = min(side, size_bytes // (side * 3))
    canvas = Image.linear_gradient("L").resize((side, side)).convert("RGB")
    noise = random.Random(1).randbytes(side * rows * 3)
    canvas.paste(Image.frombytes("RGB", (side, rows), noise), (0, 0))
    out = io.BytesIO()
    canvas.save(out, "PNG", compress_level=1)
    return out.getvalue()


class LeanApis:
    """Answers every generation after a delay with the address of one picture."""

    def __init__(self, picture: bytes, *, delay_seconds: float) -> None:
        self.picture = picture
        self.delay_seconds = delay_seconds
        self.url = ""
        self.most_at_once = 0
        self._at_once = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post(GENERATIONS, self._generate)
        app.router.add_get("/picture.png", self._hand_out)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    async def _generate(self, request: web.Request) -> web.Response:
        await request.read()
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await asyncio.sleep(self.delay_seconds)
        self._at_once -= 1
        return web.json_response({"created": 1, "data": [{"url": f"{self.url}/picture.png"}]})

    async def _hand_out(self, _: web.Request) -> web.Response:
        return web.Response(body=self.picture, content_type="image/png")
