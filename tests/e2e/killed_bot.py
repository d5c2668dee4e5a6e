"""The bot, which kills itself with SIGKILL at one named moment, the first or a later time.

`python -m tests.e2e.killed_bot POINT[:N] run`, where a point is one of

- `before:<write>`, `after:<write>`: around the commit of the transaction with a write of a
  store of jobs, of votes, or of styles;
- `<file>:<stage>`: a `reply` or a `picture` is spooled to its `half`, `written` but perhaps not on
  the disk, `synced` but without its name, `named`, or `complete`;
- `group:<stage>:<units>`: of a group of units that write, so many are released, and another one is
  `inside` its turn, the last one was `released` just now, or their COMMIT has `failed`; the group
  forms while the first requests wait for each other;
- `asked`: a request has reached the intake, which has not looked at it.
"""

from __future__ import annotations

import asyncio
import functools
import os
import resource
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakSet

from bot.providers.http.part_file import PartFile
from bot.services.delivery import reply_tickets
from bot.services.requests.intake import Intake
from bot.storage.engine import group_commit
from bot.storage.engine.connection import Connection
from bot.storage.engine.database import SqlUnit
from bot.storage.engine.group_commit import GroupCommit
from bot.storage.jobs.calls import SqlCalls
from bot.storage.jobs.claims import SqlClaims
from bot.storage.jobs.comparisons import SqlComparisons
from bot.storage.jobs.gallery import SqlGallery
from bot.storage.jobs.pickups import SqlPickups
from bot.storage.jobs.posts import SqlPosts
from bot.storage.jobs.reviews import SqlReviews
from bot.storage.jobs.transitions import SqlJobs
from bot.storage.people.styles import SqlStyles
from bot.storage.people.votes import SqlVotes

Store = (
    SqlJobs
    | SqlClaims
    | SqlCalls
    | SqlPosts
    | SqlPickups
    | SqlReviews
    | SqlGallery
    | SqlComparisons
    | SqlVotes
    | SqlStyles
)

# Of a name that two of them have, the first one's write is meant.
STORES: tuple[type[Store], ...] = (
    SqlJobs,
    SqlClaims,
    SqlCalls,
    SqlPosts,
    SqlPickups,
    SqlReviews,
    SqlGallery,
    SqlComparisons,
    SqlVotes,
    SqlStyles,
)

GROUP_STAGES = ("inside", "released", "failed")
STAGES = ("half", "written", "synced", "named", "complete")
# Writes that return the job that they moved, and None when there was none.
_RETURN_THE_JOB = frozenset({"claim", "adopt", "cancel", "park", "hold", "end_held"})


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
    elif first == "group" and second in GROUP_STAGES:
        _die_in_group(second, int(number))
    elif point == "asked":
        _patch(Intake, "submit", lambda *_: moment.come())
    else:
        raise ValueError(f"no such point: {point}")


def _die_around_commit(store: type[Store], write: str, moment: Moment, *, after: bool) -> None:
    moving: WeakSet[Connection] = WeakSet()
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


def _die_in_group(stage: str, units: int) -> None:
    asked: list[Intake] = []
    begin, join, pass_turn = GroupCommit._begin, GroupCommit._joined, GroupCommit._pass_turn
    committed, now = GroupCommit._committed, Moment(1)
    _patch(Intake, "submit", lambda intake, *_: asked.append(intake))

    async def crowded(self: GroupCommit, raw: sqlite3.Connection) -> None:
        while asked and len(self._line) < units:  # noqa: ASYNC110 - nothing to wait on
            await asyncio.sleep(0.01)
        await begin(self, raw)

    async def inside(self: GroupCommit) -> Any:
        raw, group = await join(self)
        if group.units == units and stage == "inside":
            now.come()
        return raw, group

    def released(self: GroupCommit, failure: sqlite3.Error | None = None) -> None:
        if self._group and self._group.units == units and stage == "released":
            now.come()
        due = self._group and self._group.units >= units and not self._line
        if due and stage == "failed":
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, -1))
        pass_turn(self, failure)

    def failed(self: GroupCommit, commit: asyncio.Future[sqlite3.Cursor]) -> None:
        committed(self, commit)
        if commit.exception() and stage == "failed":
            now.come()

    GroupCommit._begin = crowded
    GroupCommit._joined = inside
    GroupCommit._pass_turn = released
    GroupCommit._committed = failed
    group_commit._MOST_SECONDS = 60


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
