"""A small place on the wire and bot processes in it, for the tests of the wire."""

import asyncio
import io
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import simcord
from PIL import Image

from tests.loopback_discord import WireDiscord


def _png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (3, 2)).save(file, "PNG")
    return file.getvalue()


PNG = _png()
BOT = Path(__file__).with_name("plain_bot.py")


@dataclass(slots=True, kw_only=True)
class Place:
    """One guild with a channel and two members, and the processes started in it."""

    wire: WireDiscord
    art: simcord.ChannelHandle
    alice: simcord.MemberActor
    bob: simcord.MemberActor
    checked: int = 0  # how many requests the specification has seen
    processes: list[asyncio.subprocess.Process] = field(default_factory=list)

    @property
    def bot(self) -> str:
        """The mention of the bot."""
        return f"<@{self.wire.backend.bot_user.id}>"

    async def start(self) -> asyncio.subprocess.Process:
        """Start a bot process and wait until it is connected and its commands are known."""
        env = os.environ | {
            "API_BASE": self.wire.api_base,
            "GATEWAY_URL": self.wire.gateway_url,
            "TOKEN": self.wire.token,
        }
        process = await asyncio.create_subprocess_exec(sys.executable, str(BOT), env=env)
        self.processes.append(process)
        await self.wire.until(lambda: self.wire.connected, timeout=20)
        return process

    async def kill(self, process: asyncio.subprocess.Process) -> None:
        """SIGKILL a process and wait until its connection is gone."""
        process.kill()
        await process.wait()
        await self.wire.until(lambda: not self.wire.connected)

    def texts(self, viewer: simcord.MemberActor | None = None) -> list[str]:
        """Return the contents of the channel, oldest first."""
        return [message.content for message in self.art.history(viewer=viewer)]


@asynccontextmanager
async def new_place(**options: Any) -> AsyncIterator[Place]:
    """Enter a world with one guild; every process is killed on leaving."""
    async with WireDiscord(**options) as wire:
        guild = wire.create_guild("Fox Den")
        place = Place(
            wire=wire,
            art=guild.create_text_channel("art"),
            alice=guild.add_member(wire.create_user("alice")),
            bob=guild.add_member(wire.create_user("bob")),
        )
        try:
            yield place
        finally:
            for process in place.processes:
                if process.returncode is None:
                    process.kill()
                await process.wait()
