"""What the units of work stand on, whatever the database: transactions, and statements in them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from sqlalchemy import CursorResult, Dialect, Executable

from bot.services.ports import Scope
from bot.storage.engine.compiled_statements import CompiledRows

Rows = CursorResult[Any] | CompiledRows


class Connection(Protocol):
    """A connection in a transaction, as the stores use it."""

    @property
    def dialect(self) -> Dialect: ...

    async def execute(self, statement: Executable, parameters: Any = None, /) -> Rows: ...

    async def exec_driver_sql(self, statement: str, /) -> Rows: ...


class Transaction(Connection, Protocol):
    """The same, as the unit of work uses it."""

    async def commit(self) -> None: ...


class Transactions(Protocol):
    """Where transactions come from."""

    def begin(
        self, *, writes: bool, long: bool, scopes: Sequence[Scope] = ()
    ) -> AbstractAsyncContextManager[Transaction]: ...

    async def close(self) -> None: ...
