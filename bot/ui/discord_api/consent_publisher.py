"""Posts the question for the owner of a picture, and tells requesters how it ended.

Port ConsentMessages. Knows messages by their ids only, so that a restart loses nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

import discord

from bot.domain.errors import DeliveryError
from bot.domain.requests.consent import Consent
from bot.services.ports import Clock, forbid_transaction
from bot.ui import buttons
from bot.ui.cards import cards, public_replies
from bot.ui.discord_api.publisher import (
    EDIT_SECONDS,
    LOOK_BACK_SECONDS,
    LOOK_MESSAGES,
    DiscordPublisher,
    refusals,
)
from bot.ui.language import speaking
from bot.ui.messages.requests import consents as words

log = logging.getLogger(__name__)

T = TypeVar("T")

CardOf = Callable[[Exception], cards.Card]
"""Makes the card of an error, as members are shown it."""


class DiscordConsents:
    """Speaks through the publisher's newest client."""

    def __init__(self, publisher: DiscordPublisher, clock: Clock, card_of: CardOf) -> None:
        self._publisher = publisher
        self._clock = clock
        self._card_of = card_of

    async def ask(self, consent: Consent, prompt: str | None) -> int | None:
        """Post the card, which pings the owner alone; None where Discord refuses that."""
        with speaking(consent.server_locale):
            card = public_replies.consent(consent, prompt)
        sent = await _tried(
            self._channel(consent).send(
                view=card, nonce=f"{consent.consent_id}.c", allowed_mentions=_only(consent.owner_id)
            )
        )
        return sent.id if sent else None

    async def find(self, consent: Consent) -> int | None:
        """Look for a card of an earlier try: our message with this consent's buttons."""
        since = (consent.first_try_at or consent.created_at) - LOOK_BACK_SECONDS
        return await _tried(self._look(consent, datetime.fromtimestamp(since, UTC)))

    async def _look(self, consent: Consent, after: datetime) -> int | None:
        me = self._publisher.connected.user
        history = self._channel(consent).history(
            limit=LOOK_MESSAGES, after=after, oldest_first=True
        )
        asked = buttons.consent("allow", consent.consent_id)
        async for message in history:
            mine = me is not None and message.author.id == me.id
            if mine and any(asked in str(part.to_dict()) for part in message.components):
                return message.id
        return None

    async def tell(self, consent: Consent, why: Exception | None) -> bool:
        """Tell in the place of the private answer while that lives, else in the channel."""
        forbid_transaction("telling a requester")
        token = consent.ticket_token
        if token and (consent.ticket_expires_at or 0) > self._clock.now():
            with speaking(consent.locale or consent.server_locale):
                text = words.nothing_came(consent, named=False)
                card = self._card_of(why) if why else cards.page([text], cards.BAD)
            if await _tried(self._publisher.edit_answer(token, card)) is not None:
                return True
        with speaking(consent.server_locale):
            text = words.nothing_came(consent, named=True)
        sending = self._channel(consent).send(
            text, nonce=f"{consent.consent_id}.n", allowed_mentions=_only(consent.user_id)
        )
        return await _tried(sending) is not None

    def _channel(self, consent: Consent) -> discord.PartialMessageable:
        forbid_transaction("asking for a consent")
        return self._publisher.connected.get_partial_messageable(
            consent.channel_id, guild_id=consent.guild_id
        )


async def _tried(work: Coroutine[Any, Any, T]) -> T | None:
    """Return what Discord answers; None when it refuses for good."""
    try:
        with refusals():
            async with asyncio.timeout(EDIT_SECONDS):
                return await work
    except DeliveryError as error:
        log.info("Discord refuses: %s", error)
        return None


def _only(user_id: int) -> discord.AllowedMentions:
    return discord.AllowedMentions(
        everyone=False, roles=False, users=[discord.Object(user_id)], replied_user=False
    )
