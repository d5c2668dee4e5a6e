"""A result that waits for a review by staff, and how that ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReviewOutcome(StrEnum):
    """How a review ended; until then it has none.

    `minors` is no review: nobody was asked, and the files of the job are to be deleted.
    """

    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    MINORS = "minors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What staff is asked about one job, in a channel that only they read. Times: UTC seconds.

    `first_try_at` and `message_id` are those of its card, as of a post.
    """

    job_id: str
    guild_id: int
    channel_id: int
    categories: tuple[str, ...]
    held_at: int
    first_try_at: int | None = None
    message_id: int | None = None
    outcome: ReviewOutcome | None = None
    decided_by: int | None = None
