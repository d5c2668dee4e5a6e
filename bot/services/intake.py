"""Accept or refuse a wish: gate, pictures, check, then one transaction for job and holds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain.catalog import Catalog, Offer
from bot.domain.errors import PictureError, RefusedError
from bot.domain.job import Destination, Job, JobState, Reason, new_job_id
from bot.domain.request import (
    Draft,
    ImageRequest,
    Note,
    NoteKind,
    Reference,
    Refusal,
    Violation,
    ViolationKind,
    with_references,
)
from bot.domain.routing import Router
from bot.services.access import Access, Requester
from bot.services.bell import Bell
from bot.services.estimates import Estimates
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

    The draft's own references are empty: the pictures come as `sources`.
    """

    draft: Draft
    sources: tuple[ReferenceSource, ...] = ()
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
        self._references = references
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

    # --- pictures and check ---------------------------------------------------------------

    async def _examine(
        self, wish: Wish, job_id: str
    ) -> tuple[Offer, ImageRequest, list[StoredReference], tuple[Note, ...]]:
        """Fetch the pictures and hold the draft against the catalog: every problem at once."""
        found = await asyncio.gather(
            *(self._fetch(job_id, position, source) for position, source in enumerate(wish.sources))
        )
        unusable = tuple(item for item in found if isinstance(item, Violation))
        # An unusable picture still counts as one, or "add a picture" would be told besides.
        pictures = [Reference() if isinstance(item, Violation) else item for item in found]
        draft = with_references(wish.draft, pictures)
        routed = self._router.route(draft)
        problems = (*unusable, *_private_count(wish))
        if isinstance(routed, Refusal):
            raise RefusedError(replace(routed, violations=(*problems, *routed.violations)))
        offer, request = routed
        if problems:
            raise RefusedError(Refusal(violations=problems, offer=offer))
        prepared: list[tuple[StoredReference, tuple[Note, ...]]] = []
        for position, source in enumerate(wish.sources):
            try:
                prepared.append(await self._prepare(job_id, position, source, offer))
            except PictureError as error:
                violation = _unusable(position, source, error)
                raise RefusedError(Refusal(violations=(violation,), offer=offer)) from error
        notes = tuple(note for _, changed in prepared for note in changed)
        return offer, request, [stored for stored, _ in prepared], (*request.notes, *notes)

    async def _fetch(
        self, job_id: str, position: int, source: ReferenceSource
    ) -> Reference | Violation:
        target = self._spool.path(self._spool.reference(job_id, "picture", position))
        try:
            return await self._references.fetch(source, target)
        except PictureError as error:
            return _unusable(position, source, error)

    async def _prepare(
        self, job_id: str, position: int, source: ReferenceSource, offer: Offer
    ) -> tuple[StoredReference, tuple[Note, ...]]:
        relative = self._spool.reference(job_id, "picture", position)
        path = self._spool.path(relative)
        reference, changes = await self._references.prepare(path, offer.references)
        await asyncio.to_thread(self._spool.sync, relative)
        stored = StoredReference(
            position=position,
            role="picture",
            path=relative,
            mime=reference.mime or "",
            width=reference.width or 0,
            height=reference.height or 0,
            bytes=reference.bytes or 0,
            url=source.url,
            converted=bool(changes),
        )
        if not changes:
            return stored, ()
        note = Note(
            kind=NoteKind.REFERENCE_CHANGED,
            values={"position": position + 1, "changes": changes},
        )
        return stored, (note,)


def _unusable(position: int, source: ReferenceSource, error: PictureError) -> Violation:
    return Violation(
        field="reference",
        kind=ViolationKind.PICTURE,
        values={
            "position": position + 1,
            "name": source.name,
            "problem": error.problem,
            **error.values,
        },
    )


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
