"""What is measured runs here: processes of their own, always ended, and what Linux says of them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import MappingProxyType

from tests.bench.lean_apis import LeanApis
from tests.bench.lean_discord import GUILD_ID, TOKEN, LeanDiscord

ROOT = Path(__file__).parents[2]
AT_ONCE = 64
_STOP_SECONDS = 90
_IDLE_SECONDS = 0.3
_TICKS = os.sysconf("SC_CLK_TCK")


class Running:
    """A process that was started, and its children."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.process = process
        self.pid = process.pid
        self._log = log

    def log(self) -> str:
        """Return what it has written."""
        return self._log.read_text()

    def children(self) -> list[int]:
        """Return the ids of its child processes: of the bot, those are its picture workers."""
        tasks = Path(f"/proc/{self.pid}/task").iterdir()
        return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]

    def forget_peaks(self) -> None:
        """Let `peak_bytes` begin anew, for the children too."""
        for pid in (self.pid, *self.children()):
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    async def settled(self) -> None:
        """Wait until it has stopped computing: what a round leaves behind is not the next one's."""
        before = -1.0
        while before != (now := self.cpu_seconds()):
            before = now
            await asyncio.sleep(_IDLE_SECONDS)

    def cpu_seconds(self) -> float:
        """Return how long it has computed, with its children, also those that have ended."""
        return sum(map(_ticks, (self.pid, *self.children()))) / _TICKS

    def peak_bytes(self) -> int:
        """Return the sum of the peaks of its memory and of its children's."""
        return sum(map(peak_bytes, (self.pid, *self.children())))


