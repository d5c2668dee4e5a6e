"""Group commit: units of work that write are savepoints of one transaction, ended by one COMMIT.

The disk takes longer for a COMMIT than SQLite for dozens of units. They have exclusive turns on the
one connection that writes. The transaction stays open for those who wait in line; then COMMIT runs
in a thread, and who comes meanwhile forms the next group. Nobody is told the end of a unit, nor
what it read of its group, before the group is on the disk.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.storage.engine.cancellation_shield import in_thread, steadily
from bot.storage.engine.compiled_statements import execute, wrapped
from bot.storage.engine.connect import is_busy
from bot.storage.engine.sqlite_connection import SqliteConnection

# A crowd that never ends must not keep SQLite's lock from other processes.
_MOST_UNITS = 64
_MOST_SECONDS = 0.02
# So many turns of the event loop in a row have to bring no further unit before a group ends: in a
# crowd one nearly always comes, alone they take microseconds.
_QUIET_TURNS = 5
# How often BEGIN IMMEDIATE is tried; each try waits for SQLite's busy timeout.
_BEGIN_TRIES = 6
_BEGIN_IMMEDIATE = text("BEGIN IMMEDIATE")


class _Group:
    """A transaction: how many units it keeps, and what it ended with, an error or None."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.units = 0
        self.ended: asyncio.Future[BaseException | None] = loop.create_future()
        self._clock = loop.time
        self._full_at = loop.time() + _MOST_SECONDS

    @property
    def full(self) -> bool:
        return self.units >= _MOST_UNITS or self._clock() >= self._full_at

    async def on_disk(self) -> None:
        """Return when it is on the disk; raises what kept it from there."""
        if error := await steadily(self.ended):
            raise wrapped(error, "COMMIT") from error


class _Place(NamedTuple):
    """A place in the line of those who wait for their turn."""

    turn: asyncio.Future[None]
    long: bool


class WritingUnit(SqliteConnection):
    """The connection that writes, while a unit of work has its turn."""

    def __init__(
        self,
        raw: sqlite3.Connection,
        group: _Group,
        threads: Executor | None,
        pass_turn: Callable[[], None],
    ) -> None:
        super().__init__(raw, threads)
        self.has_turn = True
        self._group = group
        self._pass_turn = pass_turn

    async def commit(self) -> None:
        """Return when everything is on the disk; raises what kept the group from there."""
        self.demand_open()
        self.raw.execute("RELEASE unit_of_work")
        self.open = self.has_turn = False
        self._group.units += 1
        self._pass_turn()
        await self._group.on_disk()


