"""Accept or refuse a request: gate, pictures, check, then one transaction for job and holds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeVar

from bot.domain.catalog import Catalog, Offer
from bot.domain.comparisons.comparison import Comparison, Entry
from bot.domain.errors import (
    AccessError,
    ConsentAskedError,
    Denial,
    QuotaError,
    RefusedError,
    StorageError,
)
from bot.domain.estimates import Estimates
from bot.domain.job import Job, JobState, Reason
from bot.domain.requests.failover import Failover
from bot.domain.requests.offer_check import cheaper
from bot.domain.requests.request import ImageRequest, Refusal
from bot.domain.requests.routing import Router
from bot.domain.server import ServerPolicy
from bot.domain.setup_problems import SetupProblem
from bot.services.delivery.progress import ProgressReader
from bot.services.delivery.tickets import Tickets
from bot.services.delivery.upload_limits import UploadLimits
from bot.services.jobs.circuit_breaker import Circuits
from bot.services.ports import (
    Clock,
    Database,
    Progress,
    QuotaStatus,
    References,
    Spool,
    UnitOfWork,
    of_member,
    of_server,
)
from bot.services.ports.user_data import Membership
from bot.services.quotas.cancellation import withdraw
from bot.services.quotas.quota_book import QuotaBook
from bot.services.requests.accepting.examination import Examination, Examined
from bot.services.requests.drafts import keep_waiting
from bot.services.requests.policy_checks import owner_to_ask
from bot.services.requests.queue_wait import QueueCaps
from bot.services.requests.submission import Submission, Ticket
from bot.services.safety.request_check import RequestCheck
from bot.services.servers.access import Access, Requester
from bot.services.servers.policies import Policies
from bot.services.styles.preferences import Preferences
from bot.services.tasks.conflicts import repeatable
from bot.services.tasks.wake_event import WakeEvent

T = TypeVar("T")

log = logging.getLogger(__name__)

# The same press twice, not a second request (docs/spec/crashes.md, D4).
DOUBLE_TAP_SECONDS = 5


class Intake:
    """Submits requests and cancels them."""

    def __init__(
        self,
        *,
        access: Access,
        router: Router,
        quotas: QuotaBook,
        estimates: Estimates,
        database: Database,
        references: References,
        spool: Spool,
        clock: Clock,
        tickets: Tickets,
        upload_limits: UploadLimits,
        wake_events: Mapping[str, WakeEvent],
        policies: Policies,
        circuits: Circuits,
        queue: QueueCaps,
        failover: Failover,
        check: RequestCheck,
        preferences: Preferences,
        membership: Membership,
        consents: WakeEvent,
    ) -> None:
        self._check = check
        self._membership = membership
        self._consents = consents
        self._queue = queue
        self._access = access
        self._policies = policies
        self._router = router
        self._quotas = quotas
        self._reader = ProgressReader(catalog=router.catalog, estimates=estimates, clock=clock)
        self._database = database
        self._examination = Examination(
            access=access,
            router=router,
            circuits=circuits,
            references=references,
            spool=spool,
            preferences=preferences,
            database=database,
            upload_limits=upload_limits,
            failover=failover,
            clock=clock,
        )
        self._spool = spool
        self._clock = clock
        self._tickets = tickets
        self._wake_events = wake_events

    @property
    def catalog(self) -> Catalog:
        return self._router.catalog

    async def submit(self, submission: Submission) -> Ticket:
        """Accept a request and charge it, or raise AccessError, RefusedError or QuotaError.

        The transaction that inserts the job holds its credits, so an accepted request is a paid
        one. The same event submitted twice returns the first ticket.
        """
        one = await self.examine(submission)
        async with self._forgotten_unless_accepted(one):
            one = await self._checked(one)
            submission, owner_id = one.submission, one.owner_id
            if owner_id is not None and submission.consent_id is None:
                # All was checked, so that nobody is asked about what would be refused.
                await self._ask(submission, owner_id, one.policy)
            if submission.ticket_token:
                # Before the job can run: its first edit must not overtake the answer.
                self._tickets.expect(one.job.job_id, submission.requester.role_ids)
            try:
                ticket = await self._surely(lambda: self._accept(one))
            except QuotaError as error:
                held = replace(one.job.request, price_micro=one.dearest)
                way_out = self._with_way_out(error, one.offer, held, submission.requester)
                raise await way_out from error
            except ConsentAskedError as error:
                # Decided meanwhile, by the server or in another process.
                await self._ask(submission, error.owner_id, one.policy)
                raise
        if ticket.progress.job.job_id != one.job.job_id:
            await self._forget(one.job.job_id)
        self._wake_events[one.job.request.provider].wake()
        return ticket

    async def submit_together(
        self, comparison: Comparison, examined: Sequence[Examined], entries: Sequence[Entry]
    ) -> QuotaStatus | None:
        """Accept and charge all requests of a comparison in one transaction, or none of them.

        Raises as `submit` does. None: the same event was accepted before.
        """
        async with self._forgotten_unless_accepted(*examined):
            checked = [await self._checked(one) for one in examined]
            left = await self._surely(lambda: self._accept_all(comparison, checked, entries))
        if left is None:
            await self.discard(*examined)
        for one in checked:
            self._wake_events[one.job.request.provider].wake()
        return left

    async def examine(self, submission: Submission) -> Examined:
        """Find out whether a request may be accepted; raises AccessError or RefusedError.

        Who does not submit it then discards it.
        """
        return await self._examination.examine(submission)

    async def discard(self, *examined: Examined) -> None:
        """Forget requests that were examined, and are not submitted."""
        for one in examined:
            await self._forget(one.job.job_id)

    @asynccontextmanager
    async def _forgotten_unless_accepted(self, *examined: Examined) -> AsyncGenerator[None]:
        try:
            yield
        except StorageError:
            # Nobody knows whether it is accepted: then the files are the job's, and what belongs
            # to none is swept after an hour. So it is after a cancellation.
            for one in examined:
                self._tickets.forget(one.job.job_id)
            raise
        except Exception:
            await self.discard(*examined)
            raise

    async def _checked(self, one: Examined) -> Examined:
        """Let the judges look at it; what they refuse counts as other refusals do."""
        if not self._check.asks:
            return one
        who = one.submission.requester
        # Who may not ask now is not let at the judges either.
        async with self._database.read() as uow:
            await self._access.confirm(uow, who, private=one.submission.private)
        try:
            return replace(one, job=await self._check.passed(one.job, one.stored))
        except AccessError as error:
            if error.denial is Denial.JUDGED:
                self._access.strike(who.user_id)
            raise

    @repeatable
    async def _ask(self, submission: Submission, owner_id: int, policy: ServerPolicy) -> None:
        """Keep a request until the owner of its picture agrees; nothing is held for it.

        In the gate's own transaction. Raises ConsentAskedError; returns where it was accepted.
        """
        who, now = submission.requester, self._clock.now()
        if not await self._membership.is_member(who.scope, owner_id):
            raise AccessError(Denial.OWNER_LEFT)
        async with self._database.write(of_server(who.scope), of_member(owner_id)) as uow:
            if await self._known(uow, submission, now) is not None:
                return
            await self._admit(uow, who, private=submission.private)
            await owner_to_ask(uow, submission, policy)
            await keep_waiting(uow, submission, owner_id, policy, now=now)
            await uow.commit()
        self._consents.wake()
        raise ConsentAskedError(owner_id)

    async def _surely(self, accept: Callable[[], Awaitable[T]]) -> T:
        """Accept once more where a server went away: a lost commit is known by its origin."""
        try:
            return await accept()
        except StorageError as error:
            if error.problem is not SetupProblem.SERVER_AWAY:
                raise
            log.warning("a request is accepted again: %s", error)
            return await accept()

    @repeatable
    async def _accept(self, one: Examined) -> Ticket:
        """Store a job and hold its credits, or find the one that this same request made before.

        Money is held at the price of the dearest provider that may serve a picture of it.
        """
        submission, job, offer = one.submission, one.job, one.offer
        async with self._database.write(of_server(job.guild_id)) as uow:
            known = await self._known(uow, submission, job.created_at)
            now_valid = None
            if not known:
                now_valid = await self._insert(uow, one)
            if now_valid is None:
                known = known or await self._known(uow, submission, job.created_at) or job
                left = await self._left(uow, submission.requester.role_ids, known)
                progress = await self._reader.waiting(uow, known, offer)
                return Ticket(progress=progress, offer=offer, quota_status=left, known=True)
            progress = await self._reader.waiting(uow, job, offer)
            # Last, for it touches what servers share: others wait from here to the commit.
            left = await self._reserve(uow, now_valid, one)
            await uow.commit()
        return Ticket(progress=progress, offer=offer, quota_status=left)

    @repeatable
    async def _accept_all(
        self, comparison: Comparison, examined: Sequence[Examined], entries: Sequence[Entry]
    ) -> QuotaStatus | None:
        held, left = 0, None
        async with self._database.write(of_server(comparison.guild_id)) as uow:
            if not await uow.comparisons.add_comparison(comparison):
                return None
            policy = examined[0].policy
            for number, one in enumerate(examined):
                # Those before it are no reason to wait.
                policy = await self._confirmed(uow, one, paced=number == 0)
                if not await uow.jobs.add(one.job, one.stored):
                    return None
            if not policy.settings.comparisons:
                raise AccessError(Denial.COMPARISONS_OFF)
            await uow.comparisons.add_entries(entries)
            for one in examined:
                try:
                    left = await self._reserve(uow, policy, one)
                except QuotaError as error:
                    needed = sum(one.job.request.credits for one in examined)
                    raise error.of_all(needed, held) from error
                held += one.job.request.credits
            await uow.commit()
        return left

    async def _reserve(self, uow: UnitOfWork, policy: ServerPolicy, one: Examined) -> QuotaStatus:
        return await self._quotas.reserve(
            uow,
            policy,
            one.job,
            role_ids=one.submission.requester.role_ids,
            now=one.job.created_at,
            price_micro=one.dearest,
        )

    async def _known(self, uow: UnitOfWork, submission: Submission, now: int) -> Job | None:
        """Return the job that this same request made before (D4, D5)."""
        jobs = uow.job_queries
        if submission.again_of:
            user_id, since = submission.requester.user_id, now - DOUBLE_TAP_SECONDS
            for twin in await jobs.again(submission.again_of, user_id=user_id, since=since):
                if submission.repeats(twin):
                    return twin
        if submission.retry_of:
            retried = await jobs.get(submission.retry_of)
            if retried is not None and retried.retried_by is not None:
                return await jobs.get(retried.retried_by)
        return await jobs.of_origin(submission.origin)

    async def _confirmed(
        self, uow: UnitOfWork, one: Examined, *, paced: bool = True
    ) -> ServerPolicy:
        """Return the policy as it is now; raises AccessError or RefusedError where it refuses."""
        submission, job = one.submission, one.job
        who = submission.requester
        policy = await self._access.confirm(uow, who, private=submission.private, paced=paced)
        if policy.version != one.policy.version:
            found = policy.violations(job.request, who.role_ids)
            if found:
                raise RefusedError(Refusal(violations=tuple(found)))
        await self._check_queue(uow, job)
        return policy

    async def _insert(self, uow: UnitOfWork, one: Examined) -> ServerPolicy | None:
        """Insert a job by the policy as it is now, and return that.

        None where another process was faster with this event or this retry, and the unit must be
        left without commit.
        """
        submission, job, stored = one.submission, one.job, one.stored
        policy = await self._confirmed(uow, one)
        owner_id = await owner_to_ask(uow, submission, policy)
        if not await uow.jobs.add(job, stored):
            return None
        await self._tickets.accepted(uow, job)
        # In the transaction that accepts the request: a consent is spent once, or not at all.
        consent_id = submission.consent_id
        agreed = consent_id is not None and await uow.consents.use(
            consent_id, job.job_id, owner_id=owner_id
        )
        if consent_id and not agreed:
            raise AccessError(Denial.CONSENT_OVER)
        if owner_id is not None and not agreed:
            raise ConsentAskedError(owner_id)
        retry_of = submission.retry_of
        if retry_of and not await uow.jobs.retry(retry_of, job.job_id):
            return None
        return policy

    async def _check_queue(self, uow: UnitOfWork, job: Job) -> None:
        """Refuse more than a fair part of the queue, however large the quota is."""
        mine, server = await uow.queue.load(job.guild_id, job.user_id)
        if mine >= self._queue.per_member:
            raise AccessError(Denial.TOO_MANY_WAITING, count=mine, mine=True)
        if job.guild_id and server >= self._queue.per_server:
            raise AccessError(Denial.TOO_MANY_WAITING, count=server, mine=False)

    async def _forget(self, job_id: str) -> None:
        self._tickets.forget(job_id)
        await asyncio.to_thread(self._spool.remove, job_id)

    @repeatable
    async def cancel(self, job_id: str, *, by: Reason) -> Job | None:
        """Withdraw a job: refund it while it waits, or skip what is not sent yet.

        Returns the job as it is then; None when it had ended before.
        """
        now = self._clock.now()
        before = await self.find(job_id)
        if before is None:
            return None
        async with self._database.write(of_server(before.guild_id)) as uow:
            job = await withdraw(uow, self._quotas, job_id, by, now=now)
            ended = job is not None and job.state.final and job.reply_to_message_id is None
            if ended and by is Reason.BY_MEMBER:
                # A member who cancels a request sees its end in the answer to the press.
                await uow.jobs.told(job_id, now=now)
            await uow.commit()
        return job

    async def admit(self, who: Requester, *, private: bool = False) -> None:
        """Raise what would refuse any request of a member here: AccessError, QuotaError."""
        async with self._database.read() as uow:
            await self._admit(uow, who, private=private)

    async def _admit(self, uow: UnitOfWork, who: Requester, *, private: bool) -> None:
        policy = await self._access.confirm(uow, who, private=private)
        await self._quotas.require(
            uow,
            policy,
            guild_id=who.scope,
            user_id=who.user_id,
            role_ids=who.role_ids,
            now=self._clock.now(),
        )

    async def progress(
        self, job_id: str, *, role_ids: Collection[int] | None = None
    ) -> Progress | None:
        """Return a job's progress, in any state.

        With the roles of its member it says what they have left once it is done.
        """
        async with self._database.read() as uow:
            job = await uow.job_queries.get(job_id)
            if job is None:
                return None
            progress = await self._reader.read(uow, job)
            if role_ids is None or job.state is not JobState.DONE:
                return progress
            return replace(progress, left=(await self._left(uow, role_ids, job)).left)

    async def recent(self, *, guild_id: int, user_id: int, limit: int) -> list[Job]:
        """Return a member's newest jobs in a server, newest first."""
        async with self._database.read() as uow:
            return await uow.job_queries.recent(user_id, guild_id=guild_id, limit=limit)

    async def find(self, job_id: str) -> Job | None:
        """Return a job by its id."""
        async with self._database.read() as uow:
            return await uow.job_queries.get(job_id)

    async def quota_status(
        self, *, guild_id: int, user_id: int, role_ids: Collection[int] = ()
    ) -> QuotaStatus:
        """Return what a member may still do in a server."""
        async with self._database.read() as uow:
            policy = await self._policies.current(uow, guild_id)
            return await self._quotas.quota_status(
                uow,
                policy,
                guild_id=guild_id,
                user_id=user_id,
                role_ids=role_ids,
                now=self._clock.now(),
            )

    async def _with_way_out(
        self, error: QuotaError, offer: Offer, request: ImageRequest, who: Requester
    ) -> QuotaError:
        """Say how many pictures of a refused request would be let through, or what costs less."""
        async with self._database.read() as uow:
            pictures, credits = await self._quotas.room(
                uow,
                await self._policies.current(uow, who.scope),
                request,
                guild_id=who.scope,
                user_id=who.user_id,
                role_ids=who.role_ids,
                now=self._clock.now(),
            )
        # Credits may have come back meanwhile: fewer than were asked for is what is offered.
        fits = min(pictures, request.count - 1)
        return error.with_way_out(fits, cheaper(request, offer, credits) if fits < 1 else ())

    async def _left(self, uow: UnitOfWork, role_ids: Collection[int], job: Job) -> QuotaStatus:
        return await self._quotas.quota_status(
            uow,
            await self._policies.current(uow, job.guild_id),
            guild_id=job.guild_id,
            user_id=job.user_id,
            role_ids=role_ids,
            now=self._clock.now(),
        )
