"""Reads the prompt of a command, form or message: flags, and names for Discord's codes."""

from __future__ import annotations

from dataclasses import replace

import discord

from bot.domain.text import discord_codes, own_words, prompt
from bot.domain.text.prompt import ParsedText


def typed_text(
    guild: discord.Guild | None,
    text: str,
    *,
    with_numbers: bool = True,
    pictures: int = 0,
    kept: str | None = None,
) -> ParsedText:
    """Return what a text says and asks for, about one of so many pictures.

    `kept` is the prompt that was in its form before: its flags and codes were read already, so
    they are looked for in what was typed into it alone.
    """
    if kept is None:
        return prompt.read(named(guild, text), with_numbers=with_numbers, pictures=pictures)
    around = own_words.edited(kept, text)
    parsed = prompt.read(named(guild, around.own), with_numbers=with_numbers, pictures=pictures)
    return replace(parsed, prompt=around.with_own(parsed.prompt))


def named(guild: discord.Guild | None, text: str) -> str:
    """Return a prompt with the names of emoji, roles and channels; members stay as mentions."""

    def role(role_id: int) -> str | None:
        found = guild.get_role(role_id) if guild else None
        return found.name if found else None

    def channel(channel_id: int) -> str | None:
        found = guild.get_channel_or_thread(channel_id) if guild else None
        return found.name if found else None

    return discord_codes.named(text, role=role, channel=channel)
