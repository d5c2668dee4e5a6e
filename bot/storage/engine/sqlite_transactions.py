"""Transactions on a SQLite file: several that read, and groups of those that write."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial

from sqlalchemy import URL

from bot.services.ports import Scope
from bot.storage.engine.cancellation_shield import in_thread
from bot.storage.engine.connect import open_sqlite, plain_words
from bot.storage.engine.group_commit import GroupCommit
from bot.storage.engine.sqlite_connection import SqliteConnection


class SqliteTransactions:
    """Begins transactions on a SQLite file."""

    def __init__(self, url: URL, *, readers: int, busy_milliseconds: int) -> None:
        self._url = url
        open_file = partial(open_sqlite, url, busy_milliseconds=busy_milliseconds)
        self._threads = ThreadPoolExecutor(readers + 1, thread_name_prefix="sqlite")
        self._writing = GroupCommit(
            partial(open_file, writes=True),
            threads=self._threads,
            busy_milliseconds=busy_milliseconds,
        )
        self._open_reader = partial(open_file, writes=False)
        self._places = asyncio.Semaphore(readers)
        self._idle: list[sqlite3.Connection] = []

    @asynccontextmanager
    async def begin(
        self, *, writes: bool, long: bool, scopes: Sequence[Scope] = ()
    ) -> AsyncGenerator[SqliteConnection]:
        """Begin a transaction; leaving it without a commit rolls it back.

        There is one writer at a time, so every writing one excludes all others.
        """
        begun = self._writing.unit(long=long) if writes else self._reading(long=long)
        with plain_words(self._url):
            async with begun as connection:
                yield connection

    async def close(self) -> None:
        """Close every connection that no transaction has."""
        await self._writing.close()
        while self._idle:
            await in_thread(self._threads, self._idle.pop().close)

    @asynccontextmanager
    async def _reading(self, *, long: bool) -> AsyncGenerator[SqliteConnection]:
        async with self._places:
            if self._idle:
                raw = self._idle.pop()
            else:
                raw = await in_thread(self._threads, self._open_reader)
            try:
                raw.execute("BEGIN")
                yield SqliteConnection(raw, self._threads if long else None)
            finally:
                raw.rollback()
                self._idle.append(raw)
