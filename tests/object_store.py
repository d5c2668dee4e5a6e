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
from tests.network_line import Line

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
