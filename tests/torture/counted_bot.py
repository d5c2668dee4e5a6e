"""The bot, which counts what it holds when it gets SIGUSR1.

`python -m tests.torture.counted_bot FILE run` writes a line of JSON into the file each time.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
from pathlib import Path

from bot.app import App
from bot.services.jobs import worker


def count(app: App) -> dict[str, int]:
    """Count what may only grow for a while."""
    views = app.client._connection._view_store
    open_files = [_link(number) for number in os.listdir("/proc/self/fd")]
    gc.collect()
    status = Path("/proc/self/status").read_text()
    (memory,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
    return {
        "tasks": len(asyncio.all_tasks()),
        "files": len(open_files),
        "connections": sum(name.startswith("socket:") for name in open_files),
        "views": sum(map(len, views._views.values())) + len(views._synced_message_views),
        "memory_kb": int(memory),
    }


def _link(number: str) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{number}")
    except OSError:  # the folder itself, which was open while it was listed
        return ""


def counting(into: Path) -> None:
    """Let the bot count at each SIGUSR1, and clean its spool each second."""
    opened = App._open

    def write(app: App) -> None:
        with into.open("a") as file:
            print(json.dumps(count(app)), file=file)

    async def begun(self: App) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, write, self)
        await opened(self)

    App._open = begun
    worker.CLEAN_SECONDS = 1


# Guarded: the picture workers import this module again when they start.
if __name__ == "__main__":
    counting(Path(sys.argv.pop(1)))

    from bot.cli import main

    main()
