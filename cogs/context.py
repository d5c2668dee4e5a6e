"""What cogs know of the client that loaded them: its services, and the type of interactions.

The client imports the cogs, and no cog imports the client.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

import discord
from discord.ext import commands

from bot.domain.requests.routing import Router
from bot.services.delivery.pickups import Pickups
from bot.services.delivery.reply_tickets import ReplyTickets
from bot.services.delivery.tickets import Tickets
from bot.services.moderation.member_moderation import Moderation
from bot.services.moderation.staff_suggestions import StaffLists
from bot.services.moderation.undo import Undo
from bot.services.people.guild_removal import GuildRemoval
from bot.services.people.privacy import Privacy
from bot.services.ports import Clock, Measures
from bot.services.quotas.limits import Limits
from bot.services.requests.drafts import DraftsAndBasket
from bot.services.requests.intake import Intake
from bot.services.requests.recent_results import RecentResults
from bot.services.requests.repeats import Repeats
from bot.services.requests.results import Results
from bot.services.servers.access import Access
from bot.services.servers.changes import Changes
from bot.services.servers.policies import Policies
from bot.services.servers.server_settings import Server
from bot.services.servers.statistics import Statistics
from bot.ui.discord_api.publisher import DiscordPublisher


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientServices:
    """What commands and buttons may use.

    `direct`: whether members may ask outside servers. `load_hash` and `save_hash` keep the hash of
    the commands that Discord knows.
    """

    intake: Intake
    results: Results
    recent_results: RecentResults
    replies: ReplyTickets
    repeats: Repeats
    drafts: DraftsAndBasket
    pickups: Pickups
    tickets: Tickets
    router: Router
    publisher: DiscordPublisher
    access: Access
    policies: Policies
    privacy: Privacy
    guild_removal: GuildRemoval
    changes: Changes
    moderation: Moderation
    staff_lists: StaffLists
    limits: Limits
    undo: Undo
    server: Server
    statistics: Statistics
    clock: Clock
    measures: Measures
    load_hash: Callable[[], Awaitable[str | None]]
    save_hash: Callable[[str], Awaitable[None]]
    operators: frozenset[int] = frozenset()
    direct: bool = False


class EaselBot(commands.AutoShardedBot):
    """A Discord client with the services of this bot."""

    services: ClientServices


Interaction: TypeAlias = discord.Interaction[EaselBot]
