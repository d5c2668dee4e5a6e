"""Answers interactions privately, in time, and turns every error into words: the one place."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Coroutine, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import aiohttp
import discord
from discord import app_commands

from bot.domain.errors import AccessError, Denial, QuotaError, RefusedError
from bot.services.access import Requester
from bot.ui import cards, limits, messages
from bot.ui.messages import tickets as words

if TYPE_CHECKING:
    from bot.client import EaselClient  # which imports the cogs

log = logging.getLogger(__name__)

Interaction: TypeAlias = "discord.Interaction[EaselClient]"
T = TypeVar("T")


async def answer(interaction: Interaction, card: cards.Card) -> None:
    """Show a card to the member alone, whichever way is still open."""
    with _logged():
        if not interaction.response.is_done():
            await interaction.response.send_message(view=card, ephemeral=True)
        elif interaction.type is discord.InteractionType.component:
            # The first answer of a press is the message that the button is on: leave it alone.
            await interaction.followup.send(view=card, ephemeral=True)
        else:
            await interaction.edit_original_response(view=card)


async def replace(interaction: Interaction, card: cards.Card) -> None:
    """Show a card in the place of the message whose button was pressed."""
    with _logged():
        if interaction.response.is_done():
            await interaction.edit_original_response(view=card)
        else:
            await interaction.response.edit_message(view=card)


async def defer(interaction: Interaction) -> None:
    """Promise an answer, unless one was promised before."""
    if not interaction.response.is_done():
        with _logged():
            await interaction.response.defer(ephemeral=True)


async def in_time(interaction: Interaction, work: Coroutine[Any, Any, T]) -> T:
    """Await work that is usually quick; defer the answer when it is not.

    One message instead of "thinking…" and an edit, and still within Discord's three seconds.
    """
    task = asyncio.create_task(work)
    await asyncio.wait({task}, timeout=limits.PATIENCE_SECONDS)
    if not task.done():
        await defer(interaction)
    return await task


@asynccontextmanager
async def refusals(interaction: Interaction) -> AsyncGenerator[None]:
    """Answer what the gate, the check or the quota refuses: no error of the command."""
    try:
        yield
    except (AccessError, RefusedError, QuotaError) as error:
        await explain(interaction, error)


async def explain(interaction: Interaction, error: Exception) -> None:
    """Tell a member why a command or a press had no effect; log what nobody foresaw."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    await answer(interaction, _card(interaction, error))


@contextmanager
def _logged() -> Generator[None]:
    """Go on when Discord does not take an answer: it came too late, or Discord is away.

    There is nobody to tell, and what was done for the member stays done.
    """
    try:
        yield
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.warning("an interaction could not be answered: %r", error)


def server_of(interaction: Interaction) -> int:
    """Return the server's id; AccessError in a direct message, should Discord let one through."""
    if interaction.guild_id is None:
        raise AccessError(Denial.DIRECT_MESSAGE)
    return interaction.guild_id


def requester(interaction: Interaction) -> Requester:
    """Return who asks and where, with the bot's own permissions there."""
    allowed = interaction.app_permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    can_send = allowed.send_messages_in_threads if in_thread else allowed.send_messages
    return Requester(
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        is_bot=interaction.user.bot,
        can_post=allowed.view_channel and can_send and allowed.attach_files,
    )


def _card(interaction: Interaction, error: Exception) -> cards.Card:
    match error:
        case RefusedError():
            other = error.refusal.other_model
            offers = interaction.client.services.router.catalog.of(other) if other else ()
            return cards.refusal(error.refusal, other_label=offers[0].label if offers else None)
        case QuotaError():
            return cards.notice(messages.quota_refusal(error, messages.relative_time))
        case AccessError():
            return cards.notice(messages.denial(error))
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return cards.notice(words.COMMAND_CHANGED)
        case _:
            code = secrets.token_hex(3).upper()
            where = interaction.command.qualified_name if interaction.command else "a button"
            log.error("%s: %s failed", code, where, exc_info=error)
            return cards.notice(words.unexpected(code))
