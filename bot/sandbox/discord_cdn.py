"""Discord's file store on loopback: addresses of our choice, picture sizes, the size limit.

Knows SimCord's store; must not know messages, rules or the bot.
"""

import functools
import io
import mimetypes
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import simcord
from aiohttp import web
from PIL import Image
from simcord.backend.cdn import CdnStore
from simcord.backend.errors import BackendError
from yarl import URL


class DiscordCdn(CdnStore):
    """Keeps uploads under addresses of our choice, measures pictures and refuses large files.

    `largest` says how large a file may be in a channel.
    """

    def __init__(self, base: str, largest: Callable[[int], int]) -> None:
        super().__init__()
        self.base = base
        self._largest = largest

    def store_attachment(
        self,
        attachment_id: int,
        channel_id: int,
        filename: str,
        data: bytes,
        description: str | None,
    ) -> dict[str, Any]:
        if len(data) > self._largest(channel_id):
            raise too_large()
        attachment = super().store_attachment(
            attachment_id, channel_id, filename, data, description
        )
        del self._blobs[attachment["url"]]
        url = f"{self.base}/attachments/{channel_id}/{attachment_id}/{quote(filename)}"
        self._blobs[url] = data
        attachment["url"] = attachment["proxy_url"] = url
        if size := _picture_size(data):
            attachment["width"], attachment["height"] = size
        return attachment

    def get(self, url: str) -> bytes | None:
        return super().get(url.partition("?")[0])


class CdnServer:
    """Serves an environment's files on loopback, so that an ordinary download works."""

    def __init__(self, env: simcord.Env) -> None:
        if not isinstance(env.backend.cdn, DiscordCdn):
            raise simcord.SetupError("shape(env) comes first")
        self._cdn = env.backend.cdn

    @property
    def base(self) -> str:
        """The origin of every file stored from now on."""
        return self._cdn.base

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/attachments/{path:.*}", functools.partial(serve_file, self._cdn))
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._cdn.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()


async def serve_file(cdn: DiscordCdn, request: web.Request) -> web.Response:
    """Answer one download from the store; 404 for what was never uploaded."""
    origin = URL(cdn.base).origin()
    data = cdn.get(f"{origin}{request.rel_url.raw_path}")
    if data is None:
        raise web.HTTPNotFound(text="This content is no longer available.")
    kind = mimetypes.guess_type(request.path)[0] or "application/octet-stream"
    return web.Response(body=data, content_type=kind)


def too_large() -> BackendError:
    """Refuse an upload as Discord does."""
    return BackendError(413, 40005, "Request entity too large")


def _picture_size(data: bytes) -> tuple[int, int] | None:
    """Read width and height from a picture's header, without decoding it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data)) as picture:
                return picture.size
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return None
