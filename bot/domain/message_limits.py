"""What one message on Discord takes: how results are divided depends on it.

Limits that only concern what is shown are in bot/ui/discord_api/discord_limits.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

# Discord documents 25 MiB for a whole message and ten files in it; a mebibyte is left for the
# rest of the request (docs/spec/discord.md section 1.1).
MESSAGE_BYTES = 24 * 2**20
MESSAGE_FILES = 10
# What every place takes in one file, whatever Discord's default is at the time.
UPLOAD_BYTES = 10 * 2**20
# Where Discord refuses a size that it announced, fit to less, twice (docs/spec/crashes.md, K22).
SMALLER = 0.6
# So long a refused size proves more than what is announced, which is tried again afterwards.
DOUBT_SECONDS = 3600
# Discord's JSON error code for a message that is too large, whatever its status.
TOO_LARGE_CODE = 40005
# Choices of a menu or a suggestion.
CHOICES = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimit:
    """The largest file that a server takes, as far as its interactions and refusals tell.

    `announced_bytes` is what an interaction said. It may be more than a post of the bot can have:
    it counts the Nitro of its member (docs/spec/discord.md section 1.1). `refused_bytes` is then
    the smallest file that was refused lately, at `refused_at` (UTC seconds).
    """

    announced_bytes: int
    refused_bytes: int | None = None
    refused_at: int = 0

    @classmethod
    def of(cls, stored: object) -> UploadLimit | None:
        """Read what `stored` wrote; None for anything else."""
        if not isinstance(stored, dict):
            return None
        values = cast("Mapping[str, object]", stored)
        announced, refused = values.get("announced_bytes"), values.get("refused_bytes")
        at = values.get("refused_at")
        if not isinstance(announced, int) or announced < 1:
            return None
        if not isinstance(refused, int) or not isinstance(at, int):
            return cls(announced_bytes=announced)
        return cls(announced_bytes=announced, refused_bytes=refused, refused_at=at)

    @property
    def stored(self) -> dict[str, int]:
        """What is written of it."""
        if self.refused_bytes is None:
            return {"announced_bytes": self.announced_bytes}
        return {
            "announced_bytes": self.announced_bytes,
            "refused_bytes": self.refused_bytes,
            "refused_at": self.refused_at,
        }

    def bytes_at(self, now: int, *, boosts: int) -> int:
        """Return the limit; `boosts` is what Discord's table of boosts says, for want of better."""
        refused = self._refused(now)
        if refused is None or self.announced_bytes < refused:
            return self.announced_bytes
        return boosts if boosts < refused else int(refused * SMALLER)

    def refuse(self, size: int, now: int) -> UploadLimit:
        """Return the limit after a file of this size was refused."""
        before = self._refused(now)
        smallest = size if before is None else min(size, before)
        return replace(self, refused_bytes=smallest, refused_at=now)

    def _refused(self, now: int) -> int | None:
        return self.refused_bytes if now < self.refused_at + DOUBT_SECONDS else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What the last interaction that counted said of a server's limit, and whose it was."""

    limit_bytes: int
    user_id: int
    at: int

    def outdone_by(self, later: Announcement) -> bool:
        """Tell whether a later one counts.

        A server never takes more than the least that is announced in it. More is believed of the
        member who announced less before, and of anybody after a while: of somebody else at once
        it is their Nitro.
        """
        return (
            later.limit_bytes <= self.limit_bytes
            or later.user_id == self.user_id
            or later.at >= self.at + DOUBT_SECONDS
        )
