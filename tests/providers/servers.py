"""Requests to build from, and tiny servers that do what a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from bot.domain.catalog import Operation
from bot.domain.requests.request import ImageRequest

KEY = "k3y-that-nobody-may-see"
# Eight bytes of a type, and some that are none.
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4


def make_request(source: str = "routescope-seedream-generation", **changes: object) -> ImageRequest:
    values: dict[str, object] = {
        "model": "doubao-seedream-4-5-251128",
        "source": source,
        "provider": "routescope",
        "operation": Operation.GENERATE,
        "prompt": "a fox",
        "size": "2560x1440",
        "options": {"watermark": False},
    }
    return ImageRequest(**{**values, **changes})  # pyright: ignore[reportArgumentType]


def names(folder: Path) -> list[str]:
    """Return what lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


@dataclass
class Site:
    """A little web server: what it was asked, and where it is."""

    url: str
    requests: list[web.Request] = field(default_factory=list[web.Request])


@asynccontextmanager
async def site(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]], host: str = "127.0.0.1"
) -> AsyncIterator[Site]:
    """Serve every path with one handler."""
    seen: list[web.Request] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        return await handler(request)

    app = web.Application(client_max_size=64_000_000)
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, 0).start()
        yield Site(url=f"http://{host}:{runner.addresses[0][1]}", requests=seen)
    finally:
        await runner.cleanup()


@dataclass
class Wire:
    """A bare TCP server: how many connections came, and the bytes of each."""

    url: str
    received: list[bytes]


@asynccontextmanager
async def bare_server(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]],
) -> AsyncIterator[Wire]:
    """Read each request's head and body, then let `answer` do what it likes."""
    received: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            received.append(head + body)
            await answer(reader, writer, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield Wire(url=f"http://127.0.0.1:{port}", received=received)
    finally:
        server.close()
        await server.wait_closed()
