"""Replies to the bot's pictures, and mentions: requests without a command.

See docs/spec/requests.md section 3.

Edits of messages are not listened to: what was asked stays what was asked (docs/spec/crashes.md,
D6).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import aiohttp
import discord
from discord import ui
from discord.ext import commands

from bot.domain.errors import ConsentAskedError
from bot.domain.text.reply_intent import ReplyIntent, ReplyMode, reaction
from bot.services.ports import Reaction
from bot.ui import buttons, language
from bot.ui.cards import cards
from bot.ui.cards import public_replies as views
from bot.ui.messages import public_replies as words
from cogs import error_cards, requesters, responses
from cogs.context import EaselBot, Interaction
from cogs.members import message_request
from cogs.members.message_request import MessageRequest
from cogs.persistent_button import PersistentButton, PersistentSelect

log = logging.getLogger(__name__)

_ASKING = (discord.MessageType.default, discord.MessageType.reply)
# Some clients leave the variation selector out.
_PENCILS = (Reaction.PENCIL.value, Reaction.PENCIL.value.rstrip("\ufe0f"))


class RepliesCog(commands.Cog):
    """Reads messages that mean the bot: to do at once, to ask about, or to leave alone."""

    def __init__(self, bot: EaselBot) -> None:
        self._client = bot

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        if message.author.bot or message.type not in _ASKING:
            return
        talk = await message_request.read(self._client, message, requesters.of_message(message))
        if not talk.shown and not talk.mentioned:
            if message.guild is None:
                await self._speak(talk)
                await self._greet(talk)
            return
        await self._speak(talk)
        mode = await self._mode(message)
        if mode is not ReplyMode.OFF and talk.shown and _is_blank(message):
            await self._help(talk)
            return
        what = reaction(
            talk.parsed,
            mode=mode,
            mentioned=talk.mentioned,
            began=talk.began,
            files=bool(message.attachments),
        )
        if what is ReplyIntent.SUBMIT:
            await self._take(talk)
        elif what is ReplyIntent.ASK:
            await self._offer(talk)

    async def _speak(self, talk: MessageRequest) -> None:
        """Say everything as it is said to everybody there: messages do not tell a language."""
        who = talk.requester
        policy = await self._client.services.servers.policies.of(who.scope)
        language.speak(policy.settings.locale(who.server_locale))

    async def _mode(self, message: discord.Message) -> ReplyMode:
        """Return how a reply is taken: in direct messages it can mean nobody but the bot."""
        if message.guild is None:
            return ReplyMode.INSTANT
        return await self._client.services.delivery.reply_tickets.mode(message.guild.id)

    async def _greet(self, talk: MessageRequest) -> None:
        """Say how to ask, to who writes directly and asks for nothing; seldom."""
        if self._client.services.delivery.reply_tickets.may_help(
            talk.asked.channel_id, talk.asked.user_id
        ):
            await self._say(talk, str(words.DIRECT))

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        """Submit a message whose author taps the pencil that the bot put there."""
        member = payload.member
        if member is None or member.bot or payload.emoji.name not in _PENCILS:
            return
        if payload.message_author_id not in (None, member.id):
            return
        channel = member.guild.get_channel_or_thread(payload.channel_id)
        if not isinstance(channel, discord.abc.Messageable):
            return
        try:
            message = await channel.fetch_message(payload.message_id)
        except discord.HTTPException as error:
            log.info("a message with a pencil cannot be read: %s", error)
            return
        offered = any(one.me and str(one.emoji) in _PENCILS for one in message.reactions)
        if message.author.id != member.id or not offered:
            return
        talk = await message_request.read(
            self._client, message, requesters.of_message(message, member)
        )
        await self._speak(talk)
        await self._client.services.delivery.reply_tickets.sign(
            channel.id, message.id, Reaction.PENCIL, on=False
        )
        await self._take(talk)

    async def _offer(self, talk: MessageRequest) -> None:
        """Put the pencil to a message; where that is forbidden, say how to do without, seldom."""
        replies, asked = self._client.services.delivery.reply_tickets, talk.asked
        if await replies.sign(asked.channel_id, asked.message_id, Reaction.PENCIL):
            return
        if replies.may_help(asked.guild_id, asked.user_id):
            await self._say(talk, str(words.PENCIL_UNANSWERED))

    async def _take(self, talk: MessageRequest) -> None:
        """Submit a message's request, or ask which picture; what is refused is told in one line."""
        message = talk.message
        if talk.choices:
            view = views.pick(message.id, talk.choices)
            await self._say(talk, str(words.PICK), view, elsewhere=str(words.PICK_UNANSWERED))
            return
        hidden = not talk.shown and message_request.others_pictures(message) is None
        if hidden and not message.attachments:
            await self._say(talk, str(words.SEE_MENU))
            return
        try:
            await message_request.submit(self._client, talk)
        except ConsentAskedError:
            return  # everybody sees the question
        except Exception as error:
            told = error_cards.texts_by_language(self._client, error, "a message")
            remedies = await message_request.remedies_of(self._client, talk, error)
            replies = self._client.services.delivery.reply_tickets
            await replies.refuse(talk.asked, told[language.spoken()], remedies, translated=told)

    async def _help(self, talk: MessageRequest) -> None:
        """Offer the form to a member whose reply arrived without its text."""
        if self._client.services.delivery.reply_tickets.may_help(
            talk.asked.guild_id, talk.asked.user_id
        ):
            view = views.write_change(talk.shown[0].job.job_id)
            await self._say(
                talk, str(words.EMPTY_REPLY), view, elsewhere=str(words.EMPTY_UNANSWERED)
            )

    async def _say(
        self,
        talk: MessageRequest,
        text: str,
        view: ui.View | None = None,
        *,
        elsewhere: str | None = None,
    ) -> None:
        """Answer in public for a while; `elsewhere` is what is told where that is forbidden."""
        message, replies = talk.message, self._client.services.delivery.reply_tickets
        with_view: dict[str, Any] = {} if view is None else {"view": view}
        try:
            sent = await message.reply(text, mention_author=False, **with_view)
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.info("message %d cannot be answered: %s", message.id, error)
            await replies.tell_elsewhere(talk.asked, [elsewhere or text])
            return
        await replies.take_away(message.channel.id, sent.id)


