"""Answers interactions privately, in time, and turns every error into words: the one place."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import secrets
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aiohttp
import discord
from discord import app_commands

from bot.domain.errors import (
    AccessError,
    LimitError,
    QuotaError,
    RefusedError,
    StaffError,
    StorageError,
)
from bot.domain.text.wordlist import WordError
from bot.services.ports import Progress
from bot.services.servers.access import Requester
from bot.ui import language, messages
from bot.ui.cards import cards
from bot.ui.discord_api import discord_limits
from bot.ui.durations import UnclearError
from bot.ui.messages import tickets as words
from bot.ui.messages.staff import limits as limit_words
from bot.ui.messages.staff import moderation as staff_words
from bot.ui.messages.staff import server
from bot.ui.text import escaped
from cogs.context import EaselBot, Interaction

log = logging.getLogger(__name__)

T = TypeVar("T")
_under_way: set[asyncio.Task[Any]] = set()


def speak(interaction: Interaction) -> None:
    """Say everything in the language of whoever typed or pressed, to the end of this task."""
    language.speak(str(interaction.locale))


def ticket(interaction: Interaction, progress: Progress, *, place: bool = False) -> cards.Card:
    """Return a request's ticket in the language of whoever pressed: it is for them alone.

    With `place` it is for that of the message with the button, which everybody may see.
    """
    message = interaction.message
    public = place and message is not None and not message.flags.ephemeral
    locale = None if public else str(interaction.locale)
    return interaction.client.services.publisher.card(progress, locale)


async def public_locale(interaction: Interaction) -> str | None:
    """Return the language of what everybody reads where somebody typed or pressed."""
    who = requester(interaction)
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


async def ask(interaction: Interaction, form: discord.ui.Modal) -> None:
    """Open a form, which must be the first answer."""
    async with _answering(interaction):
        await interaction.response.send_modal(form)


async def post(interaction: Interaction, channel_id: int, card: cards.Card) -> bool:
    """Post a card in another channel; False when Discord does not let us."""
    channel = interaction.client.get_partial_messageable(channel_id, guild_id=interaction.guild_id)
    try:
        await channel.send(view=card)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.warning("channel %d refuses a message: %r", channel_id, error)
        return False
    return True


async def replace(interaction: Interaction, card: cards.Card) -> None:
    """Show a card in the place of the message whose button was pressed."""
    async with _answering(interaction):
        if interaction.response.is_done():
            await interaction.edit_original_response(view=card)
        else:
            await interaction.response.edit_message(view=card)


async def defer(interaction: Interaction, *, fresh: bool = False) -> None:
    """Promise an answer, unless one was promised before.

    For a press that is one in the place of the message with the button, unless it is to be a
    `fresh` message of its own. A ticket must be one: its later edits go to the first answer.
    """
    fresh = fresh or interaction.type is discord.InteractionType.modal_submit
    if not interaction.response.is_done():
        async with _answering(interaction):
            await interaction.response.defer(ephemeral=True, thinking=fresh)


async def in_time(
    interaction: Interaction, work: Coroutine[Any, Any, T], *, fresh: bool = False
) -> T:
    """Await work that is usually quick; defer the answer, `fresh` or not, when it is not.

    One message instead of "thinking…" and an edit, and still within Discord's three seconds.
    """
    task = asyncio.create_task(work)
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)
    # In a crowd each has to wait for those before it: a promise at once, then.
    patience = 0 if len(_under_way) > discord_limits.CROWD else discord_limits.PATIENCE_SECONDS
    await asyncio.wait({task}, timeout=patience)
    if not task.done():
        await defer(interaction, fresh=fresh)
    return await task


@asynccontextmanager
async def told(interaction: Interaction) -> AsyncGenerator[None]:
    """Do what an item or a form is for, in the language of whoever pressed; tell every error.

    discord.py only logs what an item raises; the member must hear of it.
    """
    speak(interaction)
    try:
        yield
    except Exception as error:
        await explain(interaction, error)


@asynccontextmanager
async def refusals(interaction: Interaction) -> AsyncGenerator[None]:
    """Answer what the gate, the check or the quota refuses: no error of the command."""
    try:
        yield
    except (AccessError, RefusedError, QuotaError, LimitError, StaffError, UnclearError) as error:
        await explain(interaction, error)


async def explain(interaction: Interaction, error: Exception) -> None:
    """Tell a member why a command or a press had no effect; log what nobody foresaw."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    where = interaction.command.qualified_name if interaction.command else "a button"
    await answer(interaction, card_of(interaction.client, error, where))


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
    """Tell a member where everybody reads it that the private answer did not arrive."""
    channel = interaction.client.get_partial_messageable(
        interaction.channel_id or 0, guild_id=interaction.guild_id
    )
    only = discord.AllowedMentions(users=[interaction.user], everyone=False, roles=False)
    try:
        with language.speaking(await public_locale(interaction)):
            text = words.unanswered(interaction.user.id)
        async with asyncio.timeout(discord_limits.ANSWER_SECONDS):
            await channel.send(text, allowed_mentions=only)
    except (discord.HTTPException, aiohttp.ClientError, OSError, StorageError) as error:
        log.warning("a member could not be told in the channel either: %r", error)


