"""The Discord client: intents, cogs, command sync, error boundary.

Holds no state of its own and starts no work: whatever must outlive an event belongs to the
services, which are entered beside the client.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.services.operations.command_hash import CommandHash
from bot.ui.discord_api import discord_limits
from bot.ui.discord_api.command_translator import CatalogTranslator
from cogs import registry, responses, shown_choices
from cogs.context import CogServices, EaselBot

log = logging.getLogger(__name__)

UNKNOWN_GUILD, MISSING_ACCESS = 10004, 50001


def _contexts(*, direct: bool) -> app_commands.AppCommandContext:
    return app_commands.AppCommandContext(guild=True, dm_channel=direct, private_channel=direct)


def _installs(*, direct: bool) -> app_commands.AppInstallationType:
    return app_commands.AppInstallationType(guild=True, user=direct)


class EaselTree(app_commands.CommandTree["EaselClient"]):
    """The command tree; every error of a command ends in one place."""

    async def interaction_check(self, interaction: discord.Interaction[EaselClient], /) -> bool:
        """Let every command through, read as it was meant and answered in its member's language."""
        responses.use_members_language(interaction)
        await shown_choices.resolve(interaction)
        return True

    async def on_error(
        self, interaction: discord.Interaction[EaselClient], error: app_commands.AppCommandError
    ) -> None:
        await responses.answer_error(interaction, error)


class EaselClient(EaselBot):
    """Easel on Discord. Slash commands and buttons only: prefix commands do not exist."""

    def __init__(
        self,
        services: CogServices,
        *,
        command_hash: CommandHash,
        direct: bool = False,
        shard_count: int | None = None,
    ) -> None:
        """Prepare a client; `direct`: whether members may ask outside servers."""
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=EaselTree,
            allowed_contexts=_contexts(direct=direct),
            allowed_installs=_installs(direct=direct),
            # No privileged intent, and nothing cached that thousands of servers would fill.
            intents=discord.Intents(
                guilds=True,
                guild_messages=True,
                guild_reactions=True,
                moderation=True,
                dm_messages=direct,
            ),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=discord_limits.RATE_LIMIT_SECONDS,
            shard_count=shard_count,
        )
        self.services = services
        # Where several processes identify: waits for the turn of a shard.
        self.identifying: Callable[[int], Awaitable[None]] | None = None
        self._command_hash = command_hash

    async def setup_hook(self) -> None:
        await registry.register(self)
        self._keep_staff_in_servers()
        await self._sync_commands()

    def _keep_staff_in_servers(self) -> None:
        """Offer commands that only servers have to servers that have the bot, to no user install.

        Who installed it for themselves may manage a server that knows nothing of it.
        """
        for command in self.tree.get_commands():
            if command.guild_only:
                # What a command leaves open is filled in by the tree, whose commands go anywhere.
                command.allowed_contexts = _contexts(direct=False)
                command.allowed_installs = _installs(direct=False)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait until Discord takes the IDENTIFY of a shard."""
        if self.identifying is None:
            await super().before_identify_hook(shard_id, initial=initial)
        else:
            await self.identifying(shard_id or 0)

    async def on_ready(self) -> None:
        """Log that the bot works now; also after each new session of all shards."""
        counts = f"servers: {len(self.guilds)}, shards: {self.shard_count}"
        log.info("ready: Easel %s as %s, %s", version("easel"), self.user, counts)

    async def on_message(self, message: discord.Message, /) -> None:
        """Ignore messages: prefix commands do not exist."""

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Pass an event on, and notice which servers a new session of a shard has not named.

        Who removes the bot while a shard has no session is told to nobody: discord.py keeps what
        it knew. It dispatches this event within READY, when all that were named wait to come.
        """
        if event == "shard_connect":
            shard_id = args[0]
            unnamed = [g for g in self.guilds if g.shard_id == shard_id and not g.unavailable]
            if unnamed:
                super().dispatch("servers_unnamed", unnamed)
        super().dispatch(event, *args, **kwargs)

    async def on_servers_unnamed(self, guilds: list[discord.Guild]) -> None:
        """Ask Discord for each of the servers, and treat as left what it says is not ours."""
        for guild in guilds:
            if await self._has_left(guild) and self.get_guild(guild.id) is guild:
                self._connection._remove_guild(guild)
                self.dispatch("guild_remove", guild)

    async def _has_left(self, guild: discord.Guild) -> bool:
        """Tell whether Discord says so; in doubt the next start finds out."""
        try:
            await self.fetch_guild(guild.id, with_counts=False)
        except (discord.HTTPException, OSError) as error:
            code = getattr(error, "code", 0)
            if code not in (UNKNOWN_GUILD, MISSING_ACCESS):
                log.warning("it is unknown whether server %d removed the bot: %s", guild.id, error)
            return code in (UNKNOWN_GUILD, MISSING_ACCESS)
        return False

    async def _sync_commands(self) -> None:
        """Tell Discord the commands only when they changed: creating them is rationed by day."""
        translator = CatalogTranslator()
        await self.tree.set_translator(translator)
        tree = [
            await command.get_translated_payload(self.tree, translator)
            for command in self.tree.get_commands()
        ]
        text = json.dumps([self.application_id, tree], sort_keys=True)
        current = hashlib.sha256(text.encode()).hexdigest()
        if await self._command_hash.load() == current:
            return
        try:
            await self.tree.sync()
        except discord.HTTPException:
            # The commands of last time go on working; the next start tries again.
            log.exception("the commands could not be synced")
            return
        await self._command_hash.save(current)
