"""SQLite statements, compiled once from SQLAlchemy's expressions and executed by sqlite3 itself.

For a look-up by key, SQLAlchemy's own execution takes ten times as long as SQLite, and its rows
take longer to make and to read than SQLite takes to find them. The types and errors here are
SQLAlchemy's, and the rows have the part of its interface that the stores use.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import ClauseElement, Executable
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, MultipleResultsFound, NoResultFound

DIALECT = sqlite.dialect(paramstyle="qmark")  # pyright: ignore[reportUnknownMemberType]

Values = Mapping[str, Any]
# A list of each length has a text of its own.
_MOST_LENGTHS = 50


class _Shape:
    """Makes rows with names, their values as the columns' types have them."""

    def __init__(
        self, names: Sequence[str], readers: Sequence[Callable[[Any], Any] | None] = ()
    ) -> None:
        self.names = names
        self._readers = [(index, read) for index, read in enumerate(readers) if read]
        # What is no name in Python can be read by its place.
        row: Any = namedtuple("Row", names, rename=True)  # pyright: ignore[reportUntypedNamedTuple]
        self._make = row._make

    def row(self, values: tuple[Any, ...]) -> Any:
        """Make a row of what the driver returned."""
        if not self._readers:
            return self._make(values)
        read = list(values)
        for index, reader in self._readers:
            read[index] = reader(read[index])
        return self._make(read)


class CompiledRows:
    """The rows of a statement, and how many it changed; SQLAlchemy's `Result`, all of it read."""

    def __init__(self, shape: _Shape, found: list[tuple[Any, ...]], rowcount: int) -> None:
        self._shape = shape
        self._found = found
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return map(self._shape.row, self._found)

    def all(self) -> list[Any]:
        return list(self)

    def one(self) -> Any:
        if not self._found:
            raise NoResultFound("No row was found when one was required")
        return self.one_or_none()

    def one_or_none(self) -> Any:
        if len(self._found) > 1:
            raise MultipleResultsFound("Multiple rows were found when one or none was required")
        return self.first()

    def first(self) -> Any:
        return self._shape.row(self._found[0]) if self._found else None

    def scalar(self) -> Any:
        row = self.first()
        return None if row is None else row[0]

    def scalar_one(self) -> Any:
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:
        row = self.one_or_none()
        return None if row is None else row[0]

    def mappings(self) -> list[dict[str, Any]]:
        return [dict(zip(self._shape.names, row, strict=True)) for row in self]


def execute(raw: sqlite3.Connection, statement: Executable, parameters: Any = None) -> CompiledRows:
    """Execute a statement; a list of `parameters` is one row of values each."""
    rows = cast("list[Values]", parameters if isinstance(parameters, list) else [parameters or {}])
    first: Values = rows[0] if rows else {}
    compiled = _compiled(statement, tuple(first))
    sql, values = compiled.bind(first)
    try:
        if len(rows) > 1:
            cursor = raw.executemany(sql, (compiled.bind(row)[1] for row in rows))
        else:
            cursor = raw.execute(sql, values)
        found = cursor.fetchall()
    except sqlite3.Error as error:
        raise wrapped(error, sql, values) from error
    return CompiledRows(compiled.shape or _shape_of_text(cursor), found, cursor.rowcount)


def wrapped(error: BaseException, sql: str, values: Any = ()) -> BaseException:
    """Return the error that SQLAlchemy raises in place of the driver's."""
    return DBAPIError.instance(sql, values, error, sqlite3.Error, dialect=DIALECT)


# What a placeholder stands for, of the caller's values, as the driver takes it.
_Bind = Callable[[Values], Any]


def _bind(value: _Bind, processor: Callable[[Any], Any] | None) -> _Bind:
    return value if processor is None else lambda values: processor(value(values))


def _item(key: str, number: int) -> _Bind:
    return lambda values: values[key][number]


def _always(value: Any) -> _Bind:
    return lambda _: value


class _Compiled:
    """A statement with its text for each length of the lists that an IN takes."""

    def __init__(self, statement: Executable, keys: tuple[str, ...]) -> None:
        element = cast("ClauseElement", statement)
        self._sql = DIALECT.statement_compiler(DIALECT, element, column_keys=[*keys])
        # Refuses a statement that needs more values than these.
        self._sql.construct_params(dict.fromkeys(keys))
        self._keys = frozenset(keys)
        expanding = {bind.key for bind in self._sql.post_compile_params}
        self._lists = [key for key in keys if key in expanding]
        self._texts: dict[tuple[int, ...], tuple[str, list[_Bind]]] = {}
        columns = self._sql._result_columns  # pyright: ignore[reportPrivateUsage]
        readers = [c.type.dialect_impl(DIALECT).result_processor(DIALECT, None) for c in columns]
        names = [column.keyname for column in columns]
        self.shape = _Shape(names, readers) if columns else None

    def bind(self, values: Values) -> tuple[str, list[Any]]:
        """Return the text, and the values in the order of its placeholders."""
        lengths = tuple([len(values[key]) for key in self._lists])
        if lengths not in self._texts:
            if len(self._texts) >= _MOST_LENGTHS:
                self._texts.clear()
            self._texts[lengths] = self._expanded(values)
        text, binds = self._texts[lengths]
        return text, [bind(values) for bind in binds]

    def _expanded(self, values: Values) -> tuple[str, list[_Bind]]:
        state = self._sql.construct_expanded_state(values)
        items = {
            item: (name, number)
            for name, parts in (state.parameter_expansion or {}).items()
            for number, item in enumerate(parts)
        }
        binds: list[_Bind] = []
        for placeholder in state.positiontup or ():
            name, number = items.get(placeholder, (placeholder, None))
            bind = self._sql.binds[name]
            processor = bind.type.dialect_impl(DIALECT).bind_processor(DIALECT)
            if bind.key not in self._keys:
                value = _always(state.parameters[placeholder])
            else:
                value = itemgetter(bind.key) if number is None else _item(bind.key, number)
            binds.append(_bind(value, processor))
        return state.statement, binds


# By the statement itself, which lives as long as its module; those that are put together where
# they are used leave again. So no statement is changed after it was executed.
_compiled = lru_cache(maxsize=300)(_Compiled)


def _shape_of_text(cursor: sqlite3.Cursor) -> _Shape:
    return _shape(tuple([column[0] for column in cursor.description or ()]))


_shape = lru_cache(maxsize=100)(_Shape)
