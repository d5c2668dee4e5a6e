"""Answers interactions privately and in time; errors too."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import asynccontextmanager, closing, suppress
from typing import Any, TypeVar

import aiohttp
import discord
from discord import app_commands

from bot.domain.errors import (
    AccessError,
    EaselError,
    LimitError,
    QuotaError,
    RefusedError,
    StaffError,
)
from bot.domain.styles.style import StyleError
from bot.services.ports import NO_REMEDIES, Progress
from bot.ui import language
from bot.ui.cards import cards, history
from bot.ui.discord_api import discord_limits
from bot.ui.durations import UnclearError
from bot.ui.messages import tickets as words
from cogs import error_cards, requesters
from cogs.context import Interaction

log = logging.getLogger(__name__)

T = TypeVar("T")
# Interactions whose work is not done, with the patience of those that are not promised an answer.
_under_way: dict[int, asyncio.Timeout | None] = {}


def use_members_language(interaction: Interaction) -> None:
    """Say everything in the language of the member, to the end of this task."""
    language.speak(str(interaction.locale))


def ticket(interaction: Interaction, progress: Progress, *, place: bool = False) -> cards.Card:
    """Return a request's ticket in the language of the member who pressed: it is for them alone.

    With `place` it takes the place of the message with the button, which everybody may see.
    """
    message = interaction.message
    public = place and message is not None and not message.flags.ephemeral
    # Who asked may have chosen a language of their own for tickets.
    own = progress.job.user_id == interaction.user.id and progress.job.locale is not None
    locale = None if public else progress.job.locale if own else str(interaction.locale)
    card = interaction.client.services.publisher.card(progress, locale)
    return history.with_way_back(card, message) if place else card


async def public_locale(interaction: Interaction) -> str | None:
    """Return the language of what everybody reads where somebody typed or pressed."""
    who = requesters.of(interaction)
    policy = await interaction.client.services.servers.policies.of(who.scope)
    return policy.settings.locale(who.server_locale)


async def answer(
    interaction: Interaction, card: cards.Card, files: Sequence[discord.File] = ()
) -> bool:
    """Show a card, with the files in it, to the member alone, whichever way is still open.

    False when Discord did not take it.
    """
    async with _answering(interaction, uploads=bool(files)):
        if not interaction.response.is_done():
            await interaction.response.send_message(view=card, files=files, ephemeral=True)
        elif interaction.type is discord.InteractionType.component and not _promised(interaction):
            # The first answer of a press is the message that the button is on: leave it alone.
            await interaction.followup.send(view=card, files=files, ephemeral=True)
        else:
            await interaction.edit_original_response(view=card, attachments=files)
        return True
    return False


async def open_form(interaction: Interaction, form: discord.ui.Modal) -> None:
    """Open a form, which must be the first answer."""
    async with _answering(interaction):
        await interaction.response.send_modal(form)


async def post(
    interaction: Interaction,
    channel_id: int,
    card: cards.Card,
    files: Sequence[discord.File] = (),
) -> int | None:
    """Post a card in another channel and return its id; None when Discord does not let us.

    Discord keeps one message of a nonce, so what an interaction posts twice comes once.
    """
    channel = interaction.client.get_partial_messageable(channel_id, guild_id=interaction.guild_id)
    try:
        async with asyncio.timeout(discord_limits.UPLOAD_SECONDS):
            message = await channel.send(view=card, files=files, nonce=f"p{interaction.id}")
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.warning("channel %d refuses a message: %r", channel_id, error)
        return None
    return message.id


async def pressed_message(interaction: Interaction) -> discord.Message | None:
    """Return the message whose button was pressed as it is now; the answer was deferred before.

    None when Discord does not tell.
    """
    try:
        async with asyncio.timeout(discord_limits.ANSWER_SECONDS):
            return await interaction.original_response()
    except (discord.HTTPException, discord.ClientException, aiohttp.ClientError, OSError) as error:
        log.warning("a message with a pressed button cannot be read: %r", error)
        return None


async def replace(
    interaction: Interaction, card: cards.Card, files: Sequence[discord.File] | None = None
) -> bool:
    """Show a card in the place of the message whose button was pressed.

    With `files` they take the place of the message's files. False when Discord did not take it.
    """
    attachments = discord.utils.MISSING if files is None else files
    async with _answering(interaction, uploads=bool(files)):
        if interaction.response.is_done():
            await interaction.edit_original_response(view=card, attachments=attachments)
        else:
            await interaction.response.edit_message(view=card, attachments=attachments)
        return True
    return False


async def defer(interaction: Interaction, *, fresh: bool = False) -> None:
    """Promise an answer, unless one was promised before.

    For a press that is one in the place of the message with the button, unless it is to be a
    `fresh` message of its own. A ticket must be one: its later edits go to the first answer.
    """
    fresh = fresh or interaction.type is discord.InteractionType.modal_submit
    if not interaction.response.is_done():
        async with _answering(interaction):
            await interaction.response.defer(ephemeral=True, thinking=fresh)


async def defer_in_place(interaction: Interaction) -> None:
    """Promise an answer in the place of the message whose button or form was used."""
    if not interaction.response.is_done():
        async with _answering(interaction):
            await interaction.response.defer()


async def await_or_defer(
    interaction: Interaction, work: Coroutine[Any, Any, T], *, fresh: bool = False
) -> T:
    """Await work that is usually quick; defer the answer, `fresh` or not, when it is not.

    One message instead of "thinking…" and an edit, and still within Discord's three seconds.
    In a crowd each has to wait for those before it, so everybody gets a promise first.
    """
    _under_way[interaction.id] = None
    try:
        if len(_under_way) == discord_limits.CROWD + 1:
            for patience in filter(None, _under_way.values()):
                # Until its task hears of it, a timeout that is over takes no other end.
                if not patience.expired():
                    patience.reschedule(asyncio.get_running_loop().time())
        if len(_under_way) > discord_limits.CROWD:
            with closing(work):
                await defer(interaction, fresh=fresh)
                return await work
        task = asyncio.create_task(work)
        with suppress(TimeoutError):
            async with asyncio.timeout(discord_limits.PATIENCE_SECONDS) as patience:
                _under_way[interaction.id] = patience
                await asyncio.shield(task)
        _under_way[interaction.id] = None
        if not task.done():
            await defer(interaction, fresh=fresh)
        return await task
    finally:
        _under_way.pop(interaction.id, None)


@asynccontextmanager
async def errors_answered(interaction: Interaction) -> AsyncGenerator[None]:
    """Do what an item or a form is for, in its member's language; tell every error.

    discord.py only logs what an item raises; the member must hear of it.
    """
    use_members_language(interaction)
    try:
        yield
    except Exception as error:
        await answer_error(interaction, error)


@asynccontextmanager
async def refusals_answered(interaction: Interaction) -> AsyncGenerator[None]:
    """Answer what the gate, the check or the quota refuses: no error of the command."""
    try:
        yield
    except (
        AccessError,
        RefusedError,
        QuotaError,
        LimitError,
        StaffError,
        StyleError,
        UnclearError,
    ) as error:
        await answer_error(interaction, error)


async def answer_error(interaction: Interaction, error: Exception) -> None:
    """Tell a member why a command or a press had no effect; log what nobody foresaw."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    client = interaction.client
    where = interaction.command.qualified_name if interaction.command else "a button"
    # What nothing was kept of can still be helped by more credits.
    remedies = NO_REMEDIES
    if isinstance(error, QuotaError):
        remedies = await error_cards.remedies_of(client, error, requesters.of(interaction))
    await answer(interaction, error_cards.card_of(client, error, where, remedies))


