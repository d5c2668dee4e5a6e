"""Report: the form's text and the picture, shown to the moderators."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

import aiohttp
import discord

from bot.domain.errors import AccessError, Denial
from bot.services.ports import ResultPicture
from bot.services.requests.visibility import readable_prompt
from bot.ui.cards import cards, reports
from bot.ui.discord_api import message_pictures
from bot.ui.discord_api.permission_check import only_staff_reads
from bot.ui.language import Text, speaking
from bot.ui.messages import forms as words
from bot.ui.messages import results as result_words
from bot.ui.messages.staff import moderation as staff_words
from cogs import models_here, responses
from cogs.context import Interaction
from cogs.form_fields import Fields
from cogs.members.result_buttons import result_of

log = logging.getLogger(__name__)


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
    label = dict(words.REPORT_REASONS).get(fields.text("reason"), "")
    telling = _tell(interaction, shown, label, fields.text("text"))
    told = await responses.await_or_defer(interaction, telling, fresh=True)
    if not told:
        services.moderation.actions.report_cooldown.forget(me, job.job_id)
    text = result_words.REPORTED if told else result_words.REPORT_NOWHERE
    await responses.answer(interaction, cards.notice(text))


async def _tell(
    interaction: Interaction, shown: Sequence[ResultPicture], reason: Text, text: str
) -> bool:
    """Post a report in the first channel that takes it; False when none does."""
    with speaking(await responses.public_locale(interaction)):
        for channel_id in await interaction.client.services.moderation.reports.channels(
            shown[0].job.guild_id
        ):
            if await _post(interaction, channel_id, shown[0], str(reason), text):
                return True
    return False


async def _post(
    interaction: Interaction, channel_id: int, shown: ResultPicture, reason: str, text: str
) -> bool:
    """Post a report in a channel, with a copy of the pictures where it takes them."""
    services, job = interaction.client.services, shown.job
    files, note = await _pictures(interaction, channel_id, shown)
    policy = await services.servers.policies.of(job.guild_id)
    guild, staff_role = interaction.guild, policy.settings.staff_role
    private = guild is not None and only_staff_reads(guild, channel_id, staff_role)

    def card(files: Sequence[discord.File], note: Text | None) -> cards.Card:
        return reports.report(
            reports.Report(
                shown=shown,
                label=models_here.label_of(interaction.client, job),
                reason=reason,
                text=text,
                # Where others read it too, they read no more than below the picture.
                prompt=readable_prompt(job, policy, user_id=0, moderator=private),
                reporter_id=interaction.user.id if private else None,
                files=files,
                note=note,
            )
        )

    message_id = await responses.post(interaction, channel_id, card(files, note), files)
    if message_id is None and files:
        bare = card((), staff_words.REPORT_PICTURES_MISSING)
        message_id = await responses.post(interaction, channel_id, bare)
    # The first try may have arrived after all.
    if message_id is not None and files:
        await services.moderation.reports.posted(
            shown, channel_id=channel_id, message_id=message_id
        )
    return message_id is not None


async def _pictures(
    interaction: Interaction, channel_id: int, shown: ResultPicture
) -> tuple[list[discord.File], Text | None]:
    """Return copies of the reported pictures, or why there are none."""
    if not interaction.client.services.publisher.may_move(shown.channel_id, channel_id):
        return [], staff_words.REPORT_PICTURES_ADULT
    place = interaction.client.get_partial_messageable(shown.channel_id)
    try:
        message = await place.fetch_message(shown.message_id)
        files = await message_pictures.copies(message, spoiler=True)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.warning("message %d cannot be copied: %r", shown.message_id, error)
        files = []
    return files, None if files else staff_words.REPORT_PICTURES_MISSING
