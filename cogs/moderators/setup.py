"""The panel of `/easel setup`: each press checks the right, changes one thing, shows it anew."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ui

from bot.domain.quotas.rules import AccessKind, Subject
from bot.domain.text.prompt_parts import PromptParts
from bot.services.ports import AuditEntry
from bot.services.servers.staff_rights import Staff
from bot.services.servers.typed_zones import zones_like, zones_meant
from bot.ui import buttons
from bot.ui.cards import cards, setup
from bot.ui.discord_api import permission_check
from bot.ui.language import Text
from bot.ui.messages.staff import audit_log, server
from bot.ui.messages.staff import setup as words
from bot.ui.messages.words import quoted
from bot.ui.text import escaped
from cogs import requesters, responses
from cogs.context import Interaction
from cogs.form_fields import Fields
from cogs.moderators import staff
from cogs.persistent_button import PersistentButton

_NEVER = re.compile(r"(?!)")


class Choice(ui.DynamicItem[ui.Item[Any]], template=_NEVER):
    """A list of the panel; subclasses say what a choice does."""

    def __init__(self, item: ui.Item[Any], match: re.Match[str]) -> None:
        super().__init__(item)
        self.key = match.groupdict().get("key", "")

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        async with responses.errors_answered(interaction):
            await staff.require(interaction, Staff.MANAGER)
            data: dict[str, Any] = interaction.data or {}  # pyright: ignore[reportAssignmentType]
            await self.chosen(interaction, [str(value) for value in data.get("values", ())])

    async def chosen(self, interaction: Interaction, values: Sequence[str]) -> None:
        """Do what was chosen; refusals may be raised."""


class PageChoice(Choice, template=buttons.SETUP):
    """The list of settings: opens the page of one."""

    async def chosen(self, interaction: Interaction, values: Sequence[str]) -> None:
        key = "".join(values[:1])
        if key in words.ABOUT:
            await _open(interaction, key)
        elif key in words.PAGES:
            await _open_rules(interaction, key)
        else:
            await _stale(interaction)


class SettingChoice(Choice, template=buttons.SETUP_SET):
    """A value of a setting."""

    async def chosen(self, interaction: Interaction, values: Sequence[str]) -> None:
        key, value = self.key, "".join(values[:1])
        if key == "time_zone" and value == setup.OTHER_ZONE:
            policy = await interaction.client.services.servers.settings.policy(_server(interaction))
            await responses.open_form(interaction, setup.zone_form(policy.settings.time_zone))
        elif key in setup.CHANNELS and value.isdecimal():
            await _set_channel(interaction, key, int(value))
        elif key in setup.ROLES and value.isdecimal():
            await _set_role(interaction, key, int(value))
        elif key == setup.STYLE and value in await _styles(interaction):
            await _set(interaction, key, value)
        elif key in words.ABOUT and value in (offered := setup.offered(key)):
            await _set(interaction, key, offered[value])
        else:
            await _stale(interaction)


class RulesChoice(Choice, template=buttons.SETUP_CLEAR):
    """Rules to take away."""

    async def chosen(self, interaction: Interaction, values: Sequence[str]) -> None:
        if self.key not in words.PAGES:
            await _stale(interaction)
            return
        services, guild_id = interaction.client.services, _server(interaction)
        kind = AccessKind(self.key)
        policy = await services.servers.settings.policy(guild_id)
        chosen = {
            value for value, _ in permission_check.names_of(_guild(interaction), policy, kind)
        }
        chosen.intersection_update(values)
        if not chosen:
            await _stale(interaction)
            return
        actor = services.servers.changes.actor(guild_id, interaction.user.id)
        entries: list[AuditEntry] = []
        for value in sorted(chosen):
            subject, _, role_id = value.rpartition("|")
            entry = await services.servers.settings.allow(
                actor, kind, subject, None, role_id=int(role_id)
            )
            entries += [entry] if entry else []
        await show(interaction, entries)


class NoneButton(PersistentButton, template=buttons.SETUP_NONE):
    """None: no channel, or no role, for a setting."""

    async def pressed(self, interaction: Interaction) -> None:
        await staff.require(interaction, Staff.MANAGER)
        key = self.values["key"]
        if key in (*setup.CHANNELS, *setup.ROLES):
            await _set(interaction, key, 0)
        elif key == setup.STYLE:
            await _set(interaction, key, "")
        else:
            await _stale(interaction)


class WriteButton(PersistentButton, template=buttons.SETUP_WRITE):
    """Write: the form of a setting that is text."""

    async def pressed(self, interaction: Interaction) -> None:
        await staff.require(interaction, Staff.MANAGER)
        if self.values["key"] != "prompt_parts":
            await _stale(interaction)
            return
        policy = await interaction.client.services.servers.settings.policy(_server(interaction))
        await responses.open_form(interaction, setup.parts_form(policy.settings.prompt_parts))


class BackButton(PersistentButton, template=buttons.SETUP_BACK):
    """Back, and Check again: the first page as it is now."""

    async def pressed(self, interaction: Interaction) -> None:
        await staff.require(interaction, Staff.MANAGER)
        await show(interaction)


async def zone_typed(interaction: Interaction, _: re.Match[str], fields: Fields) -> None:
    """Take a time zone from the form; what is not a single one is answered with a short list."""
    guild_id = await staff.require(interaction, Staff.MANAGER)
    typed = fields.text("zone")
    meant = zones_meant(typed)
    if len(meant) == 1:
        await _set(interaction, "time_zone", meant[0])
        return
    policy = await interaction.client.services.servers.settings.policy(guild_id)
    refuse, zones = (
        (words.several_zones, meant) if meant else (words.unknown_zone, zones_like(typed))
    )
    names = [escaped(audit_log.zone(zone)) for zone in zones]
    problem = refuse(escaped(quoted(typed)), names)
    await responses.replace(interaction, setup.setting(policy.settings, "time_zone", problem))


async def parts_typed(interaction: Interaction, _: re.Match[str], fields: Fields) -> None:
    """Take what goes around every prompt, and words to forbid, from the form."""
    guild_id = await staff.require(interaction, Staff.MANAGER)
    changes, settings = (
        interaction.client.services.servers.changes,
        interaction.client.services.servers.settings,
    )
    actor = changes.actor(guild_id, interaction.user.id)
    parts = PromptParts.typed(fields.text("before"), fields.text("after"))
    entry = await settings.set(actor, "prompt_parts", parts.stored() if parts else parts)
    said = await settings.add_words(actor, fields.text("never"))
    entries = [*([entry] if entry else []), *said.added]
    notes: list[Text] = [
        server.word_problem(escaped(quoted(text)), why) for text, why in said.wrong
    ]
    await show(interaction, entries, notes if entries or notes else [audit_log.SAME])


async def overview(
    interaction: Interaction, entries: Sequence[AuditEntry] = (), notes: Sequence[Text] = ()
) -> cards.Card:
    """Return the first page of the panel as the server is now."""
    policy = await interaction.client.services.servers.settings.policy(_server(interaction))
    guild = _guild(interaction)
    limits = await interaction.client.services.quotas.limits.overview(guild.id)
    everyone = [rule for rule in limits.rules if rule.subject is Subject.EVERYONE]
    own = {
        (rule.subject, rule.subject_id)
        for rule in (*limits.rules, *limits.members)
        if rule.subject in (Subject.ROLE, Subject.MEMBER)
    }
    shown = setup.Overview(
        settings=policy.settings,
        rules={
            page: [text for _, text in permission_check.names_of(guild, policy, AccessKind(page))]
            for page in words.PAGES
        },
        words=len(policy.words.words),
        checks=list(permission_check.checkup(guild, policy)),
        everyone=everyone or limits.usual,
        budget=[used.limit for used in limits.budget],
        other_limits=len(own),
    )
    undo = await staff.may_undo(interaction, entries[: setup.CHANGES])
    return setup.overview(shown, entries, notes, undo=undo)


async def show(
    interaction: Interaction, entries: Sequence[AuditEntry] = (), notes: Sequence[Text] = ()
) -> None:
    """Show the first page in the place of the panel."""
    card = await responses.await_or_defer(interaction, overview(interaction, entries, notes))
    await responses.replace(interaction, card)


async def _set(
    interaction: Interaction, key: str, value: object, notes: Sequence[Text] = ()
) -> None:
    services = interaction.client.services
    actor = services.servers.changes.actor(_server(interaction), interaction.user.id)
    entry = await responses.await_or_defer(
        interaction, services.servers.settings.set(actor, key, value)
    )
    entries = [entry] if entry else []
    await show(interaction, entries, notes if entry else [audit_log.SAME, *notes])


async def _set_channel(interaction: Interaction, key: str, channel_id: int) -> None:
    guild = _guild(interaction)
    place = guild.get_channel_or_thread(channel_id)
    rights = (
        permission_check.missing(place, guild, permission_check.NEEDED[key])
        if place
        else [words.right("view_channel")]
    )
    problem = words.lacking_here(f"<#{channel_id}>", rights) if rights else None
    if problem is None and key == "gallery_channel" and permission_check.lacks_tag(place):
        problem = words.NO_TAG.filled(channel=f"<#{channel_id}>")
    if problem is not None:
        policy = await interaction.client.services.servers.settings.policy(guild.id)
        await responses.replace(interaction, setup.setting(policy.settings, key, problem))
        return
    if key == "review_channel" and place and permission_check.open_to_all(place, guild):
        problem = str(words.REVIEWS_NOT_OPEN)
        policy = await interaction.client.services.servers.settings.policy(guild.id)
        await responses.replace(interaction, setup.setting(policy.settings, key, problem))
        return
    watched = (
        key == "log_channel" and place is not None and permission_check.open_to_all(place, guild)
    )
    await _set(interaction, key, channel_id, [words.LOG_OPEN] if watched else [])


async def _set_role(interaction: Interaction, key: str, role_id: int) -> None:
    guild = _guild(interaction)
    # The role of everyone has the server's id.
    problem = words.NOT_EVERYONE if role_id == guild.id else None
    if problem is None and guild.get_role(role_id) is None:
        problem = words.ROLE_GONE
    if problem is not None:
        policy = await interaction.client.services.servers.settings.policy(guild.id)
        await responses.replace(interaction, setup.setting(policy.settings, key, str(problem)))
        return
    await _set(interaction, key, role_id)


async def _open(interaction: Interaction, key: str) -> None:
    policy = await interaction.client.services.servers.settings.policy(_server(interaction))
    names = await _styles(interaction) if key == setup.STYLE else ()
    await responses.replace(interaction, setup.setting(policy.settings, key, styles=names))


async def _styles(interaction: Interaction) -> list[str]:
    """Return the names of the server's own styles."""
    found = await interaction.client.services.styles.book.of(requesters.of(interaction))
    return [style.name for style in found if style.guild_id]


async def _open_rules(interaction: Interaction, page: str) -> None:
    policy = await interaction.client.services.servers.settings.policy(_server(interaction))
    named = permission_check.names_of(_guild(interaction), policy, AccessKind(page))
    await responses.replace(interaction, setup.rules(page, named))


async def _stale(interaction: Interaction) -> None:
    await responses.answer(interaction, cards.notice(words.STALE))


def _server(interaction: Interaction) -> int:
    """Return the server's id; `staff.require` made sure that there is one."""
    return interaction.guild_id or 0


def _guild(interaction: Interaction) -> discord.Guild:
    """Return the server with its channels and roles."""
    guild = interaction.client.get_guild(_server(interaction))
    if guild is None:
        raise LookupError(f"server {interaction.guild_id} is not known yet")
    return guild
