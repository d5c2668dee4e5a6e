"""Requests that wait for the owner of a picture: the card, the answer, and what follows from it.

Presses only write what was said. Everything else is done by one loop, which a press wakes: what a
process began, the next one ends. The transaction that accepts the request also spends the consent
(`Intake.submit`), so an answer is never lost and never counts twice.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

from bot.domain.errors import AccessError, Denial, QuotaError, RefusedError, StorageError
from bot.domain.requests.consent import ENDED_WITHOUT_JOB, Consent, ConsentState
from bot.services.delivery.reply_tickets import ReplyTickets
from bot.services.delivery.tickets import Tickets
from bot.services.ports import GUARDED, Clock, Database, UnitOfWork, of_member
from bot.services.requests.drafts import DraftsAndBasket
from bot.services.requests.intake import Intake
from bot.services.requests.submission import Submission
from bot.services.servers import consent_log
from bot.services.servers.access import Requester
from bot.services.servers.policies import Policies
from bot.services.tasks import periodic
from bot.services.tasks.conflicts import repeatable
from bot.services.tasks.wake_event import WakeEvent

log = logging.getLogger(__name__)

POLL_SECONDS = 30.0
# Another process takes over what this one did not finish in that time.
CLAIM_SECONDS = 60
# A card that was answered stays for a while, to be read.
CARD_SECONDS = 600
KEPT_SECONDS = 24 * 3600

FindRequester = Callable[[Consent], Awaitable[Requester | None]]
"""Returns who asked with their rights as they are now; None who is not there any more.

