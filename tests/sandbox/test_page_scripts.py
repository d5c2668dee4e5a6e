"""The demo's page is served with its change, and is otherwise SimCord's own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from aiohttp import web
from simcord.preview import _server

from bot.sandbox.page_scripts import keep_places


async def _served(path: str) -> str:
    server = _server.PreviewServer(cast("Any", None))
    server.port = 1
    _server.web = web
    request = SimpleNamespace(path=path, headers={"Host": "localhost:1"})
    return (await server._static(request)).text


async def test_the_page_keeps_the_place_of_a_picture_that_is_read_again() -> None:
    before = {path: await _served(path) for path in ("/media.js", "/timeline.js")}
    keep_places()
    after = {path: await _served(path) for path in before}
    assert "image.style.aspectRatio = `${width}" not in before["/media.js"]
    assert "image.style.aspectRatio = `${width}" in after["/media.js"]
    assert after["/timeline.js"] == before["/timeline.js"]
