"""`/easel`: what managers decide about their server beside limits, and what was made in it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from typing import Any, TypeAlias

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.quotas.rules import AccessKind
from bot.domain.server import ServerPolicy
from bot.services.servers.changes import REASON_CHARACTERS
from bot.services.servers.decisions import Actor
from bot.services.servers.staff_rights import Staff
from bot.services.servers.statistics import Period
from bot.services.servers.statistics_csv import csv_of
from bot.ui import suggestions
from bot.ui.cards import cards, forbidden_words, statistics
from bot.ui.language import ENGLISH, Text, speaking
from bot.ui.messages.staff import server as words
from bot.ui.messages.staff.statistics import TABLE_COLUMNS, wins_chart
from cogs import responses
from cogs.context import EaselBot, Interaction
from cogs.moderators import setup, staff

# More than the picture names: of many with the same number it takes those that sort first.
_NAMED_MEMBERS = 50
_NAMES_SECONDS = 2

_Place: TypeAlias = "app_commands.AppCommandChannel | app_commands.AppCommandThread"
Reason = app_commands.Range[str, 1, REASON_CHARACTERS]


async def _names(guild: discord.Guild | None, user_ids: Sequence[int]) -> dict[int, str]:
    """Ask Discord for members' names, which takes no privileged intent; none if it is slow."""
    if guild is None or not user_ids:
        return {}
    try:
        async with asyncio.timeout(_NAMES_SECONDS):
            found = await guild.query_members(
                user_ids=list(user_ids), limit=len(user_ids), cache=False
            )
    except (TimeoutError, discord.DiscordException):
        return {}
    return {member.id: member.display_name for member in found}


