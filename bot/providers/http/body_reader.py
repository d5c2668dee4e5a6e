"""Reads a body as it arrives, also one that ends in another way than its headers announced."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp


class SilenceError(Exception):
    """Nothing came for longer than allowed."""


async def next_chunk(content: aiohttp.StreamReader, silence_seconds: float | None) -> bytes:
    """Return what came next, nothing at the end. Raises SilenceError and aiohttp's errors."""
    limit = asyncio.timeout(silence_seconds)
    try:
        async with limit:
            return await content.readany()
    except TimeoutError:
        if limit.expired():
            raise SilenceError from None
        raise


def left_over(content: aiohttp.StreamReader) -> bytes:
    """Return what had arrived when the connection failed.

    aiohttp raises the failure as soon as it is known, also where bytes of the body still wait to
    be read; no public method returns them.
    """
    reader: Any = content
    return reader._read_nowait(-1)