Raises LookupError where this process cannot know.
"""


class ConsentMessages(Protocol):
    """Shows consents on Discord.

    Refusals for good are None or False; anything else is raised and may be tried again.
    """

    async def ask(self, consent: Consent, prompt: str | None) -> int | None:
        """Post the card for the owner, and return its message id."""
        ...

    async def find(self, consent: Consent) -> int | None:
        """Look for a card that may have been posted before the process died."""
        ...

    async def tell(self, consent: Consent, why: Exception | None) -> bool:
        """Tell the requester, once, that nothing comes of it; `why` where that is known."""
        ...


class Consents:
    """Takes answers, and brings them about. `find` reads a requester off Discord."""

    def __init__(
        self,
        *,
        intake: Intake,
        drafts: DraftsAndBasket,
        tickets: Tickets,
        replies: ReplyTickets,
        messages: ConsentMessages,
        find: FindRequester,
        policies: Policies,
        database: Database,
        clock: Clock,
        woken: WakeEvent,
    ) -> None:
        self._intake = intake
        self._drafts = drafts
        self._tickets = tickets
        self._replies = replies
        self._messages = messages
        self._find = find
        self._policies = policies
        self._database = database
        self._clock = clock
        self._woken = woken

    async def get(self, consent_id: str) -> Consent | None:
        """Return a consent, while it is kept."""
        async with self._database.read() as uow:
            return await uow.consents.get(consent_id)

    @repeatable
    async def answer(self, consent: Consent, user_id: int, *, allow: bool) -> bool:
        """Write what the owner says; False when it was answered, or over, before.

        The card is to be taken away later by the same transaction.
        """
        now = self._clock.now()
        state = ConsentState.ALLOWED if allow else ConsentState.REFUSED
        async with self._database.write(of_member(user_id)) as uow:
            decided = await uow.consents.decide(consent.consent_id, user_id, state, now=now)
            if decided:
                await consent_log.answered(uow, consent, state.value, by=user_id, now=now)
            if decided and consent.message_id is not None:
                await _take_card(uow, consent, now + CARD_SECONDS)
            await uow.commit()
        self._woken.wake()
        return decided

    async def prompt_of(self, consent: Consent) -> str | None:
        """Return the words of a request, for the owner of the picture."""
        kept = await self._drafts.kept(consent.consent_id, consent.user_id)
        return kept.asked.prompt if kept else None

    async def run(self) -> None:
        """Do what is due, until cancelled."""
        await periodic.run_when_woken(self.tend, self._woken, seconds=POLL_SECONDS)

    async def tend(self) -> None:
        """Post cards, bring answers about, end what is over, and tell its requesters."""
        async with self._database.read() as uow:
            due = await uow.consents.due(now=self._clock.now())
        for consent in due:
            try:
                await self._step(consent)
            except LookupError:
                continue  # another process sees that server
            except Exception:
                log.exception("consent %s could not be brought about", consent.consent_id)

    async def sweep(self) -> None:
        """Delete what ended a day ago."""
        async with self._database.write(GUARDED) as uow:
            await uow.consents.sweep(before=self._clock.now() - KEPT_SECONDS)
            await uow.commit()

    async def _step(self, consent: Consent) -> None:
        now = self._clock.now()
        asking = consent.state is ConsentState.ASKING
        who = None
        if consent.state is ConsentState.ALLOWED:
            # Before it is claimed: where nobody can know, it is another process's.
            who = await self._find(consent)
        if not await self._claimed(consent, now):
            return
        if asking and consent.expires_at <= now:
            await self._end(consent, ConsentState.EXPIRED)
        elif asking:
            await self._show(consent)
        elif consent.state is ConsentState.ALLOWED:
            await self._submit(consent, who)
        elif consent.state in ENDED_WITHOUT_JOB:
            await self._tell(consent)

    async def _claimed(self, consent: Consent, now: int) -> bool:
        async with self._database.write(GUARDED) as uow:
            claimed = await uow.consents.claim(consent, until=now + CLAIM_SECONDS, now=now)
            if claimed and consent.state is ConsentState.ASKING:
                await uow.consents.trying(consent.consent_id, now=now)
            await uow.commit()
        return claimed

    async def _show(self, consent: Consent) -> None:
        """Post the card; after an earlier try, what came of that is looked for first."""
        message_id = await self._messages.find(consent) if consent.first_try_at else None
        if message_id is None:
            message_id = await self._messages.ask(consent, await self._shown_prompt(consent))
        if message_id is None:
            await self._end(consent, ConsentState.FAILED, AccessError(Denial.CANNOT_POST))
            return
        now = self._clock.now()
        async with self._database.write(GUARDED) as uow:
            if not await uow.consents.posted(consent.consent_id, message_id):
                await _take_card(uow, replace(consent, message_id=message_id), now)
            await uow.commit()

    async def _shown_prompt(self, consent: Consent) -> str | None:
        """Return what everybody may read of a request, None for nothing."""
        kept = await self._drafts.kept(consent.consent_id, consent.user_id)
        policy = await self._policies.of(consent.guild_id)
        if kept is None or kept.private or not policy.settings.prompts_shown:
            return None
        return kept.asked.prompt

    async def _submit(self, consent: Consent, who: Requester | None) -> None:
        """Send an allowed request through the gate, as if it was asked now."""
        if who is None:
            await self._end(consent, ConsentState.FAILED, told=True)
            return
        place = (consent.channel_id, consent.reply_to or 0)
        if consent.reply_to:
            await self._replies.begin(*place)
        try:
            submission = await self._submission(consent, who)
            ticket = await self._intake.submit(submission)
        except (AccessError, RefusedError, QuotaError) as error:
            if consent.reply_to:
                await self._replies.withdraw(*place)
            await self._end(consent, ConsentState.FAILED, error)
            return
        await self._tickets.opened(ticket.progress)
        if ticket.known:
            # Its event had a job before, which did not need this consent.
            async with self._database.write(GUARDED) as uow:
                job_id = ticket.progress.job.job_id
                await uow.consents.use(consent.consent_id, job_id, owner_id=None)
                await uow.commit()

    async def _submission(self, consent: Consent, who: Requester) -> Submission:
        found = await self._drafts.submission(consent.consent_id, who, consent.origin)
        if found is None:
            raise AccessError(Denial.CONSENT_OVER)
        alive = (consent.ticket_expires_at or 0) > self._clock.now()
        return replace(
            found,
            again_of=consent.again_of,
            retry_of=consent.retry_of,
            reply_to=consent.reply_to,
            ticket_token=consent.ticket_token if alive else None,
            ticket_expires_at=consent.ticket_expires_at if alive else None,
            consent_id=consent.consent_id,
        )

    @repeatable
    async def _end(
        self,
        consent: Consent,
        state: ConsentState,
        why: Exception | None = None,
        *,
        told: bool = False,
    ) -> None:
        """End what does not become a job, take its card away, and tell its requester."""
        now = self._clock.now()
        async with self._database.write(GUARDED) as uow:
            ended = await uow.consents.end(consent.consent_id, state, now=now)
            if ended and consent.state is ConsentState.ASKING:
                action = "expired" if state is ConsentState.EXPIRED else "withdrawn"
                await consent_log.answered(uow, consent, action, now=now)
            if ended and told:
                await uow.consents.told(consent.consent_id, now=now)
            if ended and consent.state is ConsentState.ASKING and consent.message_id is not None:
                await _take_card(uow, consent, now)
            await uow.commit()
        if ended and not told:
            await self._tell(replace(consent, state=state), why)

    async def _tell(self, consent: Consent, why: Exception | None = None) -> None:
        try:
            if not await self._messages.tell(consent, why):
                log.info("consent %s: its requester cannot be told", consent.consent_id)
        except StorageError:
            raise
        except Exception as error:
            log.warning("consent %s: its requester is told later: %r", consent.consent_id, error)
            return
        async with self._database.write(GUARDED) as uow:
            await uow.consents.told(consent.consent_id, now=self._clock.now())
            await uow.commit()


async def _take_card(uow: UnitOfWork, consent: Consent, until: int) -> None:
    await uow.scheduled_deletions.put(consent.channel_id, consent.message_id or 0, until=until)
