"""The tables of comparisons; what each model made is an ordinary job."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table

from bot.domain.comparisons.comparison import ComparisonState
from bot.storage.columns import flag, metadata, number, of_job, one_of, word


def _of_comparison() -> Column[str]:
    return Column(
        "comparison_id",
        String(13),
        ForeignKey("comparisons.comparison_id"),
        nullable=False,
        primary_key=True,
    )


# The message is that of the posts of its jobs; who made it, and the words, are in them as well.
comparisons = Table(
    "comparisons",
    metadata,
    Column("comparison_id", String(13), primary_key=True),
    word("origin", unique=True),
    number("guild_id"),
    word("state"),
    word("ticket_token", nullable=True),
    number("ticket_expires_at", nullable=True),
    number("created_at"),
    # The write-ahead mark, of the newest try.
    number("tried_at", nullable=True),
    number("closes_at", nullable=True),
    number("closed_at", nullable=True),
    number("shown_at", nullable=True),
    one_of("state", ComparisonState),
)
Index(None, comparisons.c.state, comparisons.c.shown_at)
Index(None, comparisons.c.guild_id, comparisons.c.closed_at)

comparison_entries = Table(
    "comparison_entries",
    metadata,
    _of_comparison(),
    number("place", primary_key=True),
    of_job(unique=True),
    word("model_id"),
    word("label", nullable=True),
    number("votes", server_default="0"),
    flag("won"),
)

# Only while a vote is open: what stays is how many there were.
comparison_votes = Table(
    "comparison_votes",
    metadata,
    _of_comparison(),
    number("user_id", primary_key=True),
    word("label"),
    number("at"),
)
Index(None, comparison_votes.c.user_id)
