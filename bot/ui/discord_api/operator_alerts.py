"""Reaches the operator on Discord: a channel, and each operator by direct message."""

from __future__ import annotations

import logging
from collections.abc import Collection

import aiohttp
import discord

from bot.services.ports import forbid_transaction
from bot.ui.discord_api.publisher import DiscordPublisher

log = logging.getLogger(__name__)


class DiscordAlertSink:
    """Sends a text wherever the operator may see it; a way that is closed is only logged."""

    def __init__(
        self, publisher: DiscordPublisher, *, channel_id: int | None, operators: Collection[int]
    ) -> None:
        self._publisher = publisher
        self._channel_id = channel_id
        self._operators = operators

    async def alarm(self, text: str) -> None:
        """Send a text to the operator's channel and to each operator."""
        forbid_transaction("an alarm")
        client = self._publisher.connected
        if self._channel_id is not None:
            await self._send(client.get_partial_messageable(self._channel_id), text)
        for user_id in self._operators:
            try:
                channel = await client.create_dm(discord.Object(user_id))
            except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
                log.warning("operator %d cannot be reached: %r", user_id, error)
                continue
            await self._send(channel, text)

    async def _send(self, channel: discord.abc.Messageable, text: str) -> None:
        try:
            await channel.send(text, allowed_mentions=discord.AllowedMentions.none())
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning("an alert could not be sent: %r", error)
