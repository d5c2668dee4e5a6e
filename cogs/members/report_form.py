"""Report: the form's text and the picture, shown to the moderators."""

from __future__ import annotations

import re

from bot.domain.errors import AccessError, Denial
from bot.ui.cards import cards, moderation
from bot.ui.language import speaking
from bot.ui.messages import forms as words
from bot.ui.messages import results as result_words
from bot.ui.messages.staff import moderation as staff_words
from cogs import responses
from cogs.context import Interaction
from cogs.form_fields import Fields
from cogs.members.result_buttons import result_of


async def reported(interaction: Interaction, match: re.Match[str], fields: Fields) -> None:
    """Show a report to the moderators."""
    services = interaction.client.services
    shown = await result_of(interaction, int(match["message"]))
    if not shown:
        raise AccessError(Denial.PICTURE_GONE)
    job, me = shown[0].job, interaction.user.id
    if not services.moderation.actions.report_cooldown.begin(me, job.job_id):
        await responses.answer(interaction, cards.notice(staff_words.REPORTED_BEFORE))
        return
    channel_id = await services.requests.results.log_channel(job.guild_id)
    label = dict(words.REPORT_REASONS).get(fields.text("reason"), "")
    with speaking(await responses.public_locale(interaction)):
        card = moderation.report(job, shown[0], me, str(label), fields.text("text"))
    told = channel_id is not None and await responses.post(interaction, channel_id, card)
    if not told:
        services.moderation.actions.report_cooldown.forget(me, job.job_id)
    text = result_words.REPORTED if told else result_words.REPORT_NOWHERE
    await responses.answer(interaction, cards.notice(text))
