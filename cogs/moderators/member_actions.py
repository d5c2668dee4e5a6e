"""What moderators do about one member: grant, reset, block; and what a member asks them for."""

from __future__ import annotations

import logging
import re

import aiohttp
import discord

from bot.domain.errors import AccessError, Denial, Objection, StaffError
from bot.domain.quotas.rules import MOST_CREDITS
from bot.services.moderation.member_moderation import Blocked
from bot.services.moderation.staff_hierarchy import Rank, rank_of
from bot.services.ports import Block
from bot.services.servers.decisions import Actor
from bot.services.servers.staff_rights import Staff, has_staff_role
from bot.ui import buttons, durations, forms
from bot.ui.cards import cards, moderation, reports
from bot.ui.language import Text, speaking
from bot.ui.messages.staff import audit_log as record_words
from bot.ui.messages.staff import moderation as words
from cogs import requesters, responses
from cogs.context import Interaction
from cogs.form_fields import Fields
from cogs.moderators import staff
from cogs.persistent_button import PersistentButton

log = logging.getLogger(__name__)


class GrantButton(PersistentButton, template=buttons.MEMBER_GRANT):
    """Grant: the form for extra credits."""

    async def pressed(self, interaction: Interaction) -> None:
        await staff.require(interaction, Staff.MODERATOR)
        user_id = int(self.values["user"])
        await responses.open_form(interaction, forms.grant(buttons.member_button("grant", user_id)))


class GiveButton(PersistentButton, template=buttons.MEMBER_GIVE):
    """Grant, where a member asked for more: the card then says what became of it."""

    async def pressed(self, interaction: Interaction) -> None:
        await staff.require(interaction, Staff.MODERATOR)
        user_id = int(self.values["user"])
        await responses.open_form(interaction, forms.grant(buttons.member_button("give", user_id)))


class SeenButton(PersistentButton, template=buttons.MEMBER_SEEN):
    """Dismiss, where a member asked for more."""

    async def pressed(self, interaction: Interaction) -> None:
        await staff.require(interaction, Staff.MODERATOR)
        if interaction.message is not None:
            with speaking(await responses.public_locale(interaction)):
                line = words.declined(interaction.user.id)
                card = reports.settled(interaction.message, line)
            await responses.replace(interaction, card)


class ResetButton(PersistentButton, template=buttons.MEMBER_RESET):
    """Reset: the member's quota begins anew."""

    async def pressed(self, interaction: Interaction) -> None:
        guild_id = await staff.require(interaction, Staff.MODERATOR)
        await reset(interaction, actor_of(interaction, guild_id), int(self.values["user"]))


class BlockButton(PersistentButton, template=buttons.MEMBER_BLOCK):
    """Block: the form for how long and why."""

    async def pressed(self, interaction: Interaction) -> None:
        await staff.require(interaction, Staff.MODERATOR)
        user_id = int(self.values["user"])
        await responses.open_form(interaction, forms.block(buttons.member_button("block", user_id)))


class UnblockButton(PersistentButton, template=buttons.MEMBER_UNBLOCK):
    """Unblock: the member may ask again."""

    async def pressed(self, interaction: Interaction) -> None:
        guild_id = await staff.require(interaction, Staff.MODERATOR)
        await unblock(interaction, actor_of(interaction, guild_id), int(self.values["user"]))


