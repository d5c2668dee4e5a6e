"""Which commands Discord was told last: creating them is limited, so they are sent when changed."""

from __future__ import annotations

from bot.services.ports import GUARDED, Database

KEY = "command_hash"


class CommandHash:
    """Keeps the hash of the commands that Discord knows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self) -> str | None:
        """Return the hash of the commands that Discord was told last, if any."""
        async with self._database.read() as uow:
            return await uow.meta.get(KEY)

    async def save(self, text: str) -> None:
        """Remember the hash of the commands that Discord knows now."""
        async with self._database.write(GUARDED) as uow:
            await uow.meta.put(KEY, text)
            await uow.commit()
