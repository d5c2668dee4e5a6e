"""The database as the services see it: units of work over one file or server.

Writers of one process queue up on a lock; writers of several processes wait for each other in
SQLite itself, for a limited time.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from threading import Thread
from weakref import WeakSet

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction

from bot.domain.errors import SetupError
from bot.domain.setup_problems import SetupProblem
from bot.services.ports import forbid_transaction, transaction_open
from bot.storage.circuits import SqlCircuits
from bot.storage.engine import schema
from bot.storage.engine.cancellation_shield import ShieldedConnection, steadily
from bot.storage.engine.connect import (
    BUSY_MILLISECONDS,
    database_url,
    is_busy,
    is_sqlite,
    make_engine,
    plain_words,
)
from bot.storage.engine.inline_sqlite import InlineConnection
from bot.storage.generation import SqlGenerations
from bot.storage.generation_file import GenerationFile
from bot.storage.jobs.calls import SqlCalls
from bot.storage.jobs.claims import SqlClaims
from bot.storage.jobs.pickups import SqlPickups
from bot.storage.jobs.posts import SqlPosts
from bot.storage.jobs.queries import SqlJobQueries
from bot.storage.jobs.queue import SqlJobQueue
from bot.storage.jobs.spoilers import SqlSpoilers
from bot.storage.jobs.transitions import SqlJobs
from bot.storage.ledger.grants import SqlGrants
from bot.storage.ledger.quotas import SqlQuotas
from bot.storage.meta import SqlMeta
from bot.storage.metrics_queries import SqlMetricsQueries
from bot.storage.people.drafts import SqlBaskets, SqlDrafts, SqlSettings
from bot.storage.people.scheduled_deletions import SqlScheduledDeletions
from bot.storage.people.user_data import SqlUserData
from bot.storage.servers.audit_log import SqlAudit
from bot.storage.servers.decisions import (
    SqlAccess,
    SqlBlocks,
    SqlMemberSettings,
    SqlRules,
    SqlVersions,
)
from bot.storage.servers.guild_removal import SqlRemovedGuilds
from bot.storage.servers.report_cards import SqlReportCards
from bot.storage.servers.statistics import SqlStats

# How often BEGIN IMMEDIATE is tried; each try waits for SQLite's busy timeout.
_BEGIN_TRIES = 6
_THREAD_SECONDS = 2.0


class SqlUnit:
    """One transaction over all stores; made by SqlDatabase only."""

    def __init__(
        self,
        connection: ShieldedConnection,
        transaction: AsyncTransaction,
        *,
        writes: bool,
        generation_file: GenerationFile | None,
    ) -> None:
        self.connection = connection
        self.writes = writes
        self.jobs = SqlJobs(connection)
        self.claims = SqlClaims(connection)
        self.calls = SqlCalls(connection)
        self.posts = SqlPosts(connection)
        self.spoilers = SqlSpoilers(connection)
        self.report_cards = SqlReportCards(connection)
        self.pickups = SqlPickups(connection)
        self.queue = SqlJobQueue(connection)
        self.job_queries = SqlJobQueries(connection)
        self.quotas = SqlQuotas(connection, writes=writes)
        self.meta = SqlMeta(connection)
        self.drafts = SqlDrafts(connection)
        self.baskets = SqlBaskets(connection)
        self.settings = SqlSettings(connection)
        self.scheduled_deletions = SqlScheduledDeletions(connection)
        self.grants = SqlGrants(connection)
        self.rules = SqlRules(connection)
        self.blocks = SqlBlocks(connection)
        self.access = SqlAccess(connection)
        self.versions = SqlVersions(connection)
        self.audit = SqlAudit(connection)
        self.members = SqlMemberSettings(connection)
        self.stats = SqlStats(connection)
        self.user_data = SqlUserData(connection)
        self.removed_guilds = SqlRemovedGuilds(connection)
        self.circuits = SqlCircuits(connection)
        self.metrics = SqlMetricsQueries(connection)
        self.generations = SqlGenerations(connection)
        self._transaction = transaction
        self._generation_file = generation_file

    async def commit(self) -> None:
        """Make it true; nothing more can be done in this unit then."""
        await steadily(self._transaction.commit())

    async def commit_mark(self) -> None:
        """Commit a write-ahead mark: a copy of the database without it is not started."""
        number = await self.generations.advance()
        await self.commit()
        if number is not None and self._generation_file is not None:
            self._generation_file.advance(number)


class SqlDatabase:
    """Opens units of work on the database at a URL; `close` it in the end.

    Raises SetupError for an address that cannot be one, here, and for a database that cannot be
    used, from `open`, `write` and `read`.
    """

    def __init__(
        self, url: str, *, readers: int = 4, busy_milliseconds: int = BUSY_MILLISECONDS
    ) -> None:
        self.address = url
        self.url = database_url(url)
        self.generation_file = (
            GenerationFile(Path(self.url.database or "")) if is_sqlite(self.url) else None
        )
        # SQLite has one writer at a time: a second connection for it would only wait.
        self._one_writer = asyncio.Lock() if is_sqlite(self.url) else None
        self._threads: WeakSet[Thread] = WeakSet()
        self._stays_locked = False
        engine = partial(
            make_engine, self.url, busy_milliseconds=busy_milliseconds, threads=self._threads
        )
        self._writer = engine(writes=True, pool_size=1 if self._one_writer else readers)
        self._reader = engine(writes=False, pool_size=readers)

    async def open(self) -> None:
        """Prove that the database can be read and has this Easel's tables; raises SetupError."""
        if is_sqlite(self.url) and not await asyncio.to_thread(
            os.path.exists, self.url.database or ""
        ):
            # Connecting would create an empty one in the folder where the command was run.
            raise SetupError(SetupProblem.NO_DATABASE, database=self.url.database)
        with plain_words(self.url):
            async with self._reader.connect() as connection:
                schema.demand_current(await schema.revision_of(connection))

    async def close(self) -> None:
        """Close every connection; an open one would keep the process alive."""
        await self._writer.dispose()
        await self._reader.dispose()
        if self.generation_file is not None:
            self.generation_file.close()
        # The connection of a cancelled task is closed by its own thread, which reports to the
        # event loop: that must still be there.
        for thread in list(self._threads):
            await asyncio.to_thread(thread.join, _THREAD_SECONDS)

    @asynccontextmanager
    async def write(self, *, long: bool = False) -> AsyncGenerator[SqlUnit]:
        """BEGIN IMMEDIATE; leaving without `commit` rolls back. `long` as in `read`."""
        # Waiting for a lock that one's own caller holds would never end.
        forbid_transaction("a transaction")
        async with AsyncExitStack() as stack:
            if self._one_writer:
                await stack.enter_async_context(self._one_writer)
            unit = self._unit(self._writer, writes=True, long=long)
            yield await stack.enter_async_context(unit)

    @asynccontextmanager
    async def read(self, *, long: bool = False) -> AsyncGenerator[SqlUnit]:
        """BEGIN; what is read is one snapshot, and writing is refused.

        `long`: it searches more than a few rows, which must not hold the event loop up.
        """
        forbid_transaction("a transaction")
        async with self._unit(self._reader, writes=False, long=long) as unit:
            yield unit

    @asynccontextmanager
    async def _unit(
        self, engine: AsyncEngine, *, writes: bool, long: bool
    ) -> AsyncGenerator[SqlUnit]:
        with plain_words(self.url):
            beginning = asyncio.ensure_future(self._begun(engine))
            try:
                connection, transaction, ending = await steadily(beginning)
            except asyncio.CancelledError:
                if not beginning.cancelled() and beginning.exception() is None:
                    await steadily(beginning.result()[2].aclose())
                raise
            # Rolled back before the stack is closed: that alone would commit.
            try:
                before = transaction_open.set(True)
                try:
                    raw = (await connection.get_raw_connection()).driver_connection
                    inline = isinstance(raw, InlineConnection)
                    if inline:
                        raw.long = long
                    steady = ShieldedConnection(connection, inline=inline and not long)
                    yield SqlUnit(
                        steady,
                        transaction,
                        writes=writes,
                        generation_file=self.generation_file,
                    )
                finally:
                    transaction_open.reset(before)
                    if transaction.is_active:
                        await steadily(transaction.rollback())
            finally:
                await steadily(ending.aclose())

    async def _begun(
        self, engine: AsyncEngine
    ) -> tuple[AsyncConnection, AsyncTransaction, AsyncExitStack]:
        """Begin a transaction; the stack ends it, by a rollback unless it was committed."""
        # While the file stays locked, those in line need not wait as long again one by one.
        tries_left = 1 if self._stays_locked else _BEGIN_TRIES
        while True:
            tries_left -= 1
            async with AsyncExitStack() as stack:
                try:
                    connection = await stack.enter_async_context(engine.connect())
                    transaction = await stack.enter_async_context(connection.begin())
                except DBAPIError as error:
                    if tries_left and is_busy(error):
                        continue
                    self._stays_locked = is_busy(error)
                    raise
                if engine is self._writer:  # readers pass while another process writes
                    self._stays_locked = False
                return connection, transaction, stack.pop_all()