def _is_blank(message: discord.Message) -> bool:
    """Tell whether Discord kept a reply's content from us: its ping is off."""
    if message.guild is None:
        return False
    me = message.guild.me.id
    pinged = any(user.id == me for user in message.mentions)
    return not (pinged or message.content or message.attachments or message.stickers)


class WhyRefusedButton(PersistentButton, template=buttons.WHY_REFUSED):
    """Why?: the words of a refusal, for the author of the message."""

    async def pressed(self, interaction: Interaction) -> None:
        replies = interaction.client.services.delivery.reply_tickets
        draft = self.values["draft"]
        kept = await replies.why(draft, interaction.user.id, language.spoken())
        if kept is None:
            await responses.answer(interaction, cards.notice(words.WHY_GONE))
            return
        why, remedies = kept
        row = cards.remedy_buttons(remedies)
        await responses.answer(interaction, cards.with_buttons(why, row, cards.BAD))


class PickSelect(PersistentSelect, template=buttons.PICK):
    """The choice of pictures below a message that named none: for its author."""

    async def chosen(self, interaction: Interaction, values: Sequence[str]) -> None:
        client = interaction.client
        message = await _message(interaction, int(self.values["message"]))
        if message is None or interaction.message is None:
            await responses.answer(interaction, cards.notice(words.MESSAGE_GONE))
            return
        if message.author.id != interaction.user.id:
            await responses.answer(interaction, cards.notice(words.NOT_YOURS))
            return
        # What becomes of it is for everybody, so in the language of the place.
        who = replace(requesters.of(interaction), locale=None)
        talk = await message_request.read(client, message, who)
        numbers = sorted(int(value) for value in values if value.isdecimal())
        talk = replace(talk, parsed=replace(talk.parsed, numbers=tuple(numbers)))
        # Pictures take their time; the message itself becomes the ticket.
        await interaction.response.defer()
        try:
            ticket = await message_request.submit(client, talk)
        except message_request.REFUSALS as error:
            remedies = await message_request.remedies_of(client, talk, error)
            card = error_cards.card_of(client, error, "a choice", remedies)
            await responses.answer(interaction, card)
            return
        if not ticket.known:
            services = client.services
            await services.delivery.reply_tickets.becomes_ticket(
                ticket.progress, interaction.message.id
            )


async def _message(interaction: Interaction, message_id: int) -> discord.Message | None:
    channel = interaction.channel
    if not isinstance(channel, discord.abc.Messageable):
        return None
    try:
        return await channel.fetch_message(message_id)
    except (discord.NotFound, discord.Forbidden):
        return None
