"""A progress bar on stderr, for people only: nothing is shown where stderr is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from bot.ui import terminal


@contextmanager
def progress(calls: Sequence[int]) -> Iterator[Callable[[int], None]]:
    """Show calls, given as pictures in each, under way; the callback takes those that ended."""
    if not sys.stderr.isatty():
        yield lambda images: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        # A single call says nothing until it is over: the bar only moves to and fro.
        total = sum(calls) if len(calls) > 1 else None
        task = bar.add_task(terminal.drawing(sum(calls)), total=total)
        yield lambda images: bar.advance(task, images)
