"""Builds what is about people: deletion, departures, and the owners of pictures."""

from __future__ import annotations

from bot.composition.adapters import Adapters
from bot.composition.services import keep_seconds
from bot.config import Configuration
from bot.services.people.consents import Consents, FindRequester
from bot.services.people.guild_removal import GuildRemoval
from bot.services.people.privacy import Privacy
from bot.services.requests.recent_results import RecentResults
from bot.services.tasks.wake_event import WakeEvent
from bot.ui.discord_api.consent_publisher import CardOf, DiscordConsents
from bot.ui.discord_api.membership import DiscordMembership
from cogs.context import (
    DeliveryServices,
    QuotaServices,
    RequestServices,
    ServerServices,
    StyleServices,
)


def deletion_services(
    configuration: Configuration,
    outside: Adapters,
    quotas: QuotaServices,
    delivery: DeliveryServices,
    recent_results: RecentResults,
    styles: StyleServices,
) -> tuple[Privacy, GuildRemoval]:
    """Build what deletes: for people, and where a server is gone."""

    def forgot(user_id: int) -> None:
        recent_results.forget(user_id)
        styles.known.changed(user_id=user_id)

    privacy = Privacy(
        database=outside.database,
        quotas=quotas.book,
        spool=outside.spool,
        clock=outside.clock,
        keep_seconds=keep_seconds(configuration),
        tell=delivery.delivery.tell,
        forgot=forgot,
    )
    return privacy, GuildRemoval(
        database=outside.database,
        quotas=quotas.book,
        privacy=privacy,
        membership=DiscordMembership(outside.publisher),
        clock=outside.clock,
        tell=delivery.delivery.tell,
    )


def consents(
    outside: Adapters,
    servers: ServerServices,
    delivery: DeliveryServices,
    requests: RequestServices,
    woken: WakeEvent,
    *,
    find: FindRequester,
    card_of: CardOf,
) -> Consents:
    """Build what asks the owners of pictures; `find` reads a requester off Discord."""
    return Consents(
        intake=requests.intake,
        drafts=requests.drafts,
        tickets=delivery.tickets,
        replies=delivery.reply_tickets,
        messages=DiscordConsents(outside.publisher, outside.clock, card_of),
        find=find,
        policies=servers.policies,
        database=outside.database,
        clock=outside.clock,
        woken=woken,
    )
