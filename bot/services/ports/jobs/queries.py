"""Stored jobs, found by what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.domain.job import Job, Reason
from bot.domain.providers.refusal_waves import Ending
from bot.services.ports.files import StoredReference


class JobQueries(Protocol):
    """Reads jobs in any state."""

    async def get(self, job_id: str) -> Job | None: ...

    async def of_origin(self, origin: str) -> Job | None:
        """The job that a Discord event or a command made."""
        ...

    async def sharing(self, message_id: int) -> list[Job]:
        """The jobs whose results a message shows: one, or all that it compares."""
        ...

    async def of_message(self, message_id: int) -> Job | None:
        """The job whose result a message is."""
        ...

    async def of_picture(
        self, guild_id: int, *, sha256: str, pixel_hash: str
    ) -> list[tuple[Job, int]]:
        """A server's jobs that posted a picture, with its position: by its file, then its pixels.

        The newest first.
        """
        ...

    async def references(self, job_id: str) -> list[StoredReference]:
        """A job's reference pictures in their order, the mask last."""
        ...

    async def recent(self, user_id: int, *, guild_id: int, limit: int) -> list[Job]:
        """A member's newest jobs in a server, newest first."""
        ...

    async def open(self, user_id: int, *, guild_id: int) -> list[Job]:
        """A member's jobs in a server that have not ended, newest first."""
        ...

    async def ended(
        self, user_id: int, *, guild_id: int, before: str, limit: int
    ) -> list[tuple[str, str]]:
        """Id and prompt of a member's jobs in a server that ended, newest first.

        With `before`, those that were accepted before this job.
        """
        ...

    async def results(
        self, user_id: int, *, guild_id: int, channel_id: int, limit: int
    ) -> list[Job]:
        """A member's newest jobs in a channel whose pictures are to be seen, newest first."""
        ...

    async def again(self, job_id: str, *, user_id: int, since: int) -> list[Job]:
        """The member's repetitions and variations of a job that were accepted since then."""
        ...

    async def last_accepted(
        self, guild_id: int, *, user_id: int | None = None, channel_id: int | None = None
    ) -> int | None:
        """When the newest job of a member, or in a channel, was accepted."""
        ...

    async def refused_since(
        self, user_id: int, reasons: Sequence[Reason], *, since: int
    ) -> list[int]:
        """When a member's jobs that ended for such reasons since then were accepted."""
        ...

    async def endings(
        self, refusals: Sequence[Reason], *, since: int, provider: str = "", of_user: int = 0
    ) -> list[Ending]:
        """The jobs that ended since then with pictures or for such reasons.

        Those of one provider, or of all that a member's own jobs since then went to.
        """
        ...

    async def posted_since(self, guild_id: int, user_id: int, *, since: int) -> list[str]:
        """The jobs of a member with a message since then that still stands."""
        ...

    async def ends(self, job_ids: Sequence[str]) -> Mapping[str, int | None]:
        """When jobs ended, None for those under way; unknown ids are left out."""
        ...
