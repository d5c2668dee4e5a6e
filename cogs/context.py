"""What cogs know of the client that loaded them: its services, and the type of interactions.

The client imports the cogs, and no cog imports the client.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import discord
from discord.ext import commands

from bot.domain.requests.routing import Router
from bot.services.comparisons.comparing import Comparing
from bot.services.comparisons.comparisons import Comparisons
from bot.services.comparisons.voting import Voting
from bot.services.delivery.log_channel import LogChannelFeed
from bot.services.delivery.pickups import Pickups
from bot.services.delivery.posting import Delivery
from bot.services.delivery.reply_tickets import ReplyTickets
from bot.services.delivery.tickets import Tickets
from bot.services.delivery.upload_limits import UploadLimits
from bot.services.gallery.favourites import Favourites
from bot.services.gallery.gallery import Gallery
from bot.services.gallery.picture_details import PictureDetails
from bot.services.moderation.member_moderation import Moderation
from bot.services.moderation.removal_rights import RemovalRights
from bot.services.moderation.reports import Reports
from bot.services.moderation.reviews import Reviews
from bot.services.moderation.spoilers import Spoilers
from bot.services.moderation.staff_suggestions import StaffSuggestions
from bot.services.moderation.undo import Undo
from bot.services.people.consents import Consents
from bot.services.people.guild_removal import GuildRemoval
from bot.services.people.privacy import Privacy
from bot.services.ports import Clock, Measures
from bot.services.quotas.limit_cache import LimitCache
from bot.services.quotas.limits import Limits
from bot.services.quotas.quota_book import QuotaBook
from bot.services.requests.drafts import DraftsAndBasket
from bot.services.requests.history import History
from bot.services.requests.intake import Intake
from bot.services.requests.recent_results import RecentResults
from bot.services.requests.repeats import Repeats
from bot.services.requests.results import Results
from bot.services.requests.thumbnails import Thumbnails
from bot.services.requests.variations import Variations
from bot.services.servers.access import Access
from bot.services.servers.changes import Changes
from bot.services.servers.policies import Policies
from bot.services.servers.server_settings import Server
from bot.services.servers.staff_rights import StaffRights
from bot.services.servers.statistics import Statistics
from bot.services.styles.preferences import Preferences
from bot.services.styles.style_book import StyleBook
from bot.services.styles.style_cache import StyleCache
from bot.ui.discord_api.publisher import DiscordPublisher


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerServices:
    """What a server and its staff decided, and what was made in it."""

    policies: Policies
    access: Access
    staff_rights: StaffRights
    changes: Changes
    settings: Server
    statistics: Statistics


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaServices:
    """Who may use how much, and who pays."""

    book: QuotaBook
    limits: Limits
    known_limits: LimitCache


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryServices:
    """What members and staff are shown of a request after it was accepted."""

    delivery: Delivery
    pickups: Pickups
    tickets: Tickets
    upload_limits: UploadLimits
    reply_tickets: ReplyTickets
    log_channel_feed: LogChannelFeed


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleServices:
    """What members and servers keep to ask again by."""

    book: StyleBook
    known: StyleCache
    preferences: Preferences


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestServices:
    """From what a member typed or pressed to a job, and from a job to its pictures."""

    router: Router
    intake: Intake
    drafts: DraftsAndBasket
    repeats: Repeats
    variations: Variations
    results: Results
    recent_results: RecentResults
    thumbnails: Thumbnails
    picture_details: PictureDetails
    history: History


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonServices:
    """Models that are compared."""

    comparing: Comparing
    voting: Voting
    comparisons: Comparisons


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryServices:
    """Results that members like."""

    favourites: Favourites
    gallery: Gallery


@dataclass(frozen=True, slots=True, kw_only=True)
class ModerationServices:
    """What moderators decide about members, requests and pictures."""

    actions: Moderation
    undo: Undo
    removal_rights: RemovalRights
    spoilers: Spoilers
    reports: Reports
    reviews: Reviews
    suggestions: StaffSuggestions


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleServices:
    """What is stored about people and servers, and its deletion."""

    privacy: Privacy
    consents: Consents
    guild_removal: GuildRemoval


@dataclass(frozen=True, slots=True, kw_only=True)
class CogServices:
    """What commands and buttons may use; a group holds services of the package of its name."""

    servers: ServerServices
    quotas: QuotaServices
    delivery: DeliveryServices
    styles: StyleServices
    requests: RequestServices
    comparisons: ComparisonServices
    gallery: GalleryServices
    moderation: ModerationServices
    people: PeopleServices
    publisher: DiscordPublisher
    clock: Clock
    measures: Measures


class EaselBot(commands.AutoShardedBot):
    """A Discord client with the services of this bot."""

    services: CogServices


Interaction: TypeAlias = discord.Interaction[EaselBot]
