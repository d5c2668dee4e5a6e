"""`/limits`: how much everyone, a role, a member and the whole server may use."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.errors import LimitError, LimitProblem
from bot.domain.quotas.rules import MOST_CREDITS, Rule, Subject
from bot.domain.quotas.windows import Window
from bot.services.quotas.limits import Decided
from bot.services.servers.changes import REASON_CHARACTERS
from bot.services.servers.staff_rights import Staff
from bot.ui import durations
from bot.ui.cards import limits
from bot.ui.messages.staff import limits as words
from bot.ui.messages.words import relative_time
from cogs import requesters, responses
from cogs.context import EaselBot, Interaction
from cogs.moderators import staff

Credits = app_commands.Range[int, 0, MOST_CREDITS]
Reason = app_commands.Range[str, 1, REASON_CHARACTERS]
Person = discord.Member | discord.User

_WINDOWS = [app_commands.Choice(name=one.value, value=one.value) for one in Window]


def _described(*names: str) -> dict[str, str]:
    return {name: words.OPTIONS[name] for name in names}


@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class LimitsCog(commands.GroupCog, group_name="limits", group_description=words.GROUP):
    """Parses, asks the service, answers with what changed."""

    def __init__(self, bot: EaselBot) -> None:
        services = bot.services
        self._limits = services.quotas.limits
        self._policies = services.servers.policies
        self._clock = services.clock

    @app_commands.command(description=words.SHOW)
    @app_commands.describe(**words.SHOW_OPTIONS)
    async def show(
        self,
        interaction: Interaction,
        member: Person | None = None,
        role: discord.Role | None = None,
    ) -> None:
        async with responses.refusals_answered(interaction):
            guild_id = await staff.require(interaction, Staff.MANAGER)
            if member is not None and role is not None:
                raise LimitError(LimitProblem.ONE_AT_A_TIME)
            if member is not None:
                one = _member(interaction, member)
                asked = self._limits.of_member(guild_id, one.id, requesters.roles_of(one))
                quota_status = await responses.await_or_defer(interaction, asked)
                card = limits.of_member(quota_status, one.id)
            elif role is not None and role.id != guild_id:
                found = await responses.await_or_defer(
                    interaction, self._limits.of_role(guild_id, role.id)
                )
                card = limits.of_role(found, role.id)
            else:
                card = await self._overview(interaction, guild_id)
            await responses.answer(interaction, card)

    async def _overview(self, interaction: Interaction, guild_id: int) -> limits.Card:
        found = await responses.await_or_defer(interaction, self._limits.overview(guild_id))
        return limits.overview(
            found.rules,
            found.members,
            more=found.more,
            usual=found.usual,
            budget=found.budget,
            ceiling=found.ceiling,
            role_exists=lambda role_id: _role_name(interaction, role_id) is not None,
        )

    @app_commands.command(description=words.EVERYONE)
    @app_commands.describe(**_described("credits", "window", "reason"))
    @app_commands.choices(window=_WINDOWS)
    async def everyone(
        self, interaction: Interaction, credits: Credits, window: str, reason: Reason | None = None
    ) -> None:
        async with responses.refusals_answered(interaction):
            rule = Rule(subject=Subject.EVERYONE, window=Window(window), credits=credits)
            await self._set(interaction, rule, Staff.MANAGER, reason)

    @app_commands.command(description=words.ROLE)
    @app_commands.describe(**_described("role", "window", "credits", "unlimited", "reason"))
    @app_commands.choices(window=_WINDOWS)
    async def role(
        self,
        interaction: Interaction,
        role: discord.Role,
        window: str,
        credits: Credits | None = None,
        unlimited: bool = False,
        reason: Reason | None = None,
    ) -> None:
        async with responses.refusals_answered(interaction):
            guild_id = await staff.require(interaction, Staff.MANAGER)
            if role.id == guild_id:
                raise LimitError(LimitProblem.NOT_A_ROLE)
            rule = Rule(
                subject=Subject.ROLE,
                subject_id=role.id,
                window=Window(window),
                credits=_number(credits, unlimited=unlimited),
            )
            await self._set(interaction, rule, Staff.MANAGER, reason)

    @app_commands.command(description=words.MEMBER)
    @app_commands.describe(
        **_described("member", "window", "credits", "unlimited", "until", "reason")
    )
    @app_commands.choices(window=_WINDOWS)
    async def member(
        self,
        interaction: Interaction,
        member: Person,
        window: str,
        credits: Credits | None = None,
        unlimited: bool = False,
        until: str | None = None,
        reason: Reason | None = None,
    ) -> None:
        async with responses.refusals_answered(interaction):
            guild_id = await staff.require(interaction, Staff.MODERATOR)
            one = _member(interaction, member)
            policy = await self._policies.of(guild_id)
            zone, now = policy.settings.zone, self._clock.now()
            rule = Rule(
                subject=Subject.MEMBER,
                subject_id=one.id,
                window=Window(window),
                credits=_number(credits, unlimited=unlimited),
                until=durations.parse(until, now=now, zone=zone) if until else None,
            )
            await self._set(interaction, rule, Staff.MODERATOR, reason)

    @app_commands.command(description=words.BUDGET)
    @app_commands.describe(**_described("credits", "window", "reason"))
    @app_commands.choices(window=_WINDOWS)
    async def budget(
        self, interaction: Interaction, credits: Credits, window: str, reason: Reason | None = None
    ) -> None:
        async with responses.refusals_answered(interaction):
            rule = Rule(subject=Subject.BUDGET, window=Window(window), credits=credits)
            await self._set(interaction, rule, Staff.MANAGER, reason)

    @app_commands.command(description=words.CLEAR)
    @app_commands.describe(**words.CLEAR_OPTIONS)
    async def clear(
        self, interaction: Interaction, rule: str, reason: Reason | None = None
    ) -> None:
        async with responses.refusals_answered(interaction):
            guild_id = await staff.require(interaction, Staff.MANAGER)
            actor = interaction.client.services.servers.changes.actor(
                guild_id, interaction.user.id, reason
            )
            decided = await responses.await_or_defer(interaction, self._limits.clear(actor, rule))
            await staff.changed(interaction, decided.entry, _notes(decided))

    @clear.autocomplete("rule")
    async def _rules(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        if interaction.guild_id is None or not requesters.of(interaction).manager:
            return []
        found = limits.choices(
            self._limits.known.of(interaction.guild_id),
            typed,
            role_name=lambda role_id: _role_name(interaction, role_id),
            member_name=interaction.client.services.moderation.suggestions.name,
        )
        return [app_commands.Choice(name=name, value=value) for name, value in found]

    @member.autocomplete("until")
    async def _until(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        policy = self._policies.known(interaction.guild_id or 0)
        now = self._clock.now()
        found = (
            durations.choices(typed, now=now, zone=policy.settings.zone)
            if policy
            else durations.choices(typed, now=now)
        )
        return [app_commands.Choice(name=name, value=value) for name, value in found]

    async def _set(
        self, interaction: Interaction, rule: Rule, level: Staff, reason: str | None
    ) -> None:
        guild_id = await staff.require(interaction, level)
        actor = interaction.client.services.servers.changes.actor(
            guild_id, interaction.user.id, reason
        )
        manager = staff.is_manager(interaction)
        setting = self._limits.set(actor, rule, manager=manager)
        decided = await responses.await_or_defer(interaction, setting)
        await staff.changed(interaction, decided.entry, _notes(decided))


def _member(interaction: Interaction, person: Person) -> discord.Member:
    """Return a member who can have a limit; ids typed by hand may be anybody's."""
    if person.bot:
        raise LimitError(LimitProblem.A_BOT)
    if not isinstance(person, discord.Member):
        raise LimitError(LimitProblem.NOT_A_MEMBER)
    interaction.client.services.moderation.suggestions.heard(person.id, person.display_name)
    return person


def _number(credits: int | None, *, unlimited: bool) -> int | None:
    if unlimited and credits is not None:
        raise LimitError(LimitProblem.BOTH)
    if not unlimited and credits is None:
        raise LimitError(LimitProblem.NEITHER)
    return credits


def _role_name(interaction: Interaction, role_id: int) -> str | None:
    role = interaction.guild.get_role(role_id) if interaction.guild else None
    return role.name if role else None


def _notes(decided: Decided) -> list[str]:
    if decided.rule is None:
        return [
            words.after_clearing(
                decided.subject,
                others=decided.others,
                usual=decided.usual,
                ceiling=decided.ceiling,
            )
        ]
    return words.notes(
        decided.rule,
        lowered=decided.lowered,
        first=decided.first,
        others=decided.others,
        shared=decided.shared,
        ceiling=decided.ceiling,
        most=decided.most,
        used=decided.used,
        when=relative_time,
    )
