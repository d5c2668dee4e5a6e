"""Transactions over all stores."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from dataclasses import dataclass
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
    Consents,
    Drafts,
    Meta,
    ScheduledDeletions,
    Settings,
    Styles,
)
from bot.services.ports.jobs.calls import Calls
from bot.services.ports.jobs.claims import Claims
from bot.services.ports.jobs.comparisons import ComparisonStore, VoteStore
from bot.services.ports.jobs.favourites import FavouriteStore
from bot.services.ports.jobs.gallery import GalleryStore
from bot.services.ports.jobs.leases import Leases
from bot.services.ports.jobs.pickups import PickupStore
from bot.services.ports.jobs.posts import Posts
from bot.services.ports.jobs.queries import JobQueries
from bot.services.ports.jobs.queue import JobQueue
from bot.services.ports.jobs.spoilers import ReportCards, SpoilerChanges
from bot.services.ports.jobs.transitions import Jobs
from bot.services.ports.ledger import Grants, Quotas
from bot.services.ports.metrics import MetricsQueries
from bot.services.ports.safety.reviews import ReviewStore
from bot.services.ports.stats import Stats
from bot.services.ports.user_data import RemovedGuilds, UserData

transaction_open: ContextVar[bool] = ContextVar("transaction_open", default=False)


def forbid_transaction(what: str) -> None:
    """Refuse network calls while a transaction is open: it would hold every writer up."""
    if transaction_open.get():
        raise RuntimeError(f"{what} inside a transaction")


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """What a unit of work decides about (docs/spec/data.md section 9).

    Units of one scope never run at the same time, whatever the database and the process. A unit
    that decides by what it has read names the scope of that.
    """

    kind: str
    subject: str = ""


# Excludes every unit that names another scope.
EVERYTHING = Scope("everything")
# Excludes none: whatever such a unit decides, the guards in its statements decide.
GUARDED = Scope("guarded")


def of_server(guild_id: int) -> Scope:
    """Return the scope of a server: its members' credits, its queue, its decisions."""
    return Scope("server", str(guild_id))


def of_job(job_id: str) -> Scope:
    """Return the scope of a job's calls and charges, once it is accepted."""
    return Scope("job", job_id)


def of_member(user_id: int) -> Scope:
    """Return the scope of what one person put aside, in all servers."""
    return Scope("member", str(user_id))


def of_provider(name: str) -> Scope:
    """Return the scope of an image service: whether it is paused."""
    return Scope("provider", name)


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
    def favourites(self) -> FavouriteStore: ...

    @property
    def gallery(self) -> GalleryStore: ...

    @property
    def comparisons(self) -> ComparisonStore: ...

    @property
    def votes(self) -> VoteStore: ...

    @property
    def pickups(self) -> PickupStore: ...

    @property
    def reviews(self) -> ReviewStore: ...

    @property
    def queue(self) -> JobQueue: ...

    @property
    def job_queries(self) -> JobQueries: ...

    @property
    def quotas(self) -> Quotas: ...

    @property
    def drafts(self) -> Drafts: ...

    @property
    def consents(self) -> Consents: ...

    @property
    def baskets(self) -> Baskets: ...

    @property
    def styles(self) -> Styles: ...

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

    @property
    def leases(self) -> Leases: ...

    async def commit(self) -> None:
        """Make it true; leaving without it rolls back."""
        ...

    async def commit_mark(self) -> None:
        """Commit a write-ahead mark: a copy of the database without it is not started."""
        ...


class Database(Protocol):
    """Opens units of work."""

    def write(
        self, scope: Scope, /, *others: Scope, long: bool = False
    ) -> AbstractAsyncContextManager[UnitOfWork]:
        """Begin a unit that excludes others of these scopes; sets `transaction_open`.

        `long` as in `read`.
        """
        ...

    def read(self, *, long: bool = False) -> AbstractAsyncContextManager[UnitOfWork]:
        """A snapshot for reading; also sets `transaction_open`.

        `long` is for what searches more than a few rows: statistics, audits, exports.
        """
        ...
