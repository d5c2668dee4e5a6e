"""Makes a request of a member's message: which pictures it means, what it says, who wrote it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

import discord

from bot.domain.catalog import Operation
from bot.domain.errors import AccessError, QuotaError, RefusedError
from bot.domain.requests.request import Violation, ViolationKind
from bot.domain.text import prompt
from bot.domain.text.prompt import ParsedText
from bot.domain.text.typed_request import typed_request
from bot.services.ports import MessageReference, Reaction, ReferenceSource, Remedies
from bot.services.requests import picture_numbers, repeats
from bot.services.requests.results import ResultPicture
from bot.services.requests.submission import Submission, Ticket
from bot.services.servers.access import Requester
from bot.ui.discord_api import picture_finder
from cogs import error_cards
from cogs.context import EaselBot
from cogs.typed_prompt import typed_text

REFUSALS = (AccessError, RefusedError, QuotaError)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRequest:
    """A message, read. `shown` are the pictures of ours that it answers.

    `mentioned`: the bot's mention was typed, anywhere; `began`: at the beginning.
    """

    message: discord.Message
    requester: Requester
    parsed: ParsedText
    mentioned: bool
    began: bool
    shown: tuple[ResultPicture, ...] = ()

    @property
    def asked(self) -> MessageReference:
        """The message by its ids."""
        return MessageReference(
            guild_id=self.requester.guild_id or 0,
            channel_id=self.message.channel.id,
            message_id=self.message.id,
            user_id=self.message.author.id,
        )

    @property
    def choices(self) -> list[int]:
        """The numbers to choose from, when the message leaves open which picture it means."""
        return picture_numbers.choices(self.shown, self.parsed.numbers)


async def read(client: EaselBot, message: discord.Message, requester: Requester) -> MessageRequest:
    """Read a message: its words, its flags, and which of our pictures it answers."""
    me = client.user.id if client.user else 0
    text, began = prompt.without_mention(message.content, me)
    target = _own_target(message, me)
    shown = await client.services.requests.results.of_message(target) if target else []
    if message.guild is None and requester.server_locale is None:
        # Direct messages have no language of their own: the one that was spoken there before.
        before = await client.services.requests.intake.recent(
            guild_id=requester.scope, user_id=requester.user_id, limit=1
        )
        requester = replace(requester, server_locale=before[0].ticket_locale if before else None)
    return MessageRequest(
        message=message,
        requester=requester,
        parsed=typed_text(message.guild, text, pictures=shown[0].of if shown else 0),
        mentioned=any(form in message.content for form in (f"<@{me}>", f"<@!{me}>")),
        began=began,
        shown=tuple(shown),
    )


def others_pictures(message: discord.Message) -> list[ReferenceSource] | None:
    """Return the pictures of the message that is answered; None when Discord hides it from us."""
    reference = message.reference
    if reference is None or reference.type is not discord.MessageReferenceType.reply:
        return []
    target = reference.resolved
    if not isinstance(target, discord.Message):
        return None
    # Of a forward Discord hides what was forwarded, and not that something was.
    seen = any(map(_shows, [target, *target.message_snapshots]))
    return picture_finder.pictures(target) if seen else None


def _shows(message: discord.Message | discord.MessageSnapshot) -> bool:
    return bool(message.content or message.attachments or message.embeds or message.components)


async def submit(client: EaselBot, talk: MessageRequest) -> Ticket:
    """Submit what a message asks, with ⏳ on it from now on; raises what the gate refuses."""
    services, place = client.services, (talk.message.channel.id, talk.message.id)
    await services.requests.intake.admit(talk.requester)
    await services.delivery.reply_tickets.begin(*place)
    try:
        ticket = await services.requests.intake.submit(await _submission(client, talk))
    except BaseException:
        await services.delivery.reply_tickets.withdraw(*place)
        raise
    if not ticket.known:
        services.publisher.ticket(ticket.progress, None)
    elif ticket.progress.job.state.final:
        # The same event came before, and was done before this sign.
        await services.delivery.reply_tickets.sign(*place, Reaction.WORKING, on=False)
    return ticket


async def remedies_of(client: EaselBot, talk: MessageRequest, error: Exception) -> Remedies:
    """Return what the author can do about a refusal; what they asked for is kept for that."""
    submission = None
    if isinstance(error, RefusedError) or (isinstance(error, QuotaError) and error.fits):
        with suppress(*REFUSALS):
            submission = await _submission(client, talk)
    return await error_cards.remedies_of(client, error, talk.requester, submission)


async def _submission(client: EaselBot, talk: MessageRequest) -> Submission:
    parsed = talk.parsed
    parent, sources = await _pictures(client, talk)
    sources += picture_finder.attached(talk.message.attachments)
    operation = Operation.EDIT if sources else Operation.GENERATE
    problems = parsed.problems
    if parsed.private:
        problems += (Violation(field="private", kind=ViolationKind.PRIVATE_NOT_HERE),)
    asked = repeats.blank(talk.requester, f"m:{talk.message.id}", None, None)
    return replace(
        asked.asking(typed_request(parsed, operation, {})),
        sources=sources,
        private=False,
        parent=(parent.job.job_id, parent.own_number) if parent else None,
        reply_to=talk.message.id,
        problems=problems,
    )


async def _pictures(
    client: EaselBot, talk: MessageRequest
) -> tuple[ResultPicture | None, tuple[ReferenceSource, ...]]:
    """Return the picture that is edited, and all that come before the message's own files."""
    if not talk.shown:
        return None, tuple(others_pictures(talk.message) or ())
    results = client.services.requests.results
    numbers = talk.parsed.numbers
    every = await results.of_job(talk.shown[0].job.job_id) if numbers else []
    chosen = picture_numbers.meant_by_reply(talk.shown, every, numbers)
    return chosen[0], tuple([await results.source(one) for one in chosen])


def _own_target(message: discord.Message, me: int) -> int | None:
    """Return the message that is answered, unless it is known to be somebody else's."""
    reference = message.reference
    if reference is None or reference.type is not discord.MessageReferenceType.reply:
        return None
    target = reference.resolved
    if isinstance(target, discord.Message) and target.author.id != me:
        return None
    return reference.message_id