def scope_of(interaction: Interaction) -> int:
    """Return the server that decides, 0 outside servers; AccessError where that is closed."""
    return interaction.client.services.servers.access.scope(requester(interaction))


def requester(interaction: Interaction) -> Requester:
    """Return who asks and where, with the member's and the bot's permissions there."""
    channel_id, visiting = interaction.channel_id or 0, _elsewhere(interaction)
    if interaction.guild_id is None:
        # Other people's direct messages and groups: only the interaction reaches them.
        found = _alone(interaction.user, channel_id, visiting=visiting)
    else:
        found = _requester(
            interaction.user,
            interaction.channel,
            guild_id=interaction.guild_id,
            channel_id=channel_id,
            member=interaction.permissions,
            bot=interaction.app_permissions,
            visiting=visiting,
        )
    mine, theirs = interaction.locale, interaction.guild_locale or interaction.locale
    return dataclasses.replace(found, locale=str(mine), server_locale=str(theirs))


def _elsewhere(interaction: Interaction) -> bool:
    """Tell whether the bot is no member of the place: only its user installed it.

    Where it is a member the server decides, however the command came.
    """
    if interaction.guild_id is None:
        return bool(interaction.context.private_channel)
    known = interaction.client.get_guild(interaction.guild_id) is not None
    return not known and not interaction.is_guild_integration()


def _alone(user: discord.User | discord.Member, channel_id: int, *, visiting: bool) -> Requester:
    """Return who asks outside servers: nobody has rights over others there, or needs any."""
    return Requester(
        user_id=user.id,
        guild_id=None,
        channel_id=channel_id,
        is_bot=user.bot,
        visiting=visiting,
    )


def requester_of(message: discord.Message, author: discord.Member | None = None) -> Requester:
    """Return who wrote a message and where; permissions come from the server's roles.

    A message that was fetched knows its author without roles: then an event's `author` does.
    """
    channel, user = message.channel, author or message.author
    if message.guild is None:
        return _alone(user, channel.id, visiting=False)
    member = bot = discord.Permissions.none()
    if isinstance(user, discord.Member):
        member, bot = _permissions(channel, user, message.guild.me)
    found = _requester(
        user, channel, guild_id=message.guild.id, channel_id=channel.id, member=member, bot=bot
    )
    return dataclasses.replace(found, server_locale=str(message.guild.preferred_locale))


def _permissions(
    channel: object, user: discord.Member, me: discord.Member
) -> tuple[discord.Permissions, discord.Permissions]:
    """Return what a member and the bot may do in a channel."""
    try:
        if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            return channel.permissions_for(user), channel.permissions_for(me)
    except discord.ClientException:
        pass  # a thread whose channel is not known
    return user.guild_permissions, me.guild_permissions


def _requester(
    user: discord.User | discord.Member,
    channel: object,
    *,
    guild_id: int,
    channel_id: int,
    member: discord.Permissions,
    bot: discord.Permissions,
    visiting: bool = False,
) -> Requester:
    thread = channel if isinstance(channel, discord.Thread) else None
    locked = thread is not None and thread.locked
    return Requester(
        user_id=user.id,
        guild_id=guild_id,
        channel_id=channel_id,
        is_bot=user.bot,
        can_post=bot.view_channel and _may_send(bot, thread) and bot.attach_files,
        may_send=_may_send(member, thread),
        may_attach=member.attach_files,
        timed_out=isinstance(user, discord.Member) and user.is_timed_out(),
        # Who manages threads may write in a locked one; the bot has to be able to as well.
        thread_locked=locked and not (member.manage_threads and bot.manage_threads),
        # Where the bot only visits, its member's rights over others are none of its business.
        moderator=member.moderate_members and not visiting,
        manager=member.manage_guild and not visiting,
        role_ids=roles_of(user),
        places=_places(channel, channel_id),
        joined_at=_joined_at(user),
        visiting=visiting,
    )


def roles_of(user: discord.User | discord.Member) -> frozenset[int]:
    """Return the roles of a member, as an event or a command brought them."""
    return frozenset(role.id for role in getattr(user, "roles", ()))


def _joined_at(user: discord.User | discord.Member) -> int | None:
    joined = user.joined_at if isinstance(user, discord.Member) else None
    return int(joined.timestamp()) if joined else None


def _places(channel: object, channel_id: int) -> tuple[int, ...]:
    """Return a channel and what it lies in: a thread's channel, a channel's category."""
    if isinstance(channel, discord.Thread):
        category = channel.parent.category_id if channel.parent else None
        return tuple(place for place in (channel_id, channel.parent_id, category) if place)
    category = getattr(channel, "category_id", None)
    return tuple(place for place in (channel_id, category) if place)


def _may_send(allowed: discord.Permissions, thread: discord.Thread | None) -> bool:
    return allowed.send_messages_in_threads if thread else allowed.send_messages


def other_label(client: EaselBot, error: RefusedError) -> str | None:
    """Return the name of the model that takes a refused request as it is, if any does."""
    other = error.refusal.other_model
    offers = client.services.requests.router.catalog.of(other) if other else ()
    return offers[0].label if offers else None


def card_of(client: EaselBot, error: Exception, where: str) -> cards.Card:
    """Return what a member is told of an error; `where` is for the log, if nobody foresaw it."""
    return _foreseen(client, error) or cards.notice(words.unexpected(_logged_as(error, where)))


def texts_by_language(client: EaselBot, error: Exception, where: str) -> dict[str, list[str]]:
    """Return what a member is told of an error in every language: whose it is will show later."""
    code = "" if _foreseen(client, error) else _logged_as(error, where)
    told: dict[str, list[str]] = {}
    for one in language.LANGUAGES:
        with language.speaking(one):
            card = _foreseen(client, error) or cards.notice(words.unexpected(code))
            told[one] = cards.texts_of(card)
    return told


def _logged_as(error: Exception, where: str) -> str:
    """Log an error that nobody foresaw; return the code that it can be found by."""
    code = secrets.token_hex(3).upper()
    log.error("%s: %s failed", code, where, exc_info=error)
    return code


def _foreseen(client: EaselBot, error: Exception) -> cards.Card | None:
    match error:
        case RefusedError():
            return cards.refusal(error.refusal, other_label=other_label(client, error))
        case QuotaError():
            return cards.notice(messages.quota_refusal(error, messages.relative_time))
        case LimitError():
            return cards.notice(limit_words.problem(error))
        case StaffError():
            return cards.notice(staff_words.objection(error))
        case UnclearError():
            return cards.notice(escaped(str(error)))
        case AccessError():
            return cards.notice(messages.denial(error, messages.relative_time, escaped))
        case WordError():
            return cards.notice(server.words_full(error))
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return cards.notice(words.COMMAND_CHANGED)
        case StorageError():
            # `DatabaseHealth` says it in the log: once, and not for everybody who asks meanwhile.
            return cards.notice(words.DATABASE_AWAY)
        case _:
            return None
