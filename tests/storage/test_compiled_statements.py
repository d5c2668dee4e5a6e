"""What sqlite3 returns for a compiled statement is what SQLAlchemy itself would return."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import bindparam, create_engine, func, insert, select, text
from sqlalchemy.exc import MultipleResultsFound, NoResultFound
from sqlalchemy.pool import StaticPool

from bot.storage.engine.compiled_statements import execute
from bot.storage.tables import meta

_QUESTIONS = (
    select(meta).order_by(meta.c.key),
    select(func.count(), meta.c.key.label("class")).group_by(meta.c.key).order_by(meta.c.key),
    select(meta.c.key == "b", meta.c.value.is_(None)).order_by(meta.c.key),
    text("SELECT key, key || '!', 1 AS one FROM meta ORDER BY key"),
)


@pytest.fixture
def raw() -> Iterator[sqlite3.Connection]:
    """A file with the one table, and what it holds."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT)")
        execute(connection, insert(meta), [{"key": key, "value": f"of {key}"} for key in "abc"])
        yield connection


def test_rows_are_those_of_sqlalchemy(raw: sqlite3.Connection) -> None:
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
    with engine.connect() as connection:
        for question in _QUESTIONS:
            theirs = connection.execute(question).all()
            ours = execute(raw, question)
            assert ours.all() == [tuple(row) for row in theirs], question
            assert [type(value) for row in ours for value in row] == [
                type(value) for row in theirs for value in row
            ]
            assert ours.mappings() == [dict(row._mapping) for row in theirs]
    engine.dispose()


def test_one_row_is_demanded_as_sqlalchemy_does(raw: sqlite3.Connection) -> None:
    of_key = select(meta).where(meta.c.key == bindparam("of_key"))
    assert execute(raw, of_key, {"of_key": "b"}).one().value == "of b"
    assert execute(raw, of_key, {"of_key": "b"}).scalar_one_or_none() == "b"
    none = execute(raw, of_key, {"of_key": "d"})
    assert (none.one_or_none(), none.scalar(), none.scalar_one_or_none()) == (None, None, None)
    with pytest.raises(NoResultFound):
        none.scalar_one()
    with pytest.raises(MultipleResultsFound):
        execute(raw, select(meta)).one_or_none()
    assert execute(raw, select(meta.c.key)).scalar() == "a"


def test_a_statement_says_how_many_rows_it_changed(raw: sqlite3.Connection) -> None:
    assert execute(raw, meta.delete().where(meta.c.key > "a")).rowcount == 2
