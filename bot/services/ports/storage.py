"""Transactions over all stores."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from typing import Protocol

from bot.services.ports.circuits import CircuitStore
from bot.services.ports.decisions import (
    AccessRules,
    Audit,
    Blocks,
    MemberSettings,
    RuleBook,
    Versions,
)
from bot.services.ports.drafts import (
    Baskets,
    Drafts,
    Meta,
    ScheduledDeletions,
    Settings,
)
from bot.services.ports.jobs.calls import Calls
from bot.services.ports.jobs.claims import Claims
from bot.services.ports.jobs.pickups import PickupStore
from bot.services.ports.jobs.posts import Posts
from bot.services.ports.jobs.queries import JobQueries
from bot.services.ports.jobs.queue import JobQueue
from bot.services.ports.jobs.spoilers import ReportCards, SpoilerChanges
from bot.services.ports.jobs.transitions import Jobs
from bot.services.ports.ledger import Grants, Quotas
from bot.services.ports.metrics import MetricsQueries
from bot.services.ports.stats import Stats
from bot.services.ports.user_data import RemovedGuilds, UserData

transaction_open: ContextVar[bool] = ContextVar("transaction_open", default=False)


def forbid_transaction(what: str) -> None:
    """Refuse network calls while a transaction is open: it would hold every writer up."""
    if transaction_open.get():
        raise RuntimeError(f"{what} inside a transaction")


class UnitOfWork(Protocol):
    """One transaction over all stores; `writes` tells whether it may change anything."""

    @property
    def writes(self) -> bool: ...

    @property
    def jobs(self) -> Jobs: ...

    @property
    def claims(self) -> Claims: ...

    @property
    def calls(self) -> Calls: ...

    @property
    def posts(self) -> Posts: ...

    @property
    def spoilers(self) -> SpoilerChanges: ...

    @property
    def report_cards(self) -> ReportCards: ...

    @property
    def pickups(self) -> PickupStore: ...

    @property
    def queue(self) -> JobQueue: ...

    @property
    def job_queries(self) -> JobQueries: ...

    @property
    def quotas(self) -> Quotas: ...

    @property
    def drafts(self) -> Drafts: ...

    @property
    def baskets(self) -> Baskets: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def scheduled_deletions(self) -> ScheduledDeletions: ...

    @property
    def grants(self) -> Grants: ...

    @property
    def rules(self) -> RuleBook: ...

    @property
    def blocks(self) -> Blocks: ...

    @property
    def access(self) -> AccessRules: ...

    @property
    def versions(self) -> Versions: ...

    @property
    def audit(self) -> Audit: ...

    @property
    def members(self) -> MemberSettings: ...

    @property
    def stats(self) -> Stats: ...

    @property
    def user_data(self) -> UserData: ...

    @property
    def removed_guilds(self) -> RemovedGuilds: ...

    @property
    def circuits(self) -> CircuitStore: ...

    @property
    def metrics(self) -> MetricsQueries: ...

    @property
    def meta(self) -> Meta: ...

    async def commit(self) -> None:
        """Make it true; leaving without it rolls back."""
        ...

    async def commit_mark(self) -> None:
        """Commit a write-ahead mark: a copy of the database without it is not started."""
        ...


class Database(Protocol):
    """Opens units of work."""

    def write(self, *, long: bool = False) -> AbstractAsyncContextManager[UnitOfWork]:
        """BEGIN IMMEDIATE; sets `transaction_open`. `long` as in `read`."""
        ...

    def read(self, *, long: bool = False) -> AbstractAsyncContextManager[UnitOfWork]:
        """A snapshot for reading; also sets `transaction_open`.

        `long` is for what searches more than a few rows: statistics, audits, exports.
        """
        ...
