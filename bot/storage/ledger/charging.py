"""The statements that charge a job and settle it, for as many holds as it has.

A server's database answers each statement over the network, and meanwhile others wait for what is
locked. So it gets one statement where SQLite, which costs nothing to ask, gets two or three: SQLite
knows no INSERT within another statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Case,
    ColumnElement,
    Executable,
    Insert,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    case,
    column,
    func,
    insert,
    literal,
    literal_column,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

from bot.services.ports import CounterWindows, LedgerKind
from bot.storage.columns import Big
from bot.storage.tables import counters, holds, ledger

_COUNTER = ("kind", "guild_id", "user_id", "window", "starts_at", "ends_at", "used")
_HOLD = ("part", "kind", "guild_id", "user_id", "window", "starts_at", "grant_id", "amount")
_ENTRY = ("at", "guild_id", "user_id", "job_id", "part", "grant_id", "kind", "delta")
_of_job: BindParameter[str] = bindparam("of_job", type_=holds.c.job_id.type)


def numbered(name: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the values of several rows as the statements here call them."""
    return {f"{name}{n}_{key}": value for n, row in enumerate(rows) for key, value in row.items()}


@cache
def latest(count: int) -> Executable:
    """Of so many counters the window that began last."""
    found = [
        select(counters)
        .where(*(counters.c[key] == _bind(counters, "windows", n, key) for key in _COUNTER[:4]))
        .order_by(counters.c.starts_at.desc())
        .limit(1)
        .subquery()
        for n in range(count)
    ]
    return union_all(*(select(one) for one in found)) if count > 1 else select(found[0])


def windows_values(windows: CounterWindows) -> dict[str, Any]:
    """Return the values of one of `latest`."""
    return {
        "kind": windows.kind.value,
        "guild_id": windows.guild_id,
        "user_id": windows.user_id,
        "window": windows.window.value,
    }


@cache
def take(count: int) -> Insert:
    """Add to so many counters, new or not, each only up to its limit, in their order.

    Returns those that it added to. A new one starts with the amount, which must be within.
    """
    statement = sqlite.insert(counters).values(_rows(counters, "take", _COUNTER, count))
    limits = [
        (
            and_(
                statement.excluded.kind == _bind(counters, "take", n, "kind"),
                statement.excluded.window == _bind(counters, "take", n, "window"),
            ),
            bindparam(f"take{n}_limit", type_=Big),
        )
        for n in range(count)
    ]
    return _up_to(case(*limits), statement)


@cache
def hold(count: int) -> Insert:
    """Write so many holds of a job."""
    rows = _rows(holds, "hold", _HOLD, count)
    return insert(holds).values([{"job_id": _of_job, **row} for row in rows])


@cache
def hold_and_take() -> Insert:
    """Write holds with their ledger entries, and `take`: what is one value there is a list here."""
    new = _unnested(holds, "hold", _HOLD)
    rows = select(_of_job, *(new.c[key] for key in _HOLD))
    made = insert(holds).from_select(("job_id", *_HOLD), rows).returning(holds).cte("made")
    entered = _entries(select(*_entry(LedgerKind.RESERVE, made.c, made.c.amount)))
    taken = _unnested(counters, "take", _COUNTER)
    limits = _unnested(counters, "take", ("kind", "window"), limit=Big)
    statement = postgresql.insert(counters).from_select(
        _COUNTER, select(*(taken.c[key] for key in _COUNTER))
    )
    # As text: from columns SQLAlchemy would make a table in the subquery.
    this_row = and_(
        limits.c.kind == literal_column("excluded.kind"),
        limits.c.window == literal_column('excluded."window"'),
    )
    limit = select(limits.c.limit).where(this_row).scalar_subquery()
    return _up_to(limit, statement).add_cte(made, entered)


def listed(name: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the values of several rows as `hold_and_take` calls them."""
    return {f"{name}_{key}": [row[key] for row in rows] for key in rows[0]}


def _unnested(table: Table, name: str, columns: Sequence[str], **more: TypeEngine[Any]) -> Any:
    """Return lists of values, one for each column, as rows."""
    types = {key: table.c[key].type for key in columns} | more
    lists = [bindparam(f"{name}_{key}", type_=ARRAY(kind)) for key, kind in types.items()]
    named = [column(key, kind) for key, kind in types.items()]
    return func.unnest(*lists).table_valued(*named).render_derived()


def _up_to(limit: ColumnElement[int], statement: sqlite.Insert | postgresql.Insert) -> Insert:
    """Add to a counter that exists only while it stays within the limit of its row."""
    used = counters.c.used + statement.excluded.used
    return statement.on_conflict_do_update(
        index_elements=list(counters.primary_key), set_={"used": used}, where=used <= limit
    ).returning(counters.c.kind, counters.c.window)


@cache
def keep(count: int) -> Update:
    """Settle so many holds of a job that are not settled, and return them as they are then."""
    parts = [_bind(holds, "keep", n, "part") for n in range(count)]
    kept: Case[int] = case(
        *((holds.c.part == part, _bind(holds, "keep", n, "kept")) for n, part in enumerate(parts))
    )
    return (
        update(holds)
        .where(holds.c.job_id == _of_job, holds.c.part.in_(parts), holds.c.kept.is_(None))
        .values(kept=kept)
        .returning(holds)
    )


@cache
def keep_and_enter(count: int) -> Select[Any]:
    """The same, with the ledger entries."""
    kept = keep(count).cte("kept")
    entered = _entries(select(*_entry(LedgerKind.SETTLE, kept.c, kept.c.kept - kept.c.amount)))
    return select(kept).add_cte(entered)


def _entries(rows: Select[Any]) -> Any:
    made = insert(ledger).from_select(_ENTRY, rows, include_defaults=False)
    return made.returning(ledger.c.entry_id).cte("entered")


def _entry(kind: LedgerKind, hold: Any, delta: ColumnElement[int]) -> list[ColumnElement[Any]]:
    """The columns of a ledger entry about a hold."""
    number = ledger.c.at.type
    return [
        bindparam("now", type_=number),
        bindparam("of_guild", type_=number),
        bindparam("of_user", type_=number),
        hold.job_id,
        hold.part,
        hold.grant_id,
        literal(kind.value, type_=ledger.c.kind.type),
        delta,
    ]


def _rows(
    table: Table, name: str, columns: Sequence[str], count: int
) -> list[dict[str, BindParameter[Any]]]:
    return [{key: _bind(table, name, n, key) for key in columns} for n in range(count)]


def _bind(table: Table, name: str, number: int, column: str) -> BindParameter[Any]:
    return bindparam(f"{name}{number}_{column}", type_=table.c[column].type)
