"""Posts to a server's log channel: changes and results, as lines that ping nobody.

Changes cards of reports, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager

import discord

from bot.domain.catalog import Catalog
from bot.domain.server import ServerSettings
from bot.services.ports import (
    AuditEntry,
    ComparisonPost,
    ReportCard,
    ResultSummary,
    forbid_transaction,
)
from bot.ui import buttons
from bot.ui.cards import audit_log, reports
from bot.ui.discord_api import discord_limits
from bot.ui.discord_api.permission_check import only_staff_reads
from bot.ui.discord_api.publisher import EDIT_SECONDS, DiscordPublisher, refusals
from bot.ui.language import speaking
from bot.ui.messages.requests.comparisons import named
from bot.ui.messages.staff import moderation as words
from bot.ui.messages.staff import server as server_words
from bot.ui.messages.tickets import jump
from bot.ui.messages.words import clip
from bot.ui.model_label import model_label
from bot.ui.text import escaped

# More is a wall on a phone.
LINES = 10


class DiscordLogChannel:
    """Speaks through the publisher's client (port LogChannel)."""

    def __init__(self, publisher: DiscordPublisher, catalog: Catalog) -> None:
        self._publisher = publisher
        self._catalog = catalog

    async def changes(
        self, guild_id: int, settings: ServerSettings, entries: Sequence[AuditEntry]
    ) -> int:
        """Post the first of these changes as one message; return how many it holds."""
        with self._speaking(guild_id, settings):
            lines = _lines(entries)
        first, last = entries[0].audit_id, entries[len(lines) - 1].audit_id
        # Another process may tell the same: Discord then keeps one.
        nonce = f"a{first}.{last}"
        await self._send(guild_id, settings.log_channel, "\n".join(lines), nonce)
        return len(lines)

    async def result(self, settings: ServerSettings, made: ResultSummary) -> None:
        """Post one line about a result."""
        job = made.job
        link = jump(job.guild_id, *made.message) if made.message else None
        with self._speaking(job.guild_id, settings):
            label = model_label(self._catalog, job)
            text = server_words.result_line(made, escaped(label), link)
        await self._send(job.guild_id, settings.log_channel, text, f"{job.job_id}.l")

    async def vote(self, settings: ServerSettings, shown: ComparisonPost, message_id: int) -> None:
        """Post one line about the end of a vote: which model made which picture."""
        comparison, first = shown.comparison, shown.pictures[0].job
        link = jump(comparison.guild_id, shown.channel_id, message_id)
        with self._speaking(comparison.guild_id, settings):
            pictures = [
                named(one.entry.label or "", escaped(model_label(self._catalog, one.job)))
                for one in shown.pictures
            ]
            text = server_words.vote_line(first.user_id, pictures, link)
        nonce = f"{comparison.comparison_id}.l"
        await self._send(comparison.guild_id, settings.log_channel, text, nonce)

    async def take_pictures(self, settings: ServerSettings, card: ReportCard) -> None:
        """Take the copy of the pictures off a report's card: they were removed."""
        forbid_transaction("changing a report's card")
        channel = self._publisher.connected.get_partial_messageable(
            card.channel_id, guild_id=card.guild_id
        )
        with refusals():
            async with asyncio.timeout(EDIT_SECONDS):
                message = await channel.fetch_message(card.message_id)
                if not reports.has_pictures(message):
                    return
                guild = self._publisher.connected.get_guild(card.guild_id)
                with self._speaking(card.guild_id, settings):
                    view = reports.settled(
                        message,
                        str(words.REPORT_PICTURES_GONE),
                        (buttons.REPORT_BLOCK, buttons.REPORT_DISMISS),
                        reporter=guild is not None
                        and only_staff_reads(guild, card.channel_id, settings.staff_role),
                    )
                await message.edit(view=view, attachments=[])

    def _speaking(self, guild_id: int, settings: ServerSettings) -> AbstractContextManager[None]:
        guild = self._publisher.connected.get_guild(guild_id)
        return speaking(settings.locale(str(guild.preferred_locale) if guild else None))

    async def _send(self, guild_id: int, channel_id: int, text: str, nonce: str) -> None:
        forbid_transaction("writing to a log channel")
        channel = self._publisher.connected.get_partial_messageable(channel_id, guild_id=guild_id)
        with refusals():
            async with asyncio.timeout(EDIT_SECONDS):
                await channel.send(
                    text,
                    nonce=nonce,
                    allowed_mentions=discord.AllowedMentions.none(),
                    suppress_embeds=True,
                    silent=True,
                )


def _lines(entries: Sequence[AuditEntry]) -> list[str]:
    """Return the first of these changes as lines, as many as fit one message."""
    lines: list[str] = []
    room = discord_limits.CONTENT_CHARACTERS
    for entry in entries[:LINES]:
        line = clip(audit_log.line(entry), discord_limits.CONTENT_CHARACTERS)
        room -= len(line) + 1
        if lines and room < 0:
            break
        lines.append(line)
    return lines
