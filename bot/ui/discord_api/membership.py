"""Asks Discord whether somebody is still in a server (port Membership): no members intent."""

from __future__ import annotations

import asyncio
import logging

import aiohttp
import discord

from bot.services.ports import forbid_transaction
from bot.ui.discord_api.publisher import DiscordPublisher

log = logging.getLogger(__name__)

# Discord's codes for a member or a user that is not there.
_UNKNOWN = (10007, 10013)
_PATIENCE_SECONDS = 5.0


class DiscordMembership:
    """Speaks through the publisher's newest client."""

    def __init__(self, publisher: DiscordPublisher) -> None:
        self._publisher = publisher

    async def is_member(self, guild_id: int, user_id: int) -> bool:
        """Tell whether somebody is there; in doubt, they are."""
        forbid_transaction("asking for a member")
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._publisher.connected.http.get_member(guild_id, user_id)
        except discord.NotFound as error:
            return error.code not in _UNKNOWN
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning("member %d of server %d cannot be fetched: %r", user_id, guild_id, error)
        return True
