"""Cards of held results in the channel that only staff reads (port ReviewCards)."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import discord
from cachetools import TTLCache

from bot.domain.catalog import Catalog
from bot.domain.errors import DeliveryError
from bot.services.ports import ReviewCard, forbid_transaction
from bot.ui import buttons
from bot.ui.cards.staff import reviews
from bot.ui.discord_api import discord_limits
from bot.ui.discord_api.permission_check import open_to_all, place_with_rights
from bot.ui.discord_api.publisher import (
    ASK_AGAIN_SECONDS,
    EDIT_SECONDS,
    LOOK_BACK_SECONDS,
    LOOK_MESSAGES,
    DiscordPublisher,
    refusals,
)
from bot.ui.language import speaking
from bot.ui.model_label import model_label

# Discord's code for what one may not do; our own word for a channel that everybody reads by now.
_MISSING_PERMISSIONS = 50013
_REMEMBERED = 1000


class DiscordReviewCards:
    """Speaks through the publisher's client."""

    def __init__(self, publisher: DiscordPublisher, catalog: Catalog) -> None:
        self._publisher = publisher
        self._catalog = catalog
        # What Discord said where no gateway tells of changes.
        self._closed: TTLCache[int, bool] = TTLCache(_REMEMBERED, ASK_AGAIN_SECONDS)

    async def post(self, card: ReviewCard) -> int:
        """Post a card and return its message id.

        DeliveryError also where everybody reads the channel by now.
        """
        forbid_transaction("posting a review")
        await self._require_closed(card)
        files = [
            discord.File(io.BytesIO(content), f"review-{number}.jpg", spoiler=True)
            for number, content in enumerate(await asyncio.to_thread(_read, card.files), start=1)
        ]
        with self._speaking(card):
            view = reviews.waiting(card, self._label(card), files)
        with refusals():
            async with asyncio.timeout(discord_limits.UPLOAD_SECONDS):
                message = await self._channel(card).send(
                    view=view,
                    files=files,
                    nonce=f"{card.job.job_id}.h",
                    allowed_mentions=discord.AllowedMentions.none(),
                )
        return message.id

    async def _require_closed(self, card: ReviewCard) -> None:
        """Raise DeliveryError where everybody reads the channel, or nobody can tell."""
        channel_id = card.review.channel_id
        if channel_id in self._closed:
            return
        client = self._publisher.connected
        with refusals():
            async with asyncio.timeout(EDIT_SECONDS):
                place = await place_with_rights(client, card.review.guild_id, channel_id)
        if place is None or open_to_all(place, place.guild):
            raise DeliveryError(_MISSING_PERMISSIONS, "everybody can read the reviews channel")
        if client.get_channel(channel_id) is None:
            self._closed[channel_id] = True

    async def find(self, card: ReviewCard) -> int | None:
        """Look for a card among the bot's own messages since its first try."""
        forbid_transaction("looking for a review")
        client, wanted = self._publisher.connected, _approve(card)
        me = client.user.id if client.user else 0
        since = card.review.first_try_at or card.review.held_at
        after = datetime.fromtimestamp(since - LOOK_BACK_SECONDS, UTC)
        with refusals():
            async for message in self._channel(card).history(
                limit=LOOK_MESSAGES, after=after, oldest_first=True
            ):
                if message.author.id == me and wanted in _custom_ids(message.components):
                    return message.id
        return None

    async def show(self, card: ReviewCard) -> None:
        """Show on a card how its review ended, without the pictures."""
        forbid_transaction("changing a review")
        with self._speaking(card):
            view = reviews.ended(card, self._label(card))
        message = self._channel(card).get_partial_message(card.review.message_id or 0)
        with refusals():
            async with asyncio.timeout(EDIT_SECONDS):
                await message.edit(view=view, attachments=[])

    def _channel(self, card: ReviewCard) -> discord.PartialMessageable:
        return self._publisher.connected.get_partial_messageable(
            card.review.channel_id, guild_id=card.review.guild_id
        )

    def _label(self, card: ReviewCard) -> str:
        return model_label(self._catalog, card.job)

    def _speaking(self, card: ReviewCard) -> AbstractContextManager[None]:
        guild = self._publisher.connected.get_guild(card.review.guild_id)
        of_discord = str(guild.preferred_locale) if guild else card.job.server_locale
        return speaking(card.settings.locale(of_discord))


def _read(paths: Iterable[Path]) -> list[bytes]:
    return [path.read_bytes() for path in paths]


def _approve(card: ReviewCard) -> str:
    return buttons.report_button("approve", card.job.job_id)


def _custom_ids(components: Iterable[Any]) -> Iterator[str]:
    for part in components:
        if custom_id := getattr(part, "custom_id", None):
            yield custom_id
        yield from _custom_ids(getattr(part, "children", ()))
