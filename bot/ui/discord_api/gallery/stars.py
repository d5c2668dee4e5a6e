"""Reads who reacted with a star to a message."""

from __future__ import annotations

import asyncio
import logging

import aiohttp
import discord

from bot.services.ports import Stars, forbid_transaction
from bot.ui.discord_api.publisher import EDIT_SECONDS, DiscordPublisher

log = logging.getLogger(__name__)

STAR = "⭐"
# One page; who stars after so many others is not found again, and needs not be.
_AT_MOST = 100


class DiscordStars:
    """Reads through the publisher's client (port StarReader)."""

    def __init__(self, publisher: DiscordPublisher) -> None:
        self._publisher = publisher

    async def stars(self, channel_id: int, message_id: int) -> Stars | None:
        """Return who reacted with a star, bots apart; None when Discord does not tell now."""
        forbid_transaction("reading reactions")
        http = self._publisher.connected.http
        try:
            async with asyncio.timeout(EDIT_SECONDS):
                pages = [
                    await http.get_reaction_users(
                        channel_id, message_id, STAR, _AT_MOST, type=kind.value
                    )
                    for kind in discord.ReactionType
                ]
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.info("the reactions of message %d cannot be read: %s", message_id, error)
            return None
        people = {int(user["id"]) for users in pages for user in users if not user.get("bot")}
        whole = all(len(users) < _AT_MOST for users in pages)
        return Stars(user_ids=frozenset(people), whole=whole)
