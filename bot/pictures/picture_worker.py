"""The worker process: its limits, and the one function that is called in it.

The decoders are imported inside the functions, so that the bot's process, which names them to the
pool, never loads one.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.domain.errors import PictureError, PictureProblem
from bot.services.ports.charts import Chart


def start(memory_bytes: int) -> None:
    """Load the decoders, then limit the address space to what is in use now plus memory_bytes."""
    # Stop at once when told to, also inside a decoder; there is nothing to put in order.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_the_bot, daemon=True).start()
    from bot.pictures import canvas, mask, operations

    del canvas, mask, operations
    # Damaged metadata makes Pillow talkative, and anybody can send some.
    warnings.simplefilter("ignore")
    with contextlib.suppress(ImportError, OSError, ValueError):  # not every system has this limit
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _end_with_the_bot() -> None:
    """Leave when the bot is gone without a word: a busy worker would only notice at its end."""
    bot = multiprocessing.parent_process()
    if bot is not None:
        bot.join()
        os._exit(1)


def run(operation: str, *arguments: object) -> object:
    """Carry out one of the operations; a refusal leaves as PictureError."""
    from bot.pictures import canvas, mask, operations
    from bot.pictures.marks import outgoing, reader, signer

    known: dict[str, Callable[..., object]] = {
        "inspect": operations.inspect,
        "prepare": operations.prepare,
        "shrink": operations.shrink,
        "fit": operations.fit,
        "thumbnail": operations.thumbnail,
        "mask": mask.mask,
        "extend": canvas.extend,
        "marks": reader.marks,
        "mark": outgoing.mark,
        "sign": signer.sign,
        "draw": _draw,
    }
    try:
        return known[operation](*arguments)
    except PictureError as error:
        refusal = PictureError(error.problem, error.detail, **error.values)
    except MemoryError:
        refusal = PictureError(PictureProblem.MEMORY)
    # Raised again, because the traceback of the old error keeps the whole picture in memory, and
    # the pool keeps the error until the next task is done.
    raise refusal


def _draw(
    _max_pixels: int,
    target: Path,
    charts: Sequence[Chart],
    plain: Sequence[Chart],
    settings: str,
) -> None:
    """Draw charts; the first call loads matplotlib, which wants a folder and reads every font."""
    # The home may be read-only; labels are limited to what the library's own font has; and BLAS
    # takes address space for each processor that it finds.
    os.environ["MPLCONFIGDIR"] = settings
    os.environ["MPL_IGNORE_SYSTEM_FONTS"] = "1"
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    try:
        from bot.pictures.charts import draw
    except ImportError as error:  # also a library that does not fit into the memory
        detail = " ".join(str(error).split())[:200]
        raise PictureError(PictureProblem.CRASHED, detail) from None
    draw(target, charts, plain)
