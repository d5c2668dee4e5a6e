"""Posts to a server's log channel: changes and results, as lines that ping nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import discord

from bot.domain.catalog import Catalog
from bot.services.ports import AuditEntry, Made, forbid_transaction
from bot.ui import limits, record
from bot.ui.messages import server as words
from bot.ui.messages.tickets import jump
from bot.ui.messages.words import clip
from bot.ui.publisher import EDIT_SECONDS, DiscordPublisher, refusals
from bot.ui.text import escaped

# More is a wall on a phone.
LINES = 10


class DiscordLog:
    """Speaks through the publisher's client (port LogChannel)."""

    def __init__(self, publisher: DiscordPublisher, catalog: Catalog) -> None:
        self._publisher = publisher
        self._catalog = catalog

    async def changes(self, guild_id: int, channel_id: int, entries: Sequence[AuditEntry]) -> int:
        """Post the first of these changes as one message; return how many it holds."""
        lines: list[str] = []
        room = limits.CONTENT_CHARACTERS
        for entry in entries[:LINES]:
            line = clip(record.line(entry), limits.CONTENT_CHARACTERS)
            room -= len(line) + 1
            if lines and room < 0:
                break
            lines.append(line)
        first, last = entries[0].audit_id, entries[len(lines) - 1].audit_id
        # Another process may tell the same: Discord then keeps one.
        await self._send(guild_id, channel_id, "\n".join(lines), f"a{first}.{last}")
        return len(lines)

    async def result(self, channel_id: int, made: Made) -> None:
        """Post one line about a result."""
        job = made.job
        offers = self._catalog.of(job.request.model)
        label = offers[0].label if offers else job.request.model
        link = jump(job.guild_id, *made.message) if made.message else None
        text = words.result_line(made, escaped(label), link)
        await self._send(job.guild_id, channel_id, text, f"{job.job_id}.l")

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
