"""The gate: who may ask for pictures, and where. Every way in passes here first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.domain.errors import AccessError, Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """Who asks, and where.

    `can_post` is whether the bot may post pictures in that channel; `may_send` and `may_attach`
    are the member's own rights there.
    """

    user_id: int
    guild_id: int | None
    channel_id: int
    is_bot: bool = False
    can_post: bool = True
    may_send: bool = True
    may_attach: bool = True
    timed_out: bool = False
    thread_locked: bool = False
    moderator: bool = False


class Access:
    """Decides from memory alone, so that it can answer within Discord's three seconds."""

    def __init__(self, *, guilds: Collection[int], open_to_all: bool) -> None:
        self._guilds = frozenset(guilds)
        self._open = open_to_all
        self._closing = False

    def close(self) -> None:
        """Accept nothing more: the process is stopping."""
        self._closing = True

    def check(self, who: Requester, *, private: bool = False) -> int:
        """Return the server's id, or raise AccessError.

        A `private` result is carried by the interaction and needs no permission to post.
        """
        if who.is_bot:
            raise AccessError(Denial.BOT)
        if who.guild_id is None:
            raise AccessError(Denial.DIRECT_MESSAGE)
        if not self._open and who.guild_id not in self._guilds:
            raise AccessError(Denial.SERVER_NOT_ALLOWED, guild_id=who.guild_id)
        if self._closing:
            raise AccessError(Denial.SHUTTING_DOWN)
        if who.timed_out:
            raise AccessError(Denial.TIMED_OUT)
        if not private:
            self._check_place(who)
        return who.guild_id

    def _check_place(self, who: Requester) -> None:
        """Nobody gets through the bot what the channel keeps them from posting themselves."""
        if who.thread_locked:
            raise AccessError(Denial.THREAD_LOCKED)
        if not who.may_send:
            raise AccessError(Denial.MAY_NOT_SEND)
        if not who.may_attach:
            raise AccessError(Denial.MAY_NOT_ATTACH)
        if not who.can_post:
            raise AccessError(Denial.CANNOT_POST)