class MoreButton(PersistentButton, template=buttons.MORE):
    """Ask for more: tells the moderators, now and then."""

    async def pressed(self, interaction: Interaction) -> None:
        services, user = interaction.client.services, interaction.user
        guild_id = requesters.scope_of(interaction)
        channel_id = await services.requests.results.log_channel(guild_id) if guild_id else None
        if not channel_id:
            await responses.answer(interaction, cards.notice(words.MORE_NOWHERE))
            return
        block = await services.moderation.actions.blocked(guild_id, user.id)
        if block is not None:
            raise AccessError(Denial.BLOCKED, until=block.until, reason=block.reason)
        quota_status = await services.requests.intake.quota_status(
            guild_id=guild_id, user_id=user.id, role_ids=requesters.roles_of(user)
        )
        with speaking(await responses.public_locale(interaction)):
            card = moderation.wants_more(user.id, quota_status.left)
        what = f"more:{guild_id}"
        if not services.moderation.actions.report_cooldown.begin(user.id, what):
            await responses.answer(interaction, cards.notice(words.MORE_BEFORE))
            return
        told = await responses.post(interaction, channel_id, card)
        if not told:
            services.moderation.actions.report_cooldown.forget(user.id, what)
        text = words.MORE_SENT if told else words.MORE_NOWHERE
        await responses.answer(interaction, cards.notice(text))


# --- forms ----------------------------------------------------------------------------------


async def granted(interaction: Interaction, match: re.Match[str], fields: Fields) -> None:
    """Give what was filled into the form of extra credits."""
    guild_id = await staff.require(interaction, Staff.MODERATOR)
    typed = fields.text("credits").replace(",", "").replace(" ", "")
    credits = int(typed) if typed.isdecimal() and len(typed) <= len(str(MOST_CREDITS)) else 0
    if not 0 < credits <= MOST_CREDITS:
        await responses.answer(interaction, cards.notice(words.CREDITS_UNREADABLE))
        return
    actor = actor_of(interaction, guild_id, fields.text("reason"))
    until = await ends(interaction, fields.text("expires"))
    user_id = int(match["user"])
    await grant(interaction, actor, user_id, credits, until, notes=())
    if match.re is buttons.MEMBER_GIVE and interaction.message is not None:
        with speaking(await responses.public_locale(interaction)):
            await _settle(interaction.message, words.granted(interaction.user.id, credits))


async def blocked(interaction: Interaction, match: re.Match[str], fields: Fields) -> None:
    """Block the member whom the form is about."""
    guild_id = await staff.require(interaction, Staff.MODERATOR)
    actor = actor_of(interaction, guild_id, fields.text("reason"))
    until = await ends(interaction, fields.text("duration"))
    typed = "".join(fields.chosen("remove")[:1])
    seconds = int(typed) if typed.isdecimal() and int(typed) in words.REMOVE_CHOICES else 0
    await show_block(interaction, actor, int(match["user"]), until, seconds)


# --- what commands and buttons share --------------------------------------------------------


def actor_of(interaction: Interaction, guild_id: int, reason: str | None = None) -> Actor:
    """Return who acts, and why."""
    return interaction.client.services.servers.changes.actor(guild_id, interaction.user.id, reason)


async def ends(interaction: Interaction, typed: str | None) -> int | None:
    """Return when something ends that was typed as a time, in the server's time zone."""
    if not (typed or "").strip():
        return None
    services = interaction.client.services
    policy = await services.servers.policies.of(interaction.guild_id or 0)
    now = int(interaction.created_at.timestamp())
    return durations.parse(typed or "", now=now, zone=policy.settings.zone)


def person(user: discord.User | discord.Member) -> int:
    """Return the id of a person; StaffError for a bot, also this one."""
    if user.bot:
        raise StaffError(Objection.BOT_MEMBER)
    return user.id


async def grant(
    interaction: Interaction,
    actor: Actor,
    user_id: int,
    credits: int,
    until: int | None,
    notes: tuple[Text, ...],
) -> None:
    """Give extra credits and answer with the change."""
    services = interaction.client.services
    giving = services.moderation.actions.grant(actor, user_id, credits, expires_at=until)
    entry = await responses.await_or_defer(interaction, giving, fresh=True)
    services.moderation.suggestions.changed(actor.guild_id)
    block = await services.moderation.actions.blocked(actor.guild_id, user_id)
    await staff.changed(interaction, entry, (*notes, *_note(block)))


