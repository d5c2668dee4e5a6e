"""What the bot may do in each channel of a server, and what its settings name that is gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import discord

from bot.domain.quotas.rules import AccessKind
from bot.domain.server import ServerPolicy
from bot.ui.messages.staff import audit_log
from bot.ui.messages.staff import setup as words
from bot.ui.messages.words import plural

# More lines than this are a wall on a phone.
_CHANNELS = 5

Place: TypeAlias = "discord.abc.GuildChannel | discord.Thread"

_TO_READ = ("view_channel",)
_TO_TALK = (*_TO_READ, "send_messages")
_TO_POST = (*_TO_TALK, "attach_files", "read_message_history")
# Without it replies get no pencil and no hourglass.
_TO_WORK = (*_TO_POST, "add_reactions")
_TO_REPORT = (*_TO_TALK, "attach_files", "read_message_history")
NEEDED = {
    "log_channel": _TO_TALK,
    "report_channel": _TO_REPORT,
    "review_channel": _TO_REPORT,
    "gallery_channel": _TO_POST,
    "post_to": _TO_POST,
}


def missing(place: Place, guild: discord.Guild, rights: tuple[str, ...]) -> list[str]:
    """Return the names of rights that the bot lacks in a channel, as Discord shows them."""
    allowed = place.permissions_for(guild.me)
    if isinstance(place, discord.Thread):
        rights = tuple(r.replace("send_messages", "send_messages_in_threads") for r in rights)
    lacking = [right for right in rights if not getattr(allowed, right)]
    # Who cannot see a channel lacks everything else there: one thing to fix at a time.
    return [words.right(right) for right in (lacking[:1] if "view_channel" in lacking else lacking)]


def tag_for(place: object) -> discord.ForumTag | None:
    """Return the tag that the bot gives its posts in a forum that requires one."""
    if not isinstance(place, discord.ForumChannel) or not place.flags.require_tag:
        return None
    return next((tag for tag in place.available_tags if not tag.moderated), None)


def lacks_tag(place: object) -> bool:
    """Tell whether a forum requires a tag, and the bot may use none."""
    forum = isinstance(place, discord.ForumChannel) and place.flags.require_tag
    return forum and tag_for(place) is None


def checkup(guild: discord.Guild, policy: ServerPolicy) -> Iterator[str]:
    """Yield what works and what does not, the worst first."""
    yield from _settings(guild, policy)
    asked_in = [place for place in _channels(guild) if _allowed(policy, place)]
    seen = [place for place in asked_in if place.permissions_for(guild.me).view_channel]
    lacking = {place.id: missing(place, guild, _TO_WORK) for place in seen}
    good = sum(not rights for rights in lacking.values())
    named = policy.allowed_channels()
    if named and not any(guild.get_channel_or_thread(channel_id) for channel_id in named):
        yield str(words.NONE_LEFT)
    elif good:
        yield words.ALL_WELL.filled(channels=plural(good, "channel"))
    elif not seen:
        yield str(words.NOWHERE)
    poor = [(place_id, rights) for place_id, rights in lacking.items() if rights]
    for place_id, rights in poor[:_CHANNELS]:
        yield words.lacking(f"<#{place_id}>", rights)
    if poor[_CHANNELS:]:
        yield words.MORE_CHANNELS.filled(channels=plural(len(poor) - _CHANNELS, "channel"))
    if unseen := len(asked_in) - len(seen):
        yield words.unseen(unseen)


def _settings(guild: discord.Guild, policy: ServerPolicy) -> Iterator[str]:
    for key, rights in NEEDED.items():
        if channel_id := getattr(policy.settings, key):
            place = guild.get_channel_or_thread(channel_id)
            name = audit_log.SETTINGS[key]
            if place is None:
                yield words.CHANNEL_GONE.filled(setting=name)
            elif lacking := missing(place, guild, rights):
                yield words.lacking(f"{name} <#{place.id}>", lacking)
            elif key == "gallery_channel" and lacks_tag(place):
                yield words.NO_TAG.filled(channel=f"<#{place.id}>")
    settings = policy.settings
    reports = settings.report_channel or settings.log_channel
    if guild.get_channel_or_thread(reports) and not only_staff_reads(
        guild, reports, settings.staff_role
    ):
        yield words.REPORTS_OPEN.filled(channel=f"<#{reports}>")
    place = guild.get_channel_or_thread(settings.review_channel)
    if place is not None and open_to_all(place, guild):
        yield words.REVIEWS_OPEN.filled(channel=f"<#{place.id}>")
    role_id = policy.settings.staff_role
    if role_id and guild.get_role(role_id) is None:
        yield str(words.ROLE_GONE)


def _channels(guild: discord.Guild) -> list[discord.abc.GuildChannel]:
    kinds = (discord.TextChannel, discord.ForumChannel, discord.VoiceChannel, discord.StageChannel)
    return [channel for channel in guild.channels if isinstance(channel, kinds)]


def _allowed(policy: ServerPolicy, place: discord.abc.GuildChannel) -> bool:
    return policy.channel_allowed([one for one in (place.id, place.category_id) if one])


def open_to_all(place: Place, guild: discord.Guild) -> bool:
    """Tell whether every member can read a channel."""
    return place.permissions_for(guild.default_role).view_channel


async def place_with_rights(
    client: discord.Client, guild_id: int, channel_id: int
) -> discord.abc.GuildChannel | None:
    """Return a channel with all roles of its server; of a thread, the channel that it is in.

    A process without a gateway knows none: it asks Discord for both. None for what is no channel
    of a server.
    """
    known = client.get_channel(channel_id)
    if isinstance(known, discord.Thread):
        known = known.parent
    if isinstance(known, discord.abc.GuildChannel):
        return known
    guild = await client.fetch_guild(guild_id, with_counts=False)
    place = await guild.fetch_channel(channel_id)
    if isinstance(place, discord.Thread):
        place = await guild.fetch_channel(place.parent_id)
    return place if isinstance(place, discord.abc.GuildChannel) else None


def only_staff_reads(guild: discord.Guild, channel_id: int, staff_role: int) -> bool:
    """Tell whether nobody but staff can read a channel; False in doubt.

    Who reads it by a role reads it by one role alone: denials of others only take away. A single
    member who is let in may be anybody, and so may those in a private thread.
    """
    place = guild.get_channel_or_thread(channel_id)
    if isinstance(place, discord.Thread):
        place = None if place.is_private() else place.parent
    if place is None:
        return False
    allowed = [
        target.id
        for target, overwrite in place.overwrites.items()
        if not isinstance(target, discord.Role) and overwrite.view_channel
    ]
    if set(allowed) - {guild.me.id, guild.owner_id}:
        return False
    return not any(
        _reads(place, role, guild) for role in guild.roles if not _is_staff(role, staff_role)
    )


def _is_staff(role: discord.Role, staff_role: int) -> bool:
    rights = role.permissions
    moderates = rights.administrator or rights.manage_guild or rights.moderate_members
    # Discord makes a role of its own for each bot.
    return role.id == staff_role or moderates or role.is_bot_managed()


def _reads(place: discord.abc.GuildChannel, role: discord.Role, guild: discord.Guild) -> bool:
    """Tell whether a member with one role alone, beside that of everyone, sees a channel."""
    everyone = place.overwrites_for(guild.default_role).view_channel
    own = place.overwrites_for(role).view_channel
    base = guild.default_role.permissions.view_channel or role.permissions.view_channel
    for decided in (own, everyone):
        if decided is not None:
            return decided
    return base


def names_of(guild: discord.Guild, policy: ServerPolicy, kind: AccessKind) -> list[tuple[str, str]]:
    """Return what is allowed or denied by name: the stored name, and words for people.

    What is gone comes first: it only stands in the way.
    """
    found: list[tuple[bool, str, str]] = []
    for rule in policy.access:
        if rule.kind is not kind:
            continue
        name, is_there = _name(guild, kind, rule.subject)
        if rule.role_id:
            role = guild.get_role(rule.role_id)
            is_there = is_there and role is not None
            name += f" @{role.name}" if role else f" {words.gone('role', str(rule.role_id))}"
        stored = f"{rule.subject}|{rule.role_id}"
        found.append((is_there, stored, words.rule(name, rule.allowed)))
    return [(stored, text) for _, stored, text in sorted(found)]


def _name(guild: discord.Guild, kind: AccessKind, subject: str) -> tuple[str, bool]:
    if kind is AccessKind.MODEL:
        return subject, True
    if kind is AccessKind.ROLE:
        role = guild.get_role(int(subject))
        return (f"@{role.name}", True) if role else (words.gone("role", subject), False)
    place = guild.get_channel_or_thread(int(subject))
    return (f"#{place.name}", True) if place else (words.gone("channel", subject), False)
