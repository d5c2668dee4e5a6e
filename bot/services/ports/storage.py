"""Transactions over jobs and quotas: the guarded statements that move money and states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from bot.domain.errors import Failure
from bot.domain.job import Call, CallState, Job, Picture, Post, Reason
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
from bot.services.ports.ledger import Grants, Quotas
from bot.services.ports.metrics import MetricsQueries
from bot.services.ports.stats import Stats
from bot.services.ports.user_data import RemovedGuilds, UserData

transaction_open: ContextVar[bool] = ContextVar("transaction_open", default=False)


def forbid_transaction(what: str) -> None:
    """Refuse network calls while a transaction is open: it would hold every writer up."""
    if transaction_open.get():
        raise RuntimeError(f"{what} inside a transaction")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReference:
    """A reference picture kept in the spool: facts for the check, and where the file lies.

    `path` is relative to the spool. `url` is the public address it came from, if any, with
    `url_expires_at` (UTC seconds) where the address says so. `converted`: the file is not what
    the address serves, be it that only its metadata went. `result` is the picture of a job that
    it was: job id, number.
    """

    position: int
    role: str
    path: str
    mime: str
    width: int
    height: int
    bytes: int
    sha256: str = ""
    url: str | None = None
    url_expires_at: int | None = None
    converted: bool = False
    result: tuple[str, int] | None = None


class Jobs(Protocol):
    """Jobs with their calls, pictures and posts; every transition is guarded.

    See docs/spec/states.md section 6.

    Methods that take a `job` fence with its `claimed_by` and `attempt`, and answer False when
    somebody else has moved it.
    """

    async def add(self, job: Job, references: Sequence[StoredReference]) -> bool:
        """T1: insert a queued job; False when its origin is known already."""
        ...

    async def get(self, job_id: str) -> Job | None: ...

    async def of_origin(self, origin: str) -> Job | None: ...

    async def references(self, job_id: str) -> list[StoredReference]: ...

    async def calls(self, job_id: str) -> list[Call]: ...

    async def pictures(self, job_id: str) -> list[Picture]: ...

    async def posts(self, job_id: str) -> list[Post]: ...

    async def of_message(self, message_id: int) -> Job | None:
        """The job whose result a message is."""
        ...

    async def recent(self, user_id: int, *, guild_id: int, limit: int) -> list[Job]:
        """A member's newest jobs in a server, newest first."""
        ...

    async def last_accepted(
        self, guild_id: int, *, user_id: int | None = None, channel_id: int | None = None
    ) -> int | None:
        """When the newest job of a member, or in a channel, was accepted."""
        ...

    async def refused_since(
        self, user_id: int, reasons: Sequence[Reason], *, since: int
    ) -> list[int]:
        """When a member's jobs ended for such reasons since then."""
        ...

    async def load(self, guild_id: int, user_id: int) -> tuple[int, int]:
        """How many jobs of a member in a server, and of the whole server, have not ended."""
        ...

    async def queued_ahead(self, job: Job) -> int:
        """How many queued jobs of the same provider were accepted before this one."""
        ...

    async def queued_and_running(self, provider: str) -> list[Job]:
        """Jobs of a provider that wait or run, oldest first, for positions and estimates."""
        ...

    async def under_way(self, guild_id: int, *, user_id: int | None = None) -> list[Job]:
        """What waits or runs in a server, of all members or of one, oldest first."""
        ...

    async def posted_since(self, guild_id: int, user_id: int, *, since: int) -> list[str]:
        """The jobs of a member with a message since then that still stands."""
        ...

    async def ends(self, job_ids: Sequence[str]) -> Mapping[str, int | None]:
        """When jobs ended, None for those under way; unknown ids are left out."""
        ...

    async def claim(self, provider: str, *, me: str, now: int, lease_until: int) -> Job | None:
        """T2: claim the fairest queued job and plan its calls; None when nothing waits.

        Fair: the server with the fewest running jobs, then the member with the fewest, then
        the oldest.
        """
        ...

    async def renew(self, me: str, *, lease_until: int) -> None:
        """Keep the leases of everything this instance runs."""
        ...

    async def requeue(self, job: Job, *, not_before: int | None = None) -> bool:
        """T11a, T3b: running back to queued, claim forgotten; only while every call waits."""
        ...

    async def mark_sent(self, job: Job, seq: int, try_number: int, *, now: int) -> bool:
        """T3, the write-ahead mark: planned to sent, unless the job was stopped."""
        ...

    async def retry_call(
        self, job: Job, seq: int, try_number: int, failure: Failure, *, now: int
    ) -> bool:
        """T3b: the try failed unpaid; plan the next one."""
        ...

    async def end_call(
        self,
        job: Job,
        seq: int,
        try_number: int,
        state: CallState,
        *,
        now: int,
        images_made: int = 0,
        failure: Failure | None = None,
        usage: Mapping[str, object] | None = None,
        pictures: Sequence[Picture] = (),
    ) -> bool:
        """T4: sent (or planned) to its end, with the pictures that its reply named."""
        ...

    async def update_picture(self, picture: Picture) -> None:
        """Record that a picture was fetched, or why it was not."""
        ...

    async def request_stop(self, job_id: str, reason: Reason = Reason.BY_MEMBER) -> bool:
        """T9b: skip what is not sent yet; True when the job runs. The first reason is kept."""
        ...

    async def deliver(self, job: Job, posts: Sequence[Post]) -> bool:
        """T5: running to delivering, with the posts it will need."""
        ...

    async def divide(self, job_id: str, posts: Sequence[Post]) -> None:
        """Replace the posts that no message has yet by others."""
        ...

    async def mine(self, job: Job) -> bool:
        """Whether the claim with which a job was read still holds."""
        ...

    async def mark_post_try(self, job_id: str, part: int, *, now: int) -> int | None:
        """T7a, the write-ahead mark: returns when it was set before, None the first time."""
        ...

    async def posted(self, job_id: str, part: int, message_id: int, *, now: int) -> None:
        """T7: remember the message of a part."""
        ...

    async def finish(self, job: Job, *, now: int, keep: Sequence[int] = ()) -> bool:
        """T7, last part: delivering to done; forgets the ticket token and source URLs."""
        ...

    async def fail(self, job: Job, reason: Reason, *, now: int) -> bool:
        """T6 and T8: running or delivering to failed."""
        ...

    async def park(self, job: Job, *, until: int) -> Job | None:
        """T8: what could not be posted waits for its member; None when something was posted."""
        ...

    async def take_up(self, job: Job, posts: Sequence[Post], *, now: int) -> bool:
        """Bring what waits on its way again, to the job's destination, with other posts.

        It belongs to no process then, like what a crash left. False when it did not wait.
        """
        ...

    async def post_in(self, job_id: str, channel_id: int) -> None:
        """Let a result that was not posted yet be posted in another channel."""
        ...

    async def end_pickup(self, job: Job, *, told_at: int | None, now: int) -> bool:
        """T8: nobody wants what waits; False when it does not wait any more, or waits anew."""
        ...

    async def being_delivered(self) -> bool:
        """Whether any result is on its way; what waits for pick-up is not."""
        ...

    async def pickups(self, user_id: int, *, guild_id: int) -> list[Job]:
        """A member's jobs that wait for pick-up in a server, newest first."""
        ...

    async def pickups_over(self, *, now: int) -> list[Job]:
        """Jobs that have waited for pick-up long enough."""
        ...

    async def cancel(self, job_id: str, reason: Reason, *, now: int) -> Job | None:
        """T9 and T10: queued to cancelled; None when it was no longer queued."""
        ...

    async def expired(self, *, now: int) -> list[str]:
        """Queued jobs whose time is over."""
        ...

    async def orphans(self, *, me: str, now: int) -> list[Job]:
        """Running or delivering jobs whose lease ran out."""
        ...

    async def adopt(self, job: Job, *, me: str, lease_until: int) -> Job | None:
        """Take over an orphan: new `claimed_by`, attempt + 1; None when another was faster."""
        ...

    async def release(self, me: str) -> None:
        """Let go of this instance's jobs at an orderly stop: their leases end now."""
        ...

    async def replies(self) -> list[Job]:
        """Jobs under way that a message asked for, oldest first."""
        ...

    async def untold(self) -> list[Job]:
        """Failed and cancelled jobs, and those that wait for pick-up, not told to their member.

        Of jobs that a message asked for also those that are done: its ⏳ is still there.
        """
        ...

    async def told(self, job_id: str, *, now: int) -> bool:
        """T12; False when somebody told it already."""
        ...

    async def results(
        self, user_id: int, *, guild_id: int, channel_id: int, limit: int
    ) -> list[Job]:
        """A member's newest jobs in a channel whose pictures are to be seen, newest first."""
        ...

    async def again(self, job_id: str, *, user_id: int, since: int) -> Job | None:
        """The member's repetition of a job that was accepted since then."""
        ...

    async def retry(self, job_id: str, new_job_id: str) -> bool:
        """Record which job retries another one; False when one does already (D4)."""
        ...

    async def ticket_posted(self, job_id: str, message_id: int | None) -> None:
        """Remember the public ticket of a job that a message asked for; None: taken away."""
        ...

    async def remove(self, job_id: str, *, by: int, now: int) -> list[Post]:
        """Mark a result's posts removed; return those that were not yet."""
        ...

    async def forget_urls(self, job_ids: Sequence[str]) -> None:
        """Forget where the pictures of jobs came from."""
        ...

    async def removed(self, message_id: int, *, now: int) -> bool:
        """A message was deleted on Discord; False when it is no result, or known to be gone."""
        ...


class UnitOfWork(Protocol):
    """One transaction over all stores; `writes` tells whether it may change anything."""

    @property
    def writes(self) -> bool: ...

    @property
    def jobs(self) -> Jobs: ...

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