async def reset(interaction: Interaction, actor: Actor, user_id: int) -> None:
    """Open a member's windows anew and answer with the change."""
    resetting = interaction.client.services.moderation.actions.reset(actor, user_id)
    entry = await responses.await_or_defer(interaction, resetting, fresh=True)
    if entry is None:
        await responses.answer(interaction, cards.notice(words.NOTHING_USED))
    else:
        await staff.changed(interaction, entry)


async def unblock(interaction: Interaction, actor: Actor, user_id: int) -> None:
    """Let a member ask again and answer with the change."""
    unblocking = interaction.client.services.moderation.actions.unblock(actor, user_id)
    entry = await responses.await_or_defer(interaction, unblocking, fresh=True)
    if entry is None:
        await responses.answer(interaction, cards.notice(words.NOT_BLOCKED))
    else:
        await staff.changed(interaction, entry)


async def show_block(
    interaction: Interaction,
    actor: Actor,
    who: discord.User | discord.Member | int,
    until: int | None,
    remove_seconds: int = 0,
) -> None:
    """Block a member and answer with the change and all that went with it."""
    done = await responses.await_or_defer(
        interaction, block(interaction, actor, who, until, remove_seconds), fresh=True
    )
    notes: list[str] = []
    if done.withdrawn:
        notes.append(words.withdrawn(done.withdrawn))
    if done.removed:
        notes.append(words.taken_away(done.removed))
    if done.entry is None and notes:
        await responses.answer(interaction, cards.page([record_words.SAME, *notes]))
    else:
        await staff.changed(interaction, done.entry, notes)


async def block(
    interaction: Interaction,
    actor: Actor,
    who: discord.User | discord.Member | int,
    until: int | None,
    remove_seconds: int = 0,
) -> Blocked:
    """Block a member, if the actor stands above them."""
    services = interaction.client.services
    done = await services.moderation.actions.block(
        actor,
        who if isinstance(who, int) else who.id,
        until=until,
        ranks=await ranks(interaction, who),
        remove_since=actor.now - remove_seconds if remove_seconds else None,
    )
    services.moderation.suggestions.changed(actor.guild_id)
    return done


async def ranks(
    interaction: Interaction, who: discord.User | discord.Member | int
) -> tuple[Rank, Rank]:
    """Return how far who presses, and somebody else, decide here."""
    return _own_rank(interaction), await _rank(interaction, who)


def _own_rank(interaction: Interaction) -> Rank:
    """Return how far who presses decides here, who is staff at least."""
    guild, who = interaction.guild, requesters.of(interaction)
    owner = guild is not None and guild.owner_id == who.user_id
    return rank_of(owner=owner, manager=who.manager, moderator=True)


async def _rank(interaction: Interaction, who: discord.User | discord.Member | int) -> Rank:
    """Return how far somebody decides here; who is no member, not at all."""
    guild, user_id = interaction.guild, who if isinstance(who, int) else who.id
    if guild is None or user_id <= 0:  # below zero stands who deleted their data
        return Rank.MEMBER
    if guild.owner_id == user_id:
        return Rank.OWNER
    member = who
    if isinstance(who, int):
        try:
            member = await guild.fetch_member(who)
        except discord.NotFound:
            return Rank.MEMBER
    if not isinstance(member, discord.Member):
        return Rank.MEMBER
    person(member)
    policy = await interaction.client.services.servers.policies.of(guild.id)
    rights = member.guild_permissions
    return rank_of(
        owner=False,
        manager=rights.manage_guild,
        moderator=rights.moderate_members or has_staff_role(policy, requesters.roles_of(member)),
    )


def _note(block: Block | None) -> tuple[str, ...]:
    return (words.blocked(block),) if block else ()


async def _settle(message: discord.Message, line: str) -> None:
    """Say on a card of the moderators' channel what became of it."""
    try:
        await message.edit(view=reports.settled(message, line))
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.warning("card %d cannot be edited: %r", message.id, error)
