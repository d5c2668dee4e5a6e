"""What the classes of persistent buttons and lists share: rights to see a job, errors told.

Each button is a DynamicItem with a template of its own: any process answers it, years later
(docs/spec/discord.md section 2.3).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import discord
from discord import ui

from bot.domain.job import Job
from bot.services.requests import repeats
from bot.services.requests.submission import Submission
from bot.services.requests.visibility import may_see
from bot.ui.cards import cards
from bot.ui.messages import tickets as words
from cogs import requesters, responses
from cogs.context import Interaction

NEVER = re.compile(r"(?!)")


class PersistentButton(ui.DynamicItem[ui.Button[Any]], template=NEVER):
    """A button whose custom id says everything; subclasses say what it does."""

    def __init__(self, match: re.Match[str]) -> None:
        super().__init__(ui.Button(custom_id=match.string))
        self.values = match.groupdict()

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        async with responses.errors_answered(interaction):
            await self.pressed(interaction)

    async def pressed(self, interaction: Interaction) -> None:
        """Do what the button is for; refusals may be raised."""


class PersistentSelect(ui.DynamicItem[ui.Select[Any]], template=NEVER):
    """A list to choose from whose custom id says everything; subclasses say what a choice does."""

    def __init__(self, match: re.Match[str]) -> None:
        super().__init__(ui.Select(custom_id=match.string))
        self.values = match.groupdict()

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        async with responses.errors_answered(interaction):
            await self.chosen(interaction, self.item.values)

    async def chosen(self, interaction: Interaction, values: Sequence[str]) -> None:
        """Do what was chosen; refusals may be raised."""


class JobButton(PersistentButton, template=NEVER):
    """A button about a job of this server."""

    # Whether only the requester may press it.
    own: ClassVar[bool] = False

    async def pressed(self, interaction: Interaction) -> None:
        job = await visible_job(interaction, self.values["job"])
        if job is None:
            await responses.answer(interaction, cards.notice(words.REQUEST_UNKNOWN))
        elif self.own and job.user_id != interaction.user.id:
            await responses.answer(interaction, cards.notice(words.REQUEST_NOT_YOURS))
        else:
            await self.pressed_on(interaction, job)

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        """Do it; refusals may be raised."""


async def visible_job(interaction: Interaction, job_id: str) -> Job | None:
    """Return a job that the member may know of: of this server, and private ones only if theirs."""
    job = await interaction.client.services.requests.intake.find(job_id)
    visible = job is not None and may_see(requesters.of(interaction), job)
    return job if visible else None


def blank_submission(interaction: Interaction) -> Submission:
    """Return an empty submission of the member who presses, to be filled in from a stored one."""
    return repeats.blank(
        requesters.of(interaction),
        f"i:{interaction.id}",
        interaction.token,
        int(interaction.expires_at.timestamp()),
    )
