"""Tells the other processes of a server's database what has changed: NOTIFY and LISTEN.

A notice is sent within the transaction that makes it true. It may be lost while a process has no
connection, so a loop that waits for one also looks from time to time. SQLite has none.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import URL, ColumnElement, bindparam, func, literal, select

from bot.storage.engine.connect import is_sqlite
from bot.storage.engine.connection import Connection
from bot.storage.engine.server_errors import server_words

log = logging.getLogger(__name__)

_CHANNEL = "easel"
# A connection that hears nothing may be dead; it is asked as often.
_LOOK_SECONDS = 15.0
_WAIT_SECONDS = 2.0

# What a notice is about, and whom: `job`, an image service; `policy`, a server. Both are empty
# after a gap, in which anything may have happened.
Heard = Callable[[str, str], None]


def notice(kind: str, subject: ColumnElement[str]) -> ColumnElement[None]:
    """Return what a statement of a server says to every process, as a column that it returns."""
    return func.pg_notify(_CHANNEL, literal(f"{kind} ") + subject)


_NOTIFY = select(func.pg_notify(_CHANNEL, bindparam("said")))


async def notify(connection: Connection, kind: str, subject: str = "") -> None:
    """Tell every process, once the transaction is committed."""
    if connection.dialect.name == "postgresql":
        await connection.execute(_NOTIFY, {"said": f"{kind} {subject}"})


async def listen(url: URL, heard: Heard) -> None:
    """Pass notices on until cancelled; returns at once where there are none."""
    if is_sqlite(url):
        return
    while True:
        try:
            with server_words(url):
                await _listen(url, heard)
        except Exception as error:
            log.warning("notices of other processes are not heard for now: %s", error)
        await asyncio.sleep(_WAIT_SECONDS)


async def _listen(url: URL, heard: Heard) -> None:
    asyncpg: Any = importlib.import_module("asyncpg")

    def pass_on(_connection: Any, _pid: int, _channel: str, said: str) -> None:
        kind, _, subject = said.partition(" ")
        heard(kind, subject)

    address = url.set(drivername="postgresql", query={})
    connection: Any = await asyncpg.connect(
        address.render_as_string(hide_password=False), timeout=_LOOK_SECONDS
    )
    try:
        await connection.add_listener(_CHANNEL, pass_on)
        heard("", "")
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            await connection.execute("SELECT 1", timeout=_LOOK_SECONDS)
    finally:
        connection.terminate()
