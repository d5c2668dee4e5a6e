"""Counters, grants, holds and the ledger: limits live in the statements.

See docs/spec/data.md section 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Insert, Update, and_, bindparam, insert, or_, select, update

from bot.domain.job import Job
from bot.domain.quotas.windows import Window
from bot.services.ports import Count, CounterKey, CounterKind, Grant, Hold, LedgerKind
from bot.storage.engine.connect import insert_for
from bot.storage.engine.connection import Connection
from bot.storage.ledger.grants import grant_of
from bot.storage.rows import hold_of
from bot.storage.tables import counters, grants, holds, ledger

_NO_LIMIT = 2**63 - 1
_amount: BindParameter[int] = bindparam("by_amount")
_this_counter = and_(
    counters.c.kind == bindparam("of_kind"),
    counters.c.guild_id == bindparam("of_guild"),
    counters.c.user_id == bindparam("of_user"),
    counters.c.window == bindparam("of_window"),
    counters.c.starts_at == bindparam("of_start"),
)
_this_grant = grants.c.grant_id == bindparam("of_grant")
_open_grant = and_(
    grants.c.revoked_at.is_(None),
    or_(grants.c.expires_at.is_(None), grants.c.expires_at > bindparam("now")),
)

_USED = select(counters.c.used).where(_this_counter)
_LATEST = (
    select(counters)
    .where(
        counters.c.kind == bindparam("of_kind"),
        counters.c.guild_id == bindparam("of_guild"),
        counters.c.user_id == bindparam("of_user"),
        counters.c.window == bindparam("of_window"),
    )
    .order_by(counters.c.starts_at.desc())
    .limit(1)
)
_WARNED = (
    update(counters)
    .where(_this_counter, counters.c.warned < bindparam("warned_of"))
    .values(warned=bindparam("warned_of"))
)
_GIVE_BACK = update(counters).where(_this_counter).values(used=counters.c.used - _amount)
_GRANTS = (
    select(grants)
    .where(
        grants.c.guild_id == bindparam("of_guild"),
        grants.c.user_id == bindparam("of_user"),
        _open_grant,
        grants.c.used < grants.c.amount,
    )
    .order_by(grants.c.expires_at.is_(None), grants.c.expires_at, grants.c.grant_id)
)
_TAKE_GRANT = (
    update(grants)
    .where(_this_grant, _open_grant, grants.c.used + _amount <= grants.c.amount)
    .values(used=grants.c.used + _amount)
)
_GIVE_BACK_GRANT = update(grants).where(_this_grant).values(used=grants.c.used - _amount)
_HOLD = insert(holds)
_ENTER = insert(ledger)
_HOLDS = select(holds).where(holds.c.job_id == bindparam("of_job")).order_by(holds.c.part)
_KEEP = (
    update(holds)
    .where(
        holds.c.job_id == bindparam("of_job"),
        holds.c.part == bindparam("of_part"),
        holds.c.kept.is_(None),
    )
    .values(kept=bindparam("new_kept"))
    .returning(holds)
)


@cache
def _take(dialect: str) -> Insert:
    """Make the statement that adds to a counter, new or not, only up to the limit."""
    statement = insert_for(dialect, counters)
    used = counters.c.used + statement.excluded.used
    return statement.on_conflict_do_update(
        index_elements=list(counters.primary_key),
        set_={"used": used},
        where=used <= bindparam("up_to"),
    ).returning(counters.c.used)


class SqlQuotas:
    """The ledger of credits (port Quotas)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def used(self, key: CounterKey) -> int:
        """Return what is used of a counter; 0 for one never used."""
        used = (await self._connection.execute(_USED, _counter(key))).scalar_one_or_none()
        return used or 0

    async def latest(
        self, kind: CounterKind, guild_id: int, user_id: int, window: Window
    ) -> Count | None:
        """Return the counter of the window that began last, be it over or not."""
        values = {
            "of_kind": kind.value,
            "of_guild": guild_id,
            "of_user": user_id,
            "of_window": window.value,
        }
        row = (await self._connection.execute(_LATEST, values)).one_or_none()
        if row is None:
            return None
        key = CounterKey(
            kind=kind,
            guild_id=guild_id,
            user_id=user_id,
            window=window,
            starts_at=row.starts_at,
        )
        return Count(key=key, ends_at=row.ends_at, used=row.used)

    async def take(self, key: CounterKey, amount: int, *, limit: int | None, ends_at: int) -> bool:
        """Add to a counter unless it would pass the limit; `ends_at` is for a new one."""
        limit = _NO_LIMIT if limit is None else limit
        # The statement's own guard is for a counter that exists; a new one starts with `amount`.
        if amount > limit:
            return False
        row = {**_key_values(key), "used": amount, "ends_at": ends_at, "up_to": limit}
        statement = _take(self._connection.dialect.name)
        return (await self._connection.execute(statement, row)).one_or_none() is not None

    async def reset(self, count: Count, *, starts_at: int) -> None:
        """Start the counter's window again at zero; what is held stays with the old one (D11)."""
        key = {**_key_values(count.key), "starts_at": starts_at}
        # On PostgreSQL somebody else may have done it while this one waited for the row.
        statement = insert_for(self._connection.dialect.name, counters)
        statement = statement.values(**key, ends_at=count.ends_at, used=0)
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def warn(self, key: CounterKey, used: int) -> bool:
        """Remember that somebody is warned of so much use; False when of as much before."""
        values = {**_counter(key), "warned_of": used}
        return (await self._connection.execute(_WARNED, values)).rowcount > 0

    async def give_back(self, key: CounterKey, amount: int) -> None:
        """Take from a counter's use; below zero is an IntegrityError."""
        await self._changed(_GIVE_BACK, **_counter(key), by_amount=amount)

    async def grants(self, guild_id: int, user_id: int, *, now: int) -> list[Grant]:
        """Return open grants with something left, soonest expiry first."""
        values = {"of_guild": guild_id, "of_user": user_id, "now": now}
        return [grant_of(row) for row in await self._connection.execute(_GRANTS, values)]

    async def take_grant(self, grant_id: int, amount: int, *, now: int) -> bool:
        """Use up a part of a grant; False when it is not open or has not so much left."""
        values = {"of_grant": grant_id, "by_amount": amount, "now": now}
        return (await self._connection.execute(_TAKE_GRANT, values)).rowcount > 0

    async def give_back_grant(self, grant_id: int, amount: int) -> None:
        """Return a part to a grant, also to one that ended meanwhile."""
        await self._changed(_GIVE_BACK_GRANT, of_grant=grant_id, by_amount=amount)

    async def hold(self, job: Job, new: Sequence[Hold], *, now: int) -> None:
        """Write holds with their ledger entries; who takes from the counters does it apart."""
        if not new:
            return
        rows: list[dict[str, Any]] = []
        for hold in new:
            counter = hold.counter
            row: dict[str, Any] = {"guild_id": job.guild_id, "user_id": job.user_id}
            row |= {"kind": "grant", "window": None, "starts_at": None}
            if counter is not None:
                row |= _key_values(counter)
            row |= {"job_id": job.job_id, "part": hold.part, "grant_id": hold.grant_id}
            rows.append({**row, "amount": hold.amount})
        await self._connection.execute(_HOLD, rows)
        await self._enter(job, LedgerKind.RESERVE, [(one, one.amount) for one in new], now=now)

    async def holds(self, job_id: str) -> list[Hold]:
        """Return a job's holds in the order in which they are kept."""
        rows = await self._connection.execute(_HOLDS, {"of_job": job_id})
        return [hold_of(row) for row in rows]

    async def keep(self, job: Job, kept: Sequence[tuple[Hold, int]], *, now: int) -> int:
        """Settle holds with their ledger entries and give the rest back.

        Returns how many were not settled before. What is given back, and where, is read from the
        hold's own row: its window may be over.
        """
        settled: list[tuple[Hold, int]] = []
        for hold, keep in kept:
            values = {"of_job": job.job_id, "of_part": hold.part, "new_kept": keep}
            row = (await self._connection.execute(_KEEP, values)).one_or_none()
            if row is None:
                continue
            held = hold_of(row)
            settled.append((held, keep - held.amount))
        if settled:
            await self._enter(job, LedgerKind.SETTLE, settled, now=now)
        # Last, so that others wait least for the rows that all share. Most jobs keep all that they
        # hold, and touch none of them.
        for held, delta in settled:
            if delta and held.counter is not None:
                await self.give_back(held.counter, -delta)
            elif delta and held.grant_id is not None:
                await self.give_back_grant(held.grant_id, -delta)
        return len(settled)

    async def _enter(
        self, job: Job, kind: LedgerKind, deltas: Sequence[tuple[Hold, int]], *, now: int
    ) -> None:
        entries = [
            {
                "at": now,
                "guild_id": job.guild_id,
                "user_id": job.user_id,
                "job_id": job.job_id,
                "part": hold.part,
                "grant_id": hold.grant_id,
                "kind": kind.value,
                "delta": delta,
            }
            for hold, delta in deltas
        ]
        await self._connection.execute(_ENTER, entries)

    async def _changed(self, statement: Update, **values: object) -> None:
        if not (await self._connection.execute(statement, values)).rowcount:
            raise LookupError(f"nothing to give back to: {values}")


def _key_values(key: CounterKey) -> dict[str, Any]:
    return {
        "kind": key.kind.value,
        "guild_id": key.guild_id,
        "user_id": key.user_id,
        "window": key.window.value,
        "starts_at": key.starts_at,
    }


def _counter(key: CounterKey) -> dict[str, Any]:
    """Return the values for `_this_counter`."""
    return {
        "of_kind": key.kind.value,
        "of_guild": key.guild_id,
        "of_user": key.user_id,
        "of_window": key.window.value,
        "of_start": key.starts_at,
    }
