"""Buttons below a report: what becomes of the picture, and of the report."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass
from weakref import WeakValueDictionary

import discord

from bot.domain.errors import Objection, StaffError
from bot.domain.job import Job
from bot.services.ports import AuditEntry
from bot.services.servers.staff_rights import Staff
from bot.ui import buttons
from bot.ui.cards import reports
from bot.ui.discord_api.permission_check import only_staff_reads
from bot.ui.language import speaking
from bot.ui.messages.staff import moderation as words
from bot.ui.messages.tickets import jump
from bot.ui.messages.words import REPORT_REASON, sentences
from cogs import responses
from cogs.context import Interaction
from cogs.moderators import member_actions, staff
from cogs.persistent_button import NEVER, PersistentButton

log = logging.getLogger(__name__)

REPORT_BLOCK_SECONDS = 86_400
# Two presses on one card follow each other, so that the second starts from what the first left.
_cards: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a report: its line, which buttons stay, and the change that can be undone."""

    line: str
    keep: tuple[re.Pattern[str], ...] = ()
    pictures: bool = False
    entry: AuditEntry | None = None


class ReportButton(PersistentButton, template=NEVER):
    """A button below a report."""

    async def pressed(self, interaction: Interaction) -> None:
        guild_id = await staff.require(interaction, Staff.MODERATOR)
        job = await interaction.client.services.requests.intake.find(self.values["job"])
        message = interaction.message
        if job is None or job.guild_id != guild_id or message is None:
            raise StaffError(Objection.PICTURE_UNKNOWN)
        # Discord may be slow to take the pictures away: promise an answer first.
        await responses.defer(interaction)
        lock = _cards.setdefault(message.id, asyncio.Lock())
        # The report is everybody's of the staff: what became of it is, too.
        async with lock:
            with speaking(await responses.public_locale(interaction)):
                outcome = await self.settle(interaction, job)
                await _show(interaction, message, outcome)
        if outcome.entry is not None:
            # Undo is for who pressed: others find it in the history.
            await staff.changed(interaction, outcome.entry)

    async def settle(self, interaction: Interaction, job: Job) -> Outcome:
        """Do it, and return what became of the report."""
        raise StaffError(Objection.PICTURE_UNKNOWN)


class ReportRemove(ReportButton, template=buttons.REPORT_REMOVE):
    """Remove: takes the reported result away, and the card's copy."""

    async def settle(self, interaction: Interaction, job: Job) -> Outcome:
        services, me = interaction.client.services, interaction.user.id
        actor = member_actions.actor_of(interaction, job.guild_id, REPORT_REASON.english)
        keep = (buttons.REPORT_BLOCK,)
        try:
            _, deleted = await services.moderation.actions.remove(actor, job.job_id)
        except StaffError as error:
            return _gone(error, me)
        line = words.report_removed(me)
        return Outcome(line=line if deleted else sentences(line, words.REMOVE_LEFT), keep=keep)


class ReportHide(ReportButton, template=buttons.REPORT_HIDE):
    """Hide behind a spoiler: covers the reported result."""

    async def settle(self, interaction: Interaction, job: Job) -> Outcome:
        services, me = interaction.client.services, interaction.user.id
        actor = member_actions.actor_of(interaction, job.guild_id, REPORT_REASON.english)
        keep = (buttons.REPORT_REMOVE, buttons.REPORT_BLOCK)
        before = await services.requests.results.of_job(job.job_id)
        try:
            entry, shown = await services.moderation.spoilers.hide(actor, job.job_id)
        except StaffError as error:
            if error.objection is not Objection.PICTURE_HIDDEN:
                return _gone(error, me)
            return Outcome(line=words.report_hidden_before(me), keep=keep, pictures=True)
        line = words.report_hidden(me, shown=shown)
        after = await services.requests.results.of_job(job.job_id)
        moved = [one for one, old in zip(after, before, strict=False) if one != old]
        moved = [one for one in moved if one.message_id not in {old.message_id for old in before}]
        if moved:
            url = jump(job.guild_id, moved[0].channel_id, moved[0].message_id)
            line = sentences(line, words.report_moved(url))
        return Outcome(line=line, keep=keep, pictures=True, entry=entry)


class ReportBlock(ReportButton, template=buttons.REPORT_BLOCK):
    """Block 1 day: keeps the picture's member from asking."""

    async def settle(self, interaction: Interaction, job: Job) -> Outcome:
        actor = member_actions.actor_of(interaction, job.guild_id, REPORT_REASON.english)
        until, me = actor.now + REPORT_BLOCK_SECONDS, interaction.user.id
        keep = (buttons.REPORT_REMOVE, buttons.REPORT_HIDE)
        current = await interaction.client.services.moderation.actions.blocked(
            job.guild_id, job.user_id
        )
        if current is not None and (current.until is None or current.until >= until):
            # Never shorter than what somebody decided before.
            line = words.report_blocked_before(me, current)
            return Outcome(line=line, keep=keep, pictures=True)
        done = await member_actions.block(interaction, actor, job.user_id, until)
        line = words.report_blocked(me, job.user_id, until)
        return Outcome(line=line, keep=keep, pictures=True, entry=done.entry)


class ReportDismiss(ReportButton, template=buttons.REPORT_DISMISS):
    """Dismiss: nothing is wrong with it."""

    async def settle(self, interaction: Interaction, job: Job) -> Outcome:
        actor = member_actions.actor_of(interaction, job.guild_id)
        await interaction.client.services.moderation.actions.dismiss(actor, job)
        return Outcome(line=words.report_dismissed(interaction.user.id))


def _gone(error: StaffError, me: int) -> Outcome:
    """Return that somebody else removed the picture; raises every other refusal."""
    if error.objection is not Objection.PICTURE_REMOVED:
        raise error
    return Outcome(line=words.report_removed_before(me), keep=(buttons.REPORT_BLOCK,))


async def _show(interaction: Interaction, message: discord.Message, outcome: Outcome) -> None:
    """Show on the card what became of the report.

    The card is read anew: somebody may have pressed another of its buttons meanwhile.
    """
    now = await responses.pressed_message(interaction) or message
    pictures = outcome.pictures and reports.has_pictures(now)
    guild, place = interaction.guild, interaction.channel_id or 0
    policy = await interaction.client.services.servers.policies.of(interaction.guild_id or 0)
    card = reports.settled(
        now,
        outcome.line,
        outcome.keep,
        pictures=pictures,
        reporter=guild is not None and only_staff_reads(guild, place, policy.settings.staff_role),
    )
    await responses.replace(interaction, card, files=None if pictures else ())
    if not pictures:
        await interaction.client.services.moderation.reports.without_pictures(message.id)