def _promised(interaction: Interaction) -> bool:
    """Tell whether a message of its own was promised to a press."""
    promised = discord.InteractionResponseType.deferred_channel_message
    return interaction.response.type is promised


@asynccontextmanager
async def _answering(interaction: Interaction, *, uploads: bool = False) -> AsyncGenerator[None]:
    """Go on when Discord does not take an answer: it came too late, or Discord is away.

    What was done for the member stays done. The first answer is timed. discord.py would sleep as
    long as Discord's limit says; then the channel says that there was an answer.
    """
    first = not interaction.response.is_done()
    try:
        async with asyncio.timeout(
            discord_limits.UPLOAD_SECONDS if uploads else discord_limits.ANSWER_SECONDS
        ):
            yield
        if first:
            waited = discord.utils.utcnow() - interaction.created_at
            interaction.client.services.measures.acknowledged(waited.total_seconds())
    except TimeoutError:
        log.warning("an interaction could not be answered in time")
        await _tell_in_channel(interaction)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.warning("an interaction could not be answered: %r", error)


async def _tell_in_channel(interaction: Interaction) -> None:
    """Tell a member, once, where everybody reads it, that the private answer did not arrive."""
    if "told_in_channel" in interaction.extras:
        return
    interaction.extras["told_in_channel"] = True
    channel = interaction.client.get_partial_messageable(
        interaction.channel_id or 0, guild_id=interaction.guild_id
    )
    only = discord.AllowedMentions(users=[interaction.user], everyone=False, roles=False)
    try:
        with language.speaking(await public_locale(interaction)):
            text = words.unanswered(interaction.user.id)
        async with asyncio.timeout(discord_limits.ANSWER_SECONDS):
            await channel.send(text, allowed_mentions=only)
    except (discord.HTTPException, aiohttp.ClientError, OSError, EaselError) as error:
        log.warning("a member could not be told in the channel either: %r", error)
