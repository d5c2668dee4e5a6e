"""Accept or refuse a wish: gate, pictures, check, then one transaction for job and holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain.catalog import Catalog, Offer
from bot.domain.errors import RefusedError
from bot.domain.job import Destination, Job, JobState, Reason, new_job_id
from bot.domain.request import (
    Draft,
    ImageRequest,
    Note,
    Refusal,
    Violation,
    ViolationKind,
)
from bot.domain.routing import Router
from bot.services.access import Access, Requester
from bot.services.bell import Bell
from bot.services.estimates import Estimates
from bot.services.pictures import WishPictures, with_pictures
from bot.services.ports import (
    Clock,
    Database,
    Progress,
    References,
    ReferenceSource,
    Spool,
    StoredReference,
    UnitOfWork,
)
from bot.services.quotas import QuotaBook, Standing
from bot.services.tickets import Tickets

# What waited this long is refunded and told (DATA.md T10).
QUEUE_SECONDS = 3600
# One message carries a private result; Discord takes ten files in it.
PRIVATE_MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a member asked, with what is needed to answer: `origin` names the Discord event.

    The draft's own pictures are empty: they come as `sources`, and as `mask`.
    """

    draft: Draft
    sources: tuple[ReferenceSource, ...] = ()
    mask: ReferenceSource | None = None
    requester: Requester
    origin: str
    spoiler: bool = False
    private: bool = False
    ticket_token: str | None = None
    ticket_expires_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What the member is told at once. `known` means that this very event came before."""

    progress: Progress
    offer: Offer
    standing: Standing
    notes: tuple[Note, ...] = ()
    known: bool = False


class Intake:
    """Submits wishes and withdraws them."""

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
        bells: Mapping[str, Bell],
    ) -> None:
        self._access = access
        self._router = router
        self._quotas = quotas
        self._estimates = estimates
        self._database = database
        self._pictures = WishPictures(references, spool)
        self._spool = spool
        self._clock = clock
        self._tickets = tickets
        self._bells = bells

    @property
    def catalog(self) -> Catalog:
        return self._router.catalog

    async def submit(self, wish: Wish) -> Ticket:
        """Accept a wish and charge it, or raise AccessError, RefusedError or QuotaError.

        The transaction that inserts the job holds its credits, so an accepted wish is a paid
        one. The same event submitted twice returns the first ticket.
        """
        guild_id = self._access.check(wish.requester, private=wish.private)
        job_id = new_job_id()
        try:
            offer, request, stored, notes = await self._examine(wish, job_id)
            now = self._clock.now()
            job = Job(
                job_id=job_id,
                origin=wish.origin,
                guild_id=guild_id,
                channel_id=wish.requester.channel_id,
                user_id=wish.requester.user_id,
                request=request,
                state=JobState.QUEUED,
                destination=Destination.INTERACTION if wish.private else Destination.CHANNEL,
                spoiler=wish.spoiler,
                created_at=now,
                expires_at=now + QUEUE_SECONDS,
                ticket_token=wish.ticket_token,
                ticket_expires_at=wish.ticket_expires_at,
            )
            if wish.ticket_token:
                # Before the job can run: its first edit must not overtake the answer.
                self._tickets.expect(job_id)
            async with self._database.write() as uow:
                added = await uow.jobs.add(job, stored)
                if added:
                    await self._quotas.reserve(uow, job, now=now)
                else:
                    job = await uow.jobs.of_origin(wish.origin) or job
                ticket = await self._ticket(uow, job, offer, notes, known=not added)
                if added:
                    await uow.commit()
        except BaseException:
            self._forget(job_id)
            raise
        if ticket.known:
            self._forget(job_id)
        self._bells[request.provider].ring()
        return ticket

    def _forget(self, job_id: str) -> None:
        self._tickets.forget(job_id)
        self._spool.remove(job_id)

    async def cancel(self, job_id: str, *, by: Reason) -> Job | None:
        """Withdraw a job: refund it while it waits, or skip what is not sent yet.

        Returns the job as it is then; None when it had ended before.
        """
        now = self._clock.now()
        async with self._database.write() as uow:
            job = await uow.jobs.cancel(job_id, by, now=now)
            if job is not None:
                await self._quotas.settle(uow, job, delivered=0, paid=0, now=now)
                if by is Reason.BY_MEMBER:
                    # Who withdraws a wish sees its end in the answer to the press.
                    await uow.jobs.told(job_id, now=now)
            elif await uow.jobs.request_stop(job_id):
                job = await uow.jobs.get(job_id)
            await uow.commit()
        return job

    async def find(self, job_id: str) -> Job | None:
        """Return a job by its id."""
        async with self._database.read() as uow:
            return await uow.jobs.get(job_id)

    async def standing(self, *, guild_id: int, user_id: int) -> Standing:
        """Return what a member may still do in a server."""
        async with self._database.read() as uow:
            return await self._quotas.standing(
                uow, guild_id=guild_id, user_id=user_id, now=self._clock.now()
            )

    async def _ticket(
        self, uow: UnitOfWork, job: Job, offer: Offer, notes: tuple[Note, ...], *, known: bool
    ) -> Ticket:
        now = self._clock.now()
        standing = await self._quotas.standing(
            uow, guild_id=job.guild_id, user_id=job.user_id, now=now
        )
        ahead = await uow.jobs.queued_ahead(job)
        ready_at = now + self._estimates.seconds(offer, job.request, ahead=ahead)
        progress = Progress(job=job, position=ahead + 1, ready_at=ready_at)
        return Ticket(progress=progress, offer=offer, standing=standing, notes=notes, known=known)

    async def _examine(
        self, wish: Wish, job_id: str
    ) -> tuple[Offer, ImageRequest, list[StoredReference], tuple[Note, ...]]:
        """Fetch the pictures and hold the draft against the catalog: every problem at once."""
        given = await self._pictures.fetch(job_id, wish.sources, wish.mask)
        unusable = tuple(one.problem for one in given if one.problem is not None)
        routed = self._router.route(with_pictures(wish.draft, given))
        problems = (*unusable, *_private_count(wish))
        if isinstance(routed, Refusal):
            raise RefusedError(replace(routed, violations=(*problems, *routed.violations)))
        offer, request = routed
        if problems:
            raise RefusedError(Refusal(violations=problems, offer=offer))
        stored, notes = await self._pictures.prepare(job_id, given, offer)
        return offer, request, stored, (*request.notes, *notes)


def _private_count(wish: Wish) -> tuple[Violation, ...]:
    """A private result is one message: it holds ten pictures."""
    count = wish.draft.count or 1
    if not wish.private or count <= PRIVATE_MOST:
        return ()
    return (
        Violation(
            field="count",
            kind=ViolationKind.COUNT_RANGE,
            suggestion=PRIVATE_MOST,
            values={"count": count, "limit": PRIVATE_MOST, "private": True},
        ),
    )
