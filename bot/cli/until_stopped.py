"""Running something until Ctrl-C or SIGTERM, which are its ordinary end."""

from __future__ import annotations

import asyncio
import errno
import signal
from collections.abc import Coroutine
from typing import Any

from bot.cli.outcome import StoppedError
from bot.ui import terminal

_PORT_ERRORS = (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL)


async def until_told(work: Coroutine[Any, Any, None]) -> None:
    """Await the work, or cancel it in order at the first signal; a taken port is one sentence."""
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return
    except Exception as error:
        # SimCord wraps the system's error in one of its own.
        cause = error if isinstance(error, OSError) else error.__cause__
        if not isinstance(cause, OSError) or cause.errno not in _PORT_ERRORS:
            raise
        raise StoppedError("setup", terminal.not_served(terminal.reason(cause))) from error
