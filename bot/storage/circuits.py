"""How image services stand (port CircuitStore). Part of one transaction."""

from __future__ import annotations

from sqlalchemy import select

from bot.services.ports import Circuit
from bot.storage.engine.connect import insert_for
from bot.storage.engine.connection import Connection
from bot.storage.engine.server_notices import notify
from bot.storage.policy_tables import providers

_ALL = select(providers)


class SqlCircuits:
    """A row for each service that ever had trouble."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def all(self) -> dict[str, Circuit]:
        """Return the circuits by name; one without a row is closed."""
        return {
            row.name: Circuit(
                name=row.name,
                until=row.paused_until,
                reason=row.paused_reason,
                failures=row.failures,
            )
            for row in await self._connection.execute(_ALL)
        }

    async def put(self, circuit: Circuit) -> None:
        """Write how a service stands now."""
        values = {
            "paused_until": circuit.until,
            "paused_reason": circuit.reason,
            "failures": circuit.failures,
        }
        statement = insert_for(self._connection.dialect.name, providers)
        statement = statement.values(name=circuit.name, **values).on_conflict_do_update(
            index_elements=[providers.c.name], set_=values
        )
        await self._connection.execute(statement)
        await notify(self._connection, "circuit", circuit.name)
