"""A server on each shard, for end-to-end tests with several of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import simcord

from tests.e2e.place import Place

SMALL = {"model": "doubao-seedream-3-0-t2i-250415", "size": "512x512"}
# discord.py waits five seconds before each shard but the first, which here is time for nothing.
AT_ONCE = """
from bot.client import EaselClient

async def at_once(self, shard_id, *, initial=False):
    pass

EaselClient.before_identify_hook = at_once
from bot.cli import main
main()
"""


@dataclass(slots=True, kw_only=True)
class Server:
    """A server on a shard, with a channel and a member."""

    guild: simcord.GuildHandle
    art: simcord.ChannelHandle
    member: simcord.MemberActor

    def results(self) -> list[Any]:
        return [message for message in self.art.history() if message.attachments]


def server_on(place: Place, shard_id: int) -> Server:
    guild = place.wire.create_guild(f"On {shard_id}", shard_id=shard_id)
    member = guild.add_member(place.wire.create_user(f"member{shard_id}"))
    return Server(guild=guild, art=guild.create_text_channel("art"), member=member)


async def draws(place: Place, *servers: Server) -> None:
    """Let a member of each server ask, all at once, and wait for all results."""
    wanted = [len(server.results()) + 1 for server in servers]
    await place.wire.burst(
        server.member.slash(server.art, "imagine", prompt="a fox", **SMALL) for server in servers
    )
    await place.wire.until(
        lambda: [len(server.results()) for server in servers] == wanted, timeout=20
    )
