"""PgBouncer in front of a PostgreSQL server of the tests, in each of its modes."""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import URL

from tests import postgres

PROGRAM = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
_CONFIGURATION = """
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


@asynccontextmanager
async def running(folder: Path, behind: URL, *, mode: str, connections: int) -> AsyncIterator[str]:
    """Start one in front of a database; return that one's address through it.

    `folder` is pytest's of the test, which whoever runs PgBouncer has to reach.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = folder / "pgbouncer"
    own.mkdir()
    (own / "users").write_text('"easel" ""\n')
    (own / "ini").write_text(
        _CONFIGURATION.format(
            server=behind.port, port=port, folder=own, mode=mode, connections=connections
        )
    )
    user = postgres.unprivileged()
    if user:
        # As deep as pytest's folders are: one more where it runs in several processes.
        everybodys = Path(tempfile.gettempdir())
        for place in (own, folder, *folder.parents):
            if place.is_relative_to(everybodys) and place != everybodys:
                place.chmod(0o755)
        shutil.chown(own, user)
    process = await asyncio.create_subprocess_exec(
        PROGRAM or "",
        str(own / "ini"),
        user=user,
        cwd=own,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _taking_connections(port)
        options = "?prepared_statement_cache_size=0" if mode == "transaction" else ""
        yield f"postgresql://easel@127.0.0.1:{port}/{behind.database}{options}"
    finally:
        process.terminate()
        await process.wait()


async def _taking_connections(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    return
            await asyncio.sleep(0.05)
