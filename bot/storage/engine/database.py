"""The database as the services see it: units of work over one file or server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import get_type_hints

from bot.domain.errors import SetupError
from bot.domain.setup_problems import SetupProblem
from bot.services.ports import Scope, forbid_transaction, transaction_open
from bot.storage.circuits import SqlCircuits
from bot.storage.engine import schema
from bot.storage.engine.connect import (
    BUSY_MILLISECONDS,
    database_url,
    is_sqlite,
)
from bot.storage.engine.connection import Transaction, Transactions
from bot.storage.engine.server_notices import Heard, listen
from bot.storage.engine.server_transactions import ServerTransactions
from bot.storage.engine.sqlite_transactions import SqliteTransactions
from bot.storage.generation import SqlGenerations
from bot.storage.generation_file import GenerationFile
from bot.storage.jobs.calls import SqlCalls
from bot.storage.jobs.claims import SqlClaims
from bot.storage.jobs.comparisons import SqlComparisons
from bot.storage.jobs.favourites import SqlFavourites
from bot.storage.jobs.gallery import SqlGallery
from bot.storage.jobs.pickups import SqlPickups
from bot.storage.jobs.posts import SqlPosts
from bot.storage.jobs.queries import SqlJobQueries
from bot.storage.jobs.queue import SqlJobQueue
from bot.storage.jobs.reviews import SqlReviews
from bot.storage.jobs.spoilers import SqlSpoilers
from bot.storage.jobs.transitions import SqlJobs
from bot.storage.leases import SqlLeases
from bot.storage.ledger.grants import SqlGrants
from bot.storage.ledger.quotas import SqlQuotas
from bot.storage.meta import SqlMeta
from bot.storage.metrics_queries import SqlMetricsQueries
from bot.storage.people.consents import SqlConsents
from bot.storage.people.drafts import SqlBaskets, SqlDrafts, SqlSettings
from bot.storage.people.scheduled_deletions import SqlScheduledDeletions
from bot.storage.people.styles import SqlStyles
from bot.storage.people.user_data import SqlUserData
from bot.storage.people.votes import SqlVotes
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


class SqlUnit:
    """One transaction over all stores; made by SqlDatabase only."""

    jobs: SqlJobs
    claims: SqlClaims
    calls: SqlCalls
    posts: SqlPosts
    spoilers: SqlSpoilers
    report_cards: SqlReportCards
    favourites: SqlFavourites
    gallery: SqlGallery
    comparisons: SqlComparisons
    votes: SqlVotes
    pickups: SqlPickups
    reviews: SqlReviews
    queue: SqlJobQueue
    job_queries: SqlJobQueries
    quotas: SqlQuotas
    meta: SqlMeta
    drafts: SqlDrafts
    consents: SqlConsents
    baskets: SqlBaskets
    styles: SqlStyles
    settings: SqlSettings
    scheduled_deletions: SqlScheduledDeletions
    grants: SqlGrants
    rules: SqlRules
    blocks: SqlBlocks
    access: SqlAccess
    versions: SqlVersions
    audit: SqlAudit
    members: SqlMemberSettings
    stats: SqlStats
    user_data: SqlUserData
    removed_guilds: SqlRemovedGuilds
    circuits: SqlCircuits
    metrics: SqlMetricsQueries
    generations: SqlGenerations
    leases: SqlLeases

    def __init__(
        self, connection: Transaction, *, writes: bool, generation_file: GenerationFile | None
    ) -> None:
        self.connection = connection
        self.writes = writes
        self._generation_file = generation_file

    def __getattr__(self, name: str) -> object:
        """Make a store when it is asked for first: most units need two or three."""
        if name not in _STORES:
            raise AttributeError(name)
        store = self.__dict__[name] = _STORES[name](self.connection)
        return store

    async def commit(self) -> None:
        """Make it true; nothing more can be done in this unit then."""
        await self.connection.commit()

    async def commit_mark(self) -> None:
        """Commit a write-ahead mark: a copy of the database without it is not started."""
        if self._generation_file is None:
            await self.commit()
            return
        number = await self.generations.advance()
        await self.commit()
        if number is not None:
            self._generation_file.advance(number)


_STORES: dict[str, Callable[[Transaction], object]] = get_type_hints(SqlUnit)


class SqlDatabase:
    """Opens units of work on the database at a URL; `close` it in the end.

    Raises SetupError for an address that cannot be one, here, and for a database that cannot be
    used, from `open`, `write` and `read`.
    """

    def __init__(
        self,
        url: str,
        *,
        readers: int = 4,
        busy_milliseconds: int = BUSY_MILLISECONDS,
        listen_url: str = "",
    ) -> None:
        self.address = url
        self.url = database_url(url)
        # A pooler in front of a server passes no notices on.
        self.listen_url = database_url(listen_url) if listen_url else None
        self.generation_file = (
            GenerationFile(Path(self.url.database or "")) if is_sqlite(self.url) else None
        )
        self._transactions: Transactions = (
            SqliteTransactions(self.url, readers=readers, busy_milliseconds=busy_milliseconds)
            if is_sqlite(self.url)
            else ServerTransactions(self.url, connections=readers)
        )

    async def open(self) -> None:
        """Prove that the database can be read and has this Easel's tables; raises SetupError."""
        if is_sqlite(self.url) and not await asyncio.to_thread(
            os.path.exists, self.url.database or ""
        ):
            # Connecting would create an empty one in the folder where the command was run.
            raise SetupError(SetupProblem.NO_DATABASE, database=self.url.database)
        schema.demand_current(await schema.current(self.url))

    async def listen(self, heard: Heard) -> None:
        """Pass on what other processes say that they changed, until cancelled."""
        await listen(self.listen_url or self.url, heard)

    async def close(self) -> None:
        """Close every connection; an open one would keep the process alive."""
        await self._transactions.close()
        if self.generation_file is not None:
            self.generation_file.close()

    def write(self, *scopes: Scope, long: bool = False) -> AbstractAsyncContextManager[SqlUnit]:
        """Begin a unit that may write and excludes others of these scopes.

        Leaving it without `commit` rolls back. `long` as in `read`.
        """
        return self._unit(writes=True, long=long, scopes=scopes)

    def read(self, *, long: bool = False) -> AbstractAsyncContextManager[SqlUnit]:
        """Begin a unit in which what is read is one snapshot, and writing is refused.

        `long`: it searches more than a few rows, which must not hold the event loop up.
        """
        return self._unit(writes=False, long=long)

    @asynccontextmanager
    async def _unit(
        self, *, writes: bool, long: bool, scopes: tuple[Scope, ...] = ()
    ) -> AsyncGenerator[SqlUnit]:
        # Waiting for a lock that one's own caller holds would never end.
        forbid_transaction("a transaction")
        begun = self._transactions.begin(writes=writes, long=long, scopes=scopes)
        async with begun as connection:
            before = transaction_open.set(True)
            try:
                yield SqlUnit(connection, writes=writes, generation_file=self.generation_file)
            finally:
                transaction_open.reset(before)
