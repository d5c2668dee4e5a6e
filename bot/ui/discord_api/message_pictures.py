"""The pictures of messages that were posted: copied, put behind a spoiler, or taken off.

Since June 2026 Discord lets an application edit whether its attachments are spoilers. discord.py
2.7.1 does not know that, so the edit goes out as Discord documents it.
"""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
from discord import ui
from discord.http import Route

from bot.domain.errors import DeliveryError
from bot.domain.message_limits import MESSAGE_BYTES, MESSAGE_FILES, TOO_LARGE_CODE
from bot.services.ports import forbid_transaction
from bot.ui.discord_api import discord_limits
from bot.ui.discord_api.picture_finder import SPOILER_NAME, is_spoiler
from bot.ui.discord_api.publisher import (
    EDIT_SECONDS,
    LOOK_BACK_SECONDS,
    LOOK_MESSAGES,
    DiscordPublisher,
    refusals,
)


class DiscordSpoilers:
    """Covers pictures of posted messages (port SpoilerMessages)."""

    def __init__(self, publisher: DiscordPublisher) -> None:
        self._publisher = publisher

    async def cover(self, channel_id: int, message_id: int, *, spoiler: bool) -> bool | None:
        """Edit a message; False when Discord does not edit that, None: the message is gone.

        What looks right already is left alone. An answer that does not show the change is a
        refusal: an older Discord would only ignore it.
        """
        forbid_transaction("editing a message")
        message = await self._fetch(channel_id, message_id)
        if message is None:
            return None
        if all(file.is_spoiler() is spoiler for file in message.attachments):
            return True
        files = [{"id": str(file.id), "is_spoiler": spoiler} for file in message.attachments]
        route = Route(
            "PATCH",
            "/channels/{channel_id}/messages/{message_id}",
            channel_id=channel_id,
            message_id=message_id,
        )
        try:
            with refusals():
                async with asyncio.timeout(EDIT_SECONDS):
                    answer: Any = await self._publisher.connected.http.request(
                        route, json={"attachments": files}
                    )
        except DeliveryError as error:
            if isinstance(error.__cause__, discord.NotFound):
                return None
            if isinstance(error.__cause__, discord.Forbidden):
                raise
            return False
        return all(is_spoiler(file) is spoiler for file in answer["attachments"])

    async def post_again(
        self, channel_id: int, message_id: int, *, spoiler: bool, tried_at: int | None
    ) -> int | None:
        """Post the same message once more, and return its id; None: the old one is gone.

        Its nonce and, after an earlier try, a look into the channel keep it from coming twice.
        """
        forbid_transaction("posting a message again")
        message = await self._fetch(channel_id, message_id)
        if message is None:
            return None
        if tried_at is not None:
            found = await self._find(message, spoiler=spoiler, since=tried_at)
            if found is not None:
                return found
        files: list[discord.File] = []
        try:
            with refusals():
                async with asyncio.timeout(discord_limits.UPLOAD_SECONDS):
                    files = await copies(message, spoiler=spoiler)
                    if len(files) < len(message.attachments):
                        raise DeliveryError(TOO_LARGE_CODE, "the pictures are too large to copy")
                    again = await message.channel.send(
                        message.content,
                        files=files,
                        nonce=f"r{message_id}",
                        allowed_mentions=discord.AllowedMentions.none(),
                        suppress_embeds=True,
                        silent=True,
                        view=_Same(message),
                    )
        finally:
            for file in files:
                file.close()
        return again.id

    async def _fetch(self, channel_id: int, message_id: int) -> discord.Message | None:
        channel = self._publisher.connected.get_partial_messageable(channel_id)
        try:
            with refusals():
                async with asyncio.timeout(EDIT_SECONDS):
                    return await channel.fetch_message(message_id)
        except DeliveryError as error:
            if isinstance(error.__cause__, discord.NotFound):
                return None
            raise

    async def _find(self, old: discord.Message, *, spoiler: bool, since: int) -> int | None:
        """Look for the same pictures in a newer message of the bot."""
        after = datetime.fromtimestamp(since, UTC) - timedelta(seconds=LOOK_BACK_SECONDS)
        names = {_bare(file.filename) for file in old.attachments}
        async for message in old.channel.history(
            limit=LOOK_MESSAGES, after=after, oldest_first=True
        ):
            same = names == {_bare(file.filename) for file in message.attachments}
            ours = message.author.id == old.author.id and message.id > old.id
            if same and ours and all(file.is_spoiler() is spoiler for file in message.attachments):
                return message.id
        return None


class _Same(ui.View):
    """The buttons and lists of a message once more; finished from the start, like a card."""

    def __init__(self, message: discord.Message) -> None:
        super().__init__(timeout=None)
        for row in message.components:
            for part in getattr(row, "children", ()):
                if isinstance(part, discord.Button):
                    self.add_item(ui.Button[Any].from_component(part))
                elif isinstance(part, discord.SelectMenu):
                    self.add_item(ui.Select[Any].from_component(part))
        self.stop()


async def copies(
    message: discord.Message, *, spoiler: bool, named: re.Pattern[str] | None = None
) -> list[discord.File]:
    """Download the pictures of a message to be uploaded again, as many as one message takes.

    With `named`, only those of such names: others belong to other results.
    """
    room, files = MESSAGE_BYTES, list[discord.File]()
    for attachment in message.attachments[:MESSAGE_FILES]:
        if named is not None and not named.fullmatch(attachment.filename):
            continue
        room -= attachment.size
        if room >= 0:
            files.append(
                await attachment.to_file(spoiler=spoiler, description=attachment.description)
            )
    return files


def _bare(name: str) -> str:
    return name.removeprefix(SPOILER_NAME)
