"""Hold what was asked for against the catalog, with its pictures: every problem at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.catalog import Offer
from bot.domain.errors import AccessError, Denial, RefusedError
from bot.domain.job import Job, JobState, new_job_id
from bot.domain.requests.failover import Failover
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
from bot.domain.variations.drafts import widening
from bot.services.delivery.upload_limits import UploadLimits
from bot.services.jobs.circuit_breaker import Circuits
from bot.services.jobs.moves import pictures_of
from bot.services.ports import (
    EXPECTED_PICTURE_BYTES,
    Clock,
    Database,
    References,
    Spool,
    StoredReference,
)
from bot.services.requests.policy_checks import destination, owner_to_ask, private_count, route
from bot.services.requests.queue_wait import QUEUE_SECONDS
from bot.services.requests.reference_pictures import RequestPictures, divided, with_pictures
from bot.services.requests.submission import Submission, with_defaults
from bot.services.servers import picture_owners
from bot.services.servers.access import Access
from bot.services.styles.preferences import Preferences, Preferred

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A request that may be accepted: a job that is not stored, and what was found out for it.

    Its pictures are in the spool, and nothing is held for it. `dearest` is the price of a picture
    at the dearest provider that may serve; `owner_id` has to agree to its pictures.
    """

    submission: Submission
    job: Job
    stored: list[StoredReference]
    policy: ServerPolicy
    offer: Offer
    dearest: int
    owner_id: int | None = None


class Examination:
    """Examines one request after the other; stores nothing but their pictures."""

    def __init__(
        self,
        *,
        access: Access,
        router: Router,
        circuits: Circuits,
        references: References,
        spool: Spool,
        preferences: Preferences,
        database: Database,
        upload_limits: UploadLimits,
        failover: Failover,
        clock: Clock,
    ) -> None:
        self._preferences = preferences
        self._database = database
        self._spool = spool
        self._upload_limits = upload_limits
        self._failover = failover
        self._clock = clock
        self._access = access
        self._router = router
        self._circuits = circuits
        self._pictures = RequestPictures(references, spool)

    async def examine(self, submission: Submission) -> Examined:
        """Return a request that may be accepted; raises AccessError or RefusedError.

        Who does not submit it removes its pictures from the spool.
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
            offer, request, stored = await self._held_against(submission, preferred, job_id, policy)
            now = self._clock.now()
            job = Job(
                job_id=job_id,
                origin=submission.origin,
                guild_id=who.scope,
                channel_id=who.channel_id,
                user_id=who.user_id,
                request=request,
                state=JobState.QUEUED,
                destination=destination(submission),
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
                comparison_id=submission.comparison_id,
            )
            return Examined(
                submission=submission,
                job=await self._upload_limits.asked_to_fit(job, offer),
                stored=stored,
                policy=policy,
                offer=offer,
                dearest=self._failover.dearest(request, *pictures_of(stored)),
                owner_id=owner_id,
            )
        except Exception:
            await asyncio.to_thread(self._spool.remove, job_id)
            raise

    async def _held_against(
        self, submission: Submission, preferred: Preferred, job_id: str, policy: ServerPolicy
    ) -> tuple[Offer, ImageRequest, list[StoredReference]]:
        """Fetch the pictures and hold the draft against the catalog: every problem at once."""
        sources = (*submission.sources, *preferred.pictures)
        extended = widening(self._router.catalog, submission.draft)
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
