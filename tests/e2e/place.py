"""Easel as a process between a Discord and image APIs on loopback: real sockets, real signals."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import simcord

from bot.sandbox.image_apis import ImageApis
from bot.storage.engine.database import SqlDatabase
from bot.storage.ledger.ledger_check import problems
from tests import openapi
from tests.loopback_discord import WireDiscord

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


@dataclass(slots=True, kw_only=True)
class Place:
    """A server with a channel and members, the image APIs, and the bot processes started."""

    wire: WireDiscord
    apis: ImageApis
    folder: Path
    art: simcord.ChannelHandle
    alice: simcord.MemberActor
    bob: simcord.MemberActor
    settings: dict[str, str] = field(default_factory=dict)
    processes: list[asyncio.subprocess.Process] = field(default_factory=list)

    @property
    def database_url(self) -> str:
        return self.settings.get(
            "EASEL_STORAGE__URL", f"sqlite+aiosqlite:///{self.folder}/easel.db"
        )

    async def start(
        self, *, program: Sequence[str] = ("-m", "bot"), **settings: str | None
    ) -> asyncio.subprocess.Process:
        """Start `python -m bot run` and wait until it is connected and its commands are known."""
        process = await self.launch(program=program, **settings)
        await self.started(process)
        return process

    async def started(self, process: asyncio.subprocess.Process) -> None:
        """Wait until a process that was launched is connected."""
        known = asyncio.create_task(
            self.wire.until(lambda: self.wire.connected, timeout=START_SECONDS)
        )
        ended = asyncio.create_task(process.wait())
        await asyncio.wait({known, ended}, return_when=asyncio.FIRST_COMPLETED)
        assert not ended.done(), f"the bot ended:\n{self.log()}"
        ended.cancel()
        await known

    async def launch(
        self,
        *options: str,
        program: Sequence[str] = ("-m", "bot"),
        **settings: str | None,
    ) -> asyncio.subprocess.Process:
        """Start the bot and wait for nothing; `program` are Python's arguments before `run`."""
        return await self.execute(
            sys.executable, *program, "run", *options, environment=self.environment(**settings)
        )

    def environment(self, **settings: str | None) -> dict[str, str]:
        """Return what the bot is told by the environment; a setting that is None is left to it."""
        own: dict[str, str | None] = {
            "EASEL_DISCORD__TOKEN": self.wire.token,
            "EASEL_DISCORD__API_BASE": self.wire.api_base,
            "EASEL_DISCORD__GATEWAY_URL": self.wire.gateway_url,
            "EASEL_DISCORD__CDN_BASE": self.wire.cdn_base,
            "EASEL_ACCESS__GUILDS": f"[{self.art.guild.id}]" if self.art.guild else "[]",
            "EASEL_STORAGE__URL": self.database_url,
            "EASEL_STORAGE__DATA_DIR": str(self.folder),
        }
        for name in ("routescope", "seededit", "seedream"):
            own[f"EASEL_PROVIDERS__{name.upper()}__BASE_URL"] = f"{self.apis.url}/{name}"
            own[f"EASEL_PROVIDERS__{name.upper()}__API_KEY"] = "local"
        chosen = own | self.settings | settings
        return {name: text for name, text in chosen.items() if text is not None}

    async def execute(
        self, *command: str, environment: Mapping[str, str]
    ) -> asyncio.subprocess.Process:
        """Start a command whose words go to the bot's log."""
        log = (self.folder / "bot.log").open("ab")
        with log:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=ROOT,
                env=_environment() | dict(environment),
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    async def kill(self, process: asyncio.subprocess.Process) -> None:
        """SIGKILL the process and wait until its connection is gone."""
        process.kill()
        await process.wait()
        await self.wire.until(lambda: not self.wire.connected)

    async def stop(self, process: asyncio.subprocess.Process) -> int:
        """SIGTERM the process and return its exit code."""
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(START_SECONDS):
            return await process.wait()

    def log(self) -> str:
        """Return what the bot has logged."""
        return (self.folder / "bot.log").read_text()

    def results(self) -> list[Any]:
        """Return the messages with pictures, oldest first."""
        return [message for message in self.art.history() if message.attachments]

    async def books(self) -> dict[str, int]:
        """Return the sums of ledger, holds and counters, and prove the invariants."""
        database = SqlDatabase(self.database_url)
        try:
            assert await problems(database) == []
            async with database.read() as uow:
                sums: dict[str, int] = {}
                for name, query in _SUMS.items():
                    row = await uow.connection.exec_driver_sql(query)
                    sums[name] = row.scalar_one()
                return sums
        finally:
            await database.close()

    async def states(self) -> dict[str, int]:
        """Return how many jobs are in each state."""
        database = SqlDatabase(self.database_url)
        try:
            async with database.read() as uow:
                rows = await uow.connection.exec_driver_sql(
                    "SELECT state, count(*) AS jobs FROM jobs GROUP BY state"
                )
                return {str(row.state): int(row.jobs) for row in rows}
        finally:
            await database.close()

    def specification_problems(self) -> list[str]:
        """Hold everything that the bot sent against Discord's specification."""
        specification = openapi.load()
        if specification is None:
            return []
        return [
            f"{request.method} {request.path}: {problem}"
            for request in self.wire.requests
            for problem in specification.check(
                request.method, request.path, request.query, request.json
            )
        ]


_SUMS = {
    "ledger": "SELECT coalesce(sum(delta), 0) FROM ledger",
    "holds": "SELECT coalesce(sum(coalesce(kept, amount)), 0) FROM holds",
    "counters": "SELECT coalesce(sum(used), 0) FROM counters",
    "member": "SELECT coalesce(sum(used), 0) FROM counters WHERE kind = 'member'",
    "everywhere": "SELECT coalesce(sum(used), 0) FROM counters WHERE kind = 'global'",
}


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("EASEL_")}


@asynccontextmanager
async def new_place(folder: Path, **options: Any) -> AsyncIterator[Place]:
    """Enter a world with one server; every process is killed on leaving."""
    async with ImageApis() as apis, WireDiscord(**options) as wire:
        guild = wire.create_guild("Paper Lantern Club")
        place = Place(
            wire=wire,
            apis=apis,
            folder=folder,
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
