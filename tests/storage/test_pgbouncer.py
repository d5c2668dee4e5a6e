"""Units of work through PgBouncer, which nobody here wrote, as docs/operating.md says."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.services.ports import of_server
from bot.storage.engine.database import SqlDatabase
from tests import postgres

PROGRAM = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
# Fewer connections to the server than units at once, so that they take turns.
CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={server} user=easel
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
auth_type = any
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = {connections}
unix_socket_dir =
logfile = {folder}/log
"""

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed")


@pytest.fixture(params=["transaction", "session"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlDatabase]:
    if why := postgres.missing(own=True):
        pytest.skip(why)
    mode: str = request.param
    with postgres.running_server() as server:
        made = await postgres.Databases(server.url).make()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        folder = tmp_path / "pgbouncer"
        folder.mkdir()
        (folder / "users").write_text('"easel" ""\n')
        (folder / "ini").write_text(
            CONFIGURATION.format(
                server=server.port,
                port=port,
                folder=folder,
                mode=mode,
                connections=3 if mode == "transaction" else 30,
            )
        )
        user = postgres.unprivileged()
        if user:
            for place in (folder, *tmp_path.parents[:2], tmp_path):
                place.chmod(0o755)
            shutil.chown(folder, user)
        running = await asyncio.create_subprocess_exec(
            PROGRAM or "",
            str(folder / "ini"),
            user=user,
            cwd=folder,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await taking_connections(port)
            options = "?prepared_statement_cache_size=0" if mode == "transaction" else ""
            name = made.rpartition("/")[2]
            opened = SqlDatabase(f"postgresql://easel@127.0.0.1:{port}/{name}{options}")
            yield opened
            await opened.close()
        finally:
            running.terminate()
            await running.wait()


async def taking_connections(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    return
            await asyncio.sleep(0.05)


async def test_units_take_turns_on_few_connections(database: SqlDatabase) -> None:
    async def unit(number: int) -> str | None:
        async with database.write(of_server(number % 3)) as uow:
            await uow.meta.put(f"key{number}", str(number))
            await uow.commit()
        async with database.read() as uow:
            return await uow.meta.get(f"key{number}")

    for first in range(0, 40, 10):
        numbers = range(first, first + 10)
        got = await asyncio.gather(*(unit(number) for number in numbers))
        assert got == [str(number) for number in numbers]
