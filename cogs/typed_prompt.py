"""Reads the prompt of a command, form or message: names in the place of Discord's codes."""

from __future__ import annotations

import discord

from bot.domain.text import discord_codes


def typed_prompt(guild: discord.Guild | None, text: str) -> str:
    """Return a prompt with the names of emoji, roles and channels; members stay as mentions."""

    def role(role_id: int) -> str | None:
        found = guild.get_role(role_id) if guild else None
        return found.name if found else None

    def channel(channel_id: int) -> str | None:
        found = guild.get_channel_or_thread(channel_id) if guild else None
        return found.name if found else None

    return discord_codes.named(text, role=role, channel=channel)
