"""Editing by talking: replies as origin, kept drafts, baskets, settings of servers.

Revision 0002. It repeats what `bot.storage.tables` added at that time.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, Big, nullable=False)


def word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    reply: sa.Column[Any] = sa.Column("reply_to_message_id", Big, nullable=True)
    op.add_column("jobs", reply)
    op.create_index("ix_jobs_again_of", "jobs", ["again_of"])
    op.create_table(
        "drafts",
        sa.Column("draft_id", sa.String(13), nullable=False),
        number("user_id"),
        word("draft"),
        number("expires_at"),
        sa.PrimaryKeyConstraint("draft_id"),
    )
    op.create_table(
        "baskets",
        number("user_id"),
        number("channel_id"),
        number("position"),
        word("reference"),
        number("expires_at"),
        sa.PrimaryKeyConstraint("user_id", "channel_id", "position"),
    )
    op.create_table(
        "settings",
        number("guild_id"),
        word("key"),
        word("value"),
        sa.PrimaryKeyConstraint("guild_id", "key"),
    )
    op.create_table(
        "passing",
        number("message_id"),
        number("channel_id"),
        number("until"),
        sa.PrimaryKeyConstraint("message_id"),
    )
