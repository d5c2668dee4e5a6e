"""A PostgreSQL server for the tests, started by them on loopback and gone with them.

`TEST_POSTGRES_URL` names one's own server instead, by a role that may create databases.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.storage.engine import schema

WAIT_SECONDS = 30
_TEMPLATE = "easel_template"
# The server ends with the one who holds its standard input, however that one ends.
_WATCHED = '"$@" >"$0" 2>&1 & pid=$!; cat >/dev/null; kill -INT $pid 2>/dev/null; wait $pid'


def missing(*, own: bool = False) -> str | None:
    """Return why there is no server for the tests, None where there is one.

    `own`: one that a test may stop.
    """
    if importlib.util.find_spec("asyncpg") is None:
        return "asyncpg is not installed: pip install -r requirements.postgres.lock"
    if (own or "TEST_POSTGRES_URL" not in os.environ) and _programs() is None:
        return "PostgreSQL is not installed"
    return None


def _programs() -> Path | None:
    """Return the folder of initdb and postgres, which Debian keeps off the path."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((one for one in folders if (one / "postgres").exists()), None)


class Server:
    """A server of one's own: it can be stopped in each way, and started again."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._folder = folder
        self._durable = durable
        self._data = folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self._user = unprivileged()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        if self._user:
            shutil.chown(folder, self._user)
        self._run("initdb", "-D", self._data, "-U", "easel", "-A", "trust", "-E", "UTF8",
                  "--locale=C.UTF-8", "--no-sync")  # fmt: skip

    @property
    def url(self) -> URL:
        return make_url(f"postgresql+asyncpg://easel@127.0.0.1:{self.port}/postgres")

    def start(self) -> None:
        """Start it, and return when it takes connections."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 200,
            "fsync": "on" if self._durable else "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log = self._folder / "log"
        self._process = subprocess.Popen(
            ["sh", "-c", _WATCHED, log, _bin("postgres"), "-D", self._data, *options],
            stdin=subprocess.PIPE,
            user=self._user,
            cwd=self._folder,
        )
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", self.port)) == 0 and self._ready():
                    return
            time.sleep(0.05)
        raise RuntimeError((self._folder / "log").read_text())

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `smart`, `fast` or `immediate`, as pg_ctl does."""
        if self._process is None:
            return
        self._run("pg_ctl", "-D", self._data, "-m", mode, "-w", "stop")
        self._forget()

    def kill(self) -> None:
        """End its postmaster by SIGKILL; its children follow."""
        pid = int((self._data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 9)
        end = time.monotonic() + WAIT_SECONDS
        while _holds(self._data) and time.monotonic() < end:
            time.sleep(0.05)
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        self._forget()

    def _forget(self) -> None:
        if self._process and self._process.stdin:
            self._process.stdin.close()
            self._process.wait()
        self._process = None

    def _ready(self) -> bool:
        return (
            subprocess.run(
                [_bin("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False
            ).returncode
            == 0
        )

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [_bin(program), *map(str, arguments)],
            check=True,
            user=self._user,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )


def _bin(program: str) -> str:
    return str((_programs() or Path()) / program)


def unprivileged() -> str | None:
    """Return who runs the server: PostgreSQL refuses root."""
    if os.getuid() != 0:
        return None
    names = {one.pw_name for one in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _holds(data: Path) -> bool:
    """Tell whether a process still works in a data folder."""
    for one in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if one.resolve() == data.resolve():
                return True
        except OSError:
            continue
    return False


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[Server]:
    """Start a server of one's own for a while; `durable` outlives a power cut, as a bot's does."""
    # Root starts it as another user, who cannot look into a folder of root's own.
    place = None if os.getuid() else "/tmp"  # noqa: S108 (mkdtemp makes a name that is free)
    folder = Path(tempfile.mkdtemp(prefix="easel-postgres-", dir=place))
    folder.chmod(0o755)
    server = Server(folder, durable=durable)
    try:
        server.start()
        yield server
    finally:
        server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


class Databases:
    """Makes migrated databases on a server by copying one, and drops them again."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._made = 0
        self._prepared = False
        self._template = f"{_TEMPLATE}_{os.getpid()}"

    async def _prepare(self) -> None:
        """Make the database that the others are copies of."""
        self._prepared = True
        await self._tell(f'DROP DATABASE IF EXISTS "{self._template}"')
        await self._tell(f'CREATE DATABASE "{self._template}"')
        await schema.upgrade(self._address(self._template))

    async def make(self, *, empty: bool = False) -> str:
        """Return the address of a new database, migrated unless it is to be empty."""
        if not self._prepared:
            await self._prepare()
        self._made += 1
        name = f"easel_{os.getpid()}_{self._made}"
        template = "template0" if empty else self._template
        await self._tell(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self._address(name)

    async def drop(self, address: str) -> None:
        """Drop a database, whoever is connected to it."""
        await self._tell(f'DROP DATABASE IF EXISTS "{make_url(address).database}" WITH (FORCE)')

    async def close(self) -> None:
        """Drop the database that was copied."""
        await self.drop(self._address(self._template))

    def _address(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    async def _tell(self, statement: str) -> None:
        engine = create_async_engine(self._url, isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                await connection.execute(text(statement))
        finally:
            await engine.dispose()


@contextmanager
def server_url(*, durable: bool = False) -> Iterator[URL]:
    """Give a server: the operator's own, or one started for the tests."""
    if given := os.environ.get("TEST_POSTGRES_URL"):
        yield make_url(given).set(drivername="postgresql+asyncpg")
        return
    with running_server(durable=durable) as server:
        yield server.url


@contextmanager
def databases() -> Iterator[Databases]:
    """Give a place for databases, where no event loop runs."""
    with server_url() as url:
        made = Databases(url)
        yield made
        asyncio.run(made.close())
