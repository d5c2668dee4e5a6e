"""Buttons on a result that waits for pick-up: Show, Share to channel, Discard.

The answer to the press takes the card's place and stays true: it becomes the pictures, or the
ticket of the post.
"""

from __future__ import annotations

from bot.domain.job import Job, JobState
from bot.ui import buttons
from bot.ui.cards import cards
from bot.ui.discord_api import result_message as result_files
from bot.ui.messages import tickets as words
from cogs import requesters, responses
from cogs.context import Interaction
from cogs.persistent_button import JobButton


class ShowButton(JobButton, template=buttons.SHOW):
    """Show: the pictures of a request for the member alone, as often as they like."""

    own = True

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        if job.waits_for_pickup:
            await _defer(interaction)
            showing = interaction.client.services.delivery.pickups.show(
                job,
                requesters.of(interaction),
                token=interaction.token,
                token_expires_at=int(interaction.expires_at.timestamp()),
            )
            if not await showing:
                await _tell_where_it_is(interaction, job)
        elif not job.state.final:
            await _tell_where_it_is(interaction, job)
        else:
            await _show_again(interaction, job)


class ShareButton(JobButton, template=buttons.SHARE):
    """Share: the pictures to everybody in this channel, where that is allowed."""

    own = True

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        if not job.waits_for_pickup:
            await _tell_where_it_is(interaction, job)
            return
        await _defer(interaction)
        sharing = interaction.client.services.delivery.pickups.share(
            job,
            requesters.of(interaction),
            token=interaction.token,
            token_expires_at=int(interaction.expires_at.timestamp()),
        )
        if not await sharing:
            await _tell_where_it_is(interaction, job)


class DiscardButton(JobButton, template=buttons.DISCARD):
    """Discard: nothing is shown, and nothing is charged."""

    own = True

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        discarding = interaction.client.services.delivery.pickups.discard(job)
        if await responses.await_or_defer(interaction, discarding):
            await responses.replace(interaction, cards.notice(words.DISCARDED))
        else:
            await _tell_where_it_is(interaction, job)


async def _defer(interaction: Interaction) -> None:
    """Promise an answer in the card's place; never in that of a message which others see."""
    await responses.defer(interaction, fresh=not _private(interaction))


def _private(interaction: Interaction) -> bool:
    """Tell whether only the member sees the message with the button."""
    return interaction.message is not None and interaction.message.flags.ephemeral


async def _tell_where_it_is(interaction: Interaction, job: Job) -> None:
    """Show what became of a request that does not wait any more."""
    services = interaction.client.services
    progress = await services.requests.intake.progress(job.job_id)
    if progress is None:
        return
    card = responses.ticket(interaction, progress)
    if progress.job.state is JobState.FAILED and _private(interaction):
        await responses.replace(interaction, card)
    else:
        # Another press may just have put the pictures into the card's place.
        await responses.answer(interaction, card)


async def _show_again(interaction: Interaction, job: Job) -> None:
    services = interaction.client.services
    shown = await services.requests.results.of_job(job.job_id)
    found = [
        (one, await services.requests.results.posted_file(one)) for one in shown if not one.removed
    ]
    kept = [(one, path) for one, path in found if path is not None]
    if not kept:
        await responses.answer(interaction, cards.notice(words.PICTURES_NOT_KEPT))
        return
    await responses.defer(interaction, fresh=True)
    opened = result_files.reopened(kept)
    await responses.answer(interaction, result_files.shown_again(job, opened), opened)
