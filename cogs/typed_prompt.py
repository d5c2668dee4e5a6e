"""Reads the prompt of a command, form or message: flags, and names for Discord's codes."""

from __future__ import annotations

import discord

from bot.domain.text import discord_codes, prompt
from bot.domain.text.prompt import ParsedText


def typed_text(
    guild: discord.Guild | None, text: str, *, with_numbers: bool = True, kept: str | None = None
) -> ParsedText:
    """Return what a text says and asks for.

    `kept` is the prompt that was in its form before: if it was not changed, its flags were read
    already, and what looks like one is none.
    """
    if kept is not None and text.split() == kept.split():
        return ParsedText(prompt=kept)
    return prompt.read(_named(guild, text), with_numbers=with_numbers)


def _named(guild: discord.Guild | None, text: str) -> str:
    """Return a prompt with the names of emoji, roles and channels; members stay as mentions."""

    def role(role_id: int) -> str | None:
        found = guild.get_role(role_id) if guild else None
        return found.name if found else None

    def channel(channel_id: int) -> str | None:
        found = guild.get_channel_or_thread(channel_id) if guild else None
        return found.name if found else None

    return discord_codes.named(text, role=role, channel=channel)
