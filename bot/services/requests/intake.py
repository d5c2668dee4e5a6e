"""Accept or refuse a request: gate, pictures, check, then one transaction for job and holds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace

from bot.domain.catalog import Catalog, Offer
from bot.domain.errors import (
    AccessError,
    ConsentAskedError,
    Denial,
    QuotaError,
    RefusedError,
    StorageError,
)
from bot.domain.estimates import Estimates
from bot.domain.job import Destination, Job, JobState, Reason, new_job_id
from bot.domain.requests.failover import Failover
from bot.domain.requests.offer_check import cheaper
from bot.domain.requests.request import (
    Draft,
    ImageRequest,
    Note,
    NoteKind,
    Refusal,
    Violation,
    ViolationKind,
)
from bot.domain.requests.routing import Router
from bot.domain.requests.wishes import fulfilled
from bot.domain.server import ServerPolicy
from bot.domain.setup_problems import SetupProblem
from bot.domain.variations.drafts import widening
from bot.services.delivery.progress import ProgressReader
from bot.services.delivery.tickets import Tickets
from bot.services.delivery.upload_limits import UploadLimits
from bot.services.jobs.circuit_breaker import Circuits
from bot.services.jobs.moves import pictures_of
from bot.services.ports import (
    EXPECTED_PICTURE_BYTES,
    Clock,
    Database,
    Progress,
    QuotaStatus,
    References,
    Spool,
    StoredReference,
    UnitOfWork,
    of_member,
    of_server,
)
from bot.services.ports.user_data import Membership
from bot.services.quotas.cancellation import withdraw
from bot.services.quotas.quota_book import QuotaBook
from bot.services.requests.drafts import keep_waiting
from bot.services.requests.policy_checks import carried, owner_to_ask, private_count, route
from bot.services.requests.queue_wait import QUEUE_SECONDS, QueueCaps
from bot.services.requests.reference_pictures import RequestPictures, divided, with_pictures
from bot.services.requests.submission import Submission, Ticket, with_defaults
from bot.services.safety.request_check import RequestCheck
from bot.services.servers import picture_owners
from bot.services.servers.access import Access, Requester
from bot.services.servers.policies import Policies
from bot.services.styles.preferences import Preferences, Preferred
from bot.services.tasks.conflicts import repeatable
from bot.services.tasks.wake_event import WakeEvent

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
        self._preferences = preferences
        self._membership = membership
        self._consents = consents
        self._failover = failover
        self._circuits = circuits
        self._queue = queue
        self._access = access
        self._policies = policies
        self._router = router
        self._quotas = quotas
        self._reader = ProgressReader(catalog=router.catalog, estimates=estimates, clock=clock)
        self._database = database
        self._pictures = RequestPictures(references, spool)
        self._spool = spool
        self._clock = clock
        self._tickets = tickets
        self._upload_limits = upload_limits
        self._wake_events = wake_events

    @property
    def catalog(self) -> Catalog:
        return self._router.catalog

    async def submit(self, submission: Submission) -> Ticket:
        """Accept a request and charge it, or raise AccessError, RefusedError or QuotaError.

        The transaction that inserts the job holds its credits, so an accepted request is a paid
        one. The same event submitted twice returns the first ticket.
        """
        who = submission.requester
        self._access.check_scope(who)
        preferred = await self._preferences.preferred(
            who, submission.draft, typed=submission.decided is not None
        )
        submission = with_defaults(submission, preferred)
        policy = await self._access.admit(who, private=submission.private)
        owner_id = None
        if submission.sources or submission.mask:
            sources = tuple(map(picture_owners.known, submission.sources))
            submission = replace(submission, sources=sources)
            async with self._database.read() as uow:
                owner_id = await owner_to_ask(uow, submission, policy)
        # Each call asks again for its own pictures: a crowd that waits writes none yet.
        if not await self._spool.room_for(EXPECTED_PICTURE_BYTES, granted=False):
            log.error("the spool is full: requests are refused until there is space")
            raise AccessError(Denial.NO_ROOM)
        job_id = new_job_id()
        try:
            offer, request, stored = await self._examine(submission, preferred, job_id, policy)
            dearest = self._failover.dearest(request, *pictures_of(stored))
            now = self._clock.now()
            job = Job(
                job_id=job_id,
                origin=submission.origin,
                guild_id=who.scope,
                channel_id=who.channel_id,
                user_id=who.user_id,
                request=request,
                state=JobState.QUEUED,
                destination=Destination.INTERACTION if carried(submission) else Destination.CHANNEL,
                spoiler=submission.covered,
                created_at=now,
                expires_at=now + QUEUE_SECONDS,
                ticket_token=submission.ticket_token,
                ticket_expires_at=submission.ticket_expires_at,
                parent_job_id=submission.parent[0] if submission.parent else None,
                parent_index=submission.parent[1] if submission.parent else None,
                again_of=submission.again_of,
                reply_to_message_id=submission.reply_to,
                # Below a message everybody reads the ticket.
                locale=who.locale and (preferred.defaults.language or who.locale),
                server_locale=policy.settings.locale(who.server_locale),
            )
            job = await self._upload_limits.asked_to_fit(job, offer)
            job = await self._checked(submission, job, stored)
            if owner_id is not None and submission.consent_id is None:
                # All was checked, so that nobody is asked about what would be refused.
                await self._ask(submission, owner_id, policy)
            if submission.ticket_token:
                # Before the job can run: its first edit must not overtake the answer.
                self._tickets.expect(job_id, who.role_ids)
            try:
                ticket = await self._surely(
                    lambda: self._accept(submission, job, stored, policy, offer, dearest)
                )
            except QuotaError as error:
                held = replace(request, price_micro=dearest)
                raise await self._with_way_out(error, offer, held, who) from error
            except ConsentAskedError as error:
                # Decided meanwhile, by the server or in another process.
                await self._ask(submission, error.owner_id, policy)
                raise
        except StorageError:
            # Nobody knows whether it is accepted: then the files are the job's, and what belongs
            # to none is swept after an hour. So it is after a cancellation.
            self._tickets.forget(job_id)
            raise
        except Exception:
            await self._forget(job_id)
            raise
        if ticket.progress.job.job_id != job_id:
            await self._forget(job_id)
        self._wake_events[request.provider].wake()
        return ticket

    async def _checked(
        self, submission: Submission, job: Job, stored: list[StoredReference]
    ) -> Job:
        """Let the judges look at it; what they refuse counts as other refusals do."""
        if not self._check.asks:
            return job
        # Who may not ask now is not let at the judges either.
        async with self._database.read() as uow:
            await self._access.confirm(uow, submission.requester, private=submission.private)
        try:
            return await self._check.passed(job, stored)
        except AccessError as error:
            if error.denial is Denial.JUDGED:
                self._access.strike(job.user_id)
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

    async def _surely(self, accept: Callable[[], Awaitable[Ticket]]) -> Ticket:
        """Accept once more where a server went away: a lost commit is known by its origin."""
        try:
            return await accept()
        except StorageError as error:
            if error.problem is not SetupProblem.SERVER_AWAY:
                raise
            log.warning("a request is accepted again: %s", error)
            return await accept()

    @repeatable
    async def _accept(
        self,
        submission: Submission,
        job: Job,
        stored: list[StoredReference],
        policy: ServerPolicy,
        offer: Offer,
        dearest: int,
    ) -> Ticket:
        """Store a job and hold its credits, or find the one that this same request made before.

        Money is held at the price of the dearest provider that may serve a picture of it.
        """
        async with self._database.write(of_server(job.guild_id)) as uow:
            known = await self._known(uow, submission, job.created_at)
            now_valid = None
            if not known:
                now_valid = await self._insert(uow, submission, job, stored, policy)
            if now_valid is None:
                known = known or await self._known(uow, submission, job.created_at) or job
                left = await self._left(uow, submission.requester.role_ids, known)
                progress = await self._reader.waiting(uow, known, offer)
                return Ticket(progress=progress, offer=offer, quota_status=left, known=True)
            progress = await self._reader.waiting(uow, job, offer)
            # Last, for it touches what servers share: others wait from here to the commit.
            left = await self._quotas.reserve(
                uow,
                now_valid,
                job,
                role_ids=submission.requester.role_ids,
                now=job.created_at,
                price_micro=dearest,
            )
            await uow.commit()
        return Ticket(progress=progress, offer=offer, quota_status=left)

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

    async def _insert(
        self,
        uow: UnitOfWork,
        submission: Submission,
        job: Job,
        stored: list[StoredReference],
        checked: ServerPolicy,
    ) -> ServerPolicy | None:
        """Insert a job by the policy as it is now, and return that; `checked` is as it was before.

        None where another process was faster with this event or this retry, and the unit must be
        left without commit.
        """
        who = submission.requester
        policy = await self._access.confirm(uow, who, private=submission.private)
        owner_id = await owner_to_ask(uow, submission, policy)
        if policy.version != checked.version:
            found = policy.violations(job.request, who.role_ids)
            if found:
                raise RefusedError(Refusal(violations=tuple(found)))
        await self._check_queue(uow, job)
        if not await uow.jobs.add(job, stored):
            return None
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

    async def _examine(
        self, submission: Submission, preferred: Preferred, job_id: str, policy: ServerPolicy
    ) -> tuple[Offer, ImageRequest, list[StoredReference]]:
        """Fetch the pictures and hold the draft against the catalog: every problem at once."""
        sources = (*submission.sources, *preferred.pictures)
        extended = widening(self.catalog, submission.draft)
        fetched = await self._pictures.fetch(job_id, sources, submission.mask, extended)
        given, examples = divided(fetched, len(submission.sources))
        unusable = tuple(one.problem for one in given if one.problem is not None)
        roles = submission.requester.role_ids
        draft = with_pictures(submission.draft, given)
        wishes = preferred.wishes(draft, [one.found for one in examples])

        def attempt(draft: Draft) -> tuple[Offer, ImageRequest] | Refusal:
            return route(self._router, policy, draft, roles, self._works)

        routed = fulfilled(attempt, draft, wishes, self._works)
        problems = (*submission.problems, *unusable, *private_count(submission))
        if isinstance(routed, Refusal):
            self._strike(submission, routed.violations)
            violations = (*problems, *routed.violations)
            if problems:  # No model helps against these.
                routed = replace(routed, other_model=None, obstacles=())
            raise RefusedError(replace(routed, violations=violations, notes=submission.notes))
        offer, request = routed
        if self._circuits.paused(request.provider):
            raise AccessError(Denial.PROVIDER_PAUSED, model=offer.label)
        if problems:
            raise RefusedError(Refusal(violations=problems, offer=offer, notes=submission.notes))
        if request.references > len(draft.references):
            given = [*given, *examples]
        stored, notes = await self._pictures.prepare(job_id, given, offer)
        every = (*submission.notes, *request.notes, *notes)
        if submission.covered and not submission.spoiler:
            every = (*every, Note(kind=NoteKind.SPOILER_INHERITED))
        return offer, replace(request, notes=every), stored

    def _works(self, offer: Offer) -> bool:
        return self._circuits.paused(offer.provider) is None

    def _strike(self, submission: Submission, violations: Sequence[Violation]) -> None:
        if any(one.kind is ViolationKind.WORD for one in violations):
            self._access.strike(submission.requester.user_id)
