"""Counters, grants, holds and the ledger: limits live in the statements.

See docs/spec/data.md section 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Update, and_, bindparam, insert, or_, select, update

from bot.domain.job import Job
from bot.domain.quotas.windows import Window
from bot.services.ports import (
    Charge,
    Count,
    CounterKey,
    CounterKind,
    CounterWindows,
    Grant,
    Hold,
    LedgerKind,
)
from bot.storage.engine.connect import insert_for
from bot.storage.engine.connection import Connection
from bot.storage.ledger import charging
from bot.storage.ledger.grants import grant_of
from bot.storage.rows import AnyRow, hold_of
from bot.storage.tables import counters, grants, holds, ledger

_NO_LIMIT = 2**63 - 1
_KINDS, _WINDOWS = list(CounterKind), list(Window)
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
_ENTER = insert(ledger)
_HOLDS = select(holds).where(holds.c.job_id == bindparam("of_job")).order_by(holds.c.part)


class SqlQuotas:
    """The ledger of credits (port Quotas)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def used(self, key: CounterKey) -> int:
        """Return what is used of a counter; 0 for one never used."""
        used = (await self._connection.execute(_USED, _counter(key))).scalar_one_or_none()
        return used or 0

    async def latest(self, wanted: Sequence[CounterWindows]) -> dict[CounterWindows, Count]:
        """Return of each the window that began last, be it over or not."""
        if not wanted:
            return {}
        values = charging.numbered("windows", [charging.windows_values(one) for one in wanted])
        rows = await self._connection.execute(charging.latest(len(wanted)), values)
        counts = [
            Count(
                key=CounterKey(
                    kind=CounterKind(row.kind),
                    guild_id=row.guild_id,
                    user_id=row.user_id,
                    window=Window(row.window),
                    starts_at=row.starts_at,
                ),
                ends_at=row.ends_at,
                used=row.used,
            )
            for row in rows
        ]
        return {one.key.windows: one for one in counts}

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

    async def charge(self, job: Job, charges: Sequence[Charge], *, now: int) -> Charge | None:
        """Write holds with their ledger entries, and take what they hold from the counters.

        Returns the first charge that a limit did not let through.
        """
        taking = [one for one in charges if one.hold.counter is not None]
        # A new counter starts with the amount: the statement's own guard is for one that exists.
        possible = [one for one in taking if one.limit is None or one.hold.amount <= one.limit]
        rows = await self._hold_and_take(job, charges, possible, now=now)
        taken = {(row.kind, row.window) for row in rows}
        return next((one for one in taking if _place(one) not in taken), None)

    async def _hold_and_take(
        self, job: Job, charges: Sequence[Charge], taking: Sequence[Charge], *, now: int
    ) -> Sequence[AnyRow]:
        if not charges:
            return ()
        held = [_held(job, one.hold) for one in charges]
        taken = [_taken(one) for one in sorted(taking, key=lambda one: _order(one.hold.counter))]
        run = self._connection.execute
        if taken and self._connection.dialect.name != "sqlite":
            values = charging.listed("hold", held) | charging.listed("take", taken) | _of(job, now)
            return (await run(charging.hold_and_take(), values)).all()
        values = charging.numbered("hold", held) | {"of_job": job.job_id}
        await run(charging.hold(len(held)), values)
        deltas = [(one.hold, one.hold.amount) for one in charges]
        await self._enter(job, LedgerKind.RESERVE, deltas, now=now)
        if not taken:
            return ()
        # Last, so that others wait least for the rows that all share.
        return (await run(charging.take(len(taken)), charging.numbered("take", taken))).all()

    async def holds(self, job_id: str) -> list[Hold]:
        """Return a job's holds in the order in which they are kept."""
        rows = await self._connection.execute(_HOLDS, {"of_job": job_id})
        return [hold_of(row) for row in rows]

    async def keep(self, job: Job, kept: Sequence[tuple[Hold, int]], *, now: int) -> int:
        """Settle holds with their ledger entries and give the rest back.

        Returns how many were not settled before. What is given back, and where, is read from the
        hold's own row: its window may be over.
        """
        if not kept:
            return 0
        rows = [{"part": hold.part, "kept": keep} for hold, keep in kept]
        values = charging.numbered("keep", rows) | _of(job, now)
        if self._connection.dialect.name == "sqlite":
            statement = charging.keep(len(rows))
        else:
            statement = charging.keep_and_enter(len(rows))
        found = [hold_of(row) for row in await self._connection.execute(statement, values)]
        settled = [(hold, (hold.kept or 0) - hold.amount) for hold in found]
        settled.sort(key=lambda one: (_order(one[0].counter), one[0].part))
        if settled and self._connection.dialect.name == "sqlite":
            await self._enter(job, LedgerKind.SETTLE, settled, now=now)
        # Last, so that others wait least for the rows that all share, and in the order of a charge.
        # Most jobs keep all that they hold, and touch none of them.
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


def _of(job: Job, now: int) -> dict[str, Any]:
    """Return whose holds and ledger entries they are, and when."""
    return {"of_job": job.job_id, "of_guild": job.guild_id, "of_user": job.user_id, "now": now}


def _held(job: Job, hold: Hold) -> dict[str, Any]:
    """Return a hold's own columns: those of its counter, or of the member who has the grant."""
    row: dict[str, Any] = {"guild_id": job.guild_id, "user_id": job.user_id}
    row |= {"kind": "grant", "window": None, "starts_at": None}
    if hold.counter is not None:
        row = _key_values(hold.counter)
    return {**row, "part": hold.part, "grant_id": hold.grant_id, "amount": hold.amount}


def _taken(charge: Charge) -> dict[str, Any]:
    """Return a counter's columns with what is taken of it, and its limit."""
    hold = charge.hold
    row = _key_values(hold.counter) if hold.counter else {}
    limit = _NO_LIMIT if charge.limit is None else charge.limit
    return {**row, "used": hold.amount, "ends_at": charge.ends_at, "limit": limit}


def _order(counter: CounterKey | None) -> tuple[int, int]:
    """Return when a row's turn is: grants, then what one member uses, then what all share."""
    if counter is None:
        return (-1, 0)
    return (_KINDS.index(counter.kind), _WINDOWS.index(counter.window))


def _place(charge: Charge) -> tuple[str, str] | None:
    """Return what tells the counters of one job apart."""
    counter = charge.hold.counter
    return (counter.kind.value, counter.window.value) if counter else None


def _counter(key: CounterKey) -> dict[str, Any]:
    """Return the values for `_this_counter`."""
    return {
        "of_kind": key.kind.value,
        "of_guild": key.guild_id,
        "of_user": key.user_id,
        "of_window": key.window.value,
        "of_start": key.starts_at,
    }
