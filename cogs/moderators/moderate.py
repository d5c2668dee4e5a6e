"""`/moderate`: what moderators decide about members, requests and pictures."""

from __future__ import annotations

import re
from datetime import UTC

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.errors import Objection, StaffError
from bot.domain.job import JobState
from bot.domain.quotas.rules import MOST_CREDITS
from bot.services.ports import AuditEntry
from bot.services.servers.changes import REASON_CHARACTERS
from bot.services.servers.staff_rights import Staff
from bot.ui import durations
from bot.ui.cards import cards, moderation
from bot.ui.messages.staff import moderation as words
from cogs import requesters, responses
from cogs.context import EaselBot, Interaction
from cogs.moderators import member_actions, moderation_buttons, staff

Person = discord.User | discord.Member
Reason = app_commands.Range[str, 1, REASON_CHARACTERS]
Credits = app_commands.Range[int, 1, MOST_CREDITS]
Removal = app_commands.Choice[int]

# A message's link, also of Discord's test clients and of Copy ID; else the bare id.
_MESSAGE = re.compile(
    r"<?(?:https://(?:\w+\.)?discord(?:app)?\.com/channels/(?P<guild>[0-9]{15,20})/[0-9]{15,20}/"
    r"|[0-9]{15,20}-)?(?P<message>[0-9]{15,20})>?"
)
_REQUEST = re.compile(r"[0-9A-HJKMNP-TV-Z]{13}")
REMOVALS = [Removal(name=name, value=seconds) for seconds, name in words.REMOVE_CHOICES.items()]


