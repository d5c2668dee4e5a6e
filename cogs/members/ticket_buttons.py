"""Buttons on tickets and on the message that tells of a failure."""

from __future__ import annotations

from contextlib import AsyncExitStack

from bot.domain.catalog import Operation
from bot.domain.job import REFUSALS, Destination, Job, JobState
from bot.services.delivery.progress import progress_of
from bot.services.ports import Progress
from bot.ui import buttons, forms
from bot.ui.cards import cards, details
from bot.ui.messages import tickets as words
from bot.ui.messages.requests.comparisons import CANCELLED as COMPARISON_CANCELLED
from cogs import models_here, requesters, responses, submitting
from cogs.context import Interaction
from cogs.persistent_button import JobButton, blank_submission


class CancelButton(JobButton, template=buttons.CANCEL):
    """Cancel or Stop: for the member who asked, and for moderators."""

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        services, who = interaction.client.services, requesters.of(interaction)
        rights = services.moderation.removal_rights
        if not await rights.may_remove(who, job):
            await responses.answer(interaction, cards.notice(words.REQUEST_NOT_YOURS))
            return
        now = await responses.await_or_defer(interaction, rights.cancel(who, job))
        if now is None:
            await responses.answer(interaction, cards.notice(words.REQUEST_ENDED))
            return
        if now.comparison_id and now.destination is Destination.COMPARISON:
            await responses.replace(interaction, cards.notice(COMPARISON_CANCELLED))
            return
        if now.state.final and now.reply_to_message_id is not None:
            # A public ticket goes away with its request.
            await responses.answer(interaction, responses.ticket(interaction, progress_of(now)))
            await services.delivery.reply_tickets.ended(now)
            return
        await _update(interaction, progress_of(now))


class RefreshButton(JobButton, template=buttons.REFRESH):
    """Refresh: the ticket as it is now, also when its own token died."""

    own = True

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        intake = interaction.client.services.requests.intake
        role_ids = requesters.roles_of(interaction.user)
        progress = await responses.await_or_defer(
            interaction, intake.progress(job.job_id, role_ids=role_ids)
        )
        if progress is not None:
            await _update(interaction, progress)


async def _update(interaction: Interaction, progress: Progress) -> None:
    """Show a request in the place of its ticket, unless what came meanwhile says more.

    A private result has taken the ticket's place, and its pictures are nowhere else.
    """
    job = progress.job
    async with AsyncExitStack() as stack:
        turn = stack.enter_async_context(interaction.client.services.delivery.tickets.turn(job))
        open_still = await responses.await_or_defer(interaction, turn)
        is_result = interaction.message is not None and (
            interaction.message.id == progress.message_id
        )
        if is_result or not (open_still or job.state.final):
            await responses.defer(interaction)
            return
        await responses.replace(interaction, responses.ticket(interaction, progress, place=True))


class WhyButton(JobButton, template=buttons.WHY):
    """Why?: all that is known of a failure: a ticket has its reason, a public line has none."""

    own = True

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        services = interaction.client.services
        progress = await responses.await_or_defer(
            interaction, services.requests.intake.progress(job.job_id)
        )
        if progress is None:
            return
        if job.state not in (JobState.FAILED, JobState.CANCELLED):
            await responses.answer(interaction, responses.ticket(interaction, progress))
            return
        calls = await services.requests.results.calls(job.job_id)
        lost = await services.requests.results.lost(job.job_id)
        label = models_here.label_of(interaction.client, job)
        await responses.answer(
            interaction, details.failure(progress, calls, label=label, lost=lost)
        )


class RetryButton(JobButton, template=buttons.RETRY):
    """Retry: the same request once more, once."""

    own = True

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        if job.reason in REFUSALS:
            # On a message of an earlier release.
            await open_rephrase(interaction, job)
            return
        if job.state not in (JobState.FAILED, JobState.CANCELLED):
            await responses.answer(interaction, cards.notice(words.NOTHING_TO_RETRY))
            return
        repeats = interaction.client.services.requests.repeats
        retrying = repeats.retry(job, blank_submission(interaction))
        submission = await responses.await_or_defer(interaction, retrying, fresh=True)
        await submitting.submit(interaction, submission)


class RephraseButton(JobButton, template=buttons.REPHRASE):
    """Rephrase, Use other pictures: a refused request as a form."""

    own = True

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        await open_rephrase(interaction, job)


async def open_rephrase(interaction: Interaction, job: Job) -> None:
    """Open the form for other words, or pictures, of a request of the member who presses."""
    custom_id = buttons.opened_by(buttons.job_button("rephrase", job.job_id), interaction.id)
    request = job.request
    form = forms.rephrase(
        custom_id,
        request.prompt,
        changes=request.operation is Operation.EDIT,
        pictures=request.references > 0,
    )
    await responses.open_form(interaction, form)