class AnyPlace(app_commands.Transformer):
    """Takes every kind of channel: naming the kinds would leave out those that Discord adds."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.channel

    async def transform(self, _: discord.Interaction[Any], value: _Place, /) -> _Place:
        return value


Place = app_commands.Transform[_Place, AnyPlace]

_RULES = [
    app_commands.Choice(name=name, value=value)
    for name, value in ((words.ALLOW, "allow"), (words.DENY, "deny"), (words.CLEAR, "clear"))
]
_ALLOWED = {"allow": True, "deny": False}
_PERIODS = [
    app_commands.Choice(name=name, value=value.value)
    for name, value in (
        (words.TODAY, Period.TODAY),
        (words.WEEK, Period.WEEK),
        (words.MONTH, Period.MONTH),
    )
]


@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class ServerCog(commands.GroupCog, group_name="easel", group_description=words.EASEL):
    """Parses, asks the service, answers with what changed."""

    # Groups inside a group are attributes of the class.
    words_group = app_commands.Group(name="words", description=words.WORDS)

    def __init__(self, bot: EaselBot) -> None:
        services = bot.services
        self._server = services.servers.settings
        self._statistics = services.servers.statistics
        self._policies = services.servers.policies
        self._catalog = services.requests.router.catalog

    @app_commands.command(description=words.SETUP)
    async def setup(self, interaction: Interaction) -> None:
        async with responses.refusals_answered(interaction):
            await staff.require(interaction, Staff.MANAGER)
            card = await responses.await_or_defer(interaction, setup.overview(interaction))
            await responses.answer(interaction, card)

    @app_commands.command(description=words.CHANNEL)
    @app_commands.describe(**words.CHANNEL_OPTIONS, **words.REASON_OPTION)
    @app_commands.choices(rule=_RULES)
    async def channel(
        self, interaction: Interaction, channel: Place, rule: str, reason: Reason | None = None
    ) -> None:
        async with responses.refusals_answered(interaction):
            await self._decide(interaction, AccessKind.CHANNEL, str(channel.id), rule, reason)

    @app_commands.command(description=words.ROLE)
    @app_commands.describe(**words.ROLE_OPTIONS, **words.REASON_OPTION)
    @app_commands.choices(rule=_RULES)
    async def role(
        self, interaction: Interaction, role: discord.Role, rule: str, reason: Reason | None = None
    ) -> None:
        async with responses.refusals_answered(interaction):
            guild_id = await staff.require(interaction, Staff.MANAGER)
            if role.id == guild_id and rule != "clear":
                await responses.answer(interaction, cards.notice(words.EVERYONE))
                return
            await self._decide(interaction, AccessKind.ROLE, str(role.id), rule, reason)

    @app_commands.command(description=words.MODEL)
    @app_commands.describe(**words.MODEL_OPTIONS, **words.REASON_OPTION)
    @app_commands.choices(rule=_RULES)
    async def model(
        self,
        interaction: Interaction,
        model: str,
        rule: str,
        role: discord.Role | None = None,
        reason: Reason | None = None,
    ) -> None:
        async with responses.refusals_answered(interaction):
            guild_id = await staff.require(interaction, Staff.MANAGER)
            model_id = self._catalog.named(model)
            if rule != "clear" and not self._catalog.of(model_id):
                await responses.answer(interaction, cards.notice(words.MODEL_UNKNOWN))
                return
            # A rule for the role of everyone is one for everyone.
            role_id = role.id if role is not None and role.id != guild_id else 0
            await self._decide(interaction, AccessKind.MODEL, model_id, rule, reason, role_id)

    @model.autocomplete("model")
    async def _models(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        found = suggestions.models(self._catalog.models(), typed)
        return [app_commands.Choice(name=name, value=value) for name, value in found]

    @words_group.command(name="add", description=words.WORDS_ADD)
    @app_commands.describe(**words.WORD_OPTION, **words.REASON_OPTION)
    async def add(self, interaction: Interaction, word: str, reason: Reason | None = None) -> None:
        async with responses.refusals_answered(interaction):
            actor = await self._actor(interaction, reason)
            said = await responses.await_or_defer(interaction, self._server.add_words(actor, word))
            if len(said.added) == 1 and not (said.known or said.wrong):
                await staff.changed(interaction, said.added[0])
            else:
                undo = await staff.may_undo(interaction, said.added[: forbidden_words.NAMED])
                card = forbidden_words.added(said.added, said.known, said.wrong, undo)
                await responses.answer(interaction, card)

    @words_group.command(name="remove", description=words.WORDS_REMOVE)
    @app_commands.describe(**words.WORD_GONE_OPTION, **words.REASON_OPTION)
    async def remove(
        self, interaction: Interaction, word: str, reason: Reason | None = None
    ) -> None:
        async with responses.refusals_answered(interaction):
            actor = await self._actor(interaction, reason)
            entry = await responses.await_or_defer(
                interaction, self._server.remove_word(actor, word)
            )
            if entry is None:
                await responses.answer(interaction, cards.notice(words.WORD_UNKNOWN))
            else:
                await staff.changed(interaction, entry)

    @remove.autocomplete("word")
    async def _listed(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        # The words are for managers' eyes, also where others are let see the command.
        if not staff.is_manager(interaction):
            return []
        guild_id = interaction.guild_id or 0
        policy = self._policies.known(guild_id) or await self._policies.of(guild_id)
        found = suggestions.words(policy.words.words, typed)
        return [app_commands.Choice(name=name, value=value) for name, value in found]

    @words_group.command(name="list", description=words.WORDS_LIST)
    async def list_words(self, interaction: Interaction) -> None:
        async with responses.refusals_answered(interaction):
            guild_id = await staff.require(interaction, Staff.MANAGER)
            listed = await responses.await_or_defer(interaction, self._server.words(guild_id))
            await responses.answer(interaction, *forbidden_words.listed(listed))

    @app_commands.command(description=words.STATS)
    @app_commands.describe(**words.STATS_OPTIONS)
    @app_commands.choices(period=_PERIODS)
    async def stats(self, interaction: Interaction, period: str = Period.WEEK.value) -> None:
        async with responses.refusals_answered(interaction):
            guild_id = await staff.require(interaction, Staff.MANAGER)
            # Drawing takes a worker of its own, and a second or two.
            await responses.defer(interaction)
            usage = await self._statistics.usage(guild_id, Period(period))
            currency = self._statistics.currency
            members = [user_id for user_id, _ in usage.members[:_NAMED_MEMBERS]]
            names = await _names(interaction.guild, members)
            charts = statistics.charts(usage, self._label, currency, names)
            with speaking(ENGLISH):
                plain = statistics.charts(usage, self._label, currency, names)
            async with self._statistics.drawn(charts, plain) as picture:
                wins = statistics.wins(usage, self._label)
                table_of = [*charts, wins_chart(wins)] if wins else charts
                rows = csv_of(table_of, TABLE_COLUMNS)
                table = discord.File(io.BytesIO(rows.encode()), statistics.TABLE)
                shown = discord.File(picture, statistics.PICTURE) if picture else None
                card = statistics.card(charts, usage, period, table, shown, wins)
                await responses.answer(interaction, card, [*([shown] if shown else []), table])

    async def _actor(self, interaction: Interaction, reason: str | None) -> Actor:
        guild_id = await staff.require(interaction, Staff.MANAGER)
        return interaction.client.services.servers.changes.actor(
            guild_id, interaction.user.id, reason
        )

    async def _decide(
        self,
        interaction: Interaction,
        kind: AccessKind,
        subject: str,
        rule: str,
        reason: str | None,
        role_id: int = 0,
    ) -> None:
        actor = await self._actor(interaction, reason)
        before = await self._server.policy(actor.guild_id)
        deciding = self._server.allow(actor, kind, subject, _ALLOWED.get(rule), role_id=role_id)
        entry = await responses.await_or_defer(interaction, deciding)
        after = await self._server.policy(actor.guild_id)
        notes = _notes(kind, before, after)
        if entry and kind is AccessKind.MODEL and not self._any_model(after):
            notes.append(str(words.MODELS_GONE))
        await staff.changed(interaction, entry, notes)

    def _any_model(self, policy: ServerPolicy) -> bool:
        return any(policy.model_allowed(one.model_id, ()) for one in self._catalog.models())

    def _label(self, model_id: str) -> str:
        offers = self._catalog.of(model_id)
        return offers[0].label if offers else model_id


def _notes(kind: AccessKind, before: ServerPolicy, after: ServerPolicy) -> list[Text]:
    """Return what a change means for all that it does not name."""
    had, has = (
        any(rule.allowed for rule in policy.access if rule.kind is kind)
        for policy in (before, after)
    )
    now, open_again = words.FOR_ALL.get(kind, ("", ""))
    return [note for note in [now if has else open_again] if note and had != has]
