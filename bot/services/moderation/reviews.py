"""Results that wait for a review by staff: their cards, Approve and Refuse, and their end after a
day (docs/spec/states.md, T15 to T17).

The transaction that moves the job decides the review; the card follows it, and is brought to what
was decided by every process that finds it behind.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.domain.errors import DeliveryError, Objection, PictureError, StaffError
from bot.domain.job import Job, Picture, Reason
from bot.domain.job_outcome import outcome
from bot.domain.safety.reviews import Review, ReviewOutcome
from bot.services.delivery.posting import Delivery
from bot.services.ports import (
    GUARDED,
    Clock,
    Database,
    Pictures,
    ReviewCard,
    ReviewCards,
    Spool,
    UnitOfWork,
    of_server,
)
from bot.services.ports.user_data import Membership
from bot.services.quotas.cancellation import end_held
from bot.services.quotas.quota_book import QuotaBook
from bot.services.safety.result_check import ResultCheck
from bot.services.servers.decisions import Actor
from bot.services.servers.policies import Policies
from bot.services.tasks import periodic
from bot.services.tasks.conflicts import repeatable
from bot.services.tasks.leases import CHORES, Held
from bot.services.tasks.log_context import about_job
from bot.services.tasks.wake_event import WakeEvent

log = logging.getLogger(__name__)

POLL_SECONDS = 5.0
# A card shows smaller copies: they are to be judged, not to be kept.
LONGEST_EDGE = 1600
# A card that cannot be brought to what was decided is left alone after so long.
GIVE_UP_SECONDS = 2 * 24 * 3600


class Reviews:
    """Asks staff, and does what they decide. `taken` wakes who delivers what was approved."""

    def __init__(
        self,
        *,
        check: ResultCheck,
        cards: ReviewCards,
        delivery: Delivery,
        membership: Membership,
        taken: WakeEvent,
        quotas: QuotaBook,
        policies: Policies,
        pictures: Pictures,
        database: Database,
        spool: Spool,
        clock: Clock,
        held: Held,
    ) -> None:
        self._check = check
        self._cards = cards
        self._delivery = delivery
        self._membership = membership
        self._taken = taken
        self._quotas = quotas
        self._policies = policies
        self._pictures = pictures
        self._database = database
        self._spool = spool
        self._clock = clock
        self._held = held

    # --- decisions ------------------------------------------------------------------------

    @repeatable
    @about_job
    async def approve(self, job: Job, actor: Actor, *, manager: bool) -> None:
        """Post a held result (T16).

        StaffError where it does not wait any more, for one's own without Manage Server, and for
        that of a member who left: it is refunded.
        """
        if job.user_id == actor.actor_id and not manager:
            raise StaffError(Objection.REVIEW_YOURSELF)
        if not job.held:
            raise StaffError(Objection.REVIEW_OVER)
        if not await self._membership.is_member(job.guild_id, job.user_id):
            await self._end(job.job_id, Reason.BLOCKED, ReviewOutcome.WITHDRAWN, actor)
            raise StaffError(Objection.REVIEW_MEMBER_LEFT)
        posts = await self._delivery.plan(job, await self._to_show(job))
        if not posts:
            await self._end(job.job_id, Reason.INTERNAL, ReviewOutcome.WITHDRAWN, actor)
            raise StaffError(Objection.REVIEW_OVER)
        async with self._database.write(of_server(job.guild_id)) as uow:
            if not await uow.reviews.approve(job.job_id, posts, by=actor.actor_id):
                raise StaffError(Objection.REVIEW_OVER)
            await self._record(uow, job, actor, ReviewOutcome.APPROVED)
            await uow.commit()
        if job.comparison_id:
            self._delivery.wake_comparisons()
        else:
            self._taken.wake()
        self._check.held.wake()

    @about_job
    async def refuse(self, job: Job, actor: Actor) -> None:
        """Refund a held result (T17); StaffError where it does not wait any more."""
        if not await self._end(job.job_id, Reason.REFUSED_RESULT, ReviewOutcome.REFUSED, actor):
            raise StaffError(Objection.REVIEW_OVER)

    @repeatable
    async def _end(
        self, job_id: str, reason: Reason, how: ReviewOutcome, actor: Actor
    ) -> Job | None:
        async with self._database.write(of_server(actor.guild_id)) as uow:
            job = await end_held(
                uow, self._quotas, job_id, reason, how, by=actor.actor_id, now=actor.now
            )
            if job is None:
                return None
            await self._record(uow, job, actor, how)
            await uow.commit()
        self._check.held.wake()
        await self._delivery.tell(job)
        return job

    async def _record(self, uow: UnitOfWork, job: Job, actor: Actor, how: ReviewOutcome) -> None:
        await uow.audit.add(
            job.guild_id,
            at=actor.now,
            actor_id=actor.actor_id,
            action=how.value,
            subject_kind="verdict",
            subject_id=f"{job.job_id}:{job.user_id}",
            old=None,
            new=None,
            reason=None,
        )

    # --- chores ---------------------------------------------------------------------------

    async def run(self) -> None:
        """Post cards, bring them up to date, and end what waited too long, until cancelled."""
        await periodic.run_when_woken(self._tend, self._check.held, seconds=POLL_SECONDS)

    async def _tend(self) -> None:
        if self._held.holds(CHORES):
            await self.sweep()

    async def sweep(self) -> None:
        """Do what is due now."""
        now = self._clock.now()
        async with self._database.read() as uow:
            over = [await uow.job_queries.get(job_id) for job_id in await uow.reviews.over(now=now)]
        for job in over:
            if job is not None:
                actor = Actor(guild_id=job.guild_id, actor_id=0, reason=None, now=now)
                await self._end(job.job_id, Reason.HOLD_EXPIRED, ReviewOutcome.EXPIRED, actor)
        async with self._database.read() as uow:
            due = await uow.reviews.due()
        for review in due:
            try:
                await self._bring_up(review)
            except Exception as error:
                log.warning("the review of job %s has to wait: %r", review.job_id, error)

    async def _bring_up(self, review: Review) -> None:
        """Post a card, or show on it what was decided; or delete files."""
        if review.outcome is ReviewOutcome.MINORS:
            if not self._check.keeps_files:
                await asyncio.to_thread(self._spool.remove, review.job_id)
            await self._forget(review)
            return
        async with self._database.read() as uow:
            job = await uow.job_queries.get(review.job_id)
        if job is None:
            await self._forget(review)
        elif review.outcome is None and job.held:
            await self._post(review, job)
        elif review.outcome is not None:
            await self._show(review, job)

    async def _post(self, review: Review, job: Job) -> None:
        settings = (await self._policies.of(job.guild_id)).settings
        async with self._database.write(GUARDED) as uow:
            tried = await uow.reviews.mark_card_try(review.job_id, now=self._clock.now())
            await uow.commit_mark()
        card = ReviewCard(review=replace(review, first_try_at=tried), job=job, settings=settings)
        message_id = await self._cards.find(card) if tried is not None else None
        copies = list[Path]()
        try:
            if message_id is None:
                copies = await self._copies(job)
                message_id = await self._cards.post(replace(card, files=tuple(copies)))
        except DeliveryError as error:
            # Nobody can be asked there: as where no channel is set.
            log.warning("the review of job %s cannot be posted: %s", job.job_id, error)
            actor = Actor(guild_id=job.guild_id, actor_id=0, reason=None, now=self._clock.now())
            await self._end(job.job_id, Reason.HOLD_EXPIRED, ReviewOutcome.EXPIRED, actor)
            return
        finally:
            for copy in copies:
                copy.unlink(missing_ok=True)
        async with self._database.write(GUARDED) as uow:
            await uow.reviews.card_posted(review.job_id, message_id)
            await uow.commit()

    async def _show(self, review: Review, job: Job) -> None:
        if review.first_try_at is None:
            await self._forget(review)  # nobody ever saw it
            return
        settings = (await self._policies.of(job.guild_id)).settings
        card = ReviewCard(review=review, job=job, settings=settings)
        try:
            if review.message_id is None:
                found = await self._cards.find(card)
                if found is None:
                    await self._forget(review)
                    return
                card = replace(card, review=replace(review, message_id=found))
            await self._cards.show(card)
        except DeliveryError as error:
            log.info("the card of job %s cannot be changed: %s", job.job_id, error)
        except Exception:
            if self._clock.now() < review.held_at + GIVE_UP_SECONDS:
                raise
            log.warning("the card of job %s stays as it is", job.job_id)
        await self._forget(review)

    async def _forget(self, review: Review) -> None:
        async with self._database.write(GUARDED) as uow:
            await uow.reviews.forget(review.job_id)
            await uow.commit()

    async def _to_show(self, job: Job) -> Sequence[Picture]:
        """Return the pictures of a job that are to be posted."""
        async with self._database.read() as uow:
            calls = await uow.calls.of_job(job.job_id)
            pictures = await uow.calls.pictures(job.job_id)
        wanted = outcome(job.request.count, calls, pictures).delivered_positions
        return [one for one in pictures if one.position in wanted]

    async def _copies(self, job: Job) -> list[Path]:
        """Make smaller copies of the pictures for a card."""
        copies: list[Path] = []
        for picture in await self._to_show(job):
            source = await self._spool.get(picture.path) if picture.path else None
            if source is None:
                continue
            name = self._spool.judged(job.job_id, f"card-{picture.position}")
            copy = self._spool.path(name)
            try:
                await self._pictures.thumbnail(source, copy, longest_edge=LONGEST_EDGE)
            except PictureError as error:
                log.warning("a picture of job %s cannot be shown to staff: %s", job.job_id, error)
                continue
            copies.append(copy)
        return copies
