"""An object store of S3's kind for the tests, started by them on loopback and gone with them.

It is moto's server, in an environment of its own (tests/judges/environments.py). A bucket is
reached over a line that can be cut.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import itertools
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import aiohttp
import pytest

from tests.judges.environments import place_of

WAIT_SECONDS = 30
_NUMBERS = itertools.count(1)
# The server ends with the one who holds its standard input, however that one ends.
_WATCHED = '"$@" >/dev/null 2>&1 & pid=$!; cat >/dev/null; kill -INT $pid 2>/dev/null; wait $pid'


@cache
def _server(python: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server, once in a process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(python), "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(["/bin/sh", "-c", _WATCHED, "sh", *command], stdin=subprocess.PIPE)
    end = time.monotonic() + WAIT_SECONDS
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return process, port
        assert time.monotonic() < end
        time.sleep(0.05)


class Line:
    """A connection to the server that can be cut and mended; its port stays the same."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def mend(self) -> None:
        """Take connections, if it was cut."""
        if self._server is not None:
            return
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Drop every connection and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers |= {writer, back}
        await asyncio.gather(_copy(reader, back), _copy(there, writer))
        self._writers -= {writer, back}


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of one test."""

    name: str
    line: Line

    @property
    def address(self) -> str:
        return f"s3://{self.name}/easel"

    @property
    def environment(self) -> dict[str, str]:
        """What the bot is told of it in its environment."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.line.port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
        }


@asynccontextmanager
async def bucket() -> AsyncIterator[Bucket]:
    """Make a bucket, and skip the test where there is no store."""
    if importlib.util.find_spec("obstore") is None:
        pytest.skip("obstore is not installed: pip install -r requirements.s3.lock")
    _, port = await asyncio.to_thread(_server, place_of("object-store") / "bin" / "python")
    line = Line(port)
    await line.mend()
    made = Bucket(f"bucket-{next(_NUMBERS)}", line)
    url = f"http://127.0.0.1:{port}/{made.name}"
    async with aiohttp.ClientSession() as session, session.put(url) as answer:
        assert answer.status == 200
    try:
        with _set(made.environment):
            yield made
    finally:
        await line.cut()


@contextmanager
def _set(environment: dict[str, str]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield
