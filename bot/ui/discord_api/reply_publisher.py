"""Answers members' messages on Discord: reactions, the public ticket, one line of bad news.

Knows messages by their ids only, so that a restart loses nothing; decides nothing about jobs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import discord

from bot.domain.errors import DeliveryError
from bot.domain.job import Job
from bot.services.ports import MessageReference, Progress, Reaction, forbid_transaction
from bot.ui.cards import cards, public_replies
from bot.ui.discord_api.publisher import (
    EDIT_SECONDS,
    LOOK_MESSAGES,
    DiscordPublisher,
    notice_nonce,
    refusals,
)
from bot.ui.language import speaking, spoken
from bot.ui.messages import public_replies as words
from bot.ui.messages.tickets import jump

T = TypeVar("T")


class DiscordReplies:
    """Speaks through the client of the publisher (port ReplyPublisher)."""

    def __init__(self, publisher: DiscordPublisher) -> None:
        self._publisher = publisher

    async def sign(self, channel_id: int, message_id: int, sign: Reaction, *, on: bool) -> bool:
        """Put a reaction to a message, or take ours away; False when Discord forbids it."""
        message = self._channel(channel_id).get_partial_message(message_id)
        client = self._publisher.connected
        if on:
            work = message.add_reaction(sign.value)
        else:
            # Only our own: other people's would need Manage Messages.
            me = discord.Object(client.user.id if client.user else 0)
            work = message.remove_reaction(sign.value, me)
        return await _tried(work, False) is not False

    async def post_ticket(self, progress: Progress) -> int | None:
        """Post the public ticket of a job below the message that asked."""
        job = progress.job
        card = self._publisher.card(progress)
        return await self._answer(job, nonce=f"{job.job_id}.t", view=card)

    async def find_ticket(self, job: Job) -> int | None:
        """Look for a job's public ticket: our layout that answers the message that asked."""
        return await _tried(self._look(job), None)

    async def _look(self, job: Job) -> int | None:
        client = self._publisher.connected
        me = client.user.id if client.user else 0
        after = discord.Object(job.reply_to_message_id or 0)
        channel = self._channel(job.channel_id, job.guild_id)
        async for message in channel.history(limit=LOOK_MESSAGES, after=after, oldest_first=True):
            answered = message.reference.message_id if message.reference else None
            mine = message.author.id == me and message.flags.components_v2
            if mine and answered == job.reply_to_message_id:
                return message.id
        return None

    async def show_ticket(self, progress: Progress) -> bool:
        """Bring the public ticket up to date; False when it is gone."""
        job = progress.job
        channel = self._channel(job.channel_id, job.guild_id)
        message = channel.get_partial_message(job.ticket_message_id or 0)
        # A choice of pictures that becomes the ticket has content, which layouts cannot have.
        editing = message.edit(content=None, view=self._publisher.card(progress))
        return await _tried(editing, None) is not None

    async def bad_news(self, job: Job) -> int | None:
        """Say that nothing was posted for a request; the rest is behind Why?, for its author."""
        with speaking(job.server_locale):
            text, view = words.nothing_came(job), cards.trouble(job)
        return await self._answer(job, nonce=notice_nonce(job), content=text, view=view)

    async def refuse(self, channel_id: int, message_id: int, why_id: str) -> int | None:
        """Say in one line that a message's request was refused."""
        view = public_replies.why(why_id)
        return await self._send(
            channel_id, message_id, nonce=f"{why_id}.r", content=words.REFUSED, view=view
        )

    async def whisper(self, asked: MessageReference, about: Sequence[str] | Job) -> bool:
        """Write a member directly about a message; False when they take no direct messages."""
        forbid_transaction("writing to a member")
        message = jump(asked.guild_id, asked.channel_id, asked.message_id)
        with speaking(about.ticket_locale if isinstance(about, Job) else spoken()):
            texts = [words.came_to_nothing(about)] if isinstance(about, Job) else about
            card = cards.page([words.about(message), *texts], cards.BAD)
        return await _tried(self._write(asked.user_id, card), False)

    async def _write(self, user_id: int, card: cards.Card) -> bool:
        channel = await self._publisher.connected.create_dm(discord.Object(user_id))
        await channel.send(view=card)
        return True

    async def _answer(self, job: Job, **parts: Any) -> int | None:
        return await self._send(job.channel_id, job.reply_to_message_id or 0, **parts)

    async def _send(self, channel_id: int, message_id: int, **parts: Any) -> int | None:
        channel = self._channel(channel_id)
        target = discord.MessageReference(
            message_id=message_id, channel_id=channel_id, fail_if_not_exists=False
        )
        sending = channel.send(
            reference=target, allowed_mentions=discord.AllowedMentions.none(), **parts
        )
        message = await _tried(sending, None)
        return message.id if message else None

    def _channel(self, channel_id: int, guild_id: int | None = None) -> discord.PartialMessageable:
        forbid_transaction("answering a message")
        return self._publisher.connected.get_partial_messageable(channel_id, guild_id=guild_id)


async def _tried(work: Coroutine[Any, Any, T], otherwise: Any) -> T | Any:
    """Return what Discord answers, or `otherwise` when it refuses for good."""
    try:
        with refusals():
            async with asyncio.timeout(EDIT_SECONDS):
                return await work
    except DeliveryError:
        return otherwise