def _ticks(pid: int) -> int:
    """Return the processor time of a process and of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:  # ended meanwhile: its parent counts it now
        return 0
    return sum(map(int, fields[11:15]))


def now_bytes(pid: int) -> int:
    """Return the resident memory of a process."""
    return _status(pid, "VmRSS")


def peak_bytes(pid: int) -> int:
    """Return the most resident memory a process had, as the kernel counted it."""
    return _status(pid, "VmHWM")


def _status(pid: int, field: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    line = next(line for line in lines if line.startswith(f"{field}:"))
    return int(line.split()[1]) * 1024


@asynccontextmanager
async def easel(
    folder: Path,
    discord: LeanDiscord,
    apis: LeanApis,
    *,
    profile: Path | None = None,
    build: Path = ROOT,
    tracer: Sequence[str] = (),
    url: str = "",
    workers: int = 0,
    at_once: int = AT_ONCE,
) -> AsyncIterator[Running]:
    """Run `python -m bot run` until the block ends, connected, and audit its database after it.

    `profile` takes a cProfile; `build` is a folder with the sources of another build; `tracer` is
    a command that runs the bot; `url` is a database on a server. With workers the bot only hears
    Discord, and so many other processes make the pictures.
    """
    settings = {
        "DISCORD__TOKEN": TOKEN,
        "DISCORD__API_BASE": discord.api_base,
        "DISCORD__GATEWAY_URL": discord.gateway_url,
        "ACCESS__GUILDS": f"[{GUILD_ID}]",
        "STORAGE__URL": url or f"sqlite+aiosqlite:///{folder}/easel.db",
        "STORAGE__DATA_DIR": str(folder),
        "PROVIDERS__ROUTESCOPE__BASE_URL": f"{apis.url}/routescope",
        "PROVIDERS__ROUTESCOPE__API_KEY": "local",
        "PROVIDERS__ROUTESCOPE__CONCURRENCY": str(at_once),
        "QUOTA__DEFAULT": "100000/day",
        "QUOTA__SERVER_BUDGET": "1000000/day",
        "QUOTA__GLOBAL_BUDGET": "1000000/day",
    }
    environment = {f"EASEL_{name}": text for name, text in settings.items()}
    profiler = ("-m", "cProfile", "-o", str(profile)) if profile else ()
    command = (*profiler, "-m", "bot", "run")
    if workers:
        command += ("--role", "gateway")
    own = {"cwd": build, "tracer": tracer}
    async with AsyncExitStack() as stack:
        bot = _started(folder / "bot.log", *command, **own, environment=environment)
        running = await stack.enter_async_context(bot)
        await _connected(running, discord)
        role = ("-m", "bot", "run", "--role", "worker")
        for number in range(workers):
            log = folder / f"worker{number}.log"
            await stack.enter_async_context(_started(log, *role, environment=environment))
        yield running
    audit = ("-m", "bot", "db", "check")
    async with _started(folder / "audit.log", *audit, cwd=build, environment=environment) as books:
        if await books.process.wait():
            raise RuntimeError(f"the database is not in order:\n{books.log()}")


@asynccontextmanager
async def bare_bot(folder: Path, discord: LeanDiscord) -> AsyncIterator[Running]:
    """Run the bare discord.py bot until the block ends, connected."""
    own = (discord.api_base, discord.gateway_url, TOKEN)
    async with _started(folder / "bare.log", "-m", "tests.bench.bare_bot", *own) as running:
        await _connected(running, discord)
        yield running


@asynccontextmanager
async def lean_bot(
    folder: Path, discord: LeanDiscord, apis: LeanApis, *, at_once: int = AT_ONCE
) -> AsyncIterator[Running]:
    """Run the bare bot that makes pictures until the block ends, connected."""
    own = (discord.api_base, discord.gateway_url, TOKEN, apis.url, str(at_once))
    async with _started(folder / "lean.log", "-m", "tests.bench.lean_bot", *own) as running:
        await _connected(running, discord)
        yield running


@asynccontextmanager
async def charging(folder: Path, url: str, number: int, *, tasks: int) -> AsyncIterator[Running]:
    """Run a process that reserves and settles; write to its stdin how many jobs, each time."""
    own = (url, str(number), str(tasks))
    log = folder / f"charging{number}.log"
    async with _started(log, "-m", "tests.bench.charging", *own) as running:
        yield running


@asynccontextmanager
async def floor(
    folder: Path, discord: LeanDiscord, apis: LeanApis, *, channels: int
) -> AsyncIterator[Running]:
    """Run the bare aiohttp script until the block ends; write numbers of pictures to its stdin."""
    own = (apis.url, discord.api_base, TOKEN, str(channels), str(AT_ONCE))
    async with _started(folder / "floor.log", "-m", "tests.bench.floor", *own) as running:
        stdout = running.process.stdout
        if stdout is None or await stdout.readline() != b"ready\n":
            raise RuntimeError(f"the floor did not start:\n{running.log()}")
        yield running


@asynccontextmanager
async def _started(
    log: Path,
    *command: str,
    cwd: Path = ROOT,
    tracer: Sequence[str] = (),
    environment: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Running]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("EASEL_")}
    if kept.pop("PYTHONDONTWRITEBYTECODE", None):
        # Nobody's bot is compiled anew at each start; this keeps the sources' folders clean.
        kept["PYTHONPYCACHEPREFIX"] = str(log.parent.parent / "compiled")
    with log.open("ab") as file:
        process = await asyncio.create_subprocess_exec(
            *tracer,
            sys.executable,
            *command,
            cwd=cwd,
            env={**kept, **environment},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=file,
        )
    try:
        yield Running(process, log)
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _connected(running: Running, discord: LeanDiscord) -> None:
    before = len(discord.identified)
    known = asyncio.create_task(discord.until(lambda: len(discord.identified) > before))
    ended = asyncio.create_task(running.process.wait())
    try:
        await asyncio.wait({known, ended}, return_when=asyncio.FIRST_COMPLETED)
        if ended.done():
            raise RuntimeError(f"it ended before it was connected:\n{running.log()}")
    finally:
        known.cancel()
        ended.cancel()