@app_commands.default_permissions(moderate_members=True)
@app_commands.guild_only()
class ModerateCog(commands.GroupCog, group_name="moderate", group_description=words.MODERATE):
    """Eleven commands; each checks the moderator's right, and is recorded."""

    def __init__(self, bot: EaselBot) -> None:
        self._services = bot.services

    @app_commands.command(description=words.GRANT)
    @app_commands.describe(
        **{n: words.OPTIONS[n] for n in ("member", "credits", "expires", "reason")}
    )
    async def grant(
        self,
        interaction: Interaction,
        member: Person,
        credits: Credits,
        expires: str | None = None,
        reason: Reason | None = None,
    ) -> None:
        async with responses.refusals_answered(interaction):
            actor = await _actor(interaction, reason)
            user_id = _person(interaction, member)
            until = await member_actions.ends(interaction, expires)
            quota_status = await self._services.requests.intake.quota_status(
                guild_id=actor.guild_id, user_id=user_id, role_ids=requesters.roles_of(member)
            )
            notes = (words.UNUSABLE_GRANT,) if quota_status.effective.denied else ()
            await member_actions.grant(interaction, actor, user_id, credits, until, notes)

    @app_commands.command(description=words.REVOKE)
    @app_commands.describe(**{n: words.OPTIONS[n] for n in ("grant", "reason")})
    async def revoke(
        self, interaction: Interaction, grant: str, reason: Reason | None = None
    ) -> None:
        async with responses.refusals_answered(interaction):
            actor = await _actor(interaction, reason)
            if not (grant.isascii() and grant.isdecimal() and len(grant) <= 18):
                raise StaffError(Objection.GRANT_UNKNOWN)
            services = self._services
            revoking = services.moderation.actions.revoke(actor, int(grant))
            entry = await responses.await_or_defer(interaction, revoking)
            services.moderation.suggestions.changed(actor.guild_id)
            await staff.changed(interaction, entry)

    @app_commands.command(description=words.RESET)
    @app_commands.describe(**{n: words.OPTIONS[n] for n in ("member", "reason")})
    async def reset(
        self, interaction: Interaction, member: Person, reason: Reason | None = None
    ) -> None:
        async with responses.refusals_answered(interaction):
            actor = await _actor(interaction, reason)
            await member_actions.reset(interaction, actor, _person(interaction, member))

    @app_commands.command(description=words.BLOCK)
    @app_commands.describe(
        **{n: words.OPTIONS[n] for n in ("member", "duration", "remove")},
        reason=words.BLOCK_REASON,
    )
    @app_commands.choices(remove=REMOVALS)
    async def block(
        self,
        interaction: Interaction,
        member: Person,
        duration: str | None = None,
        remove: int = 0,
        reason: Reason | None = None,
    ) -> None:
        async with responses.refusals_answered(interaction):
            actor = await _actor(interaction, reason)
            _person(interaction, member)
            until = await member_actions.ends(interaction, duration)
            await member_actions.show_block(interaction, actor, member, until, remove)

    @app_commands.command(description=words.UNBLOCK)
    @app_commands.describe(**{n: words.OPTIONS[n] for n in ("member", "reason")})
    async def unblock(
        self, interaction: Interaction, member: Person, reason: Reason | None = None
    ) -> None:
        async with responses.refusals_answered(interaction):
            actor = await _actor(interaction, reason)
            await member_actions.unblock(interaction, actor, member.id)

    @app_commands.command(description=words.QUEUE)
    async def queue(self, interaction: Interaction) -> None:
        async with responses.refusals_answered(interaction):
            actor = await _actor(interaction)
            showing = moderation_buttons.queue(interaction, actor.guild_id)
            await responses.answer(
                interaction, await responses.await_or_defer(interaction, showing)
            )

    @app_commands.command(description=words.CANCEL)
    @app_commands.describe(**{n: words.OPTIONS[n] for n in ("job", "reason")})
    async def cancel(
        self, interaction: Interaction, job: str, reason: Reason | None = None
    ) -> None:
        async with responses.refusals_answered(interaction):
            actor = await _actor(interaction, reason)
            services = self._services
            cancelling = services.moderation.actions.cancel(actor, job.strip().upper())
            now, entry = await responses.await_or_defer(interaction, cancelling)
            services.moderation.suggestions.changed(actor.guild_id)
            ended = now.state is JobState.CANCELLED
            await staff.changed(interaction, entry, [words.REFUNDED if ended else words.STOPPING])

    @app_commands.command(description=words.REMOVE)
    @app_commands.describe(**{n: words.OPTIONS[n] for n in ("picture", "reason")})
    async def remove(
        self, interaction: Interaction, picture: str, reason: Reason | None = None
    ) -> None:
        async with responses.refusals_answered(interaction):
            actor = await _actor(interaction, reason)
            services = self._services

            async def take() -> tuple[AuditEntry, bool]:
                job_id = await _job_of(interaction, picture.strip())
                return await services.moderation.actions.remove(actor, job_id)

            entry, deleted = await responses.await_or_defer(interaction, take())
            await staff.changed(interaction, entry, () if deleted else [words.REMOVE_LEFT])

    @app_commands.command(description=words.PAUSE)
    @app_commands.describe(reason=words.PAUSE_REASON, duration=words.OPTIONS["duration"])
    async def pause(
        self, interaction: Interaction, reason: Reason, duration: str | None = None
    ) -> None:
        async with responses.refusals_answered(interaction):
            actor = await _actor(interaction, reason)
            until = await member_actions.ends(interaction, duration)
            pausing = self._services.moderation.actions.pause(actor, until=until)
            await staff.changed(interaction, await responses.await_or_defer(interaction, pausing))

    @app_commands.command(description=words.RESUME)
    @app_commands.describe(reason=words.OPTIONS["reason"])
    async def resume(self, interaction: Interaction, reason: Reason | None = None) -> None:
        async with responses.refusals_answered(interaction):
            actor = await _actor(interaction, reason)
            resuming = self._services.moderation.actions.resume(actor)
            entry = await responses.await_or_defer(interaction, resuming)
            if entry is None:
                await responses.answer(interaction, cards.notice(words.NOT_PAUSED))
            else:
                await staff.changed(interaction, entry)

    @app_commands.command(description=words.HISTORY)
    @app_commands.describe(
        member=words.HISTORY_MEMBER,
        moderator=words.OPTIONS["moderator"],
        export=words.HISTORY_EXPORT,
    )
    async def history(
        self,
        interaction: Interaction,
        member: Person | None = None,
        moderator: Person | None = None,
        export: bool = False,
    ) -> None:
        async with responses.refusals_answered(interaction):
            actor = await _actor(interaction)
            about, actor_id = member.id if member else 0, moderator.id if moderator else 0
            if export:
                await responses.defer(interaction, fresh=True)
                file = await moderation_buttons.history_file(
                    interaction, actor.guild_id, about=about, actor_id=actor_id
                )
                await responses.answer(interaction, moderation.exported(file), [file])
                return
            showing = moderation_buttons.history(
                interaction, actor.guild_id, about=about, actor_id=actor_id
            )
            await responses.answer(
                interaction, await responses.await_or_defer(interaction, showing)
            )

    # --- suggestions, from memory alone -----------------------------------------------------

    @grant.autocomplete("expires")
    @block.autocomplete("duration")
    @pause.autocomplete("duration")
    async def times(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        policy = self._services.servers.policies.known(interaction.guild_id or 0)
        now = int(interaction.created_at.timestamp())
        zone = policy.settings.zone if policy else UTC
        found = durations.choices(current, now=now, zone=zone)
        return [app_commands.Choice(name=name, value=value) for name, value in found]

    @revoke.autocomplete("grant")
    async def grants(
        self, interaction: Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        lists = self._services.moderation.suggestions
        if not staff.seems_moderator(interaction):
            return []
        known = lists.of(interaction.guild_id or 0).grants
        found = moderation.grant_choices(known, lists.name, current)
        return [app_commands.Choice(name=name, value=value) for name, value in found]

    @cancel.autocomplete("job")
    async def jobs(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        lists = self._services.moderation.suggestions
        if not staff.seems_moderator(interaction):
            return []
        known = lists.of(interaction.guild_id or 0).jobs
        found = moderation.job_choices(known, lists.name, current)
        return [app_commands.Choice(name=name, value=value) for name, value in found]


async def _actor(interaction: Interaction, reason: str | None = None) -> member_actions.Actor:
    """Return who acts; AccessError unless it is a moderator. Has the lists ready."""
    guild_id = await staff.require(interaction, Staff.MODERATOR)
    interaction.client.services.moderation.suggestions.expect(guild_id)
    return member_actions.actor_of(interaction, guild_id, reason)


def _person(interaction: Interaction, user: Person) -> int:
    """Return the id of a person, whose name is known from now on; StaffError for a bot."""
    user_id = member_actions.person(user)
    interaction.client.services.moderation.suggestions.heard(user_id, user.display_name)
    return user_id


async def _job_of(interaction: Interaction, typed: str) -> str:
    """Return the request of a result: by its message's link or id, or by its own id."""
    if _REQUEST.fullmatch(typed.upper()):
        return typed.upper()
    found = _MESSAGE.fullmatch(typed)
    if found is None or (found["guild"] and int(found["guild"]) != interaction.guild_id):
        raise StaffError(Objection.PICTURE_UNKNOWN)
    shown = await interaction.client.services.requests.results.of_message(int(found["message"]))
    if not shown:
        raise StaffError(Objection.PICTURE_UNKNOWN)
    return shown[0].job.job_id
