"""Approve and Refuse below a held result: rights are checked at each press."""

from __future__ import annotations

from bot.domain.errors import Objection, StaffError
from bot.domain.job import Job
from bot.services.servers.decisions import Actor
from bot.services.servers.staff_rights import Staff
from bot.ui import buttons
from bot.ui.cards import cards
from bot.ui.messages import safety as words
from cogs import responses
from cogs.context import Interaction
from cogs.moderators import staff
from cogs.persistent_button import NEVER, PersistentButton


class ReviewButton(PersistentButton, template=NEVER):
    """A button below a held result; the card itself is brought up to date behind it."""

    async def pressed(self, interaction: Interaction) -> None:
        guild_id = await staff.require(interaction, Staff.MODERATOR)
        services = interaction.client.services
        job = await services.requests.intake.find(self.values["job"])
        if job is None or job.guild_id != guild_id:
            raise StaffError(Objection.REVIEW_OVER)
        # Discord may be slow to tell whether the member is still there.
        await responses.defer(interaction, fresh=True)
        actor = services.servers.changes.actor(guild_id, interaction.user.id)
        text = await self.decided(interaction, job, actor)
        await responses.answer(interaction, cards.page([text], cards.GOOD))

    async def decided(self, interaction: Interaction, job: Job, actor: Actor) -> str:
        """Do it, and return what the presser reads."""
        raise StaffError(Objection.REVIEW_OVER)


class ReviewApprove(ReviewButton, template=buttons.REVIEW_APPROVE):
    """Approve: the result is posted."""

    async def decided(self, interaction: Interaction, job: Job, actor: Actor) -> str:
        reviews = interaction.client.services.moderation.reviews
        await reviews.approve(job, actor, manager=staff.is_manager(interaction))
        return str(words.APPROVED)


class ReviewRefuse(ReviewButton, template=buttons.REVIEW_REFUSE):
    """Refuse: the member is refunded, and the pictures are never posted."""

    async def decided(self, interaction: Interaction, job: Job, actor: Actor) -> str:
        await interaction.client.services.moderation.reviews.refuse(job, actor)
        return str(words.REFUSED_BY_YOU)
