"""A bare discord.py bot that only answers `/imagine`: the floor of start and acknowledgement.

    python -m tests.bench.bare_bot API_BASE GATEWAY_URL TOKEN

Ends with its connection.
"""

from __future__ import annotations

import asyncio
import sys

import discord
import discord.http
from discord import app_commands
from discord.gateway import DiscordWebSocket
from yarl import URL


async def main(api_base: str, gateway_url: str, token: str) -> None:
    discord.http.Route.BASE = api_base
    DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)
    client = discord.Client(intents=discord.Intents(guilds=True), max_messages=None)
    tree = app_commands.CommandTree(client)

    @tree.command(description="Draws nothing")
    async def imagine(interaction: discord.Interaction, prompt: str) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.send_message(prompt, ephemeral=True)

    async with client:
        await client.login(token)
        await client.connect(reconnect=False)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
