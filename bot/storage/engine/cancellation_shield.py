"""Steps of a transaction that end before a cancellation of their task takes effect.

A cancellation does not reach a thread, nor a commit that the server works on: without this, a
transaction would be left whose end nobody knows. Such steps are short.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import TypeVar

T = TypeVar("T")


async def steadily(work: Awaitable[T]) -> T:
    """Await work to its end, even when this task is cancelled meanwhile; then be cancelled."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError:
                continue  # cancelled once more; the statement ends all the same
        raise


async def in_thread(threads: Executor, work: Callable[..., T], *values: object) -> T:
    """Run something in a thread, to its end even when this task is cancelled meanwhile."""
    return await steadily(asyncio.get_running_loop().run_in_executor(threads, work, *values))
