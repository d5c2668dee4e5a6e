"""What the demo changes in the scripts of SimCord's page.

Knows SimCord's insides (the version is pinned); must not know the bot.
"""

from __future__ import annotations

import functools

from aiohttp import web
from simcord.preview import _server

_SIZED = """\
    image.width = width;
    image.height = height;
"""
_KEPT = """\
    image.style.width = `${width}px`;
    image.style.aspectRatio = `${width} / ${height}`;
    image.addEventListener("load", () => { image.style.width = ""; }, { once: true });
"""


@functools.cache
def keep_places() -> None:
    """Let a picture keep its place on the page while its file is read again.

    The page draws all messages anew when a list opens. A picture of a message without components
    is then 0 pixels high until its file is there: the page moved by that much, the list left the
    screen, and the page shut it.
    """
    as_written = _server.PreviewServer._static

    async def static(server: _server.PreviewServer, request: web.Request) -> web.Response:
        response = await as_written(server, request)
        if request.path == "/media.js":
            response.text = str(response.text).replace(_SIZED, _SIZED + _KEPT, 1)
        return response

    vars(_server)["PreviewServer"]._static = static
