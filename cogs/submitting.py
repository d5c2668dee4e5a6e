"""Submits what a command, a press or a form asks for, and shows its ticket or its refusal."""

from __future__ import annotations

import logging
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from bot.domain.errors import ConsentAskedError, QuotaError, RefusedError
from bot.services.requests.submission import Submission, Ticket
from bot.ui.cards import cards
from cogs import error_cards, responses
from cogs.context import Interaction

log = logging.getLogger(__name__)


async def submit(
    interaction: Interaction, submission: Submission, *, named: cards.Named | None = None
) -> bool:
    """Submit a request and answer privately: its ticket, or every problem with what helps.

    `named` is the picture that the request starts from, shown in the ticket. False: it was refused.
    """
    services = interaction.client.services
    if submission.sources:
        # Downloads take their time; without pictures the check is over in no time.
        await responses.defer(interaction, fresh=True)
    try:
        await show(
            interaction, submission.origin, services.requests.intake.submit(submission), named=named
        )
        return True
    except ConsentAskedError as asked:
        card = error_cards.card_of(interaction.client, asked, submission.origin)
        await responses.answer(interaction, card)
        return True
    except (RefusedError, QuotaError) as error:
        client, who = interaction.client, submission.requester
        remedies = await error_cards.remedies_of(client, error, who, submission)
        card = error_cards.card_of(client, error, submission.origin, remedies)
        await responses.answer(interaction, card)
        return False


async def show(
    interaction: Interaction,
    origin: str,
    submitting: Coroutine[Any, Any, Ticket],
    *,
    named: cards.Named | None = None,
) -> None:
    """Show the ticket of a request that is being submitted under an origin."""
    services = interaction.client.services
    ticket = await responses.await_or_defer(interaction, submitting, fresh=True)
    progress = ticket.progress
    job = progress.job
    services.moderation.suggestions.heard(job.user_id, interaction.user.display_name)
    services.requests.recent_results.expect(job.user_id, job.guild_id, job.channel_id)
    services.styles.known.expect(job.user_id, job.guild_id)
    if ticket.known:
        log.info("%s was received twice", origin)
        if job.origin == f"i:{interaction.id}":
            return  # this very event: the process that took it first answers
        # The same press, or the same form, once more: the first ticket is the one that moves.
        await responses.answer(interaction, responses.ticket(interaction, progress))
        return
    left = ticket.quota_status.left
    card = services.publisher.ticket(progress, left, named)
    files = [named.file] if named and named.file else []
    if not await responses.answer(interaction, card, files) and named:
        # Discord may not have liked the picture, which is no reason to leave somebody waiting.
        plain = replace(named, url=None, file=None)
        card = services.publisher.ticket(progress, left, plain)
        await responses.answer(interaction, card)
    # Also when Discord did not take the ticket: the job goes on, its edits may begin.
    await services.delivery.tickets.opened(progress)
