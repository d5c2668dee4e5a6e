"""The bot, which kills itself with SIGKILL at one named moment, the first or a later time.

`python -m tests.e2e.killed_bot POINT[:N] run`, where a point is one of

- `before:<write>`, `after:<write>`: around the commit of the transaction with a write of a
  store of `bot/storage/jobs/`;
- `<file>:<stage>`: a `reply` or a `picture` is spooled to its `half`, `written` but perhaps not on
  the disk, `synced` but without its name, `named`, or `complete`;
- `asked`: a request has reached the intake, which has not looked at it.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakSet

from bot.providers.http.part_file import PartFile
from bot.services.delivery import reply_tickets
from bot.services.requests.intake import Intake
from bot.storage.engine.cancellation_shield import ShieldedConnection
from bot.storage.engine.database import SqlUnit
from bot.storage.jobs.calls import SqlCalls
from bot.storage.jobs.claims import SqlClaims
from bot.storage.jobs.pickups import SqlPickups
from bot.storage.jobs.posts import SqlPosts
from bot.storage.jobs.transitions import SqlJobs

Store = SqlJobs | SqlClaims | SqlCalls | SqlPosts | SqlPickups

# No two of them have a write of the same name.
STORES: tuple[type[Store], ...] = (SqlJobs, SqlClaims, SqlCalls, SqlPosts, SqlPickups)

STAGES = ("half", "written", "synced", "named", "complete")
# Writes that return the job that they moved, and None when there was none.
_RETURN_THE_JOB = frozenset({"claim", "adopt", "cancel", "park"})


class Moment:
    """Dies when it comes for the `number`th time."""

    def __init__(self, number: int) -> None:
        self._left = number

    def come(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def die_at(point: str) -> None:
    """Patch the bot so that it dies at a point; ValueError for one that does not exist."""
    first, _, rest = point.partition(":")
    second, _, number = rest.partition(":")
    moment = Moment(int(number or 1))
    store = next((store for store in STORES if hasattr(store, second)), None)
    if first in ("before", "after") and store is not None:
        _die_around_commit(store, second, moment, after=first == "after")
    elif first in ("reply", "picture") and second in STAGES:
        _die_in_file(f"{first}-", second, moment)
    elif point == "asked":
        _patch(Intake, "submit", lambda *_: moment.come())
    else:
        raise ValueError(f"no such point: {point}")


def _die_around_commit(store: type[Store], write: str, moment: Moment, *, after: bool) -> None:
    moving: WeakSet[ShieldedConnection] = WeakSet()
    step, commit = getattr(store, write), SqlUnit.commit

    @functools.wraps(step)
    async def noticed(self: Store, *args: Any, **values: Any) -> Any:
        moved = await step(self, *args, **values)
        if moved is not False and (moved is not None or write not in _RETURN_THE_JOB):
            moving.add(self._connection)
        return moved

    async def committed(self: SqlUnit) -> None:
        due = self.connection in moving
        if due and not after:
            moment.come()
        await commit(self)
        if due and after:
            moment.come()

    setattr(store, write, noticed)
    SqlUnit.commit = committed


def _die_in_file(prefix: str, stage: str, moment: Moment) -> None:
    def meant(file: PartFile) -> bool:
        return file._target.name.startswith(prefix)

    if stage == "half":
        write = PartFile.write

        async def half(self: PartFile, data: bytes) -> None:
            # The line above a reply's body is written first, alone.
            if meant(self) and (self.bytes or prefix == "picture-"):
                await write(self, data[: len(data) // 2])
                self._flush()
                moment.come()
            await write(self, data)

        PartFile.write = half
    elif stage in ("written", "complete"):
        commit = PartFile._commit

        def ended(self: PartFile) -> None:
            if meant(self) and stage == "written":
                self._flush()
                moment.come()
            commit(self)
            if meant(self) and stage == "complete":
                moment.come()

        PartFile._commit = ended
    else:
        rename = Path.replace

        def renamed(self: Path, target: Any) -> Path:
            due = self.name.startswith(prefix)
            if due and stage == "synced":
                moment.come()
            named = rename(self, target)
            if due and stage == "named":
                moment.come()
            return named

        Path.replace = renamed


def _patch(owner: type, name: str, before: Callable[..., object]) -> None:
    step = getattr(owner, name)

    @functools.wraps(step)
    def patched(*args: Any, **values: Any) -> Any:
        before(*args)
        return step(*args, **values)

    setattr(owner, name, patched)


# Guarded: the picture workers import this module again when they start.
if __name__ == "__main__":
    die_at(sys.argv.pop(1))
    # Nobody waits ten seconds for a public ticket here.
    reply_tickets.TICKET_AFTER_SECONDS = 0

    from bot.cli import main

    main()
