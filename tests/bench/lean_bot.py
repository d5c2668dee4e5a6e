"""A bare discord.py bot that makes the calls which a picture needs, and keeps nothing: the peer.

    python -m tests.bench.lean_bot API_BASE GATEWAY_URL TOKEN API_ADDRESS AT_ONCE

It answers `/imagine`, asks the service, downloads, posts with buttons and edits its answer. Ends
with its connection.
"""

from __future__ import annotations

import asyncio
import io
import sys

import aiohttp
import discord
import discord.http
from discord import app_commands
from discord.gateway import DiscordWebSocket
from yarl import URL

from tests.bench.lean_apis import GENERATIONS

BUTTONS = 4


async def main(api_base: str, gateway_url: str, token: str, apis: str, at_once: str) -> None:
    discord.http.Route.BASE = api_base
    DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)
    client = discord.Client(
        intents=discord.Intents(guilds=True, guild_messages=True, guild_reactions=True),
        max_messages=None,
        member_cache_flags=discord.MemberCacheFlags.none(),
        chunk_guilds_at_startup=False,
        allowed_mentions=discord.AllowedMentions.none(),
    )
    tree = app_commands.CommandTree(client)
    slots = asyncio.Semaphore(int(at_once))

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def picture_of(prompt: str) -> bytes:
            submission = {
                "model": "doubao-seedream-4-5-251128",
                "prompt": prompt,
                "size": "2K",
                "response_format": "url",
            }
            async with session.post(f"{apis}{GENERATIONS}", json=submission) as response:
                address = (await response.json())["data"][0]["url"]
            async with session.get(address) as response:
                return await response.read()

        @tree.command(description="Draws")
        async def imagine(interaction: discord.Interaction, prompt: str) -> None:  # pyright: ignore[reportUnusedFunction]
            await interaction.response.send_message("Working on it", ephemeral=True)
            async with slots:
                picture = await picture_of(prompt)
            channel = client.get_partial_messageable(
                interaction.channel_id or 0, guild_id=interaction.guild_id
            )
            file = discord.File(io.BytesIO(picture), filename="lighthouse.png", description=prompt)
            await channel.send(
                prompt, file=file, view=_buttons(), nonce=interaction.id, suppress_embeds=True
            )
            await interaction.edit_original_response(content="Done")

        async with client:
            await client.login(token)
            await client.connect(reconnect=False)


def _buttons() -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for number in range(BUTTONS):
        view.add_item(discord.ui.Button(label=f"Button {number}", custom_id=f"b:{number}"))
    view.stop()
    return view


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
