"""Running a command inside the test's own process, and what it left on stdout and stderr."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from PIL import Image

from bot.cli.program import easel
from bot.pictures.picture_worker import run
from bot.pictures.pool import MAX_PIXELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Parse stdout, which must be exactly one JSON value."""
        return json.loads(self.out)

    @property
    def fields(self) -> list[str]:
        """Name the fields of the violations."""
        return [violation["field"] for violation in self.json["violations"]]

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """Return the bodies of a dry run."""
        return [request["body"] for request in self.json["requests"]]


Easel = Callable[..., Ended]
"""Runs a command with these arguments."""


def run_easel(*arguments: str) -> Ended:
    """Run a command and return how it ended."""
    result = CliRunner().invoke(easel, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ended(code=result.exit_code, out=result.stdout, err=result.stderr)


class PicturesHere:
    """The picture workers' own functions without their processes, which take a second to start."""

    async def inspect(self, source: Path) -> Any:
        return await self._run("inspect", source)

    async def inspect_result(self, source: Path) -> Any:
        return await self.inspect(source)

    async def prepare(self, source: Path, target: Path, needs: Any) -> Any:
        return await self._run("prepare", source, target, needs)

    async def shrink(self, source: Path, target: Path, *, longest_edge: int) -> Any:
        return await self._run("shrink", source, target, longest_edge)

    async def mask(
        self, source: Path, target: Path, *, width: int, height: int, limit_bytes: int
    ) -> Any:
        return await self._run("mask", source, target, width, height, limit_bytes)

    async def extend(self, source: Path, target: Path, mask: Path, *, margins: Any) -> Any:
        return await self._run("extend", source, target, mask, margins, MAX_PIXELS)

    async def mark(self, source: Path, target: Path, **_: object) -> None:
        """Nothing is marked, as shipped."""

    async def close(self) -> None:
        """Nothing runs."""

    async def _run(self, operation: str, *arguments: object) -> Any:
        return await asyncio.to_thread(run, operation, MAX_PIXELS, *arguments)


def picture(folder: Path, width: int, height: int, *, kind: str = "png", mode: str = "RGB") -> str:
    """Make a picture file of one colour and return its path."""
    path = folder / f"{width}x{height}.{mode}.{kind}"
    Image.new(mode, (width, height)).save(path)
    return str(path)


def data_url(path: str) -> str:
    """Return a picture file as it can be typed instead of an address."""
    return f"data:image/png;base64,{base64.b64encode(Path(path).read_bytes()).decode()}"


def urls(count: int) -> list[str]:
    """Return options for so many references by address."""
    return [
        text
        for number in range(1, count + 1)
        for text in ("--reference", f"https://img.example.org/{number}.png")
    ]