class GroupCommit:
    """Gives turns to units of work that write, and commits them in groups."""

    def __init__(
        self,
        open_file: Callable[[], sqlite3.Connection],
        *,
        threads: Executor,
        busy_milliseconds: int,
    ) -> None:
        self._open_file = open_file
        self._threads = threads
        self._busy_milliseconds = busy_milliseconds
        self._stays_locked = False
        self._raw: sqlite3.Connection | None = None
        self._group: _Group | None = None
        self._taken = False
        self._line: deque[_Place] = deque()
        self._waiting: asyncio.Handle | None = None

    @asynccontextmanager
    async def unit(self, *, long: bool) -> AsyncGenerator[WritingUnit]:
        """Wait for a turn; leaving it without a commit takes back what this unit did."""
        await self._take_turn(long)
        try:
            raw, group = await self._joined()
        except BaseException:
            self._pass_turn()
            raise
        unit = WritingUnit(raw, group, self._threads if long else None, self._pass_turn)
        # It may refuse something because of what a unit before it wrote.
        depends = group.units > 0
        try:
            yield unit
        except asyncio.CancelledError:
            depends = False  # nobody is told anything
            raise
        finally:
            if unit.has_turn:
                self._undo(unit)
                self._pass_turn(unit.failure)
                if depends:
                    await group.on_disk()

    async def close(self) -> None:
        """Close the connection, after the units that wait."""
        await self._take_turn(long=True)
        if self._raw is not None:
            await in_thread(self._threads, self._raw.close)
            self._raw = None
        self._pass_turn()

    async def _take_turn(self, long: bool) -> None:
        # A group that is about to be committed does not wait for a long one.
        alone = long and self._group and self._group.units
        if not (self._taken or alone):
            self._taken = True
            return
        place = _Place(asyncio.get_running_loop().create_future(), long)
        self._line.append(place)
        if not self._taken:
            self._taken = True
            self._pass_turn()
        try:
            await place.turn
        except asyncio.CancelledError:
            if not place.turn.cancelled():  # it had come just before
                self._pass_turn()
            raise

    def _pass_turn(self, failure: sqlite3.Error | None = None) -> None:
        """Commit if that is due, else give the turn to the next one in line."""
        while self._line and self._line[0].turn.cancelled():
            self._line.popleft()
        group, raw = self._group, self._raw
        if group and raw and group.units:
            if not raw.in_transaction:
                # SQLite rolled it back on its own, and the units before with it.
                self._end(failure or sqlite3.OperationalError("it was rolled back"))
            elif group.full or (self._line and self._line[0].long):
                self._commit(raw)
                return
            elif not self._line:
                self._wait_for_more(group, _QUIET_TURNS)
        else:
            self._end(None)
        if self._line:
            self._line.popleft().turn.set_result(None)
        else:
            self._taken = False

    def _wait_for_more(self, group: _Group, turns: int) -> None:
        """Commit after so many turns of the event loop, if nobody joins the group meanwhile."""
        if self._waiting is not None:
            self._waiting.cancel()
        loop = asyncio.get_running_loop()
        self._waiting = loop.call_soon(self._look_for_more, group, turns - 1)

    def _look_for_more(self, group: _Group, turns: int) -> None:
        if self._taken or self._group is not group or self._raw is None:
            return  # who has the turn passes it on
        if turns and not group.full:
            self._wait_for_more(group, turns)
        else:
            self._taken = True
            self._commit(self._raw)

    def _commit(self, raw: sqlite3.Connection) -> None:
        """Start the COMMIT; in no task, for that could be cancelled: its end passes the turn on."""
        loop = asyncio.get_running_loop()
        commit = loop.run_in_executor(self._threads, raw.execute, "COMMIT")
        commit.add_done_callback(self._committed)

    def _committed(self, commit: asyncio.Future[sqlite3.Cursor]) -> None:
        self._end(commit.exception())
        self._pass_turn()

    def _end(self, error: BaseException | None) -> None:
        """End the transaction, by a rollback where it is still open, and tell its units."""
        group, self._group = self._group, None
        if self._raw:
            self._raw.rollback()
        if group:
            group.ended.set_result(error)

    def _undo(self, unit: WritingUnit) -> None:
        if not unit.raw.in_transaction:
            return
        try:
            unit.raw.execute("ROLLBACK TO unit_of_work")
            unit.raw.execute("RELEASE unit_of_work")
        except sqlite3.Error as error:
            unit.failure = error
            unit.raw.rollback()

    async def _joined(self) -> tuple[sqlite3.Connection, _Group]:
        """Begin a transaction where none is open, and a savepoint in it."""
        raw = self._raw = self._raw or await in_thread(self._threads, self._open_file)
        if self._group is None:
            await self._begin(raw)
            self._group = _Group()
        raw.execute("SAVEPOINT unit_of_work")
        return raw, self._group

    async def _begin(self, raw: sqlite3.Connection) -> None:
        raw.execute("PRAGMA busy_timeout=0")
        try:
            execute(raw, _BEGIN_IMMEDIATE)
        except DBAPIError as error:
            if not is_busy(error):
                raise
        finally:
            raw.execute(f"PRAGMA busy_timeout={self._busy_milliseconds}")
        # While the file stays locked, those in line need not wait as long again one by one.
        tries_left = 1 if self._stays_locked else _BEGIN_TRIES
        while not raw.in_transaction:
            tries_left -= 1
            try:
                await in_thread(self._threads, execute, raw, _BEGIN_IMMEDIATE)
            except DBAPIError as error:
                if not (tries_left and is_busy(error)):
                    self._stays_locked = is_busy(error)
                    raise
        self._stays_locked = False
