"""Members' and servers' styles in memory: a suggestion while somebody types waits for nothing."""

from __future__ import annotations

from bot.domain.styles.style import Style
from bot.services.ports import Clock, Database
from bot.services.tasks.refreshing_cache import RefreshingCache

# Lists of at most 50 short texts.
LISTS = 1000
# Another process may keep styles too: an older list is still used, and read again.
FRESH_SECONDS = 10

_Place = tuple[int, int]


class StyleCache:
    """What styles somebody has in a place, as far as it is known; only `run` waits for anything."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._lists: RefreshingCache[_Place, tuple[Style, ...]] = RefreshingCache(
            clock=clock, about="styles", most=LISTS, fresh_seconds=FRESH_SECONDS
        )

    def of(self, user_id: int, guild_id: int) -> tuple[Style, ...]:
        """Return a member's own styles, then those of the server."""
        return self._lists.get((user_id, guild_id)) or ()

    def expect(self, user_id: int, guild_id: int) -> None:
        """Have the list ready: a member is at work in a server."""
        self._lists.expect((user_id, guild_id))

    def changed(self, *, user_id: int = 0, guild_id: int = 0) -> None:
        """Read lists again: those of a member, or of everybody in a server."""

        def meant(place: _Place) -> bool:
            return (user_id != 0 and place[0] == user_id) or (
                guild_id != 0 and place[1] == guild_id
            )

        self._lists.forget(meant)
        if user_id:
            self._lists.refresh((user_id, guild_id))

    def gone(self, style_id: str) -> None:
        """Take a style off every list: it was deleted."""
        self._lists.update(lambda found: tuple(s for s in found if s.style_id != style_id))

    async def run(self) -> None:
        """Read what is wanted, until cancelled."""
        await self._lists.run(self._read)

    async def _read(self, place: _Place) -> tuple[Style, ...]:
        user_id, guild_id = place
        async with self._database.read() as uow:
            return tuple(await uow.styles.of(user_id=user_id, guild_id=guild_id))
