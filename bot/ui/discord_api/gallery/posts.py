"""Posts results into the galleries of servers: text channels, threads, forums, media channels.

Discord keeps one message of a nonce in a channel. It knows no nonce for the posts of a forum, and
discord.py repeats a request after a 5xx: what came of a try is looked for before the next one, and
what came twice is deleted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from time import time
from typing import Any

import aiohttp
import discord
from discord import ui

from bot.domain.catalog import Catalog
from bot.domain.errors import DeliveryError
from bot.domain.job import Job
from bot.domain.message_limits import TOO_LARGE_CODE
from bot.domain.server import ServerSettings
from bot.services.ports import GalleryPicture, forbid_transaction
from bot.ui import buttons
from bot.ui.discord_api import discord_limits
from bot.ui.discord_api.message_pictures import DiscordSpoilers, copies
from bot.ui.discord_api.permission_check import tag_for
from bot.ui.discord_api.publisher import (
    EDIT_SECONDS,
    LOOK_BACK_SECONDS,
    LOOK_MESSAGES,
    DiscordPublisher,
    refusals,
)
from bot.ui.discord_api.result_message import file_names
from bot.ui.language import speaking
from bot.ui.messages.requests import favourites as words
from bot.ui.messages.tickets import RESULT_BUTTONS, jump
from bot.ui.model_label import model_label
from bot.ui.text import escaped, short_prompt, shown_prompt

log = logging.getLogger(__name__)

# A post of a forum is given up after so long, and no process tries again before that is over.
FORUM_SECONDS, FORUM_WAIT_SECONDS = 40, 45
_TITLE_CHARACTERS = 80


class DiscordGallery:
    """Speaks through the publisher's client (port GalleryChannel)."""

    def __init__(self, publisher: DiscordPublisher, catalog: Catalog) -> None:
        self._publisher = publisher
        self._spoilers = DiscordSpoilers(publisher)
        self._catalog = catalog

    def may_move(self, channel_id: int, to: int) -> bool:
        """Tell whether pictures of a channel may be shown in another: adults' stay with adults."""
        return self._publisher.may_move(channel_id, to)

    async def post(
        self,
        settings: ServerSettings,
        shown: GalleryPicture,
        channel_id: int,
        *,
        tried_at: int | None,
    ) -> tuple[int, int] | None:
        """Post it; place and id of the message. None: it may not, or cannot, be shown there."""
        forbid_transaction("posting into a gallery")
        with refusals():
            gallery = await self._channel(channel_id)
            forum = isinstance(gallery, discord.ForumChannel)
            async with asyncio.timeout(FORUM_SECONDS if forum else discord_limits.UPLOAD_SECONDS):
                if tried_at is not None and (
                    found := await self.find(shown, channel_id, tried_at=tried_at)
                ):
                    return found
                source = await self._source(shown)
                if source is None or (
                    await self._publisher.for_adults(shown.source[0])
                    and not await self._publisher.for_adults(channel_id)
                ):
                    return None
                named = file_names(shown.job.job_id) if shown.job.comparison_id else None
                files = await copies(source, spoiler=shown.job.spoiler, named=named)
                try:
                    if not files:
                        raise DeliveryError(TOO_LARGE_CODE, "the pictures are too large to copy")
                    with self._speaking(shown.job.guild_id, settings):
                        return await self._send(gallery, shown, files)
                finally:
                    for file in files:
                        file.close()

    async def _send(
        self, gallery: Any, shown: GalleryPicture, files: list[discord.File]
    ) -> tuple[int, int]:
        job, content = shown.job, self._caption(shown)
        told: dict[str, Any] = {
            "files": files,
            "view": _Buttons(shown),
            "allowed_mentions": discord.AllowedMentions.none(),
            "suppress_embeds": True,
        }
        if not isinstance(gallery, discord.ForumChannel):
            message = await gallery.send(content, nonce=f"g{job.job_id}", silent=True, **told)
            return gallery.id, message.id
        tag = tag_for(gallery)
        made = await gallery.create_thread(
            name=self._title(shown), content=content, applied_tags=[tag] if tag else [], **told
        )
        made_at = discord.utils.snowflake_time(made.thread.id)
        twins = [one async for one in self._in_forum(gallery, shown, made_at)]
        first = min(twins, default=(made.thread.id, made.message.id))
        for place_id, message_id in twins:
            if place_id != first[0]:
                await self.delete(gallery.id, place_id, message_id)
        return first

    async def find(
        self, shown: GalleryPicture, channel_id: int, *, tried_at: int
    ) -> tuple[int, int] | None:
        """Look for what came of a try, whose message id was lost."""
        forbid_transaction("looking into a gallery")
        with refusals():
            try:
                gallery = await self._channel(channel_id)
            except discord.NotFound:
                return None
            if isinstance(gallery, discord.ForumChannel):
                if tried_at > time() - FORUM_WAIT_SECONDS:
                    raise TimeoutError("another process may be posting it")
                since = datetime.fromtimestamp(tried_at, UTC)
                found = [one async for one in self._in_forum(gallery, shown, since)]
                return min(found, default=None)
            after = datetime.fromtimestamp(tried_at - LOOK_BACK_SECONDS, UTC)
            try:
                async for message in gallery.history(
                    limit=LOOK_MESSAGES, after=after, oldest_first=True
                ):
                    if self._is_post(message, shown):
                        return gallery.id, message.id
            except discord.Forbidden:
                pass  # its nonce is the only guard then
        return None

    async def _in_forum(
        self, forum: discord.ForumChannel, shown: GalleryPicture, since: datetime
    ) -> AsyncIterator[tuple[int, int]]:
        """Yield the posts of a result in a forum since then."""
        after = discord.utils.time_snowflake(since - timedelta(seconds=LOOK_BACK_SECONDS))
        for thread in await forum.guild.active_threads():
            mine = thread.parent_id == forum.id and thread.owner_id == self._me
            if mine and thread.id > after:
                async for message in thread.history(limit=1, oldest_first=True):
                    if self._is_post(message, shown):
                        yield thread.id, message.id

    def _is_post(self, message: discord.Message, shown: GalleryPicture) -> bool:
        """Tell whether a message shows a result in a gallery: by its files and its link."""
        if message.author.id != self._me:
            return False
        links = {
            part.url
            for row in message.components
            for part in getattr(row, "children", ())
            if isinstance(part, discord.Button)
        }
        named = file_names(shown.job.job_id)
        return _link(shown) in links and any(
            named.fullmatch(file.filename) for file in message.attachments
        )

    async def cover(self, place_id: int, message_id: int) -> bool:
        """Put the pictures of a post behind a spoiler; False when Discord does not do that."""
        # What is gone already shows nothing.
        return await self._spoilers.cover(place_id, message_id, spoiler=True) is not False

    async def delete(self, channel_id: int, place_id: int, message_id: int) -> bool:
        """Delete a post, of a forum its thread as well; False when Discord does not let us now."""
        if not await self._publisher.delete(place_id, message_id):
            return False
        if place_id != channel_id:
            try:
                async with asyncio.timeout(EDIT_SECONDS):
                    await self._remove_thread(place_id)
            except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
                log.info("the thread of a gallery's post stays, empty: %s", error)
        return True

    async def _remove_thread(self, thread_id: int) -> None:
        http = self._publisher.connected.http
        try:
            await http.delete_channel(thread_id)
        except discord.Forbidden:
            # That needs Manage Threads; its owner may close it.
            await http.edit_channel(thread_id, archived=True)

    async def _source(self, shown: GalleryPicture) -> discord.Message | None:
        channel_id, message_id = shown.source
        channel = self._publisher.connected.get_partial_messageable(channel_id)
        try:
            return await channel.fetch_message(message_id)
        except discord.NotFound:
            return None

    async def _channel(self, channel_id: int) -> Any:
        client = self._publisher.connected
        found = client.get_channel(channel_id)
        return found if found is not None else await client.fetch_channel(channel_id)

    def _speaking(self, guild_id: int, settings: ServerSettings) -> AbstractContextManager[None]:
        guild = self._publisher.connected.get_guild(guild_id)
        return speaking(settings.locale(str(guild.preferred_locale) if guild else None))

    def _caption(self, shown: GalleryPicture) -> str:
        small = [escaped(self._label(shown.job)), words.maker(shown.job)]
        lines = [] if shown.prompt is None else [shown_prompt(shown.prompt)]
        return "\n".join([*lines, f"-# {' · '.join(filter(None, small))}"])

    def _title(self, shown: GalleryPicture) -> str:
        """Return the title of a forum's post: the words, or the model where words are hidden."""
        words_shown = shown.prompt and short_prompt(shown.prompt, _TITLE_CHARACTERS)
        return words_shown or self._label(shown.job)

    def _label(self, job: Job) -> str:
        return model_label(self._catalog, job)

    @property
    def _me(self) -> int:
        user = self._publisher.connected.user
        return user.id if user else 0


def _link(shown: GalleryPicture) -> str:
    return jump(shown.job.guild_id, *shown.source)


class _Buttons(ui.View):
    """The row below a post of a gallery; finished from the start, like a card."""

    def __init__(self, shown: GalleryPicture) -> None:
        super().__init__(timeout=None)
        for action, emoji, label in RESULT_BUTTONS:
            if action != "again":
                custom_id = buttons.job_button(action, shown.job.job_id)
                self.add_item(ui.Button[Any](label=str(label), emoji=emoji, custom_id=custom_id))
        self.add_item(ui.Button[Any](label=str(words.RESULT), url=_link(shown)))
        self.stop()
